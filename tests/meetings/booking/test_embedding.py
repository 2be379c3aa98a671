"""The booking page in a frame on the owner's own site: without a cookie, and on no other site."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from meetings.models import Invitation
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable

pytestmark = pytest.mark.django_db

FRAME = "/book/alice-archer/embed/"
AT = "2026-11-25T08:00Z"
SITES = ["https://www.alice.example", "https://alice.example:8443"]


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def ancestors(response: Any) -> str:
    return re.findall(r"frame-ancestors ([^;]+)", response["Content-Security-Policy"])[0]


def book(client: Client) -> Any:
    html = client.get(f"{FRAME}details/", {"at": AT}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "UTC", "name": "Yuki", "email": "yuki@client.example"}
    return client.post(f"{FRAME}details/", data)


@pytest.mark.parametrize("path", ["", f"details/?at={AT}"])
def test_it_opens_in_frames_of_the_owners_sites_only(client: Client, alice: Owner, path: str) -> None:
    bookable(alice, embeds_on=SITES)
    response = client.get(FRAME + path)
    assert ancestors(response) == " ".join(SITES)
    assert "X-Frame-Options" not in response


def test_without_a_site_it_opens_in_no_frame(client: Client, alice: Owner) -> None:
    bookable(alice)
    response = client.get(FRAME)
    assert ancestors(response) == "'none'"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/book/alice-archer/", f"/book/alice-archer/details/?at={AT}", "/accounts/login/"])
def test_everything_else_opens_in_no_frame(client: Client, alice: Owner, path: str) -> None:
    bookable(alice, embeds_on=SITES)
    response = client.get(path)
    assert ancestors(response) == "'none'"
    assert response["X-Frame-Options"] == "DENY"


def test_one_owners_sites_do_not_frame_anothers_page(client: Client, alice: Owner, bob: Owner) -> None:
    bookable(alice, embeds_on=SITES)
    bookable(bob, embeds_on=["https://bob.example"])
    assert ancestors(client.get("/book/bob-archer/embed/")) == "https://bob.example"


def test_the_frame_books_without_any_cookie(alice: Owner) -> None:
    bookable(alice, embeds_on=SITES)
    client = Client(enforce_csrf_checks=True)
    response = book(client)
    assert response.status_code == 200
    assert not client.cookies
    html = response.content.decode()
    token = Invitation.objects.get().token
    assert f'/m/{token}/" target="_blank"' in html, "the meeting's page itself opens in no frame"
    assert ancestors(response) == " ".join(SITES)


def test_every_link_and_form_stays_in_the_frame(client: Client, alice: Owner) -> None:
    bookable(alice, embeds_on=SITES)
    pages = [
        client.get(FRAME),
        client.get(f"{FRAME}details/", {"at": AT}),
        client.get(f"{FRAME}details/", {"at": "2026-11-23T08:00Z"}),
    ]
    for html in (page.content.decode() for page in pages):
        assert f"{FRAME}" in html
        assert not re.findall(r'(?:href|action)="/book/alice-archer/(?!embed/)', html)


def test_a_closed_page_is_framed_nowhere(client: Client, alice: Owner) -> None:
    bookable(alice, embeds_on=SITES, is_page_on=False)
    response = client.get(FRAME)
    assert response.status_code == 404
    assert ancestors(response) == "'none'"


def test_the_script_for_the_owners_site_is_small_the_same_for_all_and_sets_no_cookie(client: Client) -> None:
    response = client.get("/embed.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert not client.cookies
    assert 0 < len(response.content) < 5000


def test_the_page_in_the_frame_says_what_was_booked_to_the_site_and_no_more(alice: Owner) -> None:
    bookable(alice, embeds_on=SITES)
    html = book(Client()).content.decode()
    assert re.findall(r"data-[a-z-]+=\"[^\"]*\"", html[html.index("data-booked") :])[:2] == [
        'data-booked="meeting"',
        'data-starts-at="2026-11-25T08:00:00+00:00"',
    ]
    assert "js/framed" in html
