"""How long, and how much later: "I need two hours", "a 15 minute call", "an hour later", "same time next week"."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from meetings.bot.understanding.days import FoundDays
from meetings.bot.understanding.scanning import ANY_NUMBER, Scan, number
from meetings.bot.understanding.wanted_times import Days, Hours, Window

LENGTH = (
    rf"(?<![\d.:])(?:(?P<half>half an? (?:hour|hr))|(?P<quarter>a quarter of an hour)|(?P<count>{ANY_NUMBER}|15|20"
    r"|30|45|60|90)"
    r"(?P<and_half> and a half| 1/2|\.5)?[ -]?(?P<unit>minutes?|mins?|min|hours?|hrs?|h(?= (?:meeting|call|session"
    r"|slot|chat)))(?P<plus> and a half)?)\b"
)
#: "2 hours" is how long; "14 hours" and "at 2 hours" are on the clock.
DURATION = re.compile(
    r"(?<!at )(?<!from )(?<!until )(?<!around )(?<!before )(?<!after )(?<!in )(?<!within )(?:\b(?:for|needs?|takes?"
    r"|about"
    rf"|only|just|of|around|max|up to|at least|a|an|maybe|roughly|approximately) )*\b{LENGTH}(?:s? long"
    r"| max)?(?! (?:notice|from now|ago|ahead|behind|before|after|in advance))"
)
SHIFT = re.compile(
    rf"\b{LENGTH} (?P<way>later|earlier|sooner|after that|before that)\b"
    r"|\b(?P<way2>later|earlier|sooner|back|postpone(?: it| my meeting| the meeting)?|delay(?: it)?|forward"
    rf"|shift(?: it)?) by {LENGTH}".replace(f"by {LENGTH}", "by " + LENGTH.replace("(?P<", "(?P<by_"))
)
SAME_TIME = re.compile(r"\b(?:at )?(?:the )?same (?:time|hour)(?: of day| slot)?\b")


DAYS_LATER = re.compile(
    rf"\b(?:(?:back |forward |postpone |delay |shift )?(?:it )?by )?(?P<count>{ANY_NUMBER}) (?P<unit>day"
    r"|week)s? (?P<way>later|earlier|sooner)\b"
    r"|\b(?P<verb>back|forward|postpone|delay|shift)(?: (?:it|the meeting"
    rf"|my meeting))? by (?P<count2>{ANY_NUMBER}) (?P<unit2>day|week)s?\b"
)
THAT_DAY = re.compile(r"\b(?:on )?(?:that|the same) day\b")


@dataclass(frozen=True)
class Beside:
    """What is said against a time that stands already."""

    window: Window | None = None
    same_time: Hours | None = None
    days: FoundDays | None = None


def find_duration(scan: Scan) -> int | None:
    """Minutes; taken out."""
    match = DURATION.search(scan.text)
    if match is None:
        return None
    minutes = _minutes(match.groupdict())
    if minutes > 12 * 60:
        return None
    scan.remove(match.start(), match.end())
    return minutes


def find_beside(scan: Scan, base: datetime | None, day: date | None) -> Beside:
    """`base`: the time that is booked or chosen, in the client's zone; `day`: the one that is spoken of."""
    days = _days_beside(scan, day) if day is not None else None
    if base is None:
        return Beside(days=days)
    beside = _time_beside(scan, base)
    return replace(beside, days=beside.days or days)


def _days_beside(scan: Scan, day: date) -> FoundDays | None:
    match = scan.take(DAYS_LATER)
    if match is not None:
        count = number(match["count"] or match["count2"]) * (7 if (match["unit"] or match["unit2"]) == "week" else 1)
        is_back = (match["way"] or match["verb"]) in {"earlier", "sooner", "forward"}
        return FoundDays(*match.span(), Days.one(day + timedelta(days=-count if is_back else count)))
    match = scan.take(THAT_DAY)
    return FoundDays(*match.span(), Days.one(day)) if match else None


def _time_beside(scan: Scan, base: datetime) -> Beside:
    shift = scan.take(SHIFT)
    if shift is not None:
        return Beside(window=_at(base + _shifted(shift)))
    if scan.take(SAME_TIME) is not None:
        return Beside(same_time=Hours.at(base.hour * 60 + base.minute))
    return Beside()


def _shifted(match: re.Match[str]) -> timedelta:
    parts = match.groupdict()
    if match["way2"]:
        parts = {name.removeprefix("by_"): value for name, value in parts.items() if name.startswith("by_")}
    minutes = _minutes(parts)
    way = match["way"] or match["way2"]
    return timedelta(minutes=-minutes if way in {"earlier", "sooner", "before that", "forward"} else minutes)


def _at(moment: datetime) -> Window:
    return Window(days=Days.one(moment.date()), hours=Hours.at(moment.hour * 60 + moment.minute))


def _minutes(parts: dict[str, str | None]) -> int:
    if parts["half"]:
        return 30
    if parts["quarter"]:
        return 15
    unit = 60 if (parts["unit"] or "").startswith("h") else 1
    more = unit // 2 if parts["and_half"] or parts["plus"] else 0
    return number(parts["count"] or "1") * unit + more
