"""What a client's page says of a meeting: when, with whom, and what is with the link, in words for them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.client.actions import MOVED
from meetings.invitations import calendars
from meetings.invitations import words as client_words
from meetings.invitations.mails import is_by_owner
from meetings.invitations.steps import title_of
from meetings.links.state import Means, Status, link_state
from meetings.models import Invitation, Meeting
from meetings.times import Clock, span_words, zone_words

#: Meetings run over: so long after the planned end the link still opens from here.
RUNS_OVER = timedelta(hours=2)
#: So long after a client has booked, the page says that it went through.
NEWS_FOR = timedelta(minutes=10)


class Kind(StrEnum):
    READY = "ready"
    ON_ITS_WAY = "on_its_way"
    NEEDS_ATTENTION = "needs_attention"
    NO_LINK = "no_link"
    CANCELLED = "cancelled"
    OVER = "over"


#: How often an open page looks again. A meeting that is ready may still be moved, cancelled or get another link.
POLL_SECONDS = {
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
    minutes: int
    starts: str
    passcode: str
    #: Whether the client may have to wait until the owner lets them in.
    has_lobby: bool
    has_ended: bool
    #: The client has come here from booking it.
    is_just_booked: bool

    @property
    def poll_seconds(self) -> int:
        return POLL_SECONDS[self.kind]

    @property
    def can_change(self) -> bool:
        """Whether cancelling, or asking for another time, makes sense."""
        return self.kind not in (Kind.CANCELLED, Kind.OVER) and not self.has_ended

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer; also about a meeting that is cancelled."""
        return self.kind is not Kind.OVER and not self.has_ended and not self.is_owner_gone

    @property
    def can_join(self) -> bool:
        return self.kind is Kind.READY

    @property
    def words(self) -> str:
        """What is with the link."""
        return {
            Kind.READY: _("The link is ready."),
            Kind.ON_ITS_WAY: _("The link is on its way. It appears here by itself."),
            Kind.NEEDS_ATTENTION: _(
                "The link is not ready yet. %(owner)s sees that in O-Key and can put it right; the link will be here."
            ),
            Kind.NO_LINK: _("This meeting has no video link. If you expected one, ask %(owner)s."),
            Kind.CANCELLED: _("This meeting is cancelled. You need do nothing more."),
            Kind.OVER: _("This meeting is over."),
        }[self.kind] % {"owner": self.owner}


def client_page(invitation: Invitation, chosen: ZoneInfo | None = None, clock: Clock = Clock.H24) -> ClientPage:
    """`chosen`: the zone that the client picked on the page, if they did."""
    meeting = invitation.meeting
    zone, owners = chosen or client_words.zone(invitation), meeting.owner.timezone
    is_elsewhere = span(meeting, zone) != span(meeting, owners)
    kind, has_lobby = _kind_of(meeting)
    was = _was(meeting, zone, clock)
    return ClientPage(
        kind=kind,
        title=client_words.title(invitation),
        has_title=bool(title_of(invitation)),
        owner=client_words.owner_name(invitation),
        initials=meeting.owner.initials,
        is_owner_gone=not meeting.owner.is_active,
        when=span(meeting, zone, clock),
        zone=zone_words(zone, meeting.starts_at),
        zone_name=str(zone),
        is_their_zone=bool(chosen or client_words.their_zone(invitation)),
        owners_when=span(meeting, owners, clock) if is_elsewhere else "",
        owners_zone=zone_words(owners, meeting.starts_at),
        was=was,
        is_moved_by_them=bool(was) and _is_moved_by_them(meeting),
        wish=meeting.asked_words if meeting.asked_at else "",
        minutes=meeting.minutes,
        starts=meeting.starts_at.isoformat(),
        passcode=meeting.passcode if kind is Kind.READY else "",
        has_lobby=has_lobby,
        has_ended=meeting.is_over,
        is_just_booked=_is_just_booked(invitation),
    )


def _kind_of(meeting: Meeting) -> tuple[Kind, bool]:
    """And whether its link has a lobby."""
    if meeting.is_cancelled:
        return Kind.CANCELLED, False
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
    return is_new and not is_by_owner(invitation) and not invitation.meeting.is_cancelled


def _is_moved_by_them(meeting: Meeting) -> bool:
    last = meeting.events.filter(kind__in=(MOVED, "rescheduled")).first()
    return last is not None and last.kind == MOVED


def _was(meeting: Meeting, zone: ZoneInfo, clock: Clock) -> str:
    """When it was to begin before it was moved."""
    if meeting.moved_from is None or meeting.moved_from == meeting.starts_at:
        return ""
    return span_words(meeting.moved_from, meeting.moved_from + timedelta(minutes=meeting.minutes), zone, clock)
