"""What a conversation may see and do: free times, and the meetings that its own tokens open. Nothing else.

Everything here happens inside the turn's transaction, with the conversation's row locked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from meetings import availability, client_requests
from meetings.availability import Slot
from meetings.booking import booking_settings, bookings, holding_off
from meetings.booking.bot.models import Conversation
from meetings.booking.bot.state import State
from meetings.booking.holding_off import Origin
from meetings.models import Invitation, Meeting
from okey.owners.models import Owner

EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    conversation: Conversation
    network: str = ""

    @property
    def owner(self) -> Owner:
        return self.conversation.owner

    @property
    def minutes(self) -> int:
        return availability.settings_of(self.owner).slot_minutes

    def free(self, *, moving: Invitation | None = None) -> list[Slot]:
        """All times on offer, the soonest first; for a meeting that is moved as long as that is."""
        meeting = moving.meeting if moving else None
        return availability.free_slots(
            self.owner,
            until=EVER,
            minutes=meeting.minutes if meeting else None,
            ignoring=meeting.pk if meeting else None,
        )

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

        Raises scheduling.SlotTaken and holding_off.HeldOff.
        """
        key = f"bot:{self.conversation.pk}:{state.booked}"
        wish = bookings.Wish(
            name=state.name,
            email=state.email,
            starts_at=starts_at,
            zone=state.zone or self.owner.timezone,
            note=state.note,
        )
        origin = self._origin()
        if booking_settings.of(self.owner).confirms_addresses:
            holding_off.ask_to_confirm(self.owner, wish, request_key=key, origin=origin)
            return None
        invitation = holding_off.book(self.owner, wish, request_key=key, origin=origin, source=Meeting.Source.BOT)
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
        """Raises scheduling.SlotTaken and scheduling.Conflict."""
        client_requests.move(invitation, starts_at)

    def cancel(self, invitation: Invitation) -> None:
        """Raises scheduling.Conflict."""
        client_requests.cancel(invitation)
