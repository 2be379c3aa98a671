"""What a conversation may see and do: free times, and the meetings that its own tokens open. Nothing else.

Looking costs no lock; what changes something happens inside the turn's transaction, with the conversation's row locked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from meetings.booking import bookings, rate_limits
from meetings.booking import settings as booking_settings
from meetings.booking.rate_limits import Origin
from meetings.bot.models import Conversation
from meetings.bot.state import State
from meetings.client import actions as client_actions
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.models import Invitation, Meeting, MeetingSettings
from okey.owners.models import Owner

EVER = datetime.max.replace(tzinfo=UTC)


class NeedsLock(Exception):
    """What is to be done next changes something, so it is done with the conversation's row locked.

    `first`: what takes a while, and is done before that.
    """

    def __init__(self, first: Callable[[], None] | None = None) -> None:
        super().__init__("This changes something.")
        self.first = first


@dataclass(frozen=True)
class FreeTimes:
    """What can be booked, looked up no further than somebody asks. `minutes`, `ignoring`: as in availability."""

    owner: Owner
    minutes: int | None = None
    ignoring: UUID | None = None

    def between(
        self, since: datetime | None = None, until: datetime = EVER, on: Callable[[date], bool] | None = None
    ) -> Iterator[Slot]:
        """The soonest first; on the owner's days that `on` names."""
        return availability.each_free_slot(
            self.owner, since=since, until=until, minutes=self.minutes, ignoring=self.ignoring, on=on
        )

    def has(self, moment: datetime) -> bool:
        return availability.is_free(self.owner, moment, minutes=self.minutes, ignoring=self.ignoring)


@dataclass
class Desk:
    """`may_write`: inside the turn's transaction, with the conversation's row locked. Without, nothing is changed."""

    conversation: Conversation
    network: str = ""
    may_write: bool = True

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
        meeting = moving.meeting if moving else None
        return FreeTimes(self.owner, meeting.minutes if meeting else None, meeting.pk if meeting else None)

    @cached_property
    def settings(self) -> MeetingSettings:
        return availability.settings_of(self.owner)

    @property
    def last_day(self) -> date:
        """The last day that can be booked, where the owner is."""
        return timezone.now().astimezone(self.owner.timezone).date() + timedelta(days=self.settings.horizon_days)

    def hours_on(self, day: date) -> tuple[time, time] | None:
        """When the owner's hours begin and end on that weekday; 00:00 is the day's end. None: not at all."""
        hours = availability.weekly_hours_of(self.owner, self.settings).get(day.weekday())
        return (min(one[0] for one in hours), max(hours, key=lambda one: one[1] or time.max)[1]) if hours else None

    @property
    def place(self) -> str:
        """Where or how they meet, as far as it is known."""
        provider = connections.default_provider(self.owner)
        if not provider:
            return _("not by video; %(owner)s tells you where") % {"owner": self.owner.name or "O-Key"}
        return _("online, by video (%(provider)s); the link is on your meeting page") % {
            "provider": connections.provider_name(provider)
        }

    def mine(self) -> list[Invitation]:
        """Ways into the coming meetings of this conversation, the soonest first."""
        found = Invitation.objects.filter(
            token__in=self.conversation.invitation_tokens,
            revoked_at=None,
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
        self._check(None if confirms else partial(asking.ask, self.owner, starts_at))
        key = f"bot:{self.conversation.pk}:{state.booked}"
        wish = bookings.Wish(
            name=state.name,
            email=state.email,
            starts_at=starts_at,
            zone=state.zone or self.owner.timezone,
            note=state.note,
        )
        origin = self._origin()
        if confirms:
            rate_limits.ask_to_confirm(self.owner, wish, request_key=key, origin=origin)
            return None
        invitation = rate_limits.book(self.owner, wish, request_key=key, origin=origin, source=Meeting.Source.BOT)
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
        self._check(partial(free, minutes=meeting.minutes, ignoring=meeting.pk))
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
