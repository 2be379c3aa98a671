"""Profile settings: what an owner says about themselves."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import time_machine
from django.test import Client

from okey.owners.forms import ProfileForm
from okey.owners.models import Owner

GOOD = {"name": "Alice B. Archer", "timezone": "America/New_York", "language": "en"}


def test_name_and_time_zone_are_saved(alice: Owner, alice_client: Client) -> None:
    page = alice_client.post("/settings/", GOOD, follow=True).content.decode()
    assert "Your profile is saved." in page
    alice.refresh_from_db()
    assert (alice.name, str(alice.timezone)) == ("Alice B. Archer", "America/New_York")
    assert alice.initials == "AA"


def test_a_wrong_value_is_named_at_its_field_and_the_rest_of_the_form_kept(alice: Owner, alice_client: Client) -> None:
    page = alice_client.post("/settings/", {**GOOD, "name": " ", "timezone": "Mars/Olympus"}).content.decode()
    assert 'id="id_name_error"' in page
    assert 'id="id_timezone_error"' in page
    assert '<span class="account__name truncate">Alice Archer</span>' in page
    alice.refresh_from_db()
    assert alice.name == "Alice Archer"


def test_the_address_and_the_entitlement_are_not_the_owners_to_change(alice: Owner, alice_client: Client) -> None:
    Owner.objects.update(meeting_providers_enabled=False)
    alice_client.post("/settings/", {**GOOD, "email": "x@example.com", "meeting_providers_enabled": "on"})
    alice.refresh_from_db()
    assert (alice.email, alice.meeting_providers_enabled) == ("alice@example.com", False)
    assert "alice@example.com" in alice_client.get("/settings/").content.decode()


def test_zones_show_the_offset_of_today(alice: Owner) -> None:
    for month, offset in ((1, "GMT+01:00"), (7, "GMT+02:00")):
        with time_machine.travel(datetime(2026, month, 15, tzinfo=UTC), tick=False):
            labels = {str(zone): label for zone, label in ProfileForm(instance=alice).fields["timezone"].choices}
        assert labels["Europe/Berlin"] == f"Europe/Berlin ({offset})"


def test_zones_are_places_by_name_and_the_one_that_is_stored(alice: Owner) -> None:
    names = [str(zone) for zone, _label in ProfileForm(instance=alice).fields["timezone"].choices]
    assert names == sorted(names)
    assert {"UTC", "America/New_York", "Asia/Kolkata"} <= set(names)
    assert not {"US/Eastern", "EST5EDT", "Etc/GMT+5", "GMT", "Factory", "localtime"} & set(names)
    assert not {"Asia/Calcutta", "America/Buenos_Aires", "Europe/Kiev", "Europe/Belfast"} & set(names), "other names"
    alice.timezone = ZoneInfo("US/Eastern")
    form = ProfileForm({**GOOD, "timezone": "US/Eastern"}, instance=alice)
    assert form.is_valid()
    assert str(form.cleaned_data["timezone"]) == "US/Eastern"


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/settings/").status_code == 302
    assert client.post("/settings/", GOOD).status_code == 302
