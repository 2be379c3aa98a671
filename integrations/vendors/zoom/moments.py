"""How Zoom says when something is, in answers and in messages."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

#: Years outside are a mistake, and the ends of the calendar have no local time everywhere.
YEARS = range(2000, 2200)
MINUTES = range(1, 1441)


def moment(value: Any) -> datetime | None:
    """A time in any of the forms seen: milliseconds (or seconds) as a number or digits, ISO 8601, without a zone."""
    found = _read(value)
    return found if found is not None and found.year in YEARS else None


def start_of(meeting: dict[str, Any]) -> datetime | None:
    """When a meeting starts: in UTC, or, without a Z, on the clocks of its own zone."""
    text, zone = meeting.get("start_time"), meeting.get("timezone")
    if not isinstance(text, str):
        return None
    try:
        local = datetime.fromisoformat(text)
        if local.tzinfo is None:
            local = local.replace(tzinfo=ZoneInfo(zone if isinstance(zone, str) else ""))
        found = local.astimezone(UTC)
    except (ValueError, OverflowError, OSError, KeyError):  # an unknown zone is a KeyError
        return None
    return found if found.year in YEARS else None


def minutes_of(meeting: dict[str, Any]) -> int | None:
    """How long it takes."""
    value = meeting.get("duration")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and value in MINUTES else None


def _read(value: Any) -> datetime | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= 13 else None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
