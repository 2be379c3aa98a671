"""The simulated Google tells of changes as strictly as the facts say."""

from typing import Any

import pytest

from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.echo import Echo
from tests.simulators.google.app import App
from tests.simulators.google.test_calendars import EVENTS, NINE, error

WATCH, STOP = "calendar/v3/calendars/primary/events/watch", "calendar/v3/channels/stop"
DAY = 24 * 3600
#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9/push/"
ASKED = {"id": "one", "type": "web_hook", "address": NOWHERE, "token": "secret"}


@pytest.fixture
def tokens(app: App) -> dict[str, Any]:
    return app.connect(scope=f"openid {EVENTS}.readonly")


def test_the_first_message_says_sync_and_has_no_body(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    with Echo() as okey:
        made = app.api(tokens, "POST", WATCH, ASKED | {"address": f"{okey.url}/push/"}).json()
        assert made["kind"] == "api#channel"
        assert (made["id"], made["token"]) == ("one", "secret")
        google.add_entries("will", NINE)
        google.add_entries("gina", NINE)
        google.add_entries("team.will@group.calendar.example.com", NINE)
        first, second = google.pushes(2)
    assert (first["status"], first["body"], second["body"]) == (200, "", "")
    said = [one["headers"] for one in (first, second)]
    assert [one["X-Goog-Resource-State"] for one in said] == ["sync", "exists"]
    assert {one["X-Goog-Channel-ID"] for one in said} == {"one"}
    assert {one["X-Goog-Channel-Token"] for one in said} == {"secret"}
    assert {one["X-Goog-Resource-ID"] for one in said} == {made["resourceId"]}
    numbers = [int(one["X-Goog-Message-Number"]) for one in said]
    assert numbers[0] == 1
    assert numbers[1] > numbers[0] + 1


def test_it_may_come_before_the_answer(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.settings(sync_first=True)
    assert app.api(tokens, "POST", WATCH, ASKED).status_code == 200
    [first] = google.pushes()
    assert (first["what"], first["status"]) == ("sync", None)
    assert first["error"]


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"address": "http://okey.example.com/push/"}, (400, "push.webhookUrlNotHttps")),
        ({"address": "okey"}, (400, "push.webhookUrlNotHttps")),
        ({"address": "https://unauthorized.example.com/"}, (401, "push.webhookUrlUnauthorized")),
        ({"type": "mail"}, (400, "push.channelTypeNotSupported")),
        ({"id": ""}, (400, "required")),
        ({"id": "x" * 65}, (400, "invalid")),
        ({"token": "x" * 257}, (400, "invalid")),
        ({"params": {"ttl": "soon"}}, (400, "invalid")),
        ({"secret": "x"}, (400, "invalid")),
    ],
)
def test_what_it_refuses(
    app: App, google: GoogleSimulator, tokens: dict[str, Any], changed: dict[str, Any], refused: tuple[int, str]
) -> None:
    assert error(app.api(tokens, "POST", WATCH, ASKED | changed)) == refused
    assert google.channels() == []


def test_an_id_is_used_once_even_where_it_was_stopped(app: App, tokens: dict[str, Any]) -> None:
    made = app.api(tokens, "POST", WATCH, ASKED).json()
    assert error(app.api(tokens, "POST", WATCH, ASKED)) == (400, "channelIdNotUnique")
    stopped = {"id": "one", "resourceId": made["resourceId"]}
    assert error(app.api(tokens, "POST", STOP, stopped | {"resourceId": "another"})) == (404, "notFound")
    assert error(app.api(app.connect("gina", scope=f"openid {EVENTS}.readonly"), "POST", STOP, stopped)) == (
        404,
        "notFound",
    )
    assert app.api(tokens, "POST", STOP, stopped).status_code == 204
    assert error(app.api(tokens, "POST", STOP, stopped)) == (404, "notFound")
    assert error(app.api(tokens, "POST", WATCH, ASKED)) == (400, "channelIdNotUnique")


def test_it_lives_a_week_at_most(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    for name, ttl in (("long", 10**7), ("short", 3600)):
        app.api(tokens, "POST", WATCH, ASKED | {"id": name, "params": {"ttl": str(ttl)}})
    lives = {one["id"]: one["expires_at"] for one in google.channels()}
    assert 6.9 * DAY < lives["long"] - lives["short"] + 3600 < 7.1 * DAY
    google.pushes(2)
    google.advance(2 * 3600)
    google.add_entries("will", NINE)
    assert google.pushes(3)[2]["headers"]["X-Goog-Channel-ID"] == "long"
    google.advance(8 * DAY)
    google.add_entries("will", NINE)
    assert len(google.pushes()) == 3


def test_it_needs_the_permission_to_read_and_ends_with_it(
    app: App, google: GoogleSimulator, tokens: dict[str, Any]
) -> None:
    assert error(app.api(app.connect(), "POST", WATCH, ASKED)) == (403, "insufficientPermissions")
    app.api(tokens, "POST", WATCH, ASKED)
    google.pushes(1)
    google.deauthorize("will")
    google.add_entries("will", NINE)
    assert len(google.pushes()) == 1


def test_messages_can_be_switched_off_and_forged(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.settings(pushes_on=False)
    with Echo() as okey:
        app.api(tokens, "POST", WATCH, ASKED | {"address": f"{okey.url}/push/"})
        assert [(one["what"], one["status"]) for one in google.pushes(1)] == [("sync", None)]
        google.settings(pushes_on=True)
        assert google.forge(f"{okey.url}/push/", headers={"X-Goog-Channel-ID": "one"})["status"] == 200
