"""Moments as people read them, in a zone that is named with them."""

from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

MINUS = "\N{MINUS SIGN}"  # a hyphen would be broken after, at the end of a line
#: Between them people are awake, on their own clocks.
MORNING, NIGHT = time(7), time(22)
NO_BREAK = "\N{NO-BREAK SPACE}"


class Clock(StrEnum):
    """How somebody reads a clock: 14:00 or 2:00 PM."""

    H24 = "24"
    H12 = "12"

    def words(self, moment: datetime) -> str:
        if self is Clock.H24:
            return date_format(moment, "H:i")
        return date_format(moment, "g:i A").replace(" ", NO_BREAK)


def span_words(starts: datetime, ends: datetime, zone: ZoneInfo, clock: Clock = Clock.H24) -> str:
    """ "Mon 3 Aug 2026, 14:00–14:30"; with the second day where it goes past midnight.

    Where the clocks change meanwhile, with the zone's short names: "02:30 CEST–02:15 CET" (which the format T
    leaves out for a time that comes twice).
    """
    return "".join(span_parts(starts, ends, zone, clock))


def span_parts(starts: datetime, ends: datetime, zone: ZoneInfo, clock: Clock = Clock.H24) -> tuple[str, str, str]:
    """The same in three parts, of which the first and the last must not be broken."""
    starts, ends = starts.astimezone(zone), ends.astimezone(zone)
    has_change = starts.utcoffset() != ends.utcoffset()
    begin, end = (clock.words(moment) + (f" {moment.tzname()}" if has_change else "") for moment in (starts, ends))
    if starts.date() == ends.date():
        return date_format(starts, "D j M Y,"), " ", f"{begin}–{end}"
    return f"{date_format(starts, 'D j M Y')}, {begin}", " – ", f"{date_format(ends, 'D j M')}, {end}"


def day_words(day: date, today: date) -> str:
    """ "Today, Mon 3 Aug 2026": what heads the meetings of one day."""
    words = date_format(day, "D j M Y")
    near = {-1: _("Yesterday, %(day)s"), 0: _("Today, %(day)s"), 1: _("Tomorrow, %(day)s")}.get((day - today).days)
    return near % {"day": words} if near else words


def zone_words(zone: ZoneInfo, at: datetime) -> str:
    """ "Europe/Berlin (GMT+2)": the zone's name and how far it is from GMT at that moment."""
    name = str(zone).replace("_", " ")
    if name == "UTC":
        return name
    offset = f"{at.astimezone(zone):%z}"
    sign = MINUS if offset[0] == "-" else "+"
    minutes = f":{offset[3:5]}" if offset[3:5] != "00" else ""
    return f"{name} (GMT{sign}{int(offset[1:3])}{minutes})"


def is_at_night(starts: datetime, ends: datetime, zone: ZoneInfo) -> bool:
    """Whether any of it lies in the night of that zone."""
    starts, ends = starts.astimezone(zone), ends.astimezone(zone)
    return starts.date() != ends.date() or starts.time() < MORNING or ends.time() > NIGHT
