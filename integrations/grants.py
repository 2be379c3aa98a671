"""The grant on a provider account: the only code that writes its tokens, numbers and state.

Every write names the numbers that it came from and is dropped where the row has moved on. So neither a process
that slept, nor a late answer, nor an old verdict can undo a newer grant.
"""

import json
import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import announcements, diary, registry
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Grant, Identity
from integrations.signals import connection_changed, grant_lost
from okey.lib.sealing import Sealed

#: A suspicion becomes a verdict only on a second refusal, this much later.
SECOND_LOOK = timedelta(seconds=60)
#: How long a revocation is tried; then the tokens are destroyed all the same.
REVOKE_FOR = timedelta(days=1)

STATE = ProviderAccount.State


class AskAgain(Exception):
    """Whether the new pair is the living one cannot be told just now: wait, then ask again whose it is."""


class RevocationUnderWay(AskAgain):
    """The account is being revoked at this moment."""


class NewerGrant(AskAgain):
    """Another authorization was stored since the provider was asked whose this pair is."""


def tokens_of(account: ProviderAccount) -> tuple[str, str]:
    """The access and the refresh token, opened. Raises CannotOpen; ("", "") where there are none."""
    opened = account.opened("tokens")
    pair = json.loads(opened) if opened else {}
    return pair.get("access_token", ""), pair.get("refresh_token", "")


def sealed_pair(account: ProviderAccount, grant: Grant) -> Sealed:
    """The pair, sealed for this account's row."""
    return account.seal("tokens", pair_json(grant))


def pair_json(grant: Grant) -> str:
    """A pair as it is sealed."""
    return json.dumps({"access_token": grant.access_token, "refresh_token": grant.refresh_token})


def next_refresh() -> datetime:
    """A day from now, give or take four hours, so that a thousand grants do not fall due together."""
    return timezone.now() + timedelta(hours=random.uniform(20, 28))  # noqa: S311 -- spreads load, hides nothing


def account_for(provider: str, identity: Identity) -> ProviderAccount:
    """The row of this person at the provider, made if new, with what is known of them brought up to date."""
    account, _created = ProviderAccount.objects.update_or_create(
        provider=provider,
        external_id=identity.external_id,
        defaults={
            "external_account_id": identity.account_id,
            "email": identity.email,
            "display_name": identity.display_name,
        },
    )
    return account


def store(account: ProviderAccount, grant: Grant, *, expires_at: datetime, asked_at: datetime) -> None:
    """A new authorization replaces the account's grant, and clears whatever was held against or owed for it.

    `asked_at`: when the provider was asked whose pair this is. Of two authorizations at once, the later one kills
    the other's pair; a pair that was good before somebody else's was stored may be dead by now.

    Raises RevocationUnderWay while a process holds the account to revoke it, and NewerGrant.
    """
    now = timezone.now()
    is_being_revoked = Q(revoke_after__lte=now, claim__isnull=False, claimed_until__gt=now)
    stored = (
        ProviderAccount.objects.filter(pk=account.pk)
        .exclude(is_being_revoked)
        .exclude(granted_at__gt=asked_at)
        .update(
            tokens=sealed_pair(account, grant),
            scopes=" ".join(sorted(grant.scopes)),
            expires_at=expires_at,
            state=STATE.LIVE,
            grant_no=F("grant_no") + 1,
            pair_no=0,
            granted_at=now,
            refreshed_at=now,
            lost_why="",
            suspected_at=None,
            revoke_after=None,
            last_error="",
            last_error_at=None,
            attempts=0,
            due_at=next_refresh(),
        )
    )
    if not stored:
        raise RevocationUnderWay if ProviderAccount.objects.filter(is_being_revoked, pk=account.pk) else NewerGrant
    announcements.restored(account)


def renew(account: ProviderAccount, grant: Grant) -> bool:
    """Write a refreshed pair, wherever it came from the row's present numbers; it lifts a suspicion or a verdict.

    Returns False, having dropped the pair, where the row has moved on.
    """
    now = timezone.now()
    with transaction.atomic():
        renewed = _as_read(account).update(
            tokens=sealed_pair(account, grant),
            scopes=" ".join(sorted(grant.scopes)) if grant.scopes else F("scopes"),
            expires_at=now + timedelta(seconds=grant.expires_in),
            state=STATE.LIVE,
            pair_no=F("pair_no") + 1,
            refreshed_at=now,
            lost_why="",
            suspected_at=None,
            last_error="",
            last_error_at=None,
            due_at=_unless_revocation_is_owed(next_refresh()),
        )
        if renewed and account.state != STATE.LIVE:
            announcements.restored(account)
            announce(account)
    return bool(renewed)


def suspect(account: ProviderAccount, detail: str) -> bool:
    """The provider called the grant invalid. Once is a suspicion, a second time a minute later the verdict.

    Returns whether this was the verdict.
    """
    now = timezone.now()
    if account.suspected_at is None or account.suspected_at + SECOND_LOOK > now:
        first = account.suspected_at or now
        _as_read(account).update(
            suspected_at=first,
            due_at=_unless_revocation_is_owed(first + SECOND_LOOK),
            last_error=detail,
            last_error_at=now,
        )
        return False
    with transaction.atomic():
        condemned = (
            _as_read(account)
            .filter(state=STATE.LIVE)
            .update(
                state=STATE.NEEDS_RECONNECT,
                lost_why=ProviderAccount.Lost.REFUSED,
                last_error=detail,
                last_error_at=now,
                due_at=_unless_revocation_is_owed(None),
            )
        )
        if condemned:
            text = _("The connection ended at the provider’s side. Reconnect to go on making links.")
            _tell_owners(account, "needs_reconnect", text)
    return True


def remove(account: ProviderAccount) -> bool:
    """The person took O-Key's permission back at the provider: destroy the tokens and tell the account's owners.

    Returns False where a newer grant has come, or this one has ended here meanwhile.
    """
    in_use = Exists(Connection.objects.active().filter(account=OuterRef("pk")))
    text = _("O-Key was removed in %(provider)s. Meetings keep the links they have. Reconnect to go on making links.")
    text %= {"provider": registry.provider(account.provider).name}
    with transaction.atomic():
        removed = ProviderAccount.objects.filter(pk=account.pk, grant_no=account.grant_no).update(
            **_destroyed(),
            state=Case(When(in_use, then=Value(STATE.NEEDS_RECONNECT)), default=Value(STATE.ENDED)),
            lost_why=ProviderAccount.Lost.REMOVED,
        )
        if removed:
            _tell_owners(account, "removed", text)
    return bool(removed)


def fail(account: ProviderAccount, detail: str) -> None:
    """Note why the last call with this grant failed; the grant itself is as good as before."""
    _as_read(account).update(last_error=detail[:1000], last_error_at=timezone.now())


def end(account: ProviderAccount) -> bool:
    """Destroy the grant's tokens, whichever pair of it. Returns False where a newer grant has come."""
    return bool(
        ProviderAccount.objects.filter(pk=account.pk, grant_no=account.grant_no).update(
            **_destroyed(), state=STATE.ENDED
        )
    )


def _destroyed() -> dict[str, Any]:
    """What becomes of the columns of a grant that is over."""
    return {
        "tokens": None,
        "grant_no": F("grant_no") + 1,
        "pair_no": 0,
        "expires_at": None,
        "suspected_at": None,
        "revoke_after": None,
        "due_at": None,
        "attempts": 0,
    }


def owe_revocation_if_unused(account_id: uuid.UUID, *, after: datetime | None = None) -> None:
    """Whenever an account has tokens and no active connection, a revocation is owed; from `after` on, else now."""
    # Two who disconnect at once would each still see the other's connection; so they go one by one.
    ProviderAccount.objects.select_for_update().filter(pk=account_id).first()
    when = after or timezone.now()
    in_use = Connection.objects.filter(account=OuterRef("pk"), ended_at=None)
    unused = ProviderAccount.objects.filter(~Exists(in_use), pk=account_id)
    owed = unused.filter(tokens__isnull=False).update(revoke_after=when, due_at=when, attempts=0)
    # Removed at the provider before: nothing is left to revoke, and nobody is left to reconnect.
    unused.filter(tokens=None, state=STATE.NEEDS_RECONNECT).update(state=STATE.ENDED)
    if owed and after is None:
        ProviderAccount.wake_on_commit()


def keep(account: ProviderAccount) -> bool:
    """Take back a revocation that was owed for later. False: it is too late, or the grant is not live."""
    live = ProviderAccount.objects.filter(pk=account.pk, state=STATE.LIVE).exclude(revoke_after__lte=timezone.now())
    return bool(live.update(revoke_after=None, due_at=next_refresh()))


def announce(account: ProviderAccount) -> None:
    """Say, after commit, to whoever waits that this account's owners should be looked at again."""
    for owner_id in diary.owners_of(account).values_list("pk", flat=True):
        announce_to(owner_id, account.provider)


def announce_to(owner_id: object, provider: str) -> None:
    """Say it for one owner."""
    transaction.on_commit(lambda: connection_changed.send(sender=Connection, owner_id=owner_id, provider=provider))


def _as_read(account: ProviderAccount) -> "QuerySet[ProviderAccount]":
    return ProviderAccount.objects.filter(pk=account.pk, grant_no=account.grant_no, pair_no=account.pair_no)


def _unless_revocation_is_owed(when: datetime | None) -> Case:
    return Case(
        When(revoke_after__isnull=False, then=F("revoke_after")),
        default=Value(when, output_field=DateTimeField(null=True)),
        output_field=DateTimeField(null=True),
    )


def _tell_owners(account: ProviderAccount, kind: str, text: str) -> None:
    """Diary, and whoever else listens: each owner hears of the loss of one grant once, whichever way it shows."""
    diary.note_all(account, kind, text)
    for connection in Connection.objects.active().filter(account=account):
        untold = Connection.objects.exclude(told_grant_no=account.grant_no).filter(pk=connection.pk)
        if untold.update(told_grant_no=account.grant_no):
            grant_lost.send(sender=Connection, connection_id=connection.pk)
    announcements.needs_reconnect(account)
    announce(account)
