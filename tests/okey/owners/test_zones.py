"""Time zones to choose from: one document for all pages, and the chosen one in each."""

import re
from datetime import date
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from okey.owners.zones import options_of, typed_zone

GOOD = {"name": "Alice Archer", "timezone": "Asia/Calcutta", "language": "en"}


def test_the_options_are_places_by_region_with_the_offset_of_the_day() -> None:
    winter, summer = (options_of(date(2026, month, 15)) for month in (1, 7))

    assert '<optgroup label="Europe"><option value="Europe/Amsterdam">Amsterdam (GMT+01:00)</option>' in winter
    assert '<option value="Europe/Berlin">Berlin (GMT+02:00)</option>' in summer
    assert '<option value="America/Argentina/Buenos_Aires">Buenos Aires, Argentina (GMT-03:00)</option>' in winter
    assert winter.startswith('<option value="UTC">UTC</option>')


def test_browsers_keep_the_document_and_it_knows_nobody(client: Client, db: None) -> None:
    response = client.get("/zones/?2026-11-26")

    assert response["Cache-Control"] == "public, max-age=604800"
    assert not response.cookies


@pytest.mark.parametrize("path", ["/settings/", "/contacts/new/"])
def test_a_form_holds_the_chosen_zone_only(alice_client: Client, path: str) -> None:
    html = alice_client.get(path).content.decode()

    select = re.findall(r"<select[^>]*data-zones=.*?</select>", html, re.DOTALL)
    assert len(select) == 1
    options = [unescape(value) for value in re.findall(r'<option value="(.*?)"', select[0])]
    assert options == (["Europe/Berlin"] if path == "/settings/" else [""])
    assert "js/zones.js" in html


def test_a_zone_under_an_old_name_stays_what_it_is(alice: Owner, alice_client: Client) -> None:
    alice_client.post("/settings/", GOOD)
    alice.refresh_from_db()
    assert str(alice.timezone) == "Asia/Calcutta"

    assert '<option value="Asia/Calcutta" selected>Calcutta (GMT+05:30)</option>' in (
        alice_client.get("/settings/").content.decode()
    )


def test_without_scripts_a_zone_is_typed(alice: Owner, alice_client: Client) -> None:
    alice_client.post("/settings/", {**GOOD, "timezone": ["Europe/Berlin", "Asia/Tokyo"]})
    alice.refresh_from_db()
    assert str(alice.timezone) == "Asia/Tokyo"

    alice_client.post("/settings/", {**GOOD, "timezone": ["Europe/Berlin", ""]})
    alice.refresh_from_db()
    assert str(alice.timezone) == "Europe/Berlin"
    wrong = alice_client.post("/settings/", {**GOOD, "timezone": ["Europe/Berlin", "Mars/Olympus"]})
    assert "There is no such time zone." in wrong.content.decode()


def test_a_contact_may_have_none(alice: Owner, alice_client: Client) -> None:
    contact = add_contact(owner=alice, name="Ann", email="ann@example.com")
    path = f"{contact.get_absolute_url()}edit/"
    values = {"name": "Ann", "email": "ann@example.com"}

    alice_client.post(path, {**values, "timezone": "Asia/Tokyo"})
    assert str(Contact.objects.get().timezone) == "Asia/Tokyo"
    assert '<option value="">Not known</option>' in alice_client.get(path).content.decode()
    alice_client.post(path, {**values, "timezone": ["", ""]})
    assert not Contact.objects.get().timezone


@pytest.mark.parametrize(
    ("query", "zone"),
    [
        ("", ""),
        ("zone=", ""),
        ("zone=UTC", "UTC"),
        ("zone=UTC&zone=", "UTC"),
        ("zone=UTC&zone=Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_what_is_typed_wins_where_anything_is(query: str, zone: str) -> None:
    assert typed_zone(QueryDict(query)) == zone
