"""The mails that clients get: HTML, text, and a calendar part that calendars understand as an invitation.

docs/invitations.md says which conventions of Gmail, Outlook and Apple each part follows.
"""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.invitations import calendars, words
from meetings.invitations.calendars import Entry, Person
from meetings.invitations.steps import Mail, facts, facts_told, link_is_settled, sequence
from meetings.models import Invitation, Meeting
from meetings.times import span_words, zone_words
from okey.mails import outbox, unasked
from okey.mails.messages import Message, message_id, sent_for

TEMPLATES = "meetings/invitations/mails/client"
SUBJECT_MAX = 250
#: Whoever chose the time themselves is not asked whether they come.
BOOKED_BY_THEM = (Meeting.Source.BOOKING, Meeting.Source.BOT)


def compose(invitation: Invitation, mail: Mail, connection: BaseEmailBackend) -> Message:
    """The mail as it is right now. The same state always has the same Message-ID."""
    with translation.override(words.language(invitation)):
        context = _context(invitation, mail)
        subject = " ".join(calendars.plain(render_to_string(f"{TEMPLATES}/subject.txt", context)).split())
        message = Message(
            subject[:SUBJECT_MAX],
            render_to_string(f"{TEMPLATES}/text.txt", context).strip() + "\n",
            to=[invitation.email],
            from_name=sent_for(invitation.meeting.owner.name),
            reply_to=_reply_to(invitation),
            headers=_headers(invitation, mail),
            unasked_url=unasked_url(invitation),
            connection=connection,
        )
        message.attach_alternative(render_to_string(f"{TEMPLATES}/html.html", context), "text/html")
        if not mail.is_reminder and (invitation.is_address_confirmed or invitation.is_guest):
            calendar = _calendar(invitation, words.entry(invitation))
            message.attach_calendar(calendar, "CANCEL" if invitation.is_off else "REQUEST")
    return message


def withdraw(invitation: Invitation) -> None:
    """Tell the address that it had been sent to that it was the wrong one, and take the entry out of that calendar."""
    meeting, zone = invitation.meeting, words.zone(invitation)
    calendar = ""
    with translation.override(words.language(invitation)):
        if invitation.is_address_confirmed:
            entry = words.entry(invitation)
            off = replace(
                entry, is_cancelled=True, sequence=entry.sequence + 1, page="", words=_("This meeting is off.")
            )
            calendar = _calendar(invitation, off)
        context = {
            "owner": words.owner_name(invitation),
            "when": span_words(meeting.starts_at, meeting.ends_at, zone),
            "zone": zone_words(zone, meeting.starts_at),
        }
        outbox.write(
            to=invitation.email,
            template="meetings/invitations/mails/withdrawn",
            context=context,
            from_name=sent_for(invitation.meeting.owner.name),
            reply_to=next(iter(_reply_to(invitation)), ""),
            calendar=calendar,
            unasked_url=unasked_url(invitation),
            account=str(meeting.owner_id),
        )


def tell_answer(invitation: Invitation, word: str) -> None:
    """What the owner says to a wish for another time, where the meeting stays as it is."""
    meeting, zone = invitation.meeting, words.zone(invitation)
    with translation.override(words.language(invitation)):
        context = {
            "owner": words.owner_name(invitation),
            "name": words.client_name(invitation),
            "word": word.strip(),
            "is_cancelled": meeting.is_cancelled,
            "when": span_words(meeting.starts_at, meeting.ends_at, zone),
            "zone": zone_words(zone, meeting.starts_at),
            "page_url": words.page_url(invitation),
        }
        outbox.write(
            to=invitation.email,
            template="meetings/invitations/mails/answer",
            context=context,
            from_name=sent_for(invitation.meeting.owner.name),
            reply_to=next(iter(_reply_to(invitation)), ""),
            unasked_url=unasked_url(invitation),
            account=str(meeting.owner_id),
        )


def tell_asked(invitation: Invitation) -> None:
    """Nothing is booked yet; the page says what becomes of it."""
    _tell(invitation, "asked")


def tell_refused(invitation: Invitation, *, is_late: bool) -> None:
    """The owner has declined what the client asked for, or not answered in time."""
    _tell(invitation, "refused", is_late=is_late, word=invitation.meeting.word)


def _tell(invitation: Invitation, template: str, **more: object) -> None:
    """With nothing that was typed, but for what the owner says."""
    meeting, zone = invitation.meeting, words.zone(invitation)
    with translation.override(words.language(invitation)):
        context = {
            "owner": words.owner_name(invitation),
            "name": words.client_name(invitation),
            "when": span_words(meeting.starts_at, meeting.ends_at, zone),
            "zone": zone_words(zone, meeting.starts_at),
            "page_url": words.page_url(invitation),
            "unasked_url": unasked_url(invitation),
            **more,
        }
        outbox.write(
            to=invitation.email,
            template=f"meetings/invitations/mails/{template}",
            context=context,
            from_name=sent_for(invitation.meeting.owner.name),
            reply_to=next(iter(_reply_to(invitation)), ""),
            unasked_url=unasked_url(invitation),
            account=str(meeting.owner_id),
        )


def _word(invitation: Invitation, mail: Mail) -> str:
    """What the owner says to the client with it: not to guests, nor to whoever comes into a group later."""
    meeting = invitation.meeting
    is_for_others = invitation.is_guest or (meeting.is_group and mail is Mail.INVITATION)
    return "" if mail.is_reminder or invitation.left_at or is_for_others else meeting.word


def unasked_url(invitation: Invitation) -> str:
    """Where whoever has an address that nobody has confirmed says that they did not ask for this; "" for others."""
    if invitation.is_address_confirmed:
        return ""
    return unasked.url("invitation", invitation.pk, invitation.email)


def is_by_owner(invitation: Invitation) -> bool:
    """Whether the owner invited this contact, by hand or by a program of theirs; else the client came by themselves."""
    return invitation.meeting.source not in BOOKED_BY_THEM


def is_invited(invitation: Invitation) -> bool:
    """Whether they are asked to come; whoever booked has chosen the time."""
    return invitation.is_guest or is_by_owner(invitation)


def _named_by(invitation: Invitation) -> str:
    """The address of whoever named this guest; "" for others. No name: a stranger may have typed anything as theirs."""
    if not invitation.is_guest or is_by_owner(invitation):
        return ""
    client = invitation.meeting.invitations.filter(contact=invitation.meeting.contact_id).first()
    return client.email if client else ""


def _context(invitation: Invitation, mail: Mail) -> dict[str, object]:
    meeting, zone = invitation.meeting, words.zone(invitation)
    return {
        "mail": mail.value,
        "title": words.title(invitation),
        "owner": words.owner_name(invitation),
        "name": words.client_name(invitation),
        "begins": date_format(meeting.starts_at.astimezone(zone), "D j M Y, H:i"),
        "when": span_words(meeting.starts_at, meeting.ends_at, zone),
        "was": earlier(invitation, zone) if mail is Mail.CHANGE else "",
        "zone": zone_words(zone, meeting.starts_at),
        "minutes": meeting.minutes,
        "word": _word(invitation, mail),
        "has_left": invitation.left_at is not None,
        "is_group": meeting.is_group,
        "page_url": words.page_url(invitation),
        "move_url": words.move_url(invitation),
        "place": words.place(meeting),
        "has_link": bool(meeting.join_url),
        "waits_for_link": not link_is_settled(meeting),
        "is_by_owner": is_by_owner(invitation),
        "is_invited": is_invited(invitation),
        "is_guest": invitation.is_guest,
        "named_by": _named_by(invitation),
        "is_confirmed": invitation.is_address_confirmed,
        "unasked_url": unasked_url(invitation),
    }


def earlier(invitation: Invitation, zone: ZoneInfo) -> str:
    """When it was to be as they know it, or may know it; "" where that is the same."""
    _title, starts_at, minutes, _cancelled = facts(invitation)
    for when in ("telling", "told"):
        _title, was_at, was_minutes, _cancelled = facts_told(invitation, when)
        if was_at is not None and (was_at, was_minutes) != (starts_at, minutes):
            return span_words(was_at, was_at + timedelta(minutes=was_minutes or 0), zone)
    return ""


def _reply_to(invitation: Invitation) -> list[str]:
    """The owner; but nobody who merely typed an address learns the owner's by it."""
    return [invitation.meeting.owner.email] if invitation.is_address_confirmed else []


def _headers(invitation: Invitation, mail: Mail) -> dict[str, str]:
    """Mail programs show the mails about one meeting together by the first of them, sent or not."""
    thread = message_id(str(invitation.pk))
    if mail.is_reminder:
        own = f"{invitation.pk}.{mail}.{int(invitation.meeting.starts_at.timestamp())}"
    else:
        own = f"{invitation.pk}.{sequence(invitation)}"
    return {"Message-ID": message_id(own), "References": thread}


def _calendar(invitation: Invitation, entry: Entry) -> str:
    """For an address that is confirmed: nobody else is said to have accepted anything."""
    return calendars.request(
        entry,
        organizer=Person(words.owner_name(invitation), invitation.meeting.owner.email),
        attendee=Person(words.client_name(invitation), invitation.email),
        is_booked_by_them=not is_invited(invitation),
    ).decode()
