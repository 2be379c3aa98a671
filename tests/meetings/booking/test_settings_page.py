"""The owner switches booking on, names the address, and sees what clients see."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from integrations.models import Connection
from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.page_cast import connect_zoom

pytestmark = pytest.mark.django_db

PAGE = "/settings/booking/"
PREVIEW = "/settings/booking/preview/"
ADDRESS = "http://testserver.localhost:8000/book/alice-archer/"


def html_of(client: Client, path: str = PAGE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())


def save(client: Client, **changes: str) -> Any:
    return client.post(PAGE, {"public_name": "alice-archer", "is_page_on": "on", **changes}, follow=True)


def test_it_is_off_until_it_is_switched_on(alice_client: Client, client: Client) -> None:
    assert "The page is off: nobody can open it." in html_of(alice_client)
    response = save(alice_client)
    assert "Saved. Clients can book now." in response.content.decode()
    assert f'value="{ADDRESS}"' in html_of(alice_client)
    assert client.get("/book/alice-archer/").status_code == 200


def test_unticked_switches_are_off(alice: Owner, alice_client: Client) -> None:
    bookable(alice, confirms_addresses=True)
    alice_client.post(PAGE, {"public_name": "alice-archer"})
    booking = BookingSettings.objects.get()
    assert (booking.is_page_on, booking.confirms_addresses, booking.is_bot_on) == (False, False, False)


def test_another_name_says_that_the_old_address_stops(alice: Owner, alice_client: Client) -> None:
    bookable(alice)
    response = save(alice_client, public_name="meet-alice")
    assert "the old one does not work any more" in response.content.decode()
    assert "/book/meet-alice/" in html_of(alice_client)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"public_name": ""}, "Give the page a name."),
        ({"public_name": "Not A Name"}, "Use small letters, digits and single hyphens"),
        ({"public_name": "bob-archer"}, "This name is taken. Choose another."),
        ({"embeds_on": "http://example.com"}, "is not the address of a site with https"),
        ({"embeds_on": "https://*.example.com"}, "is not the address of a site with https"),
        ({"embeds_on": "https://ok.example\nhttps://ok.example/page"}, "“https://ok.example/page” is not"),
        ({"embeds_on": "\n".join(f"https://s{n}.example" for n in range(21))}, "Name at most 20 sites."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    alice: Owner, bob: Owner, alice_client: Client, changes: dict[str, str], words: str
) -> None:
    booking_settings.of(bob)
    response = save(alice_client, **changes)
    assert words in unescape(response.content.decode())
    booking = booking_settings.of(alice)
    assert (booking.public_name, booking.is_page_on, booking.embeds_on) == ("alice-archer", False, [])


def test_sites_are_kept_as_browsers_name_them_each_once(alice: Owner, alice_client: Client) -> None:
    save(alice_client, embeds_on="https://Example.com/\r\n\r\nhttps://example.com\r\nhttps://münchen.example")
    assert booking_settings.of(alice).embeds_on == ["https://example.com", "https://xn--mnchen-3ya.example"]


def test_the_html_for_the_site_is_there_once_a_site_is_named(alice: Owner, alice_client: Client) -> None:
    bookable(alice)
    assert "data-okey=" not in html_of(alice_client)
    bookable(alice, embeds_on=["https://alice.example"])
    html = html_of(alice_client)
    for kind in ("inline", "popup", "button"):
        assert f'<a href="{ADDRESS}" data-okey="{kind}">Book a meeting with Alice Archer</a>' in html
    assert html.count('/embed.js" async></script>') == 3
    assert "data-okey=" not in re.sub(
        r"<textarea.*?</textarea>", "", alice_client.get(PAGE).content.decode(), flags=re.DOTALL
    )
    assert f"&lt;a href=&quot;{ADDRESS}&quot;" in alice_client.get(PAGE).content.decode(), "shown as text"


def test_a_name_with_quotes_cannot_break_out_of_the_html(alice: Owner, alice_client: Client) -> None:
    Owner.objects.filter(pk=alice.pk).update(name='"><script>alert(1)</script>')
    booking = bookable(alice, embeds_on=["https://alice.example"])
    for _label, _help, html in alice_client.get(PAGE).context["snippets"]:
        assert booking.public_name in html
        assert "<script>" not in html


def test_without_a_default_provider_it_says_what_that_means(alice: Owner, alice_client: Client) -> None:
    connect_zoom(alice, is_default=False)
    assert "You have no default provider" in html_of(alice_client)
    Connection.objects.update(is_default=True)
    assert "Bookings get their link from Zoom, your default: up to 30 a day" in html_of(alice_client)


def test_the_preview_shows_the_page_and_books_nothing(alice: Owner, alice_client: Client) -> None:
    html = html_of(alice_client, PREVIEW)
    assert "This is a preview" in html
    assert "Clients see this once it is switched on." in html
    assert "Book a meeting with Alice Archer" in html
    assert "/details/" not in html
    assert alice_client.post(PREVIEW).status_code == 405
    assert not Meeting.objects.exists()


def test_profile_settings_lead_here(alice: Owner, alice_client: Client) -> None:
    assert f'href="{PAGE}"' in html_of(alice_client, "/settings/")
    bookable(alice)
    assert f'value="{ADDRESS}"' in html_of(alice_client)


@pytest.mark.parametrize("path", [PAGE, PREVIEW])
def test_nobody_sees_or_changes_anybody_elses(alice: Owner, client: Client, charlie_client: Client, path: str) -> None:
    bookable(alice)
    assert client.get(path)["Location"].startswith("/accounts/login/")
    assert "Alice" not in html_of(charlie_client, path)
    charlie_client.post(PAGE, {"public_name": "charlies"})
    assert booking_settings.of(alice).is_page_on


def test_administrators_look_at_them(alice: Owner, admin_client: Client) -> None:
    bookable(alice)
    for model in ("bookingsettings", "unconfirmedbooking"):
        assert admin_client.get(f"/admin/booking/{model}/").status_code == 200
    assert admin_client.get(f"/admin/booking/bookingsettings/{alice.pk}/change/").status_code == 200
    assert admin_client.get("/admin/booking/bookingsettings/add/").status_code == 403


def test_settings_lead_to_the_conversations_and_to_the_messengers(alice_client: Client) -> None:
    html = alice_client.get("/settings/").content.decode()
    for address in ("/conversations/", "/settings/messenger/"):
        assert f'href="{address}"' in html
        assert alice_client.get(address).status_code == 200


def test_without_any_provider_the_booking_page_says_that_meetings_have_no_link(
    alice: Owner, alice_client: Client
) -> None:
    bookable(alice)
    connect_zoom(alice)
    assert "Booked meetings have no video link" not in html_of(alice_client)
    Connection.objects.update(is_default=False, ended_at=datetime(2026, 11, 26, tzinfo=UTC))
    html = html_of(alice_client)
    assert "Booked meetings have no video link" in html
    assert '<a href="/settings/#providers">Connect a provider</a>' in html


def test_without_access_only_an_administrator_can_help(alice: Owner, alice_client: Client) -> None:
    bookable(alice)
    Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)
    html = html_of(alice_client)
    assert "Ask your administrator." in html
    assert "Connect a provider" not in html
