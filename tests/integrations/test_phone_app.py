"""A phone app connects its owner by the API and the system browser, against the simulator as a real process."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import AuthorizationAttempt, Connection
from okey.api import tokens
from okey.owners.models import Owner
from tests.integrations.system_browser import SystemBrowser
from tests.integrations.walking import account, work_on
from tests.phone_app import ConnectRefused, PhoneApp
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def _send(method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    data = "" if body is None else json.dumps(body)
    answer = Client().generic(method, f"/api/v1{path}", data, content_type="application/json", headers=headers)
    return answer.status_code, json.loads(answer.content)


def _app(owner: Owner) -> PhoneApp:
    _token, secret = tokens.make(owner=owner, name="phone", scopes=["read", "connect"])
    return PhoneApp(_send, secret)


def _allow(zoom: ZoomSimulator, url: str, user: str = "jill") -> str:
    """Press Allow in the system browser; the deep link that it leads to."""
    return SystemBrowser().open(zoom.approve(url, user=user)).link


def test_the_app_connects_its_owner(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    assert zoom.calls("exchange") == 0
    attempt = app.opened(link)
    assert (attempt["status"], attempt["outcome"]) == ("done", "connected")
    assert attempt["message"].startswith("Zoom is connected as jill@example.com.")
    assert attempt["account"]["email"] == "jill@example.com"
    connection = app.connections()[0]
    assert (connection["id"], connection["status"], connection["is_default"]) == (
        attempt["connection_id"],
        "connected",
        True,
    )
    assert Connection.objects.get(owner=alice).account == account()


def test_a_completion_by_another_owner_is_refused_and_zoom_saw_no_exchange(
    zoom: ZoomSimulator, alice: Owner, charlie: Owner
) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    with pytest.raises(ConnectRefused, match="not_found"):
        _app(charlie).opened(link)
    assert zoom.calls("exchange") == 0
    assert not Connection.objects.exists()
    assert app.opened(link)["outcome"] == "connected"
    assert not Connection.objects.filter(owner=charlie).exists()


def test_an_app_that_lost_the_answer_asks_again_and_nothing_is_exchanged_twice(
    zoom: ZoomSimulator, alice: Owner
) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    assert app.opened(link) == app.opened(link) == app.look()
    assert zoom.calls("exchange") == 1


def test_an_app_without_the_scope_or_the_owners_access_exchanges_nothing(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    _token, reading = tokens.make(owner=alice, name="reader", scopes=["read"])
    with pytest.raises(ConnectRefused, match="scope_missing"):
        PhoneApp(_send, reading).opened(link)
    Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)
    with pytest.raises(ConnectRefused, match="not_entitled"):
        app.opened(link)
    assert zoom.calls("exchange") == 0


def test_a_handle_works_for_ten_minutes(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    AuthorizationAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    with pytest.raises(ConnectRefused, match="handle_expired"):
        app.opened(link)
    assert (app.look()["status"], app.look()["outcome"]) == ("failed", "expired")
    assert zoom.calls("exchange") == 0


def test_declining_comes_back_as_a_code_that_the_app_reads(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    link = SystemBrowser().open(zoom.decline(app.start("zoom"))).link
    with pytest.raises(ConnectRefused, match="declined"):
        app.opened(link)
    assert (app.look()["status"], app.look()["message"]) == ("failed", "You declined at Zoom. Nothing was changed.")


def test_the_app_waits_while_zoom_does_not_say_who_it_is(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    link = _allow(zoom, app.start("zoom"))
    zoom.fault("users_me", "status")
    assert app.opened(link)["status"] == "finishing"
    attempt = AuthorizationAttempt.objects.get()
    AuthorizationAttempt.objects.update(due_at=timezone.now())
    work_on(attempt)
    assert (app.look()["status"], app.look()["outcome"]) == ("done", "connected")


@pytest.mark.parametrize(("replace", "outcome", "email"), [(True, "connected", "ben"), (False, "kept", "jill")])
def test_another_zoom_user_is_asked_about(
    zoom: ZoomSimulator, alice: Owner, replace: bool, outcome: str, email: str
) -> None:
    connect_zoom(zoom, alice)
    app = _app(alice)
    asking = app.opened(_allow(zoom, app.start("zoom"), user="ben"))
    assert (asking["status"], asking["outcome"]) == ("asking", None)
    assert asking["message"] == "Another account is connected. Replace it with ben@example.com?"
    done = app.answer(replace=replace)
    assert (done["status"], done["outcome"]) == ("done", outcome)
    assert app.answer(replace=not replace) == done
    assert [one["account"]["email"] for one in app.connections()] == [f"{email}@example.com"]


def test_nothing_is_answered_before_somebody_is_back(zoom: ZoomSimulator, alice: Owner) -> None:
    app = _app(alice)
    app.start("zoom")
    assert app.look()["status"] == "waiting"
    with pytest.raises(ConnectRefused, match="conflict"):
        app.answer(replace=True)


def test_a_browser_attempt_ends_in_the_browser_where_its_owner_is_signed_in(
    zoom: ZoomSimulator, alice: Owner, alice_client: Client
) -> None:
    _token, secret = tokens.make(owner=alice, name="script", scopes=["connect"])
    headers = {"Authorization": f"Bearer {secret}"}
    _status, started = _send("POST", "/connections/authorize", {"provider": "zoom", "finish_in": "browser"}, headers)
    page = SystemBrowser(alice_client).open(zoom.approve(started["authorization_url"]))
    assert "Zoom is connected as jill@example.com." in page.text
    assert Connection.objects.get(owner=alice).account == account()
