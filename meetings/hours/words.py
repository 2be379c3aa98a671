"""An owner's hours in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetings.hours.availability import Hours
from meetings.models import DateOverride

HOUR, DAY = 60, 1440


def minutes_words(minutes: int) -> str:
    """ "45 minutes", "1 hour 30 minutes", "2 days"; "None" for 0."""
    if not minutes:
        return _("None")
    if minutes % DAY == 0:
        return ngettext("%(count)d day", "%(count)d days", minutes // DAY) % {"count": minutes // DAY}
    hours, rest = divmod(minutes, HOUR)
    parts = []
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if rest:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)


def range_words(hours: Hours) -> str:
    """ "09:00–17:00"; the end of the day is 24:00."""
    starts, ends = hours
    return f"{starts:%H:%M}–{'24:00' if ends == time() else f'{ends:%H:%M}'}"


def ranges_words(ranges: Iterable[Hours]) -> str:
    return ", ".join(range_words(hours) for hours in ranges)


def week_words(weekly: Mapping[int, Sequence[Hours]]) -> list[str]:
    """ "Mon–Fri 09:00–17:00": a line for each run of days that are alike, days off left out."""
    lines = []
    for ranges, run in groupby(range(7), key=lambda weekday: tuple(weekly.get(weekday, ()))):
        days = list(run)
        names = [str(WEEKDAYS_ABBR[day]) for day in (days[0], days[-1])]
        if ranges:
            lines.append(f"{names[0] if len(days) == 1 else '–'.join(names)} {ranges_words(ranges)}")
    return lines


@dataclass(frozen=True)
class Stretch:
    """Dates in a row that say the same."""

    first: date
    last: date
    ranges: tuple[Hours, ...]

    @property
    def dates(self) -> str:
        if self.first == self.last:
            return date_format(self.first, "D j M Y")
        first = date_format(self.first, "D j M" if self.first.year == self.last.year else "D j M Y")
        return f"{first} – {date_format(self.last, 'D j M Y')}"

    @property
    def words(self) -> str:
        return ranges_words(self.ranges) or _("Not available")


def stretches(overrides: Iterable[DateOverride]) -> list[Stretch]:
    """Overrides, which come by date, as few lines as there can be: three weeks off are one."""
    found: list[Stretch] = []
    for day, rows in groupby(overrides, key=lambda row: row.date):
        ranges = tuple((row.starts, row.ends) for row in rows if row.starts is not None and row.ends is not None)
        before = found[-1] if found else None
        if before and before.ranges == ranges and before.last == day - timedelta(days=1):
            found[-1] = Stretch(before.first, day, ranges)
        else:
            found.append(Stretch(day, day, ranges))
    return found
