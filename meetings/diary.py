"""The diary of a meeting: what happened to it and its link, in words an owner reads, without secrets."""

from typing import Any

from meetings.models import MeetingEvent


def note(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "") -> None:
    """One line; not twice in a row the same, so that a provider's bad night does not fill the page."""
    last = MeetingEvent.objects.filter(meeting_id=meeting_id).first()
    if last is None or (last.kind, last.text) != (kind, str(text)):
        note_news(meeting_id, kind, text, tracking_id=tracking_id)


def note_news(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "") -> None:
    """One line about what cannot have been the last one already."""
    MeetingEvent.objects.create(meeting_id=meeting_id, kind=kind, text=str(text), tracking_id=tracking_id)
