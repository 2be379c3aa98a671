"""What a conversation may see and do: free times, and the meetings that its own tokens open. Nothing else.

Looking costs no lock; what changes something happens inside the turn's transaction, with the conversation's row locked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from meetings import scheduling
from meetings.booking import bookings, rate_limits
from meetings.booking import settings as booking_settings
from meetings.booking.rate_limits import Origin
from meetings.bot.models import Conversation
from meetings.bot.state import State
from meetings.client import actions as client_actions
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.models import Invitation, Meeting, MeetingSettings, MeetingType
from meetings.types import offering
from okey.owners.models import Owner

EVER = datetime.max.replace(tzinfo=UTC)


class NeedsLock(Exception):
    """What is to be done next changes something, so it is done with the conversation's row locked.

    `first`: what takes a while, and is done before that.
    """

    def __init__(self, first: Callable[[], None] | None = None) -> None:
        super().__init__("This changes something.")
        self.first = first


def has_questions(kind: MeetingType) -> bool:
    """Whether something must be answered, which is asked on the page."""
    return any(asked["is_required"] for asked in kind.questions)


@dataclass(frozen=True)
class FreeTimes:
    """What can be booked, looked up no further than somebody asks. The last three: as in availability.

    `is_closed`: nothing can be booked at all.
    """

    owner: Owner
    minutes: int | None = None
    ignoring: UUID | None = None
    meeting_type: MeetingType | None = None
    is_closed: bool = False

    @property
    def _wanted(self) -> dict[str, Any]:
        return {"minutes": self.minutes, "ignoring": self.ignoring, "meeting_type": self.meeting_type}

    def between(
        self, since: datetime | None = None, until: datetime = EVER, on: Callable[[date], bool] | None = None
    ) -> Iterator[Slot]:
        """The soonest first; on the owner's days that `on` names."""
        if self.is_closed:
            return iter(())
        return availability.each_free_slot(self.owner, since=since, until=until, on=on, **self._wanted)

    def has(self, moment: datetime) -> bool:
        return not self.is_closed and availability.is_free(self.owner, moment, **self._wanted)


@dataclass
class Desk:
    """`may_write`: inside the turn's transaction, with the conversation's row locked. Without, nothing is changed."""

    conversation: Conversation
    network: str = ""
    may_write: bool = True
    #: The address of the type that the client chose, where there are several.
    kind: str = ""

    def _check(self, first: Callable[[], None] | None = None) -> None:
        if not self.may_write:
            raise NeedsLock(first)

    @property
    def owner(self) -> Owner:
        return self.conversation.owner

    @property
    def minutes(self) -> int:
        return self.settings.slot_minutes

    def free(self, *, moving: Invitation | None = None) -> FreeTimes:
        """The times on offer; for a meeting that is moved as long as that is."""
        if moving is None:
            return FreeTimes(self.owner, meeting_type=self.meeting_type, is_closed=self.meeting_type is None)
        meeting = moving.meeting
        return FreeTimes(self.owner, meeting.minutes, meeting.pk, meeting.meeting_type)

    @cached_property
    def kinds(self) -> list[MeetingType]:
        """What the owner lists. Of several the client chooses."""
        return offering.listed_by(self.owner)

    @cached_property
    def meeting_type(self) -> MeetingType | None:
        """What is booked here: the one that was chosen; else the first that has no question which must be answered.

        Those are asked on the page. None: there is no such type.
        """
        mine = [one for one in self.kinds if not has_questions(one)]
        chosen = [one for one in mine if one.slug == self.kind] if self.kind else mine
        return chosen[0] if chosen else None

    def choose_kind(self, slug: str) -> None:
        self.kind = slug
        self._forget_kinds()

    def _forget_kinds(self) -> None:
        for name in ("kinds", "meeting_type", "settings"):
            self.__dict__.pop(name, None)

    def page_of(self, kind: MeetingType) -> str:
        """Where clients book it by themselves; "" while there is no booking page."""
        booking = booking_settings.open_of(self.owner)
        path = reverse("booking_page", args=[booking.public_name, kind.slug]) if booking else ""
        return f"{settings.OKEY_BASE_URL}{path}" if path else ""

    @cached_property
    def settings(self) -> MeetingSettings:
        return availability.settings_of(self.owner, self.meeting_type)

    @property
    def last_day(self) -> date:
        """The last day that can be booked, where the owner is."""
        return timezone.now().astimezone(self.owner.timezone).date() + timedelta(days=self.settings.horizon_days)

    def hours_on(self, day: date) -> tuple[time, time] | None:
        """When the owner's hours begin and end on that weekday; 00:00 is the day's end. None: not at all."""
        own = self.meeting_type.own_hours if self.meeting_type else None
        hours = (availability.weekly_hours_of(self.owner, self.settings) if own is None else own).get(day.weekday())
        return (min(one[0] for one in hours), max(hours, key=lambda one: one[1] or time.max)[1]) if hours else None

    @property
    def place(self) -> str:
        """Where or how they meet, as far as it is known."""
        booked = self.meeting_type or offering.first_of(self.owner)
        if booked.place in (booked.Place.PHONE, booked.Place.IN_PERSON):
            return str(booked.get_place_display())
        provider = booked.provider or connections.default_provider(self.owner)
        if not provider or not booked.is_by_video:
            return _("not by video; %(owner)s tells you where") % {"owner": self.owner.name or "O-Key"}
        return _("online, by video (%(provider)s); the link is on your meeting page") % {
            "provider": connections.provider_name(provider)
        }

    def mine(self) -> list[Invitation]:
        """Ways into the coming meetings of this conversation, the soonest first."""
        found = Invitation.objects.filter(
            token__in=self.conversation.invitation_tokens,
            revoked_at=None,
            left_at=None,
            is_guest=False,
            meeting__owner=self.owner,
            meeting__cancelled_at=None,
            meeting__ends_at__gt=timezone.now(),
        )
        return list(found.select_related("meeting__owner", "contact").order_by("meeting__starts_at", "pk"))

    def book(self, state: State, starts_at: datetime) -> Invitation | None:
        """None: the owner wants addresses confirmed, so a mail was sent by whose link the client books.

        Raises scheduling.SlotTaken, rate_limits.HeldOff and rate_limits.NoMail.
        """
        confirms = booking_settings.of(self.owner).confirms_addresses
        self._check(None if confirms else partial(asking.ask, self.owner, starts_at, meeting_type=self.meeting_type))
        key = f"bot:{self.conversation.pk}:{state.booked}"
        wish = bookings.Wish(
            name=state.name,
            email=state.email,
            starts_at=starts_at,
            zone=state.zone or self.owner.timezone,
            note=state.note,
            meeting_type=self.meeting_type,
        )
        origin = self._origin()
        if confirms:
            rate_limits.ask_to_confirm(self.owner, wish, request_key=key, origin=origin)
            return None
        try:
            invitation = rate_limits.book(self.owner, wish, request_key=key, origin=origin, source=Meeting.Source.BOT)
        except bookings.NotOffered:  # switched off, or made longer, in this very moment
            self._forget_kinds()
            raise scheduling.SlotTaken([]) from None
        self.conversation.contact = invitation.contact
        self.conversation.invitation_tokens = [*self.conversation.invitation_tokens, invitation.token]
        return invitation

    def _origin(self) -> Origin:
        """The client's network, as for the form; a messenger's sender has one conversation."""
        if self.network:
            return Origin(self.network)
        if self.conversation.channel == Conversation.Channel.API:
            return Origin.programs_of(self.owner)
        return Origin(f"conversation {self.conversation.pk}")

    def move(self, invitation: Invitation, starts_at: datetime) -> None:
        """Raises scheduling.SlotTaken, client_actions.MovedTooOften and scheduling.Conflict."""
        free, meeting = partial(asking.ask, self.owner, starts_at), invitation.meeting
        self._check(partial(free, minutes=meeting.minutes, ignoring=meeting.pk, meeting_type=meeting.meeting_type))
        client_actions.move(invitation, starts_at)

    def cancel(self, invitation: Invitation) -> None:
        """Raises scheduling.Conflict."""
        self._check()
        client_actions.cancel(invitation)

    def correct_address(self, invitation: Invitation, name: str, email: str) -> Invitation:
        """The invitation goes to this address from now on. Raises rate_limits.HeldOff."""
        self._check()
        wish = bookings.Wish(name, email, invitation.meeting.starts_at, invitation.timezone or self.owner.timezone)
        corrected = rate_limits.correct_address(invitation, wish, origin=self._origin())
        tokens = [token for token in self.conversation.invitation_tokens if token != invitation.token]
        self.conversation.invitation_tokens = [*tokens, corrected.token]
        self.conversation.contact = corrected.contact
        return corrected
