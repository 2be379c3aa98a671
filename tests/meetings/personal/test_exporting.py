"""An owner's copy: all of theirs, nothing of others', no secret, and safe in a spreadsheet."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from meetings import scheduling
from meetings.feed import feeds
from okey.api import tokens
from okey.contacts.editing import add_contact
from okey.lib.sheets import safe
from okey.mails import outbox
from okey.owners.models import Owner
from okey.webhooks import endpoints


def copy_of(client: Client) -> dict[str, bytes]:
    response = client.post("/settings/data/export/")
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as folder:  # type: ignore[attr-defined]
        return {name: folder.read(name) for name in folder.namelist()}


def rows(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[f"data/{name}.json"])
    return found


def test_it_holds_what_is_the_owners_and_opens_nothing(alice: Owner, bob: Owner, alice_client: Client) -> None:
    ann = add_contact(owner=alice, name="=HYPERLINK(1)", email="ann@example.com", notes="@home")
    add_contact(owner=bob, name="Bobs Client", email="client@bob.example")
    starts = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    plan = scheduling.Plan(title="Kick-off", starts_at=starts, minutes=30)
    scheduling.schedule(owner=alice, contact=ann, plan=plan, by_mail=True)
    _token, secret = tokens.make(owner=alice, name="Script", scopes=["read"], expires_at=None)
    endpoint = endpoints.add(owner=alice, url="https://hooks.example.com/okey", events=["meeting.over"])
    address = feeds.url(feeds.switch_on(alice))
    outbox.write_secret(to=alice.email, subject="Key", text="opens-an-account")
    files = copy_of(alice_client)
    assert [row["email"] for row in rows(files, "owners_owner")] == ["alice@example.com"]
    assert [row["name"] for row in rows(files, "contacts_contact")] == ["=HYPERLINK(1)"]
    assert [row["title"] for row in rows(files, "meetings_meeting")] == ["Kick-off"]
    assert [row["name"] for row in rows(files, "api_apitoken")] == ["Script"]
    everything = b"".join(files.values()).decode()
    opening = (secret, endpoint.opened("secret"), address.rpartition("/")[2], "opens-an-account", alice.password)
    for never in (*opening, "Bobs Client", bob.email):
        assert never not in everything
    header, row = csv.reader(io.StringIO(files["contacts.csv"].decode("utf-8-sig")))
    assert (header[0], row[0], row[5]) == ("Name", "'=HYPERLINK(1)", "'@home")
    (event,) = Calendar.from_ical(files["meetings.ics"]).walk("VEVENT")
    assert event.decoded("dtstart") == starts


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_what_is_none_stays_as_it_is() -> None:
    assert [safe(cell) for cell in ("Ann = Lee", "a@b.example", None, 30)] == ["Ann = Lee", "a@b.example", "", "30"]


def test_so_many_an_hour(alice_client: Client, clock_stands: None) -> None:
    for _ in range(6):
        copy_of(alice_client)
    response = alice_client.post("/settings/data/export/")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 3000


def test_settings_lead_there(alice_client: Client) -> None:
    assert 'href="/settings/data/"' in alice_client.get("/settings/").content.decode()
    assert "/settings/data/export/" in alice_client.get("/settings/data/").content.decode()
