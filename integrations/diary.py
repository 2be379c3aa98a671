"""The diary of connections: what happened, in words an owner reads, without secrets."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from integrations import registry
from integrations.models import ConnectionEvent, ProviderAccount
from okey.mails import outbox
from okey.owners.models import Owner


def owners_of(account: ProviderAccount) -> "QuerySet[Owner]":
    """The owners who use the account now."""
    return Owner.objects.filter(connections__account=account, connections__ended_at=None)


def note(
    owner: Owner,
    provider: str,
    kind: str,
    text: str,
    *,
    account: ProviderAccount | None = None,
    tracking_id: str = "",
) -> None:
    """One line for one owner."""
    ConnectionEvent.objects.create(
        owner=owner, provider=provider, account=account, kind=kind, text=str(text), tracking_id=tracking_id
    )


def note_all(account: ProviderAccount, kind: str, text: str, *, but: Iterable[Owner] = ()) -> None:
    """The same line for every owner who uses the account now, except some."""
    excluded = [owner.pk for owner in but]
    for owner in owners_of(account).exclude(pk__in=excluded):
        note(owner, account.provider, kind, text, account=account)


def latest(owner: Owner, provider: str, count: int = 10) -> list[ConnectionEvent]:
    """The newest lines first."""
    return list(ConnectionEvent.objects.filter(owner=owner, provider=provider)[:count])


def tell_administrators(provider: str, detail: str) -> None:
    """The provider refuses O-Key itself. One mail an hour at most, however often that shows."""
    outbox.write_once(
        within=timedelta(hours=1),
        to=settings.ADMIN_EMAIL,
        template="integrations/mails/misconfigured",
        context={"provider": registry.provider(provider), "detail": detail},
    )
