"""The diary of connections: what happened, in words an owner reads, without secrets."""

from datetime import timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from integrations import registry
from integrations.models import Connection, ConnectionEvent, ProviderAccount
from okey.mails import outbox
from okey.owners.models import Owner


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


def note_all(account: ProviderAccount, kind: str, text: str) -> None:
    """The same line for every owner who uses the account now, for each provider that they use it for.

    `text`: as the program says it (gettext_noop), with a place for the `provider`; each reads it in their language.
    """
    using = Connection.objects.active().filter(account=account).select_related("owner")
    vendor = {"provider": registry.vendor(account.vendor).name}
    for connection in using:
        with translation.override(connection.owner.language):
            note(connection.owner, connection.provider, kind, gettext(text) % vendor, account=account)


def latest(owner: Owner, provider: str, count: int = 10) -> list[ConnectionEvent]:
    """The newest lines first."""
    return list(ConnectionEvent.objects.filter(owner=owner, provider=provider)[:count])


def tell_administrators(provider: str, detail: str) -> None:
    """The provider, or the vendor of that slug, refuses O-Key itself. One mail an hour at most."""
    with translation.override(settings.LANGUAGE_CODE):
        outbox.write_once(
            within=timedelta(hours=1),
            to=settings.ADMIN_EMAIL,
            template="integrations/mails/misconfigured",
            context={"provider": registry.named(provider), "detail": detail},
        )
