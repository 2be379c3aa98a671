"""The grant on a provider account: the only code that writes its tokens, numbers and state.

Every write names the numbers that it came from and is dropped where the row has moved on. So neither a process
that slept, nor a late answer, nor an old verdict can undo a newer grant.

Locks are taken in one order, everywhere: the owner, the account (of several, by their keys), then connections.
"""

import json
import logging
import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from integrations import announcements, diary, registry, resting
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Grant, Identity, Outcome, Unavailable
from integrations.refreshing import LATE, LOOK_EVERY, SECOND_LOOK, Asking
from integrations.signals import connection_changed, grant_lost, pair_renewed
from okey import figures
from okey.lib.sealing import Sealed
from okey.mails import outbox
from okey.owners.models import Owner

#: After the verdict O-Key asks twice more by itself, so much after the first refusal, give or take a fifth. Owners
#: are told to act when the provider refuses still after that: an incident there ends by itself.
ASK_AGAIN_AFTER = (timedelta(minutes=10), timedelta(hours=2))
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
    return account.pair()


def sealed_pair(account: ProviderAccount, grant: Grant) -> Sealed:
    """The pair, sealed for this account's row."""
    return account.seal("tokens", pair_json(grant))


def pair_json(grant: Grant) -> str:
    """A pair as it is sealed."""
    return json.dumps({"access_token": grant.access_token, "refresh_token": grant.refresh_token})


def next_refresh() -> datetime:
    """A day from now, give or take four hours, so that a thousand grants do not fall due together."""
    return timezone.now() + timedelta(hours=random.uniform(20, 28))  # noqa: S311 -- spreads load, hides nothing


def account_for(vendor: str, identity: Identity, *, beside: uuid.UUID | None = None) -> ProviderAccount:
    """The row of this person at the vendor, made if new, locked, with what is known of them brought up to date.

    `beside`: another account that the caller's transaction will change, which is locked with it.
    """
    account, _created = ProviderAccount.objects.get_or_create(vendor=vendor, external_id=identity.external_id)
    lock(account.pk, beside)
    account.external_account_id = identity.account_id
    account.email, account.display_name = identity.email, identity.display_name
    known = ("external_account_id", "email", "display_name")
    ProviderAccount.objects.filter(pk=account.pk).update(**{name: getattr(account, name) for name in known})
    return ProviderAccount.objects.get(pk=account.pk)


def lock(*account_ids: uuid.UUID | None) -> None:
    """The accounts' rows are mine until the transaction ends. Before any connection of theirs is changed."""
    wanted = [pk for pk in account_ids if pk is not None]
    list(ProviderAccount.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values("pk"))


def store(
    account: ProviderAccount,
    grant: Grant,
    *,
    expires_at: datetime,
    asked_at: datetime,
    lost_at: datetime | None = None,
) -> None:
    """A new authorization replaces the account's grant, and clears whatever was held against or owed for it.

    `asked_at`: when the vendor was asked whose pair this is. Of two authorizations at once, the later one may kill
    the other's pair; a pair that was good before somebody else's was stored may be dead by now. `lost_at`: what a
    refresh of this pair owes already.

    Raises RevocationUnderWay while a process holds the account to revoke it, and NewerGrant.
    """
    now = timezone.now()
    is_owed = lost_at is not None and lost_at + LATE > now
    is_being_revoked = _is_being_revoked(now)
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
            claims="",
            suspected_at=None,
            revoke_after=None,
            last_error="",
            last_error_at=None,
            attempts=0,
            lost_at=lost_at if is_owed else None,
            due_at=now + LOOK_EVERY if is_owed else next_refresh(),
        )
    )
    if not stored:
        raise RevocationUnderWay if ProviderAccount.objects.filter(is_being_revoked, pk=account.pk) else NewerGrant
    for one in registry.services(account.vendor):
        resting.end(one.slug, account.pk)
    announcements.restored(account)
    _note(account, "stored")


def _note(account: ProviderAccount, outcome: str, level: int = logging.INFO) -> None:
    figures.note(figures.GRANTS, level=level, vendor=account.vendor, outcome=outcome, account=account.pk)


def _is_being_revoked(now: datetime) -> Q:
    return Q(revoke_after__lte=now, claim__isnull=False, claimed_until__gt=now)


def renew(account: ProviderAccount, grant: Grant, asking: Asking) -> bool:
    """Write a refreshed pair, wherever it came from the row's present numbers; it lifts a suspicion or a verdict.

    Returns False, having dropped the pair, where the row has moved on.
    """
    now = timezone.now()
    with transaction.atomic():
        before = account.as_read().select_for_update(no_key=True).first()
        if before is None:
            return False
        account.as_read().update(
            tokens=sealed_pair(account, grant),
            scopes=" ".join(sorted(grant.scopes)) if grant.scopes else F("scopes"),
            expires_at=now + timedelta(seconds=grant.expires_in),
            state=STATE.LIVE,
            pair_no=F("pair_no") + 1,
            refreshed_at=now,
            lost_why="",
            claims="",
            suspected_at=None,
            last_error="",
            last_error_at=None,
            attempts=0,
            **asking.after_success(next_refresh()),
        )
        if before.state != STATE.LIVE:
            _restore(account)
        if grant.scopes:
            tell_of_narrowing(account, before.scope_set, grant.scopes)
        transaction.on_commit(lambda: pair_renewed.send(sender=ProviderAccount, account_id=account.pk))
    return True


def _restore(account: ProviderAccount) -> None:
    """The verdict was wrong: the grant works again, and what waited for it goes on."""
    diary.note_all(account, "restored", gettext_noop("%(provider)s accepts the permission again."))
    _note(account, "restored")
    announcements.restored(account)
    announce(account)


def suspect(account: ProviderAccount, detail: str, asking: Asking, *, claims: str = "") -> bool:
    """The provider called the grant invalid. Once is a suspicion, a second time a minute later the verdict.

    From then on the grant is not used. O-Key asks twice more (`ASK_AGAIN_AFTER`) before its owners are told to act;
    where a sign-in with `claims` is demanded they are told at once, because nobody else can meet that.
    Returns whether the verdict is spoken.
    """
    now = timezone.now()
    first = account.suspected_at or now
    if claims and first + SECOND_LOOK <= now:
        demand_sign_in(account, claims, detail)
        return True
    if account.state != STATE.LIVE:
        _still_refused(account, detail, asking)
        return True
    noted = {"suspected_at": first, "last_error": detail, "last_error_at": now}
    if account.suspected_at is None or account.suspected_at + SECOND_LOOK > now:
        owed = asking.after_failure(attempts=account.attempts, retry_at=first + SECOND_LOOK)
        account.as_read().update(**noted, **owed)
        return False
    owed = asking.after_failure(attempts=account.attempts, retry_at=_ask_again_at(first, ASK_AGAIN_AFTER[0]))
    with transaction.atomic():
        verdict = {"state": STATE.NEEDS_RECONNECT, "lost_why": ProviderAccount.Lost.DOUBTED}
        if account.as_read().filter(state=STATE.LIVE).update(**noted, **{**owed, "lost_at": None}, **verdict):
            text = gettext_noop(
                "%(provider)s refuses the permission. O-Key asks again by itself before it tells you to reconnect."
            )
            _note(account, "doubted", logging.WARNING)
            diary.note_all(account, "doubted", text)
            announce(account)
    return True


def note_challenge(account_id: uuid.UUID, grant_no: int, claims: str) -> None:
    """A call with this grant was refused: the next sign-in has to bring these claims. A new pair may do as well."""
    ProviderAccount.objects.filter(pk=account_id, grant_no=grant_no).update(claims=claims)


def demand_sign_in(account: ProviderAccount, claims: str, detail: str) -> None:
    """The verdict where only the person can help: no further pair will do, so nobody asks for one."""
    refused = {
        "last_error": detail[:1000],
        "last_error_at": timezone.now(),
        "lost_at": None,
        "due_at": account.due(None),
    }
    over = {"state": STATE.NEEDS_RECONNECT, "lost_why": ProviderAccount.Lost.CHALLENGED, "claims": claims}
    in_use = Q(state=STATE.LIVE) | Q(state=STATE.NEEDS_RECONNECT, lost_why=ProviderAccount.Lost.DOUBTED)
    with transaction.atomic():
        if account.as_read().filter(in_use).update(**refused, **over):
            text = gettext_noop("%(provider)s wants you to sign in anew. Reconnect to go on making links.")
            _tell_owners(account, "needs_reconnect", text)


def _still_refused(account: ProviderAccount, detail: str, asking: Asking) -> None:
    """Ask once more, or tell the owners at last."""
    now = timezone.now()
    noted = {"last_error": detail, "last_error_at": now}
    doubted = account.as_read().filter(state=STATE.NEEDS_RECONNECT, lost_why=ProviderAccount.Lost.DOUBTED)
    first, last_try = account.suspected_at or now, ASK_AGAIN_AFTER[-1]
    if now < first + last_try / 2:
        retry_at = _ask_again_at(first, last_try)
        owed = asking.after_failure(attempts=account.attempts, retry_at=retry_at)
        doubted.update(**noted, **{**owed, "lost_at": None})
        return
    with transaction.atomic():
        over = {"lost_why": ProviderAccount.Lost.REFUSED, "lost_at": None, "due_at": account.due(None)}
        if doubted.update(**noted, **over):
            text = gettext_noop("The connection ended at the provider’s side. Reconnect to go on making links.")
            _note(account, "lost", logging.WARNING)
            _tell_owners(account, "needs_reconnect", text)


def _ask_again_at(first: datetime, after: timedelta) -> datetime:
    return first + after * random.uniform(0.8, 1.2)  # noqa: S311 -- spreads load, hides nothing


def remove(account: ProviderAccount) -> bool:
    """The person took O-Key's permission back at the provider: destroy the tokens and tell the account's owners.

    Returns False where a newer grant has come, or this one has ended here meanwhile.
    """
    in_use = Exists(Connection.objects.active().filter(account=OuterRef("pk")))
    text = gettext_noop(
        "O-Key was removed in %(provider)s. Meetings keep the links they have. Reconnect to go on making links."
    )
    with transaction.atomic():
        removed = ProviderAccount.objects.filter(pk=account.pk, grant_no=account.grant_no).update(
            **_destroyed(),
            state=Case(When(in_use, then=Value(STATE.NEEDS_RECONNECT)), default=Value(STATE.ENDED)),
            lost_why=ProviderAccount.Lost.REMOVED,
        )
        if removed:
            _note(account, "removed", logging.WARNING)
            _tell_owners(account, "removed", text)
    return bool(removed)


def fail(account: ProviderAccount, outcome: Outcome, asking: Asking) -> None:
    """Note why the last refresh failed, and try again later; the grant itself is as good as before."""
    retry_at = outcome.retry_at if isinstance(outcome, Unavailable) else None
    owed = asking.after_failure(attempts=account.attempts, retry_at=retry_at)
    account.as_read().update(last_error=outcome.detail[:1000], last_error_at=timezone.now(), **owed)


def note_error(account: ProviderAccount, detail: str) -> None:
    """Note why the last call with this grant failed."""
    account.as_read().update(last_error=detail[:1000], last_error_at=timezone.now())


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
        "claims": "",
        "suspected_at": None,
        "lost_at": None,
        "revoke_after": None,
        "due_at": None,
        "attempts": 0,
    }


def owe_revocation_if_unused(account_id: uuid.UUID, *, after: datetime | None = None) -> None:
    """Whenever an account has tokens and no active connection, a revocation is owed; from `after` on, else now."""
    # Two who disconnect at once would each still see the other's connection; so they go one by one.
    lock(account_id)
    when = after or timezone.now()
    in_use = Connection.objects.filter(account=OuterRef("pk"), ended_at=None)
    unused = ProviderAccount.objects.filter(~Exists(in_use), pk=account_id)
    owed = unused.filter(tokens__isnull=False).update(revoke_after=when, due_at=when, attempts=0)
    # Removed at the provider before: nothing is left to revoke, and nobody is left to reconnect.
    unused.filter(tokens=None, state=STATE.NEEDS_RECONNECT).update(state=STATE.ENDED)
    if owed and after is None:
        ProviderAccount.wake_on_commit()


def look_now(owner_id: uuid.UUID, vendor: str) -> None:
    """An exchange may have killed the grant that this owner uses, and nobody heard: ask at once whether it lives."""
    used = Exists(Connection.objects.active().filter(account=OuterRef("pk"), owner=owner_id))
    for account in ProviderAccount.objects.filter(used, vendor=vendor, state=STATE.LIVE):
        if account.as_read().filter(revoke_after=None).update(due_at=timezone.now()):
            ProviderAccount.wake_on_commit()


def keep(account: ProviderAccount) -> bool:
    """Take back a revocation that is owed. False: it is under way already, or the grant is not live."""
    live = ProviderAccount.objects.filter(pk=account.pk, state=STATE.LIVE).exclude(_is_being_revoked(timezone.now()))
    return bool(live.update(revoke_after=None, due_at=next_refresh()))


def announce(account: ProviderAccount) -> None:
    """Say, after commit, to whoever waits that this account's owners should be looked at again."""
    using = Connection.objects.active().filter(account=account)
    for owner_id, provider in using.values_list("owner", "provider"):
        announce_to(owner_id, provider)


def announce_to(owner_id: object, provider: str) -> None:
    """Say it for one owner."""
    transaction.on_commit(lambda: connection_changed.send(sender=Connection, owner_id=owner_id, provider=provider))


def _tell_owners(account: ProviderAccount, kind: str, text: str) -> None:
    """Diary, and whoever else listens: each owner hears of the loss of one grant once, whichever way it shows."""
    diary.note_all(account, kind, text)
    for connection in Connection.objects.active().for_meetings().filter(account=account):  # calendars say it themselves
        untold = Connection.objects.exclude(told_grant_no=account.grant_no).filter(pk=connection.pk)
        if untold.update(told_grant_no=account.grant_no):
            grant_lost.send(sender=Connection, connection_id=connection.pk)
    announcements.needs_reconnect(account)
    announce(account)


def tell_of_narrowing(
    account: ProviderAccount, before: frozenset[str], after: frozenset[str], *, but: Owner | None = None
) -> None:
    """The grant lacks a permission now that it had: those who did not take it away themselves hear of it by mail."""
    using = Connection.objects.active().filter(account=account).exclude(owner=but.pk if but else None)
    entitled = using.filter(owner__is_active=True, owner__meeting_providers_enabled=True).select_related("owner")
    for connection in entitled:
        owner, provider = connection.owner, registry.service(connection.provider)
        missing = provider.missing_scopes(after)
        if not missing or provider.missing_scopes(before):
            continue
        with translation.override(owner.language):
            text = _("%(provider)s does not allow what O-Key needs any more: %(missing)s.")
            text %= {"provider": provider.name, "missing": ", ".join(missing)}
            diary.note(owner, provider.slug, "narrowed", text, account=account)
            outbox.write(
                to=owner.email,
                template="integrations/mails/narrowed",
                context={"owner": owner, "account": account, "provider": provider, "missing": ", ".join(missing)},
            )
