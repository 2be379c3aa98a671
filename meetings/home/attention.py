"""What waits for the owner: clients' wishes, clients who asked the bot for them, and links that need a hand.

A connection that needs reconnecting is on every page already, with the number of meetings that wait for it.
"""

from dataclasses import dataclass

from django.db.models import Q

from meetings import reading
from meetings.bot import conversations
from meetings.bot.models import Conversation
from meetings.links.state import Status
from meetings.models import Meeting
from meetings.reading import Row
from okey.owners.models import Owner

#: Of each kind.
SHOWN = 5


@dataclass(frozen=True)
class Attention:
    """The first few of each kind; `has_more_…`: there are more than these."""

    wishes: list[Meeting]
    has_more_wishes: bool
    conversations: list[Conversation]
    has_more_conversations: bool
    links: list[Row]

    @property
    def is_needed(self) -> bool:
        return bool(self.wishes or self.conversations or self.links)


def of(owner: Owner) -> Attention:
    wishes = list(reading.with_wishes(reading.meetings_of(owner))[: SHOWN + 1])
    waiting = list(conversations.waiting(owner)[: SHOWN + 1])
    return Attention(
        wishes=wishes[:SHOWN],
        has_more_wishes=len(wishes) > SHOWN,
        conversations=waiting[:SHOWN],
        has_more_conversations=len(waiting) > SHOWN,
        links=_links(owner),
    )


def _links(owner: Owner) -> list[Row]:
    """Coming meetings whose link does not come by itself: a step of the owner's is needed, here or at the provider."""
    troubled = Q(link_job__problem__gt="") | Q(no_link=Meeting.NoLink.PUBLIC_LIMIT, provider="")
    found = reading.upcoming(reading.meetings_of(owner)).filter(troubled)[:SHOWN]
    return [row for row in reading.rows(found, owner) if _needs_owner(row)]


def _needs_owner(row: Row) -> bool:
    return row.link.status is Status.NEEDS_ATTENTION or row.meeting.no_link == Meeting.NoLink.PUBLIC_LIMIT
