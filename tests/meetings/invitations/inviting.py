"""What the tests of invitations do in place of a worker, a mail server and time."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import time_machine
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from meetings.invitations import inviting
from meetings.models import Invitation, Meeting


def invitation_of(meeting: Meeting) -> Invitation:
    return Invitation.objects.select_related("meeting__owner", "contact").get(meeting=meeting)


def deliver(meeting: Meeting) -> Invitation:
    """What a worker does when woken. Returns the invitation as it is then."""
    inviting.work(invitation_of(meeting).pk)
    return invitation_of(meeting)


def deliver_when_due(meeting: Meeting, traveller: "time_machine.Traveller") -> Invitation:
    """Time passes until the invitation is due, and a worker is woken."""
    due_at = invitation_of(meeting).due_at
    assert due_at is not None
    traveller.move_to(max(due_at, timezone.now()))
    return deliver(meeting)


def settled(meeting: Meeting, traveller: "time_machine.Traveller") -> Invitation:
    """Half a minute passes, so that changes are told."""
    traveller.shift(31)
    return deliver(meeting)


def sent() -> list[EmailMessage]:
    """The mails that went out, as a mail program reads them."""
    return [parsed(one.message().as_bytes()) for one in mail.outbox]


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, content_type: str) -> EmailMessage:
    return next(one for one in message.walk() if one.get_content_type() == content_type)


def text(message: EmailMessage) -> str:
    return str(part(message, "text/plain").get_content())


def subject(message: EmailMessage) -> str:
    """Without the space with which a long header's second line begins."""
    return str(message["Subject"]).strip()


def calendar_of(message: EmailMessage) -> Any:
    return Calendar.from_ical(part(message, "text/calendar").get_content())


def event_of(message: EmailMessage) -> Any:
    (event,) = calendar_of(message).walk("VEVENT")
    return event
