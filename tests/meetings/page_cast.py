"""Contacts, connections and meetings as the pages' tests need them, written straight into the tables."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner

CREATE_ONLY = "user:read:user meeting:write:meeting"
LINK = "https://zoom.us/j/123?pwd=abc"


def contact_of(owner: Owner, name: str = "Ann Lee") -> Contact:
    address = f"{name.split(maxsplit=1)[0].lower()}@client.example"
    found = Contact.objects.filter(owner=owner, email=address).first()
    return found or add_contact(owner=owner, name=name, email=address)


def connect_zoom(
    owner: Owner, *, state: str = ProviderAccount.State.LIVE, scopes: str = CREATE_ONLY, is_default: bool = True
) -> Connection:
    account = ProviderAccount.objects.create(
        vendor="zoom", external_id=f"u-{owner.email}", email="alice@zoom.example", scopes=scopes
    )
    ProviderAccount.objects.filter(pk=account.pk).update(tokens=account.seal("tokens", "{}"), state=state)
    return Connection.objects.create(owner=owner, provider="zoom", account=account, is_default=is_default)


def connect_jitsi(owner: Owner, *, is_default: bool = False) -> Connection:
    return Connection.objects.create(owner=owner, provider="jitsi", is_default=is_default)


def meeting_of(owner: Owner, *, job: dict[str, Any] | None = None, hours: float = 24, **fields: Any) -> Meeting:
    """A meeting that begins in so many hours, with a link job as given; by default one that wants a Zoom link."""
    starts_at = timezone.now() + timedelta(hours=hours)
    minutes = fields.setdefault("minutes", 30)
    values = {
        "title": "Kick-off",
        "provider": "zoom",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "timezone": "Europe/Berlin",
        "contact": fields.pop("contact", None) or contact_of(owner),
    }
    meeting = Meeting.objects.create(owner=owner, **(values | fields))
    LinkJob.objects.create(meeting=meeting, **(job or {}))
    return meeting


def ready_meeting(owner: Owner, connection: Connection, **fields: Any) -> Meeting:
    """One whose link is there."""
    synced = fields.pop("synced_revision", 1)
    meeting = meeting_of(owner, join_url=LINK, passcode="abc", **fields)
    ProviderMeeting.objects.create(
        meeting=meeting,
        provider=connection.provider,
        account=connection.account,
        connection=connection,
        external_id="123",
        join_url=LINK,
        synced_revision=synced,
    )
    return meeting


def send_anyway(client: Client, path: str, fields: dict[str, Any]) -> HttpResponse:
    """Send a form of a meeting's time; and again, where something speaks against the time, having read it."""
    response: Any = client.post(path, fields)
    choice = response.context["choice"] if response.status_code == 200 and response.context else None
    key = choice.chosen.key if choice and choice.chosen else ""
    answer: HttpResponse = client.post(path, fields | {"anyway": key}) if key else response
    return answer
