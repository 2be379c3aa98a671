"""Whatever may change what shall stand in owners' calendars, or what does, makes entries due."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from integrations.calendars.models import BusyTime, Calendar
from meetings.entries import standing
from meetings.invitations.words import owners_uid
from meetings.models import CalendarEntry, Invitation, Meeting

#: How long an entry waits for its join link: mostly that is there by then, and one call does.
NO_TIME, GRACE = timedelta(0), timedelta(seconds=20)
#: So far ahead an entry is missed in the mirror of busy times, which reaches further.
AHEAD = timedelta(days=300)
BATCH = 500
#: What is right again where the calendar was read: the password, or the sign-in. More may have been allowed at that,
#: which whoever looks next sees without a call.
OPENED = ("password", "reconnect", "scope_missing")
#: A new start: whatever was wrong before does not count any more.
FRESH: dict[str, Any] = {"attempts": 0, "problem": ""}


def owe(meeting: Meeting) -> None:
    """Bring the owner's calendar in line with the meeting, soon.

    Called inside every transaction that changes a meeting or its link. One query where no calendar takes meetings.
    """
    if meeting.approval_until is not None:
        return  # nothing is booked
    calendar = Calendar.objects.filter(owner=meeting.owner_id, takes_meetings=True).only("pk").first()
    if calendar is None:
        return  # what stands in another calendar is due already, to be taken out
    _add([meeting.pk], calendar, meeting.owner_id)
    waits = meeting.wants_link and not meeting.join_url
    _make_due(CalendarEntry.objects.filter(meeting=meeting), after=GRACE if waits else NO_TIME, **FRESH)


def with_entries(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """So that `owe_link` knows without a query of its own whether there is anything to do."""
    return meetings.annotate(is_entered=Exists(CalendarEntry.objects.filter(meeting=OuterRef("pk"))))


def owe_link(meeting: Meeting) -> None:
    """A meeting that was read `with_entries` has its link.

    An entry that came about in the moment since waits for longer than that (GRACE), and finds the link.
    """
    if meeting.is_entered:  # type: ignore[attr-defined] # by with_entries
        _make_due(CalendarEntry.objects.filter(meeting=meeting), **FRESH)


def choose(owner_id: UUID) -> None:
    """Another calendar takes the owner's meetings: what is to come goes there, and out of the one before.

    Called inside the transaction that chooses it, under the owner's lock.
    """
    calendar = Calendar.objects.filter(owner=owner_id, takes_meetings=True).first()
    coming = Meeting.objects.filter(owner=owner_id, ends_at__gt=timezone.now(), approval_until=None)
    if calendar is not None:
        pks = list(coming.filter(cancelled_at=None).order_by("starts_at").values_list("pk", flat=True))
        for first in range(0, len(pks), BATCH):
            _add(pks[first : first + BATCH], calendar, owner_id)
    entries = CalendarEntry.objects.filter(meeting__in=coming)
    waits = Q(meeting__join_url="", meeting__cancelled_at=None) & ~Q(meeting__provider="")
    _make_due(entries.filter(waits), after=GRACE, **FRESH)
    _make_due(entries.exclude(waits), **FRESH)


def hear(calendar_id: Any, *, is_recovered: bool, has_news: bool) -> None:
    """The calendar was read: what waited for that goes on; what is not there as it is known to be, is looked at."""
    mine = CalendarEntry.objects.filter(calendar=calendar_id)
    stuck = mine.exclude(problem="") if is_recovered else mine.filter(problem__in=OPENED)
    _make_due(stuck.exclude(due_at=None), **FRESH)
    if has_news and (odd := _odd(calendar_id)):
        _make_due(mine.filter(pk__in=odd), to_look=True)


def _odd(calendar_id: Any) -> list[int]:
    """Entries of coming meetings that the mirror has at another time than is known, or not at all."""
    now = timezone.now()
    coming = Q(meeting__ends_at__gt=now, meeting__starts_at__lt=now + AHEAD, meeting__cancelled_at=None)
    entries = CalendarEntry.objects.filter(coming, calendar=calendar_id, known__isnull=False)
    uids = Invitation.objects.filter(meeting__in=entries.values("meeting"), contact=F("meeting__contact"))
    uid_of = {one.meeting_id: owners_uid(one) for one in uids.select_related("meeting").only("pk", "meeting__is_group")}
    busy = BusyTime.objects.filter(calendar=calendar_id, uid_of_okey__isnull=False)
    seen = {one.uid_of_okey: standing.times(one.starts_at, one.ends_at) for one in busy}
    return [one.pk for one in entries if _expected(one) != seen.get(uid_of.get(one.meeting_id))]


def _expected(entry: CalendarEntry) -> standing.Pair | None:
    there = standing.standing(entry.found["there"] if entry.found is not None else entry.known)
    return standing.pair(there) if there is not None else None


def _add(meetings: list[UUID], calendar: Calendar, owner_id: UUID) -> None:
    rows = [CalendarEntry(meeting_id=pk, calendar=calendar, turn=str(owner_id)) for pk in meetings]
    CalendarEntry.objects.bulk_create(rows, ignore_conflicts=True)


def _make_due(entries: "QuerySet[CalendarEntry]", *, after: timedelta = NO_TIME, **changes: Any) -> None:
    """Whoever works on one meanwhile sees by its number that it is not done."""
    if entries.update(due_at=timezone.now() + after, owed=F("owed") + 1, **changes):
        CalendarEntry.wake_on_commit()
