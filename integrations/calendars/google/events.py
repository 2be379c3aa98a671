"""Which time an event of Google's takes. https://developers.google.com/workspace/calendar/api/v3/reference/events"""

import re
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from integrations.calendars.expansion.events import Busy, Question, kind_of

#: All that is asked for.
FIELDS = "id,iCalUID,status,transparency,eventType,start,end,attendees(self,responseStatus)"
#: Where one works, and when somebody was born, take no time, however they are marked.
NEVER = {"workingLocation", "birthday"}
#: An invitation that was answered with perhaps, or not at all.
OPEN = {"tentative", "needsAction"}
OWN_ID = re.compile(r"[0-9a-f]{32}")


def busy(item: dict[str, Any], zone: str, question: Question) -> set[Busy]:
    """None or one. `zone`: the calendar's, in which whole days are. Raises ValueError and the like for a broken one."""
    if item.get("status") == "cancelled":
        return set()
    kind = _kind(item, question)
    starts, ends = (moment(item[name], _zone(zone, question)) for name in ("start", "end"))
    if kind is None or not (starts < ends and starts < question.until and ends > question.since):
        return set()
    return {Busy(starts, ends, kind, uid_of(item), str(item["id"]))}


def uid_of(item: dict[str, Any]) -> str:
    """O-Key's own entries have the meeting's ID as theirs; Google makes another UID of that."""
    own = str(item["id"])
    return str(UUID(own)) if OWN_ID.fullmatch(own) else str(item.get("iCalUID") or own)


def _kind(item: dict[str, Any], question: Question) -> str | None:
    answer = next((one.get("responseStatus") for one in item.get("attendees") or [] if one.get("self")), None)
    if answer == "declined" or item.get("eventType") in NEVER:
        return None
    is_free = item.get("transparency") == "transparent"
    is_tentative = item.get("status") == "tentative" or answer in OPEN
    return kind_of(question, is_all_day="date" in item["start"], is_tentative=is_tentative, is_free=is_free)


def moment(value: dict[str, Any], zone: ZoneInfo) -> datetime:
    """In UTC; of a whole day its beginning in that zone."""
    if "date" in value:
        return datetime.combine(date.fromisoformat(value["date"]), time(), zone).astimezone(UTC)
    said = datetime.fromisoformat(value["dateTime"])
    return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)


def _zone(name: str, question: Question) -> ZoneInfo:
    try:
        return ZoneInfo(name or question.zone)
    except (ValueError, OSError, KeyError):  # of a name that is none, in each of its ways
        return ZoneInfo(question.zone)
