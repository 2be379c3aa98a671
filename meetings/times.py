"""Moments as people read them, in a zone that is named with them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format


def span_words(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "Mon 3 Aug 2026, 14:00–14:30"; with the second day where it goes past midnight.

    Where the clocks change meanwhile, with the zone's short names: "02:30 CEST–02:15 CET" (which the format T
    leaves out for a time that comes twice).
    """
    return "".join(span_parts(starts, ends, zone))


def span_parts(starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    """The same in three parts, of which the first and the last must not be broken."""
    starts, ends = starts.astimezone(zone), ends.astimezone(zone)
    has_change = starts.utcoffset() != ends.utcoffset()
    begin, end = ((f" {moment.tzname()}" if has_change else "") for moment in (starts, ends))
    if starts.date() == ends.date():
        times = f"{date_format(starts, 'H:i')}{begin}–{date_format(ends, 'H:i')}{end}"
        return date_format(starts, "D j M Y,"), " ", times
    return date_format(starts, "D j M Y, H:i") + begin, " – ", date_format(ends, "D j M, H:i") + end


def zone_words(zone: ZoneInfo, at: datetime) -> str:
    """ "Europe/Berlin (GMT+2)": the zone's name and how far it is from GMT at that moment."""
    name = str(zone).replace("_", " ")
    if name == "UTC":
        return name
    offset = f"{at.astimezone(zone):%z}"
    minutes = f":{offset[3:5]}" if offset[3:5] != "00" else ""
    return f"{name} (GMT{offset[0]}{int(offset[1:3])}{minutes})"
