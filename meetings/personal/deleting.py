"""Deleting a closed account for good, batch by batch: all that O-Key holds of the owner and of their clients.

Each step looks for what is still there, so it may be interrupted anywhere. The owner's own row goes last.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from integrations import grants
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount, WebhookDelivery
from meetings.booking.models import UnconfirmedBooking
from meetings.bot.models import Conversation
from meetings.client.actions import notices
from meetings.models import Meeting
from okey.contacts.models import Contact, ContactImport
from okey.mails.models import Mail
from okey.owners import nobody
from okey.owners.models import Owner
from okey.webhooks.models import Endpoint, Event

#: Rows of one table that go in one transaction, with what hangs on them.
BATCH = 100
#: Of an owner's. What is not here goes with these, or with the owner's row.
MODELS: tuple[type[Model], ...] = (
    Conversation, UnconfirmedBooking, Meeting, ContactImport, Contact,
    Event, Endpoint, AuthorizationAttempt, ConnectionEvent,
)  # fmt: skip


def is_done(owner: Owner) -> bool:
    """Delete the next batch. True: nothing was left, and now the owner is gone, too."""
    if any(_delete_some(rows) for rows in _rows(owner)):
        return False
    if connection := Connection.objects.filter(owner=owner).first():
        _delete_connection(connection)
        return False
    with transaction.atomic():
        forget_log(Owner, [owner.pk])
        LogEntry.objects.filter(_says(owner.email, "object_repr", "change_message")).delete()
        nobody.takes_over(owner)
        Owner.objects.filter(pk=owner.pk).delete()
    return True


def _rows(owner: Owner) -> "Iterator[QuerySet[Any]]":
    """What is deleted, before what it hangs on; mails, which hang on nothing and are looked through, last."""
    for model in MODELS:
        yield model._default_manager.filter(owner=owner)
    yield _mails(owner)


def _mails(owner: Owner) -> "QuerySet[Mail]":
    """To the owner; to clients about the owner's meetings; and of others' mails that went out those that name them."""
    named = _says(owner.email, "subject", "text", "calendar", "reply_to", "last_error") & Q(due_at=None)
    mine = Q(account=str(owner.pk)) | Q(account=notices(owner))
    return Mail.objects.filter(Q(to__iexact=owner.email) | mine | named)


def _says(address: str, *columns: str) -> Q:
    """Where one of these holds the address: all of it, and not as the end or the beginning of a longer one."""
    whole = rf"(^|[^A-Za-z0-9._%+-]){re.escape(address)}($|[^A-Za-z0-9.-]|\.($|[^A-Za-z0-9]))"
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__iregex": whole})
    return found


@transaction.atomic
def _delete_some(rows: "QuerySet[Any]") -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        forget_log(rows.model, keys)
        rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


@transaction.atomic
def _delete_connection(connection: Connection) -> None:
    """With the account at the provider, where no other owner's connection is or was made with it."""
    account_id = connection.account_id
    grants.lock(account_id)
    forget_log(Connection, [connection.pk])
    connection.delete()
    if account_id is None or Connection.objects.filter(account=account_id).exists():
        return
    account = ProviderAccount.objects.get(pk=account_id)
    forget_log(ProviderAccount, [account_id])
    WebhookDelivery.objects.filter(provider=account.vendor, external_id=account.external_id).delete()
    account.delete()


def forget_log(model: type[Model], keys: Iterable[Any]) -> None:
    """What administrators did with these rows: the log says their names."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys]).delete()
