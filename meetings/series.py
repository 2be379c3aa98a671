"""Meetings that are scheduled together, and changed together or alone: each by the ordinary writers of one.

All of it is one transaction under the owner's lock: there is the whole series or nothing of it, and a change reaches
all of those that it is for.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings import scheduling
from meetings.hours import asking, repeating
from meetings.hours.repeating import Repeat
from meetings.models import Meeting, MeetingType, Series
from meetings.scheduling import Plan
from meetings.times import span_words
from okey.contacts.models import Contact
from okey.mails import outbox
from okey.owners.models import Owner


class Reach(StrEnum):
    """Which meetings of a series a change is for."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


def check(repeat: Repeat) -> None:
    """Raises ValidationError by field."""
    if not Series.TIMES_MIN <= repeat.times <= Series.TIMES_MAX:
        raise ValidationError({"times": _("A series has 2 to 52 meetings.")})
    if not 1 <= repeat.every_weeks <= Series.WEEKS_MAX:
        raise ValidationError({"every": _("Meetings repeat every 1 to %(max)d weeks.") % {"max": Series.WEEKS_MAX}})


def ask_calendars(
    owner: Owner, starts_at: datetime, repeat: Repeat, *, minutes: int, meeting_type: MeetingType | None = None
) -> None:
    """Whether the owner is still free on all its dates: before anything is locked, one question for the whole span."""
    with suppress(OverflowError):  # said when it is scheduled
        starts = [one.moment for one in repeating.turns(starts_at, owner.timezone, repeat)]
        asking.ask_for_all(owner, starts, minutes=minutes, meeting_type=meeting_type)


def schedule(
    *,
    owner: Owner,
    contact: Contact,
    plan: Plan,
    repeat: Repeat,
    left_out: Collection[datetime] = (),
    request_key: str = "",
    **more: Any,
) -> Meeting:
    """Schedule them all; `plan` says when the first is. Returns the first that was made, whose `series` they are.

    `left_out`: the starts of those that are not wanted. `more`: as `scheduling.schedule` has it, for each of them.
    The same `request_key` of the same owner again is the same series.
    Raises ValidationError by field, and scheduling.SlotTaken for the first time that is not on offer.
    """
    check(repeat)
    _check_type(more.get("meeting_type"), more.get("guests", ()))
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        if request_key and (earlier := Meeting.objects.filter(owner=owner, request_key=request_key).first()):
            return earlier
        starts = starts_of(plan, repeat, owner, left_out)
        plan.check(timezone.now())
        turn = outbox.turn_of(more.get("address") or contact.email)
        series = Series.objects.create(owner=owner, every_weeks=repeat.every_weeks, turn=turn)
        kept = {**more.pop("kept", {}), "series": series}
        made = [
            _scheduled(
                owner=owner,
                contact=contact,
                plan=replace(plan, starts_at=start),
                kept=kept,
                request_key=request_key if number == 0 else "",
                **more,
            )
            for number, start in enumerate(starts)
        ]
    return made[0]


def _check_type(meeting_type: MeetingType | None, guests: Collection[str]) -> None:
    """Raises ValidationError."""
    if guests or (meeting_type is not None and (meeting_type.is_group or meeting_type.needs_approval)):
        raise ValidationError(
            {"times": _("With guests, seats or your approval first, meetings are scheduled one by one.")}
        )


def starts_of(plan: Plan, repeat: Repeat, owner: Owner, left_out: Collection[datetime] = ()) -> list[datetime]:
    """Raises ValidationError by field."""
    try:
        turns = repeating.turns(plan.starts_at, owner.timezone, repeat)
    except OverflowError:
        raise ValidationError({"starts_at": _("Choose another date.")}) from None
    starts = [one.moment for one in turns if one.moment not in left_out]
    if not starts:
        raise ValidationError({"times": _("All dates are left out: nothing would be scheduled.")})
    return starts


def _scheduled(**wanted: Any) -> Meeting:
    """Raises ValidationError that says of which date, where it is about the time."""
    try:
        return scheduling.schedule(**wanted)
    except ValidationError as error:
        if not hasattr(error, "error_dict") or "starts_at" not in error.error_dict:
            raise
        plan, owner = wanted["plan"], wanted["owner"]
        when = span_words(plan.starts_at, plan.columns["ends_at"], owner.timezone)
        text = f"{when}: {' '.join(error.message_dict['starts_at'])}"
        raise ValidationError({"times": text}) from error


def coming(meeting: Meeting, reach: Reach) -> "QuerySet[Meeting]":
    """The others that it reaches: of the meeting's series, not cancelled and not over, the soonest first."""
    if meeting.series_id is None or reach == Reach.ONE:
        return Meeting.objects.none()
    others = Meeting.objects.filter(series=meeting.series_id, cancelled_at=None, ends_at__gt=timezone.now())
    if reach == Reach.FOLLOWING:
        others = others.filter(starts_at__gte=meeting.starts_at)
    return others.exclude(pk=meeting.pk).order_by("starts_at", "pk")


def moved_along(meeting: Meeting, other: Meeting, plan: Plan, owner: Owner) -> Plan:
    """What becomes of `other` where `meeting` becomes `plan`: moved as much by the clocks; else what changes there."""
    by = repeating.shift(meeting.starts_at, plan.starts_at, owner.timezone)
    return Plan(
        title=plan.title if plan.one_line_title != meeting.title else other.title,
        starts_at=repeating.moved(other.starts_at, by, owner.timezone),
        minutes=plan.minutes if plan.minutes != meeting.minutes else other.minutes,
        agenda=plan.agenda if plan.agenda.strip() != meeting.agenda else other.agenda,
    )


def reschedule(
    *,
    owner: Owner,
    meeting_id: Any,
    plan: Plan,
    left_out: Collection[UUID] = (),
    must_be_offered: bool = False,
    word: str = "",
) -> Meeting:
    """Change this one, and those that follow it in the same way, but for those that are `left_out`.

    Raises as `scheduling.reschedule`; ValidationError says of which of them. Twice is once: who sends the same again
    finds this one moved already.
    """
    said: dict[str, Any] = {"must_be_offered": must_be_offered, "word": word}
    with transaction.atomic():
        owner, meeting = _locked(owner, meeting_id)
        each = [meeting, *coming(meeting, Reach.FOLLOWING).exclude(pk__in=left_out)]
        if must_be_offered and plan.starts_at > meeting.starts_at:
            plan.check()
            each.reverse()  # the last goes first: none is to find its new time taken by the one that follows it
        for one in each:
            if one is meeting:
                scheduling.reschedule(owner=owner, meeting_id=meeting_id, plan=plan, **said)
            else:
                _move_along(meeting, one, plan, owner, **said)
    return Meeting.objects.get(pk=meeting_id)


def _move_along(meeting: Meeting, other: Meeting, plan: Plan, owner: Owner, **said: Any) -> None:
    try:
        scheduling.reschedule(owner=owner, meeting_id=other.pk, plan=moved_along(meeting, other, plan, owner), **said)
    except ValidationError as error:
        text = f"{span_words(other.starts_at, other.ends_at, owner.timezone)}: {' '.join(error.messages)}"
        raise ValidationError({"starts_at": text}) from error


def ask_calendars_to_move(owner: Owner, meeting: Meeting, plan: Plan) -> None:
    """The same of this one and those that follow it, where they would be."""
    with suppress(OverflowError):  # said when they are moved
        plans = [plan, *(moved_along(meeting, one, plan, owner) for one in coming(meeting, Reach.FOLLOWING))]
        asking.ask_between(owner, min(one.starts_at for one in plans), max(one.columns["ends_at"] for one in plans))


def cancel(*, owner: Owner, meeting_id: Any, reach: Reach, word: str = "") -> int:
    """Cancel this one and those that it reaches; twice is once. Returns how many were cancelled.

    Raises as `scheduling.cancel`.
    """
    with transaction.atomic():
        owner, meeting = _locked(owner, meeting_id)
        others = list(coming(meeting, reach).values_list("pk", flat=True))
        was_cancelled = meeting.is_cancelled
        scheduling.cancel(owner=owner, meeting_id=meeting_id, word=word)
        for other in others:
            scheduling.cancel(owner=owner, meeting_id=other, word=word)
    return len(others) + (not was_cancelled)


def _locked(owner: Owner, meeting_id: Any) -> tuple[Owner, Meeting]:
    """With the series: whoever tells its client of several locks that first, and their invitations then."""
    locked = Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.get(pk=meeting_id, owner=locked)
    if meeting.series_id is not None:
        Series.objects.select_for_update(no_key=True).get(pk=meeting.series_id)
    return locked, meeting
