"""What owners' webhooks are told of their connections: each change once, whichever way it shows itself.

Called inside the transaction that makes the change.
"""

from typing import Any

from django.db.models import QuerySet

from integrations import registry
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Capability
from okey.webhooks import events
from okey.webhooks.models import EventType


def connected(connection: Connection) -> None:
    _say(connection, EventType.CONNECTED)


def needs_reconnect(account: ProviderAccount) -> None:
    """The grant is gone for everybody who uses it. `reason`: `refused`, `removed` at the provider, or `challenged`."""
    for connection in _active(account):
        lost_why = connection.account.lost_why if connection.account else ""
        _say(connection, EventType.NEEDS_RECONNECT, reason=lost_why)


def restored(account: ProviderAccount) -> None:
    """The grant is good again; only who was told of the loss hears of it."""
    for connection in _active(account).filter(announced=EventType.NEEDS_RECONNECT):
        scopes = connection.account.scope_set if connection.account else frozenset()
        if Capability.CREATE in registry.provider(connection.provider).capabilities(scopes):
            _say(connection, EventType.CONNECTED)


def disconnected(connection: Connection, why: str) -> None:
    _say(connection, EventType.DISCONNECTED, reason=why)


def _active(account: ProviderAccount) -> "QuerySet[Connection]":
    """In one order, so that two who tell the same owners at once wait for each other and do not meet head-on."""
    mine = Connection.objects.active().for_meetings().filter(account=account.pk)
    return mine.select_related("account").order_by("owner_id")


def _say(connection: Connection, event: EventType, **more: Any) -> None:
    if connection.provider in registry.CALENDARS:  # what is announced is who makes links
        return
    if Connection.objects.filter(pk=connection.pk).exclude(announced=event).update(announced=event):
        data = {"connection_id": str(connection.pk), "provider": connection.provider, **more}
        events.note(connection.owner_id, event, data)
