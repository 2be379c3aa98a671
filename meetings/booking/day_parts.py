"""The times of a day as people look for them: by morning, afternoon and evening; and what is night for the client."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.client.reader import Reader
from meetings.hours.availability import Slot

#: From which hour on the client's clocks a part is, and what it is called.
PARTS = (
    (0, gettext_lazy("Night")),
    (6, gettext_lazy("Morning")),
    (12, gettext_lazy("Afternoon")),
    (17, gettext_lazy("Evening")),
    (22, gettext_lazy("Late evening")),
)
#: Hours at which nobody expects to meet.
DAY_BEGINS, DAY_ENDS = 6, 22


@dataclass(frozen=True)
class DayPart:
    """`note`: where it is night for the client, what these times are for the owner; else ""."""

    name: str
    slots: list[Slot]
    note: str


def parts_of(slots: list[Slot], reader: Reader, owners: ZoneInfo, owner: str) -> list[DayPart]:
    """Of one of the client's days. `owners`: the zone of the owner, whose name is `owner`."""
    ends = [hour for hour, _name in PARTS[1:]] + [24]
    parts = []
    for (begins, name), end in zip(PARTS, ends, strict=True):
        mine = [slot for slot in slots if begins <= slot.starts_at.astimezone(reader.zone).hour < end]
        if mine:
            parts.append(DayPart(str(name), mine, _of_night(mine, reader, owners, owner)))
    return parts


def is_night(moment: datetime, zone: ZoneInfo) -> bool:
    return not DAY_BEGINS <= moment.astimezone(zone).hour < DAY_ENDS


def night_words(starts_at: datetime, minutes: int, reader: Reader, owners: ZoneInfo, owner: str) -> str:
    """ "03:00 your time; 10:00 for Alice": of a time at night for the client and not for the owner, else ""."""
    ends_at = starts_at + timedelta(minutes=minutes)
    is_late = is_night(starts_at, reader.zone) or is_night(ends_at - timedelta.resolution, reader.zone)
    if not is_late or _is_alike(starts_at, reader.zone, owners):
        return ""
    values = {"mine": _at(starts_at, reader, reader.zone), "theirs": _at(starts_at, reader, owners), "owner": owner}
    return _("That is at night for you: %(mine)s your time; %(theirs)s for %(owner)s.") % values


def _of_night(slots: list[Slot], reader: Reader, owners: ZoneInfo, owner: str) -> str:
    first, last = slots[0].starts_at, slots[-1].starts_at
    if not is_night(first, reader.zone) or _is_alike(first, reader.zone, owners):
        return ""
    values = {"mine": _range(first, last, reader, reader.zone), "theirs": _range(first, last, reader, owners)}
    return _("%(mine)s your time is %(theirs)s for %(owner)s.") % {**values, "owner": owner}


def _range(first: datetime, last: datetime, reader: Reader, zone: ZoneInfo) -> str:
    begin = _at(first, reader, zone)
    if first == last:
        return begin
    is_one_day = first.astimezone(zone).date() == last.astimezone(zone).date()
    return f"{begin}–{reader.clock.words(last.astimezone(zone)) if is_one_day else _at(last, reader, zone)}"


def _at(moment: datetime, reader: Reader, zone: ZoneInfo) -> str:
    """With the day where that is another than the client's."""
    local = moment.astimezone(zone)
    day = "" if local.date() == moment.astimezone(reader.zone).date() else date_format(local, "D j M, ")
    return day + reader.clock.words(local)


def _is_alike(moment: datetime, zone: ZoneInfo, other: ZoneInfo) -> bool:
    return moment.astimezone(zone).utcoffset() == moment.astimezone(other).utcoffset()
