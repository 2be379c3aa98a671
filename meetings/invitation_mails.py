"""The mails that clients get: HTML, text, and a calendar part that calendars understand as an invitation.

docs/invitations.md says which conventions of Gmail, Outlook and Apple each part follows.
"""

from datetime import timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from meetings import calendars, client_words
from meetings.calendars import Person
from meetings.invitation_steps import Mail, link_is_settled, sequence
from meetings.models import Invitation, Meeting
from meetings.times import span_words, zone_words
from okey.mails import outbox

TEMPLATES = "meetings/mails/client"
SUBJECT_MAX = 250
#: Whoever chose the time themselves is not asked whether they come.
BOOKED_BY_THEM = (Meeting.Source.BOOKING, Meeting.Source.BOT)


def compose(invitation: Invitation, mail: Mail, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """The mail as it is right now. The same state always has the same Message-ID."""
    with translation.override(invitation.meeting.owner.language):
        context = _context(invitation, mail)
        subject = " ".join(calendars.plain(render_to_string(f"{TEMPLATES}/subject.txt", context)).split())
        message = EmailMultiAlternatives(
            subject[:SUBJECT_MAX],
            render_to_string(f"{TEMPLATES}/text.txt", context).strip() + "\n",
            to=[invitation.email],
            reply_to=_reply_to(invitation),
            headers=_headers(invitation, mail),
            connection=connection,
        )
        message.attach_alternative(render_to_string(f"{TEMPLATES}/html.html", context), "text/html")
        if not mail.is_reminder:
            _attach_calendar(message, invitation)
    return message


def is_by_owner(invitation: Invitation) -> bool:
    """Whether the owner invited this contact, by hand or by a program of theirs; else the client came by themselves."""
    return invitation.meeting.source not in BOOKED_BY_THEM


def _context(invitation: Invitation, mail: Mail) -> dict[str, object]:
    meeting, zone = invitation.meeting, client_words.zone(invitation)
    return {
        "mail": mail.value,
        "title": client_words.title(invitation),
        "owner": client_words.owner_name(invitation),
        "name": client_words.client_name(invitation),
        "begins": date_format(meeting.starts_at.astimezone(zone), "D j M Y, H:i"),
        "when": span_words(meeting.starts_at, meeting.ends_at, zone),
        "was": _earlier(invitation, zone) if mail is Mail.CHANGE else "",
        "zone": zone_words(zone, meeting.starts_at),
        "minutes": meeting.minutes,
        "page_url": client_words.page_url(invitation),
        "has_link": bool(meeting.join_url),
        "waits_for_link": not link_is_settled(meeting),
        "is_by_owner": is_by_owner(invitation),
    }


def _earlier(invitation: Invitation, zone: ZoneInfo) -> str:
    """When it was to be as they know it; "" where that is the same."""
    meeting, starts_at = invitation.meeting, invitation.told_starts_at
    if starts_at is None or (starts_at, invitation.told_minutes) == (meeting.starts_at, meeting.minutes):
        return ""
    return span_words(starts_at, starts_at + timedelta(minutes=invitation.told_minutes or 0), zone)


def _reply_to(invitation: Invitation) -> list[str]:
    return [invitation.meeting.owner.email] if is_by_owner(invitation) else []


def _headers(invitation: Invitation, mail: Mail) -> dict[str, str]:
    """Mail programs show the mails about one meeting together by the first of them, sent or not."""
    thread = outbox.message_id(str(invitation.pk))
    if mail.is_reminder:
        own = f"{invitation.pk}.{mail}.{int(invitation.meeting.starts_at.timestamp())}"
    else:
        own = f"{invitation.pk}.{sequence(invitation)}"
    return {"Message-ID": outbox.message_id(own), "References": thread}


def _attach_calendar(message: EmailMultiAlternatives, invitation: Invitation) -> None:
    """Once as an alternative, for programs that draw an invitation, and once as a file for those that do not."""
    entry = client_words.entry(invitation)
    calendar = calendars.request(
        entry,
        organizer=_organizer(invitation),
        attendee=Person(client_words.client_name(invitation), invitation.email),
        is_booked_by_them=not is_by_owner(invitation),
    )
    method = "CANCEL" if entry.is_cancelled else "REQUEST"
    message.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    message.attach("invite.ics", calendar, "application/ics")


def _organizer(invitation: Invitation) -> Person:
    """The owner; by their own address only where they invited this contact themselves. Who books learns the name."""
    ours = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    email = invitation.meeting.owner.email if is_by_owner(invitation) else ours
    return Person(client_words.owner_name(invitation), email)
