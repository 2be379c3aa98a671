"""One mail about several meetings of a series: their times and pages, and a file that calendars read.

The file is a publication: in an invitation or a cancellation that calendars enter by themselves all entries are of one
UID (RFC 5546), and here each meeting has its own, by which later changes of it find the entry.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from meetings.invitations import calendars, words
from meetings.invitations import mails as of_one
from meetings.invitations.calendars import Person
from meetings.invitations.steps import Mail, link_is_settled, sequence
from meetings.models import Invitation
from meetings.times import span_words
from okey.mails.messages import Message, message_id, sent_for

TEMPLATES = "meetings/invitations/mails/series"


@dataclass(frozen=True)
class Line:
    """One of the meetings; `was`: when it was to be before it changed."""

    when: str
    was: str
    page_url: str


def compose(invitations: Sequence[Invitation], mail: Mail, connection: BaseEmailBackend) -> Message:
    """All of one series and one address, in order. The same state always has the same Message-ID."""
    first = invitations[0]
    owner = first.meeting.owner
    with translation.override(words.language(first)):
        context = _context(invitations, mail)
        subject = " ".join(calendars.plain(render_to_string(f"{TEMPLATES}/subject.txt", context)).split())
        message = Message(
            subject[: of_one.SUBJECT_MAX],
            render_to_string(f"{TEMPLATES}/text.txt", context).strip() + "\n",
            to=[first.email],
            from_name=sent_for(owner.name),
            reply_to=[owner.email],
            headers={
                "Message-ID": message_id(f"{first.meeting.series_id}.{_state(invitations)}"),
                "References": message_id(str(first.meeting.series_id)),
            },
            connection=connection,
        )
        message.attach_alternative(render_to_string(f"{TEMPLATES}/html.html", context), "text/html")
        entries = [words.entry(invitation) for invitation in invitations]
        organizer = Person(words.owner_name(first), owner.email)
        message.attach_calendar(calendars.publication(entries, organizer=organizer).decode(), "PUBLISH")
    return message


def _context(invitations: Sequence[Invitation], mail: Mail) -> dict[str, object]:
    first = invitations[0]
    zone = words.zone(first)
    titles = {words.title(one): None for one in invitations}
    said = {one.meeting.word: None for one in invitations if one.meeting.word}
    return {
        "mail": mail.value,
        "title": next(iter(titles)),
        "owner": words.owner_name(first),
        "name": words.client_name(first),
        "count": len(invitations),
        "zone": str(zone).replace("_", " "),
        "minutes": first.meeting.minutes,
        "word": "\n".join(said),
        "place": words.place(first.meeting),
        "waits_for_link": any(not link_is_settled(one.meeting) for one in invitations),
        "lines": [_line(one, mail) for one in invitations],
    }


def _line(invitation: Invitation, mail: Mail) -> Line:
    meeting, zone = invitation.meeting, words.zone(invitation)
    was = of_one.earlier(invitation, zone) if mail is Mail.CHANGE else ""
    return Line(span_words(meeting.starts_at, meeting.ends_at, zone), was, words.page_url(invitation))


def _state(invitations: Sequence[Invitation]) -> str:
    """Of what is told of each: another mail where one of them is another."""
    said = "\n".join(sorted(f"{one.pk}.{sequence(one)}" for one in invitations))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
