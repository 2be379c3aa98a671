"""An owner's own calendars are asked before somebody books, and what is said of those that did not answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from integrations.calendars import busy, live
from meetings.hours import availability
from meetings.models import MeetingType
from okey.owners.models import Owner


def ask(
    owner: Owner,
    starts_at: datetime,
    *,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    meeting_type: MeetingType | None = None,
) -> None:
    """Whether the owner is still free then: for whoever books or moves a meeting, before anything is locked.

    Asks nobody of a time that is not on offer. What comes of it, `availability.is_free` knows from then on.
    """
    if not busy.has_calendars(owner.pk):
        return
    if availability.is_free(owner, starts_at, minutes=minutes, ignoring=ignoring, meeting_type=meeting_type):
        settings = availability.settings_of(owner, meeting_type)
        ends_at = starts_at + timedelta(minutes=minutes or settings.slot_minutes)
        live.ask(owner.pk, starts_at - settings.gap, ends_at + settings.gap)


def ask_for_all(
    owner: Owner, starts: Sequence[datetime], *, minutes: int, meeting_type: MeetingType | None = None
) -> None:
    """The same of all dates of a series that is booked only where each is on offer: one question, from the first to
    after the last.
    """
    if not busy.has_calendars(owner.pk):
        return
    if all(availability.is_free(owner, one, minutes=minutes, meeting_type=meeting_type) for one in starts):
        gap = availability.settings_of(owner, meeting_type).gap
        live.ask(owner.pk, min(starts) - gap, max(starts) + timedelta(minutes=minutes) + gap)


def ask_between(owner: Owner, starts_at: datetime, ends_at: datetime) -> None:
    """What the owner has in all of that time: one question for the dates of a series, which the owner chooses."""
    if busy.has_calendars(owner.pk):
        live.ask(owner.pk, starts_at, ends_at)


def unsure_words(owner: Owner, starts_at: datetime, ends_at: datetime) -> str:
    """For the owner: which calendars have not said that they are free then; "" where all have."""
    names = ", ".join(one.name for one in busy.unanswered(owner.pk, starts_at, ends_at).defer("secret"))
    text = _("Look whether you have this time: %(calendars)s did not answer when it was booked.")
    return text % {"calendars": names} if names else ""
