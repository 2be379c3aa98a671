"""What a button stands for: the very moment, day, zone or type of meeting, never a text to be read again."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from okey.owners.zones import known_zone


@dataclass(frozen=True)
class Choice:
    """Exactly one of them."""

    moment: datetime | None = None
    day: date | None = None
    zone: ZoneInfo | None = None
    #: The address of a type of meeting.
    kind: str = ""


def of_kind(slug: str) -> str:
    return f"kind:{slug}"


def of_moment(moment: datetime) -> str:
    return f"at:{moment.isoformat()}"


def of_day(day: date) -> str:
    return f"day:{day.isoformat()}"


def of_zone(zone: ZoneInfo) -> str:
    return f"zone:{zone}"


def read(value: str) -> Choice | None:
    """None for what none of these has written."""
    kind, _colon, rest = value.partition(":")
    try:
        if kind == "at":
            moment = datetime.fromisoformat(rest)
            return Choice(moment=moment) if moment.tzinfo is not None else None
        if kind == "day":
            return Choice(day=date.fromisoformat(rest))
    except ValueError:
        return None
    if kind == "kind":
        return Choice(kind=rest) if rest else None
    zone = known_zone(rest) if kind == "zone" else None
    return Choice(zone=zone) if zone is not None else None
