"""Settings that stay open while somebody is at the provider learn what came of it, and ask only while it may come."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from integrations import authorization
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.owners.models import Owner
from tests.integrations.test_pages_connect import come_back, start
from tests.okey.api.caller import Caller, problem
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def asks(html: str) -> str:
    """Where the open page asks for news; "" if it does not."""
    found = re.search(r'id="providers"[^>]*data-news="([^"]+)" data-every="3"', html)
    return found[1] if found else ""


def test_it_learns_that_the_connection_came_and_then_asks_no_more(zoom: ZoomSimulator, alice_client: Client) -> None:
    assert not asks(alice_client.get("/settings/").content.decode())
    _page, url = start(alice_client)
    question = asks(alice_client.get("/settings/").content.decode())
    assert question
    assert alice_client.get(question, headers=HTMX).status_code == 204
    come_back(alice_client, zoom.approve(url, user="jill"))
    section = alice_client.get(question, headers=HTMX).content.decode()
    assert section.lstrip().startswith('<section class="card" id="providers"')
    assert "Zoom is connected as jill@example.com." in section
    assert ">Connected<" in section.replace("\n", "")
    assert not asks(section)
    assert "<script" not in section


def test_a_reconnect_takes_the_banner_away_too(zoom: ZoomSimulator, alice_client: Client) -> None:
    come_back(alice_client, zoom.approve(start(alice_client)[1], user="jill"))
    ProviderAccount.objects.update(state="needs_reconnecting")
    _page, url = start(alice_client)
    html = alice_client.get("/settings/").content.decode()
    assert re.search(r'id="reconnect-banner">\s*\S.*?needs reconnecting', html, re.DOTALL)
    come_back(alice_client, zoom.approve(url, user="jill"))
    news = alice_client.get(asks(html), headers=HTMX).content.decode()
    assert re.search(r'id="reconnect-banner" hx-swap-oob="true">\s*</div>', news)
    assert "Zoom is connected again as jill@example.com." in news


def test_a_refusal_is_told_too(zoom: ZoomSimulator, alice_client: Client) -> None:
    _page, url = start(alice_client)
    question = asks(alice_client.get("/settings/").content.decode())
    come_back(alice_client, zoom.decline(url))
    assert "You declined at Zoom." in alice_client.get(question, headers=HTMX).content.decode()


def test_another_account_leads_to_the_question(zoom: ZoomSimulator, alice_client: Client) -> None:
    come_back(alice_client, zoom.approve(start(alice_client)[1], user="jill"))
    page, url = start(alice_client)
    question = asks(alice_client.get("/settings/").content.decode())
    other = zoom.add_user(email="mario@example.com")
    come_back(alice_client, zoom.approve(url, user=other["id"]))
    assert Connection.objects.get().account.email == "jill@example.com"  # type: ignore[union-attr]
    section = alice_client.get(question, headers=HTMX).content.decode()
    assert f'href="{page}"' in section
    assert "instead?" in section
    assert asks(section), "the answer may be given in the other window"


def test_after_ten_minutes_it_asks_no_more(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    start(alice_client)
    question = asks(alice_client.get("/settings/").content.decode())
    with time_machine.travel(timezone.now() + AuthorizationAttempt.LIFETIME + timedelta(seconds=1), tick=False):
        alice_client.force_login(alice)
        assert not asks(alice_client.get(question, headers=HTMX).content.decode())


def test_others_attempts_are_no_news(zoom: ZoomSimulator, alice_client: Client, bob_client: Client) -> None:
    start(alice_client)
    assert not asks(bob_client.get("/settings/").content.decode())


def test_who_has_signed_out_meanwhile_is_led_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get("/integrations/section/?seen=x", headers=HTMX)["HX-Refresh"] == "true"


def test_without_htmx_it_is_the_settings_page(alice_client: Client) -> None:
    assert alice_client.get("/integrations/section/")["Location"] == "/settings/#providers"
    assert alice_client.post("/integrations/section/").status_code == 405


# --- How often one may begin --------------------------------------------------------------------------------


def test_an_owner_begins_thirty_times_an_hour(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(authorization.BEGUN_AN_HOUR):
            assert alice_client.post("/integrations/zoom/connect/").status_code == 303
        refused = alice_client.post("/integrations/zoom/connect/", follow=True)
        assert "Connecting Zoom was begun very often in the last hour" in refused.content.decode()
        assert "Try again in 61 minutes" in refused.content.decode()
        by_script = alice_client.post("/integrations/zoom/connect/", headers={"Accept": "application/json"})
        assert by_script.json() == {"page": "/settings/#providers"}
        answer = Caller(alice).post("/connections/authorize", {"provider": "zoom"})
        problem(answer, 429, "too_many_requests")
        assert int(answer["Retry-After"]) > 3000
        assert AuthorizationAttempt.objects.count() == 30
        clock.shift(3601)
        alice_client.force_login(alice)
        assert alice_client.post("/integrations/zoom/connect/").status_code == 303


def test_one_owners_tries_are_not_anothers(zoom: ZoomSimulator, alice: Owner, bob_client: Client) -> None:
    for _ in range(30):
        authorization.begin(alice, "zoom")
    assert bob_client.post("/integrations/zoom/connect/").status_code == 303
