"""Owners' connections: what they have, which is the default, and how one ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from integrations import administrators, announcements, diary, grants, registry, resting
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount
from integrations.providers.base import Capability, OAuthProvider, Provider
from integrations.vendors.base import Revoking, Vendor
from okey.lib import patience
from okey.mails import outbox
from okey.owners.models import Owner

#: Providers that are called by no product's name: each language has its own. They may not know Django themselves.
NAMES_IN_WORDS = (gettext_noop("Personal link"),)

ConnectionStatus = Literal["connected", "needs_reconnecting", "not_connected"]
CONNECTED: Final = "connected"
NEEDS_RECONNECTING: Final = "needs_reconnecting"
NOT_CONNECTED: Final = "not_connected"


class NotEntitled(Exception):
    """This owner may not use meeting providers."""


class TryAgain(Exception):
    """The database would not have it just now: nothing was changed."""


@dataclass(frozen=True)
class Entry:
    """One provider as an owner sees it."""

    provider: Provider
    connection: Connection | None
    is_shared: bool = False
    is_finishing: bool = False
    has_history: bool = False
    #: The owner's other providers that use the same account.
    also_serves: tuple[str, ...] = ()
    #: For an administrator of the owner's organization.
    wait: administrators.Wait | None = None

    @property
    def is_configured(self) -> bool:
        return registry.is_configured(self.provider)

    @property
    def vendor(self) -> Vendor | None:
        """Whom the account is at, for a provider that owners authorize at."""
        return registry.vendor_of(self.provider.slug) if isinstance(self.provider, OAuthProvider) else None

    @property
    def is_given_back(self) -> bool:
        """Whether disconnecting ends O-Key's permission at the vendor, too."""
        return self.vendor is not None and self.vendor.revokes is not Revoking.NOTHING

    @property
    def status(self) -> ConnectionStatus:
        if self.connection is None:
            return NOT_CONNECTED
        return CONNECTED if can_make_links(self.connection) else NEEDS_RECONNECTING

    @property
    def is_doubted(self) -> bool:
        return self.connection is not None and is_doubted(self.connection)

    @property
    def missing_scopes(self) -> list[str]:
        """What the provider did not allow, by its own names."""
        return missing_scopes(self.connection) if self.connection else []


def missing_scopes(connection: Connection) -> list[str]:
    """What a living grant does not allow that the connection's service needs, by the vendor's own names."""
    account = connection.account
    if account is None or account.state != ProviderAccount.State.LIVE:
        return []
    return registry.service(connection.provider).missing_scopes(account.scope_set)


def can_make_links(connection: Connection) -> bool:
    """Whether the grant behind the connection, as it stands, allows creating meetings."""
    account = connection.account
    if account is None:
        return True
    if connection.provider in registry.CALENDARS:  # administrators' lists have those too
        return account.state == ProviderAccount.State.LIVE and not missing_scopes(connection)
    able = registry.provider(connection.provider).capabilities(account.scope_set)
    return account.state == ProviderAccount.State.LIVE and Capability.CREATE in able


def turn(owner_id: Any, provider: str) -> str:
    """Whose turn a call for this owner is: their account's, so that it is asked one thing at a time."""
    mine = Connection.objects.active().filter(owner=owner_id, provider=provider)
    return resting.key(provider, mine.values_list("account", flat=True).first() or owner_id)


def is_doubted(connection: Connection) -> bool:
    """Whether the provider refuses the grant, and O-Key still asks again by itself before anybody must act."""
    return bool(connection.account and connection.account.is_doubted)


def overview(owner: Owner) -> list[Entry]:
    """The providers that are set up here, or connected already, in the registry's order, with the owner's connection
    where there is one.
    """
    others = Connection.objects.active().filter(account=OuterRef("account")).exclude(owner=owner)
    mine = Connection.objects.active().filter(owner=owner).select_related("account").annotate(is_shared=Exists(others))
    by_provider = {connection.provider: connection for connection in mine.order_by("provider")}
    used_for = {provider: connection.account_id for provider, connection in by_provider.items()}
    finishing = set(
        AuthorizationAttempt.objects.filter(
            owner=owner, outcome="", status=AuthorizationAttempt.Status.EXCHANGED
        ).values_list("provider", flat=True)
    )
    with_history = set(
        ConnectionEvent.objects.filter(owner=owner).order_by().values_list("provider", flat=True).distinct()
    )
    listed = [one for one in registry.providers() if one.slug in by_provider or registry.is_configured(one)]
    waits = administrators.waiting(owner, [one.slug for one in listed if _is_out_of_use(by_provider.get(one.slug))])
    return [
        Entry(
            provider=provider,
            connection=(connection := by_provider.get(provider.slug)),
            is_shared=bool(connection and connection.account_id and getattr(connection, "is_shared", False)),
            is_finishing=provider.slug in finishing,
            has_history=provider.slug in with_history,
            also_serves=_others_of_account(connection, used_for) if connection else (),
            wait=waits.get(provider.slug),
        )
        for provider in listed
    ]


def _is_out_of_use(connection: Connection | None) -> bool:
    return connection is None or not can_make_links(connection)


def _others_of_account(connection: Connection, used_for: Mapping[str, Any]) -> tuple[str, ...]:
    if connection.account_id is None:
        return ()
    same = (one for one, account in used_for.items() if account == connection.account_id)
    return tuple(provider_name(one) for one in same if one != connection.provider)


def entry(owner: Owner, provider: str) -> Entry:
    """One provider as the owner sees it. Raises KeyError for a name that is not ours, or not set up here."""
    return {one.provider.slug: one for one in overview(owner)}[provider]


def in_use(*, owner_id: Any) -> set[str]:
    """The providers and calendars that the owner has connected."""
    return set(Connection.objects.active().filter(owner=owner_id).values_list("provider", flat=True))


def active(owner: Owner) -> QuerySet[Connection]:
    """The owner's connections that make links and have not ended, the default first."""
    mine = Connection.objects.active().for_meetings().filter(owner=owner)
    return mine.select_related("account").order_by("-is_default", "provider")


def held(owner: Owner, service: str) -> Connection | None:
    """The owner's connection to this provider or these calendars that has not ended."""
    mine = Connection.objects.active().filter(owner=owner, provider=service)
    return mine.select_related("account").first()


def default_of(owner: Owner) -> Connection | None:
    """The owner's default, whether or not it needs reconnecting."""
    return active(owner).filter(is_default=True).first()


def default_provider(owner: Owner) -> str:
    """The provider that makes a link where nobody names one; "" without a default, or without the entitlement."""
    default = default_of(owner) if owner.meeting_providers_enabled else None
    return default.provider if default else ""


def usable() -> QuerySet[Connection]:
    """The connections through which a link could be made now, as far as the database knows."""
    live = Q(account=None) | Q(account__state=ProviderAccount.State.LIVE)
    entitled = Q(owner__is_active=True, owner__meeting_providers_enabled=True)
    return Connection.objects.active().for_meetings().filter(live, entitled)


def lost() -> QuerySet[Connection]:
    """The connections whose grant is gone and whose owners may renew it. Not while O-Key still asks again by itself."""
    entitled = Q(owner__is_active=True, owner__meeting_providers_enabled=True)
    needs_reconnect = Q(account__state=ProviderAccount.State.NEEDS_RECONNECT)
    is_doubted = Q(account__lost_why=ProviderAccount.Lost.DOUBTED)
    return Connection.objects.active().for_meetings().filter(entitled, needs_reconnect).exclude(is_doubted)


def links_a_day(provider: str) -> int | None:
    """How many links a person may make a day there; None where no such limit is known."""
    return registry.provider(provider).links_a_day if provider in registry.PROVIDERS else None


def on_offer() -> list[tuple[str, str]]:
    """The providers that owners can connect here, by slug and name, in the registry's order."""
    return [(one.slug, one.name) for one in registry.providers() if registry.is_configured(one)]


def is_on_offer(provider: str) -> bool:
    return any(slug == provider for slug, _name in on_offer())


def is_authorized(provider: str) -> bool:
    """Whether owners sign in to it to connect it."""
    return provider in registry.CALENDARS or isinstance(registry.connectable(provider), OAuthProvider)


def provider_name(slug: str) -> str:
    """What people call the provider or the calendars; the slug itself for what is gone from the registry."""
    is_known = slug in registry.PROVIDERS or slug in registry.CALENDARS
    return _(registry.connectable(slug).name) if is_known else slug


def is_called_link(slug: str) -> bool:
    """Whether its name says that it is a link."""
    return slug in registry.PROVIDERS and registry.connectable(slug).name in NAMES_IN_WORDS


# --- changes ---------------------------------------------------------------------------------------------


@transaction.atomic
def make_default(*, owner: Owner, connection_id: Any) -> Connection:
    """Raises Connection.DoesNotExist for one that is not the owner's or has ended, and NotEntitled."""
    _lock(owner)
    connection = active(owner).get(pk=connection_id)
    Connection.objects.filter(owner=owner, is_default=True).exclude(pk=connection.pk).update(is_default=False)
    changed = Connection.objects.filter(pk=connection.pk, is_default=False).update(is_default=True)
    if changed:
        text = _("%(provider)s is now the default.") % {"provider": provider_name(connection.provider)}
        diary.note(owner, connection.provider, "default", text, account=connection.account)
    return connection


@transaction.atomic
def let_everyone_in(*, owner: Owner, connection_id: Any, everyone: bool) -> Connection:
    """Whether people with the link of a new meeting come in without being let in.

    Raises Connection.DoesNotExist for one that is not the owner's, has ended, or has no such choice; and NotEntitled.
    """
    _lock(owner)
    connection = active(owner).get(pk=connection_id)
    if not registry.provider(connection.provider).has_lobby:
        raise Connection.DoesNotExist
    if Connection.objects.filter(pk=connection.pk).exclude(lets_everyone_in=everyone).update(lets_everyone_in=everyone):
        text = (
            _("People with the link come in, at new meetings.")
            if everyone
            else _("People wait until somebody lets them in, at new meetings.")
        )
        diary.note(owner, connection.provider, "lobby", text, account=connection.account)
    connection.lets_everyone_in = everyone
    return connection


@transaction.atomic
def connect(*, owner: Owner, provider: str, link: str = "") -> Connection:
    """Connect a provider that needs no authorization, or change its address.

    Raises ValidationError({"link": …}) for an address that is not https, NotEntitled, and KeyError for a provider
    that owners authorize at.
    """
    one = registry.provider(provider)
    if isinstance(one, OAuthProvider):
        raise KeyError(provider)
    _lock(owner)
    if one.needs_link:
        link = checked_link(link)
    current = active(owner).filter(provider=provider).first()
    if current is not None:
        if one.needs_link and current.link != link:
            Connection.objects.filter(pk=current.pk).update(link=link)
            current.link = link
            diary.note(owner, provider, "changed", _("The address was changed; new meetings use it."))
        return current
    is_first = not Connection.objects.filter(owner=owner, is_default=True).exists()
    connection = Connection.objects.create(owner=owner, provider=provider, link=link, is_default=is_first)
    diary.note(owner, provider, "connected", _("Switched on."))
    announcements.connected(connection)
    grants.announce_to(owner.pk, provider)
    return connection


def disconnect(*, owner: Owner, connection_id: Any, why: str = Connection.Ended.DISCONNECTED) -> Connection | None:
    """End the connection now. No other provider takes over as the default. None: it had ended already.

    Raises Connection.DoesNotExist for one that is not the owner's, and TryAgain.
    """
    try:
        return patience.persist(lambda: _disconnect(owner, connection_id, why))
    except OperationalError as error:
        raise TryAgain from error


@transaction.atomic
def _disconnect(owner: Owner, connection_id: Any, why: str) -> Connection | None:
    Owner.objects.locked(owner.pk)
    connection = Connection.objects.select_related("account").get(pk=connection_id, owner=owner)
    grants.lock(connection.account_id)  # before the connection, as whoever ends or renews the grant does
    ended = Connection.objects.active().filter(pk=connection.pk)
    if not ended.update(ended_at=timezone.now(), ended_why=why, is_default=False):
        return None
    if connection.account_id:
        grants.owe_revocation_if_unused(connection.account_id)
    if why == Connection.Ended.REMOVED_BY_ADMIN:
        _tell_of_administrator(owner, connection)
    else:
        diary.note(owner, connection.provider, "disconnected", _("Disconnected."), account=connection.account)
    announcements.disconnected(connection, why)
    grants.announce_to(owner.pk, connection.provider)
    return connection


def _tell_of_administrator(owner: Owner, connection: Connection) -> None:
    """Somebody else did it, so the owner hears of it: by mail and in the diary, in the owner's language."""
    account = connection.account
    with translation.override(owner.language):
        text = _("Disconnected by an administrator.")
        diary.note(owner, connection.provider, "disconnected", text, account=account)
        outbox.write(
            to=owner.email,
            template="integrations/mails/disconnected_by_admin",
            context={"owner": owner, "account": account, "name": provider_name(connection.provider)},
        )


def checked_link(link: str) -> str:
    """An https address. Raises ValidationError({"link": …})."""
    link = link.strip()
    if link and "://" not in link:  # as people say them, and as browsers take them
        link = f"https://{link}"
    try:
        URLValidator(schemes=["https"])(link)
        is_plain = link.isprintable() and urlsplit(link).port != 0  # no NUL, nothing that turns the text around
    except (ValidationError, ValueError):  # the latter for a port that is none
        is_plain = False
    if not is_plain:
        raise ValidationError({"link": _("Enter an address that begins with https://")})
    if len(link) > 500:
        raise ValidationError({"link": _("This address is longer than 500 characters.")})
    if urlsplit(link).username:
        raise ValidationError({"link": _("Leave the user name and password out of the address.")})
    return link


def _lock(owner: Owner) -> None:
    if not Owner.objects.locked(owner.pk).meeting_providers_enabled:
        raise NotEntitled
