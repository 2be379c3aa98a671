"""The simulated Microsoft tells of changes as strictly as the facts say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.integrations.calendars.echo import Echo
from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import App
from tests.simulators.microsoft.test_calendars import NINE, error

#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9/push/"


@pytest.fixture
def tokens(app: App) -> dict[str, Any]:
    return app.connect(scope="offline_access User.Read Calendars.Read")


@pytest.fixture
def okey() -> Iterator[str]:
    with Echo() as echo:
        yield f"{echo.url}/push/"


def ends(**life: float) -> str:
    return _from_now(timedelta(**life))


def _from_now(life: timedelta) -> str:
    return (datetime.now(UTC) + life).strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(app: App, tokens: dict[str, Any], okey: str, **changed: Any) -> requests.Response:
    asked = {
        "changeType": "created,updated,deleted",
        "notificationUrl": okey,
        "lifecycleNotificationUrl": okey,
        "resource": "/me/events",
        "expirationDateTime": ends(days=6),
        "clientState": "secret",
    }
    return call(app, tokens, "POST", "", {name: value for name, value in (asked | changed).items() if value})


def call(app: App, tokens: dict[str, Any], method: str, name: str, data: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    url = f"{app.microsoft.url}/v1.0/subscriptions{name}"
    return app.http.request(method, url, json=data, headers=headers, timeout=30)


def test_each_address_is_proved_before_the_answer(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str
) -> None:
    other = okey.replace("push", "lifecycle")
    answer = ask(app, tokens, okey, lifecycleNotificationUrl=other)
    assert answer.status_code == 201
    assert "clientState" not in answer.json()
    sent = microsoft.pushes()
    assert [one["what"] for one in sent] == ["validation"] * 2
    assert [one["url"].partition("?")[0] for one in sent] == [okey, other]
    assert len({one["answer"] for one in sent}) == 2


def test_an_address_that_does_not_echo_is_refused(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str
) -> None:
    for changed in ({"notificationUrl": NOWHERE}, {"lifecycleNotificationUrl": NOWHERE}):
        assert error(ask(app, tokens, okey, **changed)) == (400, "InvalidRequest")
    elsewhere = f"{microsoft.url}/"  # answers a page
    assert error(ask(app, tokens, okey, notificationUrl=elsewhere)) == (400, "InvalidRequest")
    assert microsoft.subscriptions() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"notificationUrl": "http://okey.example.com/push/"},
        {"lifecycleNotificationUrl": "http://okey.example.com/push/"},
        {"notificationUrl": ""},
        {"changeType": "moved"},
        {"resource": "/me/messages"},
        {"clientState": "x" * 129},
        {"expirationDateTime": "soon"},
        {"expirationDateTime": timedelta(days=7, minutes=5)},
        {"expirationDateTime": timedelta(minutes=-1)},
        {"includeResourceData": True},
    ],
)
def test_what_it_refuses(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str, changed: dict[str, Any]
) -> None:
    asked = {name: _from_now(value) if isinstance(value, timedelta) else value for name, value in changed.items()}
    assert error(ask(app, tokens, okey, **asked)) == (400, "InvalidRequest")
    assert (microsoft.subscriptions(), microsoft.pushes()) == ([], [])


def test_it_needs_the_permission_and_ones_own_calendar(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str
) -> None:
    only_me = app.connect(scope="offline_access User.Read")
    assert error(ask(app, only_me, okey)) == (403, "Authorization_RequestDenied")
    microsoft.add_calendar("lina", id="shared", name="Hers", shared_with=["11111111-1111-4111-8111-111111111111"])
    assert error(ask(app, tokens, okey, resource="/me/calendars/shared/events")) == (403, "ErrorAccessDenied")
    assert error(ask(app, tokens, okey, resource="/me/calendars/none/events")) == (404, "ErrorItemNotFound")


def test_it_tells_of_what_it_is_for(app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str) -> None:
    everything = ask(app, tokens, okey).json()
    team = ask(app, tokens, okey, resource="/me/calendars/AAMkTeamOfCarla==/events", clientState="another").json()
    known = len(microsoft.pushes())
    microsoft.add_entries("carla", NINE)
    microsoft.add_entries("lina", NINE)
    microsoft.add_entries("AAMkTeamOfCarla==", NINE)
    sent = [json.loads(one["body"])["value"][0] for one in microsoft.pushes(known + 3)[known:]]
    assert [(one["subscriptionId"], one["clientState"]) for one in sent] == [
        (everything["id"], "secret"),
        (everything["id"], "secret"),
        (team["id"], "another"),
    ]
    assert {"changeType", "resource", "resourceData", "tenantId", "subscriptionExpirationDateTime"} <= set(sent[0])


def test_it_lives_as_long_as_it_is_renewed(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str
) -> None:
    short = ask(app, tokens, okey, expirationDateTime=ends(minutes=10)).json()
    [one] = microsoft.subscriptions()
    assert one["expires_at"] - datetime.now(UTC).timestamp() > 40 * 60, "raised to 45 minutes"
    renewed = call(app, tokens, "PATCH", f"/{short['id']}", {"expirationDateTime": ends(days=3)})
    assert renewed.status_code == 200
    assert error(call(app, tokens, "PATCH", f"/{short['id']}", {"clientState": "x"})) == (400, "InvalidRequest")
    other = app.connect("lina", scope="offline_access User.Read Calendars.Read")
    assert error(call(app, other, "DELETE", f"/{short['id']}")) == (404, "ResourceNotFound")
    assert call(app, tokens, "DELETE", f"/{short['id']}").status_code == 204
    assert error(call(app, tokens, "DELETE", f"/{short['id']}")) == (404, "ResourceNotFound")
    assert error(call(app, tokens, "PATCH", f"/{short['id']}", {"expirationDateTime": ends(days=3)})) == (
        404,
        "ResourceNotFound",
    )


def test_it_says_what_becomes_of_it(app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any], okey: str) -> None:
    made = ask(app, tokens, okey).json()
    for event in ("reauthorizationRequired", "missed", "subscriptionRemoved"):
        known = len(microsoft.pushes())
        microsoft.say(made["id"], event)
        [item] = json.loads(microsoft.pushes(known + 1)[-1]["body"])["value"]
        assert (item["lifecycleEvent"], item["clientState"], "changeType" in item) == (event, "secret", False)
    assert microsoft.subscriptions() == []
    without = ask(app, tokens, okey, lifecycleNotificationUrl="").json()
    known = len(microsoft.pushes())
    microsoft.say(without["id"], "missed")
    assert len(microsoft.pushes()) == known
