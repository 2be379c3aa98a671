"""What waits for the owner: meetings to approve, clients' wishes, clients who asked the bot for them, and links that
need a hand.

A connection that needs reconnecting is on every page already, with the number of meetings that wait for it.
"""

from dataclasses import dataclass

from django.db.models import Q

from meetings import reading
from meetings.bot import conversations
from meetings.bot.models import Conversation
from meetings.links.state import Status
from meetings.models import Meeting, ProviderMeeting, Watch
from meetings.reading import Row
from okey.owners.models import Owner

#: Of each kind.
SHOWN = 5


@dataclass(frozen=True)
class Attention:
    """The first few of each kind; `has_more_…`: there are more than these."""

    requests: list[Meeting]
    has_more_requests: bool
    wishes: list[Meeting]
    has_more_wishes: bool
    conversations: list[Conversation]
    has_more_conversations: bool
    links: list[Row]
    #: Changed at their provider: which of the two holds?
    changed: list[Meeting]

    @property
    def is_needed(self) -> bool:
        return bool(self.requests or self.wishes or self.conversations or self.links or self.changed)


def of(owner: Owner) -> Attention:
    requests = list(reading.requested(reading.meetings_of(owner))[: SHOWN + 1])
    wishes = list(reading.with_wishes(reading.meetings_of(owner))[: SHOWN + 1])
    waiting = list(conversations.waiting(owner)[: SHOWN + 1])
    return Attention(
        requests=requests[:SHOWN],
        has_more_requests=len(requests) > SHOWN,
        wishes=wishes[:SHOWN],
        has_more_wishes=len(wishes) > SHOWN,
        conversations=waiting[:SHOWN],
        has_more_conversations=len(waiting) > SHOWN,
        links=_links(owner),
        changed=_changed(owner),
    )


def _links(owner: Owner) -> list[Row]:
    """Coming meetings whose link does not come by itself: a step of the owner's is needed, here or at the provider."""
    troubled = Q(link_job__problem__gt="") | Q(no_link=Meeting.NoLink.PUBLIC_LIMIT, provider="")
    found = reading.upcoming(reading.meetings_of(owner)).filter(troubled)[:SHOWN]
    return [row for row in reading.rows(found, owner) if _needs_owner(row)]


def _needs_owner(row: Row) -> bool:
    return row.link.status is Status.NEEDS_ATTENTION or row.meeting.no_link == Meeting.NoLink.PUBLIC_LIMIT


def _changed(owner: Owner) -> list[Meeting]:
    """Coming meetings that somebody changed at their provider, the soonest first."""
    found = Watch.objects.filter(
        found__isnull=False,
        provider_meeting__meeting__owner=owner,
        provider_meeting__state=ProviderMeeting.State.CURRENT,
        provider_meeting__gone_at=None,
    )
    mine = reading.upcoming(Meeting.objects.filter(owner=owner))
    asked = mine.filter(provider_meetings__watch__in=found).order_by("starts_at", "pk")
    return list(asked.select_related("contact", "link_job")[:SHOWN])
