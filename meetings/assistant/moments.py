"""Times as assistants write and read them: ISO 8601 with an offset, and never a guess at the zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django_mcpz.server import ToolError

TEXT_MAX = 40


def read(text: str, name: str, zone: ZoneInfo) -> datetime:
    """The moment, in UTC. Raises ToolError with the format that is expected; `name` is the argument's."""
    try:
        moment = datetime.fromisoformat(text.strip())
        offset = moment.utcoffset()
        found = moment.astimezone(UTC) if offset is not None else None
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        found = None
    if found is None:
        raise ToolError(f"`{name}` is not a time that can be used. {expected(zone)}")
    if found.second or found.microsecond:
        raise ToolError(f"`{name}` has seconds. Give whole minutes. {expected(zone)}")
    return found


def expected(zone: ZoneInfo) -> str:
    """How to write a time, with an example from the owner's tomorrow."""
    tomorrow = timezone.localtime(timezone=zone) + timedelta(days=1)
    example = local(tomorrow.replace(hour=14, minute=0, second=0, microsecond=0), zone)
    return (
        f"Write ISO 8601 with date, time and offset from UTC, such as {example}. The owner’s time zone is {zone}; "
        f"a Z at the end means UTC."
    )


def local(moment: datetime, zone: ZoneInfo) -> str:
    """What the owner's clocks show then, with their offset."""
    return moment.astimezone(zone).isoformat(timespec="minutes")


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
