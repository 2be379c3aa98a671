"""Which time an event of Outlook's takes. https://learn.microsoft.com/en-us/graph/api/resources/event"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from integrations.calendars.expansion.events import Busy, Question, kind_of

#: All that is asked for. `transactionId` is what the app that made an entry called its making.
FIELDS = "id,iCalUId,transactionId,showAs,isCancelled,isAllDay,responseStatus,start,end"
FREE = {"free", "workingElsewhere"}
#: An invitation that was answered with perhaps, or not at all.
OPEN = {"tentativelyAccepted", "notResponded"}


def busy(item: dict[str, Any], question: Question) -> set[Busy]:
    """None or one. Raises ValueError and the like for a broken one."""
    kind = _kind(item, question)
    # Whole days are dates, wherever their owner is; all else was asked for in UTC.
    zone = ZoneInfo(question.zone) if item.get("isAllDay") else UTC
    starts, ends = (moment(item[name]["dateTime"]).replace(tzinfo=zone).astimezone(UTC) for name in ("start", "end"))
    if kind is None or not (starts < ends and starts < question.until and ends > question.since):
        return set()
    return {Busy(starts, ends, kind, uid_of(item), str(item["id"]))}


def uid_of(item: dict[str, Any]) -> str:
    """O-Key calls the making of an entry by its UID, and more (writing.py); Outlook makes a UID of its own."""
    try:
        return str(UUID(str(item.get("transactionId") or "").partition(":")[0]))
    except ValueError:
        return str(item.get("iCalUId") or item["id"])


def _kind(item: dict[str, Any], question: Question) -> str | None:
    answer = (item.get("responseStatus") or {}).get("response")
    if item.get("isCancelled") or answer == "declined":
        return None
    shown = item.get("showAs")
    return kind_of(
        question,
        is_all_day=bool(item.get("isAllDay")),
        is_tentative=shown == "tentative" or answer in OPEN,
        is_free=shown in FREE,
    )


def moment(text: str) -> datetime:
    """With seven digits after the second, and without a zone."""
    said = datetime.fromisoformat(text[:19])
    if said.tzinfo is not None or len(text) < 19:
        raise ValueError(text)
    return said
