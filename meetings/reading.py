"""What the pages read of meetings: whose, which, in what order, each with the state of its link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from meetings.links.state import LinkState, Means, link_state
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.lib.folding import words_of
from okey.owners.models import Owner

#: No meeting that goes on began before.
LONGEST = timedelta(minutes=Meeting.MINUTES_MAX)


class MeetingStatus(StrEnum):
    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    OVER = "over"

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingStatus":
        if meeting.is_cancelled:
            return cls.CANCELLED
        if meeting.is_requested:
            return cls.REQUESTED
        return cls.OVER if meeting.is_over else cls.SCHEDULED


@dataclass(frozen=True)
class Row:
    """A meeting in a list."""

    meeting: Meeting
    link: LinkState

    @property
    def day(self) -> date:
        """On which it begins, in the current time zone."""
        return timezone.localdate(self.meeting.starts_at)

    @property
    def is_now(self) -> bool:
        return not self.meeting.is_cancelled and self.meeting.starts_at <= timezone.now() < self.meeting.ends_at


def meetings_of(owner: Owner) -> "QuerySet[Meeting]":
    """The owner's meetings with all that a page shows of one, in a constant number of queries."""
    return (
        Meeting.objects.filter(owner=owner)
        .select_related("owner", "contact", "link_job")
        .prefetch_related("provider_meetings")
        .order_by("starts_at", "pk")
    )


def with_people(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """With everybody who has been invited, so that what a list says of them needs no query for each."""
    return meetings.prefetch_related(people())


def people() -> "Prefetch[str, QuerySet[Invitation], str]":
    """They and who they are, in one query."""
    return Prefetch("invitations", Invitation.objects.select_related("contact"))


def upcoming(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """Not over and not cancelled, the soonest first."""
    now = timezone.now()
    # Both say the same; by its start an index finds it, without all that is over.
    return meetings.filter(cancelled_at=None, ends_at__gt=now, starts_at__gt=now - LONGEST)


def past(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """Over and not cancelled, the latest first."""
    now = timezone.now()
    return latest_first(meetings.filter(cancelled_at=None, ends_at__lte=now, starts_at__lt=now))


def with_wishes(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """Those whose client waits for an answer to a wish for another time, the longest waiting first; not over."""
    return meetings.filter(asked_at__isnull=False, ends_at__gt=timezone.now()).order_by("asked_at", "pk")


def requested(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    """Those that wait for the owner's approval, the first to run out first."""
    waiting = meetings.filter(approval_until__gt=timezone.now(), cancelled_at=None)
    return waiting.order_by("approval_until", "pk")


def cancelled(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    return latest_first(meetings.filter(cancelled_at__isnull=False))


def latest_first(meetings: "QuerySet[Meeting]") -> "QuerySet[Meeting]":
    return meetings.order_by("-starts_at", "pk")


def search(meetings: "QuerySet[Meeting]", text: str, owner: Owner) -> "QuerySet[Meeting]":
    """Those of the owner's in which every word is found in the title, or in what a contact is found by."""
    for word in words_of(text):
        with_them = Contact.objects.of(owner).filter(searched__contains=word).values("pk")
        meetings = meetings.filter(Q(searched__contains=word) | Q(contact__in=with_them))
    return meetings


def rows(meetings: Iterable[Meeting], owner: Owner) -> list[Row]:
    means = Means.of(owner)
    return [Row(meeting, link_state(meeting, means)) for meeting in meetings]


def of_contact(contact: Contact, owner: Owner, *, limit: int) -> tuple[list[Meeting], list[Meeting], bool]:
    """The contact's upcoming meetings, then the earlier and cancelled ones; and whether there are more than these."""
    comes_too = Q(meeting__is_group=True) | Q(is_guest=True)
    seats = Invitation.objects.filter(comes_too, contact=contact, left_at=None)
    mine = meetings_of(owner).filter(Q(contact=contact) | Q(pk__in=list(seats.values_list("meeting", flat=True))))
    coming = list(upcoming(mine)[: limit + 1])
    earlier_too = mine.filter(Q(ends_at__lte=timezone.now()) | Q(cancelled_at__isnull=False))
    earlier = list(latest_first(earlier_too)[: limit + 1])
    room = max(0, limit - len(coming))
    return coming[:limit], earlier[:room], len(coming) + len(earlier) > limit
