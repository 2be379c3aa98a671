"""Connecting is one click wherever it is named, and leads back to where its owner was."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from integrations import returning
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.integrations.test_pages_connect import come_back, start
from tests.meetings.page_cast import connect_zoom, contact_of, meeting_of
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
SETTINGS = "/settings/#providers"


@pytest.fixture
def lost(alice: Owner) -> Connection:
    return connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)


@pytest.mark.parametrize("path", ["/", "/meetings/?show=all&q=a%20b", "/settings/", "/x" + "y" * 290])
def test_a_path_of_its_own_is_safe(path: str) -> None:
    assert returning.is_safe(path)


ELSEWHERE = [
    *(
        "",
        "settings",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example/",
        "/\n/evil",
        "/\0",
    ),
    *("javascript:alert(1)", "/a\\b", "/é", "/" + "x" * 300, "///evil.example", " //evil.example", "/\t/evil.example"),
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nothing_else_is(path: str) -> None:
    assert not returning.is_safe(path)


def test_who_connects_comes_back_to_where_they_were(zoom: ZoomSimulator, alice_client: Client) -> None:
    answer = alice_client.post("/integrations/zoom/connect/", {"next": "/meetings/?show=all"})
    page = alice_client.get(answer["Location"])
    url = page.context["authorization_url"]
    assertContains(page, 'href="/meetings/?show=all"')

    back = urlsplit(zoom.approve(url))
    returned = alice_client.get(f"{back.path}?{back.query}")
    ended = alice_client.get(returned["Location"])

    assertRedirects(ended, "/meetings/?show=all", fetch_redirect_response=False)
    assertContains(alice_client.get(ended["Location"]), "Zoom is connected as")


def test_who_declines_comes_back_too(zoom: ZoomSimulator, alice_client: Client) -> None:
    answer = alice_client.post("/integrations/zoom/connect/", {"next": "/contacts/"})
    url = alice_client.get(answer["Location"]).context["authorization_url"]
    back = urlsplit(zoom.decline(url))
    returned = alice_client.get(f"{back.path}?{back.query}")

    assertRedirects(alice_client.get(returned["Location"]), "/contacts/", fetch_redirect_response=False)


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(zoom: ZoomSimulator, alice_client: Client, place: str) -> None:
    answer = alice_client.post("/integrations/zoom/connect/", {"next": place})
    url = alice_client.get(answer["Location"]).context["authorization_url"]
    back = urlsplit(zoom.approve(url))
    returned = alice_client.get(f"{back.path}?{back.query}")

    assert AuthorizationAttempt.objects.get().return_to == ""
    assert alice_client.get(returned["Location"])["Location"] == SETTINGS
    assert alice_client.post("/integrations/jitsi/connect/", {"next": place})["Location"] == SETTINGS


def test_without_a_place_it_is_settings(zoom: ZoomSimulator, alice_client: Client) -> None:
    assert "Zoom is connected as" in come_back(alice_client, zoom.approve(start(alice_client)[1]))


def test_what_needs_no_sign_in_leads_back_at_once(alice_client: Client) -> None:
    assert alice_client.post("/integrations/jitsi/connect/", {"next": "/contacts/"})["Location"] == "/contacts/"


def test_an_address_of_ones_own_leads_back_when_it_is_saved(alice_client: Client) -> None:
    page = alice_client.post("/integrations/personal_link/connect/", {"next": "/contacts/"})["Location"]
    form = alice_client.get(page)
    assertContains(form, '<input type="hidden" name="next" value="/contacts/">', html=True)

    saved = alice_client.post(page, {"link": "https://meet.example.com/alice", "next": "/contacts/"})
    assert saved["Location"] == "/contacts/"


# --- Where it is named ------------------------------------------------------------------------------------


def test_the_banner_reconnects_by_one_click(alice_client: Client, lost: Connection) -> None:
    page = alice_client.get("/contacts/?q=ann&page=1")

    assertContains(page, 'action="/integrations/zoom/connect/"')
    assertContains(page, '<input type="hidden" name="next" value="/contacts/?q=ann&amp;page=1">', html=True)


def test_a_meetings_page_reconnects_by_one_click(alice: Owner, alice_client: Client, lost: Connection) -> None:
    meeting = meeting_of(alice)
    own = f"/meetings/{meeting.pk}/"

    for page in (alice_client.get(own), alice_client.get(own + "link/", headers={"HX-Request": "true"})):
        assertContains(page, 'action="/integrations/zoom/connect/"')
        assertContains(page, f'name="next" value="{own}"')


def test_the_first_steps_connect_by_one_click(zoom: ZoomSimulator, alice_client: Client) -> None:
    page = alice_client.get("/")

    assertContains(page, 'action="/integrations/zoom/connect/" data-connect')
    assertContains(page, "Connect Zoom")


# --- The form that schedules ------------------------------------------------------------------------------


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return contact_of(alice)


def typed(**changes: Any) -> dict[str, Any]:
    given = {"title": "Our <own> title", "date": "2031-03-05", "time": "14:00", "minutes": "50", "provider": "none"}
    return given | {"agenda": "Say hello", "request_key": "6f0c3bb2-7b7e-4f6e-8a59-1b6d1f5e1f7a"} | changes


def test_the_form_is_kept_while_its_owner_connects(zoom: ZoomSimulator, alice_client: Client, ann: Contact) -> None:
    path = f"/meetings/new/?contact={ann.pk}&send=1"
    assertContains(alice_client.get(path), 'form="meeting" name="connect" value="zoom" formnovalidate data-connect')

    away = alice_client.post(path, typed(connect="zoom"))
    assert away.status_code == 307  # the browser posts the same to there
    begun = alice_client.post(away["Location"], typed(connect="zoom"))
    back = urlsplit(zoom.approve(alice_client.get(begun["Location"]).context["authorization_url"]))
    returned = alice_client.get(f"{back.path}?{back.query}")
    form = alice_client.get(alice_client.get(returned["Location"])["Location"]).context["form"]

    kept = {name: form[name].value() for name in typed()}
    assert kept == typed(provider="zoom")
    assert form["by_mail"].value() is False


def test_what_is_kept_is_the_same_contacts(alice: Owner, alice_client: Client, ann: Contact) -> None:
    alice_client.post(f"/meetings/new/?contact={ann.pk}", typed(connect="jitsi"))
    other = contact_of(alice, "Bert Moss")

    form = alice_client.get(f"/meetings/new/?contact={other.pk}&kept=1").context["form"]
    assert form["title"].value() == "Bert Moss and Alice Archer"


@pytest.mark.parametrize("name", ["nonsense", "", "../admin", "zoom\0"])
def test_what_is_no_provider_is_not_connected(alice_client: Client, ann: Contact, name: str) -> None:
    answer = alice_client.post(f"/meetings/new/?contact={ann.pk}", typed(connect=name, title=""))
    assert answer.status_code == 200
