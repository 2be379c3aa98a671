"""The administrators' list says how far each entry is, and nothing of what stands in the owner's calendar."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.calendars.models import Calendar
from meetings.models import CalendarEntry
from okey.owners.models import Owner
from tests.meetings.page_cast import meeting_of

pytestmark = pytest.mark.django_db
THERE = {"place": "their-own-place", "version": "1", "starts_at": "", "ends_at": "", "title": "Told to nobody"}


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"due_at": timezone.now()}, "waiting"),
        ({"due_at": timezone.now(), "attempts": 2}, "under way"),
        ({"known": THERE}, "entered"),
        ({}, "not there"),
        ({"known": THERE, "found": {"there": THERE, "instead_of": ["", ""]}}, "changed there: the owner decides"),
        ({"due_at": timezone.now(), "problem": "scope_missing"}, Calendar.Trouble.SCOPE_MISSING.label),
    ],
)
def test_the_first_column_is_the_state_and_no_contents_are_shown(
    admin_client: Client, alice: Owner, row: dict[str, Any], state: str
) -> None:
    calendar = Calendar.objects.create(owner=alice, source="caldav", name="Work", host="dav.example.com")
    entry = CalendarEntry.objects.create(meeting=meeting_of(alice), calendar=calendar, turn=str(alice.pk), **row)
    html = admin_client.get("/admin/meetings/calendarentry/").content.decode()
    first = re.search(r'<td class="field-state">(.*?)</td>', html)
    assert first is not None
    assert first[1] == str(state)
    shown = admin_client.get(f"/admin/meetings/calendarentry/{entry.pk}/change/").content.decode()
    assert str(state) in shown
    assert "their-own-place" not in html + shown
    assert "Told to nobody" not in html + shown
    listed = admin_client.get("/admin/calendars/calendar/").content.decode()
    assert "field-takes_meetings" in listed
