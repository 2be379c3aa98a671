"""Providers, connections and their diary in the REST API: what the settings page does, through the same functions."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from integrations import connections, diary
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.integrations.walking import account, events
from tests.okey.api.caller import Caller, problem
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def _read(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return json.loads(response.content) if response.content else None


def test_the_providers_say_how_to_connect(alice: Owner) -> None:
    items = _read(Caller(alice).get("/providers"))["items"]
    said = {item["provider"]: (item["connects_by"], item["status"], item["connection"]) for item in items}
    assert said == {
        "zoom": ("authorization", "not_connected", None),
        "jitsi": ("switch", "not_connected", None),
        "personal_link": ("link", "not_connected", None),
    }


def test_a_connection_says_whose_account_it_is_and_holds_no_secret(
    zoom: ZoomSimulator, alice: Owner, bob: Owner
) -> None:
    mine = connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    caller = Caller(alice)
    one = _read(caller.get(f"/connections/{mine.pk}"))
    assert (
        one
        == _read(caller.get("/connections"))["items"][0]
        == _read(caller.get("/providers"))["items"][0]["connection"]
    )
    assert (one["account"]["email"], one["is_shared"], one["is_default"]) == ("jill@example.com", True, True)
    text = json.dumps(one)
    assert not [secret for secret in zoom.secrets() if secret in text]
    assert bob.email not in text


def test_a_lost_grant_is_said(zoom: ZoomSimulator, alice: Owner) -> None:
    mine = connect_zoom(zoom, alice)
    type(account()).objects.update(state="needs_reconnect")
    assert _read(Caller(alice).get(f"/connections/{mine.pk}"))["status"] == "needs_reconnecting"


def test_switching_on_what_needs_no_authorization(alice: Owner) -> None:
    caller = Caller(alice)
    jitsi = _read(caller.post("/connections", {"provider": "jitsi"}))
    assert (jitsi["provider"], jitsi["is_default"], jitsi["account"]) == ("jitsi", True, None)
    assert _read(caller.post("/connections", {"provider": "jitsi"})) == jitsi
    link = _read(caller.post("/connections", {"provider": "personal_link", "link": "https://meet.example.com/a"}))
    changed = _read(caller.post("/connections", {"provider": "personal_link", "link": "https://meet.example.com/b"}))
    assert changed == {**link, "link": "https://meet.example.com/b"}
    assert not changed["is_default"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/connections", {"provider": "zoom"}, "provider"),
        ("/connections", {"provider": "nothing"}, "provider"),
        ("/connections", {"provider": "personal_link"}, "link"),
        ("/connections", {"provider": "personal_link", "link": "http://meet.example.com/a"}, "link"),
        ("/connections/authorize", {"provider": "jitsi"}, "provider"),
        ("/connections/authorize", {"provider": "zoom", "finish_in": "moon"}, "finish_in"),
        ("/connections/authorize", {"provider": "zoom", "return_to": "https://evil.example"}, "return_to"),
        ("/connections/complete", {}, "handle"),
        ("/connections/complete", {"handle": "\0"}, "handle"),
    ],
)
def test_a_wrong_value_is_named(alice: Owner, path: str, body: dict[str, Any], field: str) -> None:
    errors = problem(Caller(alice).post(path, body), 422, "invalid")["errors"]
    assert [error["field"] for error in errors] == [field]
    assert not Connection.objects.exists()
    assert not AuthorizationAttempt.objects.exists()


def test_a_provider_that_the_operator_has_not_set_up(alice: Owner, settings: Settings) -> None:
    settings.ZOOM_CLIENT_ID = ""
    problem(Caller(alice).post("/connections/authorize", {"provider": "zoom"}), 409, "provider_not_set_up")
    assert [one["provider"] for one in _read(Caller(alice).get("/providers"))["items"]] == ["jitsi", "personal_link"]


def test_making_another_the_default(alice: Owner) -> None:
    first = connections.connect(owner=alice, provider="jitsi")
    second = connections.connect(owner=alice, provider="personal_link", link="https://meet.example.com/a")
    caller = Caller(alice)
    for _time in range(2):
        assert _read(caller.post(f"/connections/{second.pk}/default"))["is_default"]
    assert not _read(caller.get(f"/connections/{first.pk}"))["is_default"]
    assert events(alice).count("default") == 1


def test_disconnecting_ends_it_and_leaves_no_default(zoom: ZoomSimulator, alice: Owner) -> None:
    mine = connect_zoom(zoom, alice)
    connections.connect(owner=alice, provider="jitsi")
    caller = Caller(alice)
    assert _read(caller.delete(f"/connections/{mine.pk}"), 204) is None
    problem(caller.delete(f"/connections/{mine.pk}"), 404, "not_found")
    problem(caller.get(f"/connections/{mine.pk}"), 404, "not_found")
    problem(caller.post(f"/connections/{mine.pk}/default"), 404, "not_found")
    assert connections.default_of(alice) is None
    assert account().revoke_after is not None


def test_the_diary_in_pages(alice: Owner, charlie: Owner) -> None:
    for number in range(3):
        diary.note(alice, "zoom", "connected", f"line {number}")
    diary.note(charlie, "zoom", "connected", "strange")
    caller = Caller(alice)
    first = _read(caller.get("/providers/zoom/events?limit=2"))
    second = _read(caller.get(f"/providers/zoom/events?limit=2&cursor={first['next_cursor']}"))
    assert [item["text"] for item in first["items"] + second["items"]] == ["line 2", "line 1", "line 0"]
    assert second["next_cursor"] is None
    problem(caller.get("/providers/nothing/events"), 404, "not_found")


def test_a_diary_of_fifty_lines_costs_what_one_line_costs(zoom: ZoomSimulator, alice: Owner) -> None:
    caller, mine = Caller(alice), connect_zoom(zoom, alice)
    _read(caller.get("/providers/zoom/events"))
    with CaptureQueriesContext(database) as one:
        _read(caller.get("/providers/zoom/events?limit=50"))
    for number in range(50):
        diary.note(alice, "zoom", "connected", str(number), account=mine.account)
    with CaptureQueriesContext(database) as fifty:
        assert len(_read(caller.get("/providers/zoom/events?limit=50"))["items"]) == 50
    assert len(fifty) == len(one)


def test_a_stranger_sees_and_changes_nothing(zoom: ZoomSimulator, alice: Owner, charlie: Owner) -> None:
    mine, caller = connect_zoom(zoom, alice), Caller(charlie)
    attempt = AuthorizationAttempt.objects.get()
    answers = [
        caller.get(f"/connections/{mine.pk}"),
        caller.delete(f"/connections/{mine.pk}"),
        caller.post(f"/connections/{mine.pk}/default"),
        caller.get(f"/connections/attempts/{attempt.pk}"),
        caller.post(f"/connections/attempts/{attempt.pk}/answer", {"replace": True}),
    ]
    for response in answers:
        problem(response, 404, "not_found")
    assert _read(caller.get("/connections"))["items"] == []
    assert _read(caller.get("/providers/zoom/events"))["items"] == []
    assert Connection.objects.get().ended_at is None


def test_without_access_every_path_says_whom_to_ask(alice: Owner) -> None:
    mine = connections.connect(owner=alice, provider="jitsi")
    Owner.objects.update(meeting_providers_enabled=False)
    caller = Caller(alice)
    answers = [
        caller.get("/providers"),
        caller.get("/connections"),
        caller.get("/providers/jitsi/events"),
        caller.post("/connections/authorize", {"provider": "zoom"}),
        caller.post("/connections", {"provider": "jitsi"}),
        caller.delete(f"/connections/{mine.pk}"),
    ]
    for response in answers:
        assert "support@example.com" in problem(response, 403, "not_entitled")["detail"]
    assert Connection.objects.get().ended_at is None
