"""Messages about calendars as they come: from the simulators, over a socket, to O-Key's own address."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations.calendars.models import Calendar, Subscription
from okey.owners.models import Owner
from tests import google_fixtures, microsoft_fixtures
from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.pushed import DENTIST, State, work
from tests.integrations.calendars.reading_now import read
from tests.microsoft_simulator import MicrosoftSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def okey(live_server: LiveServer, settings: Settings) -> Iterator[str]:
    return live_server.url.replace("localhost", "127.0.0.1")


def is_due_soon(calendar: Calendar, before: Any) -> bool:
    due = Calendar.objects.get(pk=calendar.pk).due_at
    assert due is not None
    return bool(due < before)


def test_google_is_heard_before_it_answers(
    google: GoogleSimulator, alice: Owner, okey: str, settings: Settings
) -> None:
    assert google_fixtures.authorize(google, alice, service=google_fixtures.CALENDAR).outcome == "connected"
    mine = read(Calendar.objects.get(owner=alice))
    settings.OKEY_BASE_URL = okey
    google.settings(sync_first=True)
    work()
    assert google.pushes(1)[0]["status"] == 202
    row = Subscription.objects.get()
    assert (row.state, row.heard_at is not None, row.tells(row.heard_at or row.asked_at)) == (State.LIVE, True, True)
    far = read(mine).due_at
    google.add_entries("will", DENTIST)
    assert [one["status"] for one in google.pushes(2)] == [202, 202]
    assert is_due_soon(mine, far)
    url, headers = google.pushes()[1]["url"], google.pushes()[1]["headers"]
    forged = google.forge(url, headers=headers | {"X-Goog-Channel-Token": "guessed"})
    assert (forged["status"], forged["answer"]) == (404, "")


def test_microsoft_proves_the_address_before_it_answers(
    microsoft: MicrosoftSimulator, alice: Owner, okey: str, settings: Settings
) -> None:
    attempt = microsoft_fixtures.authorize(microsoft, alice, service=microsoft_fixtures.CALENDAR)
    assert attempt.outcome == "connected", attempt.detail
    mine = read(Calendar.objects.get(owner=alice))
    settings.OKEY_BASE_URL = okey
    work()
    assert [(one["what"], one["status"]) for one in microsoft.pushes(1)] == [("validation", 200)]
    row = Subscription.objects.get()
    assert (row.state, row.heard_at is not None) == (State.LIVE, True)
    far = read(mine).due_at
    microsoft.add_entries("carla", DENTIST)
    assert microsoft.pushes(2)[1]["status"] == 202
    assert is_due_soon(mine, far)
    assert microsoft.forge(f"{row_url(okey, row)}?validationToken=anything")["status"] == 404


def row_url(okey: str, row: Subscription) -> str:
    return f"{okey}/integrations/{microsoft_fixtures.CALENDAR}/push/{row.pk}/"
