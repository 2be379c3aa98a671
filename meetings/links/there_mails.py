"""What owners are told of what was done to a meeting at its provider, before their client meets it."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from integrations import connections
from meetings.links.words import link_name
from meetings.models import Meeting, ProviderMeeting
from meetings.times import span_words
from okey.mails import outbox


def gone(meeting: Meeting, held: ProviderMeeting) -> None:
    """It was deleted there."""
    _write(meeting, held, "meetings/links/mails/gone", {})


def moved(meeting: Meeting, held: ProviderMeeting, *, title: str, starts_at: datetime, minutes: int) -> None:
    """It is another time, length or title there."""
    there = {
        "there": _span(meeting, starts_at, minutes),
        "here": _span(meeting, meeting.starts_at, meeting.minutes),
        "is_moved": (starts_at, minutes) != (meeting.starts_at.replace(microsecond=0), meeting.minutes),
        "title_there": title if title != meeting.title else "",
    }
    _write(meeting, held, "meetings/links/mails/moved", there)


def _span(meeting: Meeting, starts_at: datetime, minutes: int) -> str:
    return span_words(starts_at, starts_at + timedelta(minutes=minutes), meeting.owner.timezone)


def _write(meeting: Meeting, held: ProviderMeeting, template: str, more: dict[str, Any]) -> None:
    owner = meeting.owner
    if not owner.is_open:
        return
    with translation.override(owner.language):
        context = {
            "owner": owner,
            "meeting": meeting,
            "name": connections.provider_name(held.provider),
            "link": link_name(held.provider),
            "when": _span(meeting, meeting.starts_at, meeting.minutes),
            "zone": str(owner.timezone),
            "url": settings.OKEY_BASE_URL + reverse("meeting", args=[meeting.pk]),
            **more,
        }
        outbox.write(to=owner.email, template=template, context=context)
