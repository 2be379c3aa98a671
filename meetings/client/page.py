"""What a client's page says of a meeting: when, with whom, and what is with the link, in words for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings import guests
from meetings.client.actions import MOVED
from meetings.invitations import calendars
from meetings.invitations import words as client_words
from meetings.invitations.mails import is_invited
from meetings.invitations.steps import title_of
from meetings.links.state import Means, Status, link_state
from meetings.models import Invitation, Meeting
from meetings.times import Clock, span_words, zone_words

#: Meetings run over: so long after the planned end the link still opens from here.
RUNS_OVER = timedelta(hours=2)
#: So long after a client has booked, the page says that it went through.
NEWS_FOR = timedelta(minutes=10)


class Kind(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    ON_ITS_WAY = "on_its_way"
    NEEDS_ATTENTION = "needs_attention"
    NO_LINK = "no_link"
    CANCELLED = "cancelled"
    OVER = "over"


#: How often an open page looks again. A meeting that is ready may still be moved, cancelled or get another link.
POLL_SECONDS = {
    Kind.REQUESTED: 30,
    Kind.READY: 60,
    Kind.ON_ITS_WAY: 2,
    Kind.NEEDS_ATTENTION: 30,
    Kind.NO_LINK: 60,
    Kind.CANCELLED: 0,
    Kind.OVER: 0,
}
KINDS = {
    Status.READY: Kind.READY,
    Status.ON_ITS_WAY: Kind.ON_ITS_WAY,
    Status.NEEDS_ATTENTION: Kind.NEEDS_ATTENTION,
    Status.NO_LINK: Kind.NO_LINK,
}


@dataclass(frozen=True)
class ClientPage:
    """All that the page shows. Nothing of the owner but name, initials and the time with them."""

    kind: Kind
    title: str
    #: False: the title merely says with whom.
    has_title: bool
    owner: str
    initials: str
    is_owner_gone: bool
    when: str
    zone: str
    zone_name: str
    #: Whether the zone is the client's: known from the contact, or chosen on the page.
    is_their_zone: bool
    owners_when: str
    owners_zone: str
    was: str
    #: Whether it was the client who moved it last.
    is_moved_by_them: bool
    #: What the client asked for in words, as long as the owner has not answered.
    wish: str
    #: What the owner said with the last change or the cancellation.
    word: str
    minutes: int
    starts: str
    passcode: str
    #: Whether the client may have to wait until the owner lets them in.
    has_lobby: bool
    has_ended: bool
    #: Where they meet if not by video; "" where that is not known.
    place: str
    #: The client has come here from booking it.
    is_just_booked: bool
    #: A page of the owner's for whoever has just booked; "" for none.
    leads_to: str
    #: Others may come too: nobody of them moves it.
    is_group: bool
    has_left: bool
    #: Until when the owner may approve what they asked for, where it waits for that; else "".
    approval_until: str
    #: Until when they move and cancel it by themselves; "" where that is until it is over.
    changes_until: str
    #: Whether that is over: they ask the owner.
    is_fixed: bool
    #: It was never booked: the owner declined, or did not answer, or they took it back.
    was_refused: bool
    #: Somebody else named them: they decline, and change nothing for others.
    is_guest: bool
    #: Addresses of those whom this client named and who come.
    guests: list[str]

    @property
    def poll_seconds(self) -> int:
        return POLL_SECONDS[self.kind]

    @property
    def leads_to_site(self) -> str:
        return urlsplit(self.leads_to).hostname or ""

    @property
    def can_change(self) -> bool:
        """Whether cancelling, or asking for another time, makes sense."""
        return self.kind not in (Kind.CANCELLED, Kind.OVER) and not self.has_ended

    @property
    def can_cancel(self) -> bool:
        return self.can_change and not self.is_fixed

    @property
    def can_move(self) -> bool:
        is_booked = self.can_cancel and self.kind is not Kind.REQUESTED
        return is_booked and not self.is_group and not self.is_guest

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer; also about a meeting that is cancelled."""
        comes_alone = not self.is_group and not self.is_guest and self.kind is not Kind.REQUESTED
        return comes_alone and self.kind is not Kind.OVER and not self.has_ended and not self.is_owner_gone

    @property
    def can_book_again(self) -> bool:
        is_off = self.kind is Kind.CANCELLED and not self.is_guest
        return is_off and not self.has_ended and not self.is_owner_gone

    @property
    def can_join(self) -> bool:
        return self.kind is Kind.READY

    @property
    def words(self) -> str:
        """What is with the link, or where else they meet."""
        if self.kind is Kind.NO_LINK and self.place:
            return self.place
        if self.was_refused:
            return _("Nothing was booked, and the time is free again. You need do nothing more.")
        if self.has_left and self.is_guest:
            return _("You are not expected at this meeting any more. You need do nothing.")
        if self.has_left:
            return _("You gave your seat back. You need do nothing more.")
        return {
            Kind.REQUESTED: _(
                "%(owner)s has been asked and can answer until %(until)s. The time is held, but nothing is booked yet."
            ),
            Kind.READY: _("The link is ready."),
            Kind.ON_ITS_WAY: _("The link is on its way. It appears here by itself."),
            Kind.NEEDS_ATTENTION: _(
                "The link is not ready yet. %(owner)s sees that in O-Key and can put it right; the link will be here."
            ),
            Kind.NO_LINK: _("This meeting has no video link. If you expected one, ask %(owner)s."),
            Kind.CANCELLED: _("This meeting is cancelled. You need do nothing more."),
            Kind.OVER: _("This meeting is over."),
        }[self.kind] % {"owner": self.owner, "until": self.approval_until}


def client_page(invitation: Invitation, chosen: ZoneInfo | None = None, clock: Clock = Clock.H24) -> ClientPage:
    """`chosen`: the zone that the client picked on the page, if they did."""
    meeting = invitation.meeting
    zone, owners = chosen or client_words.zone(invitation), meeting.owner.timezone
    is_elsewhere = span(meeting, zone) != span(meeting, owners)
    kind, has_lobby = _kind_of(invitation)
    was = _was(invitation, zone, clock)
    is_just_booked, booked = _is_just_booked(invitation), meeting.meeting_type
    return ClientPage(
        kind=kind,
        title=client_words.title(invitation),
        has_title=bool(title_of(invitation)),
        owner=client_words.owner_name(invitation),
        initials=meeting.owner.initials,
        is_owner_gone=not meeting.owner.is_open,
        when=span(meeting, zone, clock),
        zone=zone_words(zone, meeting.starts_at),
        zone_name=str(zone),
        is_their_zone=bool(chosen or client_words.their_zone(invitation)),
        owners_when=span(meeting, owners, clock) if is_elsewhere else "",
        owners_zone=zone_words(owners, meeting.starts_at),
        was=was,
        is_moved_by_them=bool(was) and _is_moved_by_them(meeting),
        wish=meeting.asked_words if meeting.asked_at else "",
        word="" if kind is Kind.OVER or invitation.left_at or invitation.is_guest else meeting.word,
        minutes=meeting.minutes,
        starts=meeting.starts_at.isoformat(),
        passcode=meeting.passcode if kind is Kind.READY else "",
        has_lobby=has_lobby,
        has_ended=meeting.is_over,
        place=client_words.place(meeting),
        is_just_booked=is_just_booked,
        leads_to=booked.leads_to if booked and is_just_booked else "",
        is_group=meeting.is_group,
        has_left=invitation.left_at is not None,
        approval_until=_moment(meeting.approval_until if meeting.is_requested else None, zone),
        changes_until=_moment(meeting.changes_until, zone),
        is_fixed=meeting.is_fixed and not invitation.is_guest and not meeting.is_requested,
        was_refused=meeting.was_refused,
        is_guest=invitation.is_guest,
        guests=_guests(invitation),
    )


def _guests(invitation: Invitation) -> list[str]:
    meeting = invitation.meeting
    if invitation.is_guest or meeting.meeting_type_id is None or invitation.contact_id != meeting.contact_id:
        return []  # without a type nobody names any
    return [one.email for one in guests.of(meeting)]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return date_format(moment.astimezone(zone), "D j M Y, H:i") if moment else ""


def _kind_of(invitation: Invitation) -> tuple[Kind, bool]:
    """And whether its link has a lobby."""
    meeting = invitation.meeting
    if invitation.is_off:
        return Kind.CANCELLED, False
    if invitation.meeting.is_requested:
        return Kind.REQUESTED, False
    is_long_over = meeting.ends_at + RUNS_OVER <= timezone.now()
    if is_long_over or (meeting.is_over and not meeting.join_url):
        return Kind.OVER, False
    state = link_state(meeting, Means.of(meeting.owner))
    return KINDS[state.status], state.has_lobby


def web_calendars(invitation: Invitation) -> list[tuple[str, str]]:
    return calendars.web_calendars(client_words.entry(invitation))


def span(meeting: Meeting, zone: ZoneInfo, clock: Clock = Clock.H24) -> str:
    return span_words(meeting.starts_at, meeting.ends_at, zone, clock)


def _is_just_booked(invitation: Invitation) -> bool:
    is_new = timezone.now() < invitation.created_at + NEWS_FOR
    is_booked = not invitation.meeting.is_requested
    return is_new and is_booked and not is_invited(invitation) and not invitation.is_off


def _is_moved_by_them(meeting: Meeting) -> bool:
    last = meeting.events.filter(kind__in=(MOVED, "rescheduled")).first()
    return last is not None and last.kind == MOVED


def _was(invitation: Invitation, zone: ZoneInfo, clock: Clock) -> str:
    """When it was to begin before it was moved; "" for whoever came into it since then."""
    meeting = invitation.meeting
    if meeting.moved_from is None or meeting.moved_from == meeting.starts_at:
        return ""
    if meeting.moved_at is not None and meeting.moved_at < invitation.created_at:
        return ""
    return span_words(meeting.moved_from, meeting.moved_from + timedelta(minutes=meeting.minutes), zone, clock)
