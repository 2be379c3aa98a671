"""What an owner decides about their time: the only writer of meeting settings, weekly hours and date overrides.

Every writer locks the owner's row, so that no meeting is scheduled by hours that are just being replaced.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.hours.availability import Hours, settings_of
from meetings.models import DateOverride, MeetingSettings, WorkingHours
from okey.owners.models import Owner

WEEKDAYS = range(7)
#: In one day.
RANGES_MAX = 6
#: Of days that are overridden at once.
DAYS_MAX = 366
#: As far as meetings can be scheduled.
YEARS_AHEAD = 5


@transaction.atomic
def change_rules(*, owner: Owner, **changes: Any) -> MeetingSettings:
    """Slot length, free times, notice, horizon, daily maximum, reminders. Raises ValidationError by field."""
    owner = Owner.objects.locked(owner.pk)
    settings = settings_of(owner)
    for name, value in changes.items():
        setattr(settings, name, value)
    settings.clean_fields()
    settings.save()
    return settings


@transaction.atomic
def set_weekly_hours(*, owner: Owner, weekly: Mapping[int, Sequence[Hours]]) -> None:
    """The whole week, by weekday (0 is Monday); one that is left out is a day off. Raises ValidationError."""
    check_week(weekly)
    owner = Owner.objects.locked(owner.pk)
    MeetingSettings.objects.update_or_create(owner=owner, defaults={"has_own_hours": True})
    WorkingHours.objects.filter(owner=owner).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(owner=owner, weekday=weekday, starts=starts, ends=ends)
        for weekday, ranges in weekly.items()
        for starts, ends in ranges
    )


@transaction.atomic
def override_dates(*, owner: Owner, first: date, last: date, ranges: Sequence[Hours]) -> None:
    """Have these ranges, or none, on each date from first to last, whatever was said of them before.

    Raises ValidationError by field: `first`, `last`; and for the ranges.
    """
    owner = Owner.objects.locked(owner.pk)
    _check_dates(owner, first, last)
    _check(ranges)
    DateOverride.objects.filter(owner=owner, date__range=(first, last)).delete()
    spans: Sequence[tuple[time | None, time | None]] = ranges or [(None, None)]
    DateOverride.objects.bulk_create(
        DateOverride(owner=owner, date=day, starts=starts, ends=ends)
        for day in _dates(first, last)
        for starts, ends in spans
    )


@transaction.atomic
def forget_overrides(*, owner: Owner, first: date, last: date) -> None:
    """Let the weekly hours hold again on these dates; where they held, nothing happens."""
    owner = Owner.objects.locked(owner.pk)
    DateOverride.objects.filter(owner=owner, date__range=(first, last)).delete()


def check_week(weekly: Mapping[int, Sequence[Hours]]) -> None:
    """Raises ValidationError."""
    if not set(weekly) <= set(WEEKDAYS):
        raise ValidationError(_("A week has seven days."))
    for ranges in weekly.values():
        _check(ranges)


def is_backwards(hours: Hours) -> bool:
    """Whether it ends before it starts, or at once. 00:00 is the end of the day."""
    starts, ends = hours
    return ends <= starts and ends != time()


def overlapping(ranges: Sequence[Hours]) -> Hours | None:
    """The first range, by its start, that begins before the one before it has ended."""
    ordered = sorted(ranges)
    for (_starts, ends), following in pairwise(ordered):
        if ends == time() or following[0] < ends:
            return following
    return None


def _check(ranges: Sequence[Hours]) -> None:
    if len(ranges) > RANGES_MAX:
        raise ValidationError(_("A day has at most %(max)d ranges.") % {"max": RANGES_MAX})
    if any(is_backwards(hours) for hours in ranges):
        raise ValidationError(_("A range ends after it starts."))
    if overlapping(ranges):
        raise ValidationError(_("Ranges of one day do not overlap."))


def _check_dates(owner: Owner, first: date, last: date) -> None:
    today = timezone.localdate(timezone=owner.timezone)
    if first < today:
        raise ValidationError({"first": _("This date is in the past.")})
    if first - today > timedelta(days=YEARS_AHEAD * 366):
        raise ValidationError({"first": _("This is more than five years ahead.")})
    if last < first:
        raise ValidationError({"last": _("The last day is before the first.")})
    if last - first >= timedelta(days=DAYS_MAX):
        raise ValidationError({"last": _("At most %(max)d days at once.") % {"max": DAYS_MAX}})


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
