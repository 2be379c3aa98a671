"""One owner's things that the API knows by an ID. An operation with an ID that is not here fails the tests."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from integrations import authorization, connections
from meetings import scheduling
from meetings.booking import settings as booking_settings
from meetings.bot import engine
from meetings.bot.models import Conversation
from meetings.models import Meeting, Series
from meetings.types import single_use
from okey.contacts.models import Contact
from okey.owners.models import Owner
from okey.webhooks import endpoints, events
from okey.webhooks.models import Endpoint, EventType


def _contact(owner: Owner) -> str:
    address = f"dora-of-{owner.email}"
    contact, _is_new = Contact.objects.get_or_create(owner=owner, email=address, defaults={"name": f"Dora of {owner}"})
    return str(contact.pk)


def _connection(owner: Owner) -> str:
    return str(connections.connect(owner=owner, provider="jitsi").pk)


def _attempt(owner: Owner) -> str:
    return str(authorization.begin(owner, "zoom", for_app=True).pk)


def _meeting(owner: Owner) -> str:
    contact = Contact.objects.get(pk=_contact(owner))
    plan = scheduling.Plan(title="Project review", starts_at=timezone.now() + timedelta(days=9), minutes=30)
    return str(scheduling.schedule(owner=owner, contact=contact, plan=plan, source=Meeting.Source.AUTOMATION).pk)


def _series(owner: Owner) -> str:
    return str(Series.objects.create(owner=owner, every_weeks=1).pk)


def _conversation(owner: Owner) -> str:
    booking_settings.change(owner=owner, is_page_on=True)
    return str(engine.begin(owner, channel=Conversation.Channel.API).pk)


def _webhook(owner: Owner) -> Endpoint:
    url = f"https://example.com/{owner.pk}"
    mine = Endpoint.objects.of(owner).filter(url=url).first()
    return mine or endpoints.add(owner=owner, url=url, events=EventType.values)


def _delivery(owner: Owner) -> str:
    return str(events.note_for(_webhook(owner), EventType.MEETING_SCHEDULED, {}).pk)


#: By the name that the ID has in paths and bodies.
THINGS: dict[str, Callable[[Owner], str]] = {
    "contact_id": _contact,
    "connection_id": _connection,
    "attempt_id": _attempt,
    "link_id": lambda owner: str(single_use.make(owner, None).pk),
    "meeting_id": _meeting,
    "series_id": _series,
    "conversation_id": _conversation,
    "endpoint_id": lambda owner: str(_webhook(owner).pk),
    "delivery_id": _delivery,
}

#: Names in paths that are nobody's: everybody may use them.
COMMON = {"provider": "zoom"}


def things_of(owner: Owner) -> dict[str, str]:
    """An ID of each kind."""
    return COMMON | {name: make(owner) for name, make in THINGS.items()}
