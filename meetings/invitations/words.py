"""What a client reads of their meeting, in mails, calendars and on its page: the same words everywhere.

Nothing of the owner but the name; nothing that a stranger typed where nobody has confirmed the address.
"""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from meetings.invitations import calendars
from meetings.invitations.calendars import Entry
from meetings.invitations.steps import sequence, title_of
from meetings.models import Invitation, Meeting, MeetingType
from okey.lib import languages


def title(invitation: Invitation) -> str:
    return title_of(invitation) or _("Meeting with %(owner)s") % {"owner": owner_name(invitation)}


def owner_name(invitation: Invitation) -> str:
    """Never the address, which stands in for a missing name elsewhere."""
    return calendars.plain(invitation.meeting.owner.name) or "O-Key"


def client_name(invitation: Invitation) -> str:
    """The contact's name; "" where a stranger typed it and nobody has confirmed the address."""
    return invitation.contact.name if invitation.is_address_confirmed else ""


def their_zone(invitation: Invitation) -> ZoneInfo | None:
    """The zone that the client chose, or the contact's; that is not shown to whoever merely typed their address."""
    known: ZoneInfo | None = invitation.contact.timezone if invitation.is_address_confirmed else None
    return invitation.timezone or known


def zone(invitation: Invitation) -> ZoneInfo:
    """Theirs, or the owner's where theirs is not known."""
    return their_zone(invitation) or invitation.meeting.owner.timezone


def language(invitation: Invitation) -> str:
    """In which the client reads: as they chose, or as their owner does where that is not known."""
    return languages.known(invitation.language or invitation.contact.language or invitation.meeting.owner.language)


def page_url(invitation: Invitation) -> str:
    """The address of the meeting's page: the same for as long as the invitation lives, whatever becomes of the link."""
    return settings.OKEY_BASE_URL + reverse("client_meeting", args=[invitation.token])


def move_url(invitation: Invitation) -> str:
    """Where the client chooses another time; where the owner offers none, it leads to asking for one."""
    return settings.OKEY_BASE_URL + reverse("client_move", args=[invitation.token])


def place(meeting: Meeting) -> str:
    """Where they meet if not by video, as far as the type of meeting says; "" where it does not."""
    if meeting.provider or meeting.join_url:
        return ""
    if meeting.place == MeetingType.Place.PHONE:
        return _("By phone: %(number)s") % {"number": meeting.place_words} if meeting.place_words else _("By phone")
    if meeting.place == MeetingType.Place.IN_PERSON:
        return meeting.place_words or _("In person")
    return ""


def contacts_page_url(meeting: Meeting) -> str:
    """The address of the page that the meeting's contact has; "" where the owner has closed it.

    By what was read with the meeting, so that a list needs no query for each.
    """
    mine = (one for one in meeting.invitations.all() if one.contact_id == meeting.contact_id)
    invitation = next((one for one in mine if one.revoked_at is None), None)
    return page_url(invitation) if invitation else ""


def owners_uid(invitation: Invitation) -> UUID:
    """A group stands in its owner's calendar once, whoever of it comes and goes."""
    return invitation.meeting_id if invitation.meeting.is_group else invitation.pk


def owners_entry(invitation: Invitation) -> Entry:
    """The meeting as its owner's own calendar shall hold it: the same entry as the client's, by its UID.

    A group's has a UID of its own, and names nobody.
    """
    meeting = invitation.meeting
    page = settings.OKEY_BASE_URL + reverse("meeting", args=[meeting.pk])
    said = _("Who comes is in O-Key:") if meeting.is_group else _("With %(client)s. In O-Key:")
    words = _("This meeting is cancelled.") if meeting.is_cancelled else said
    return Entry(
        uid=str(owners_uid(invitation)),
        sequence=meeting.revision - 1 if meeting.is_group else sequence(invitation),
        title=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        is_cancelled=meeting.is_cancelled,
        page=page,
        words=words % {"client": calendars.plain(invitation.contact.name)},
        changed_at=meeting.updated_at,
        link="" if meeting.is_cancelled else meeting.join_url,
        place=calendars.plain(place(meeting)),
    )


def owners_calendar(invitation: Invitation) -> str:
    """The calendar part of a mail to the owner."""
    owner = invitation.meeting.owner
    organizer = calendars.Person(calendars.plain(owner.name), owner.email)
    return calendars.publication([owners_entry(invitation)], organizer=organizer).decode()


def entry(invitation: Invitation) -> Entry:
    """The meeting as the client's calendar shall hold it."""
    meeting = invitation.meeting
    words = _("This meeting is cancelled.") if meeting.is_cancelled else _join_words(invitation)
    if invitation.left_at is not None and invitation.is_guest:
        words = _("You are not expected at this meeting any more.")
    elif invitation.left_at is not None:
        words = _("You gave your seat back.")
    return Entry(
        uid=str(invitation.pk),
        sequence=sequence(invitation),
        title=title(invitation),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        is_cancelled=invitation.is_off,
        page=page_url(invitation),
        words=words,
        place=calendars.plain(place(meeting)),
    )


def _join_words(invitation: Invitation) -> str:
    return _("Join or decline here:") if invitation.is_guest else _("Join, change or cancel here:")
