"""What owners do to a meeting's entry in their calendar: noted, shown, and theirs to decide about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.calendars.base import Standing
from integrations.calendars.models import Calendar
from meetings import diary
from meetings.entries import standing
from meetings.models import CalendarEntry, Meeting
from meetings.times import span_words
from okey.lib.claims import Claim
from okey.owners.models import Owner


@dataclass(frozen=True)
class Found:
    """What a meeting's page says of its entry. `problem`: why it could not be entered; else the owner did something.

    `starts_at`, `ends_at`: where they moved it; None where they deleted it, or the times could not be understood.
    """

    calendar: str
    problem: str = ""
    is_gone: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def seen(self) -> str:
        """By it a button knows that it is still about what the page said."""
        return "gone" if self.is_gone else "/".join(standing.times(self.starts_at, self.ends_at))

    @property
    def minutes(self) -> int:
        """0: the meeting cannot follow."""
        if self.starts_at is None or self.ends_at is None:
            return 0
        minutes = int((self.ends_at - self.starts_at).total_seconds() // 60)
        return minutes if 1 <= minutes <= Meeting.MINUTES_MAX else 0


def of(meeting: Meeting) -> Found | None:
    """None where there is nothing to say. One query."""
    if meeting.is_cancelled or meeting.is_over:
        return None
    mine = CalendarEntry.objects.filter(meeting=meeting, calendar__takes_meetings=True)
    row = mine.select_related("calendar").first()
    if row is None:
        return None
    if row.found is not None:
        there = standing.standing(row.found["there"])
        if there is None:
            return Found(row.calendar.name, is_gone=True)
        return Found(row.calendar.name, starts_at=there.starts_at, ends_at=there.ends_at)
    if row.problem:
        why = dict(Calendar.Trouble.choices).get(row.problem, "")
        return Found(row.calendar.name, problem=str(why))
    return None


@transaction.atomic
def note_found(claim: Claim[CalendarEntry], row: CalendarEntry, there: Standing | None, wanted: standing.Pair) -> bool:
    """The owner moved or deleted it. Returns whether the claim is still mine."""
    found = {"there": standing.kept(there), "instead_of": wanted}
    if not claim.update(found=found, to_look=False, sent_at=None, problem=""):
        return False
    if row.found != found:
        diary.note_news(row.meeting_id, "entry_changed", _words(row, there))
        Meeting.objects.filter(pk=row.meeting_id).update(updated_at=timezone.now())
    return True


def _words(row: CalendarEntry, there: Standing | None) -> str:
    named = {"calendar": row.calendar.name}
    if there is None:
        return _("You deleted the meeting’s entry in your calendar “%(calendar)s”.") % named
    if there.starts_at is None or there.ends_at is None:
        return _("You changed the meeting’s entry in your calendar “%(calendar)s”.") % named
    when = span_words(there.starts_at, there.ends_at, row.meeting.owner.timezone)
    return _("You moved the meeting’s entry in your calendar “%(calendar)s” to %(when)s.") % {**named, "when": when}


@transaction.atomic
def put_back(*, owner: Owner, meeting_id: Any) -> bool:
    """The meeting stays as it is, and its entry is put there again. False: there was nothing to decide."""
    Owner.objects.locked(owner.pk)
    mine = CalendarEntry.objects.filter(meeting=meeting_id, meeting__owner=owner, found__isnull=False)
    rows = list(mine.select_for_update(no_key=True, of=("self",)))
    for row in rows:
        there = standing.standing(row.found["there"]) if row.found else None
        as_they_left_it = {"known": standing.kept(there), "told": [standing.pair(there)] if there else []}
        CalendarEntry.objects.filter(pk=row.pk).update(
            **as_they_left_it, written="", found=None, due_at=timezone.now(), owed=row.owed + 1, attempts=0
        )
        CalendarEntry.wake_on_commit()
    return bool(rows)
