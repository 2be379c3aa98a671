"""What owners' webhooks are told of their meetings: what it is about and which revision, for whoever then reads it.

Called inside the transaction that makes the change, with the meeting as it is then. Neither titles nor links go out.
"""

from typing import Any

from meetings.models import LinkJob, Meeting
from okey.lib.zulu import zulu
from okey.webhooks import events
from okey.webhooks.models import EventType

#: Why a link needs attention where no step on it failed: its provider has to be connected first.
NOT_CONNECTED = "not_connected"
LINK_READY = EventType.LINK_READY


def scheduled(meeting: Meeting) -> None:
    _say(meeting, EventType.MEETING_SCHEDULED)


def rescheduled(meeting: Meeting) -> None:
    _say(meeting, EventType.MEETING_RESCHEDULED)


def cancelled(meeting: Meeting, *, by_client: bool) -> None:
    _say(meeting, EventType.MEETING_CANCELLED, by="client" if by_client else "owner")


def over(meeting: Meeting) -> None:
    _say(meeting, EventType.MEETING_OVER)


def link_ready(meeting: Meeting, *, announced: str | None = None) -> None:
    """`announced`: what was before, where the caller itself has written on the job that this is now."""
    is_news = _is_news(meeting, LINK_READY) if announced is None else announced != LINK_READY
    if is_news:
        _say(meeting, LINK_READY)


def link_needs_attention(meeting: Meeting, problem: str) -> None:
    """Once, until the link is ready; not where the meeting has a link that opens, or needs none."""
    has_link = meeting.join_url and problem != LinkJob.Problem.GONE
    if not meeting.wants_link or meeting.is_over or has_link:
        return
    if _is_news(meeting, EventType.LINK_NEEDS_ATTENTION):
        _say(meeting, EventType.LINK_NEEDS_ATTENTION, problem=problem)


def _is_news(meeting: Meeting, event: EventType) -> bool:
    return bool(LinkJob.objects.filter(pk=meeting.pk).exclude(announced=event).update(announced=event))


def _say(meeting: Meeting, event: EventType, **more: Any) -> None:
    data = {
        "meeting_id": str(meeting.pk),
        "contact_id": str(meeting.contact_id),
        "revision": meeting.revision,
        "starts_at": zulu(meeting.starts_at),
        "ends_at": zulu(meeting.ends_at),
        "provider": meeting.provider,
        "source": str(meeting.source),
        **({"series_id": str(meeting.series_id)} if meeting.series_id else {}),
        **more,
    }
    events.note(meeting.owner_id, event, data)
