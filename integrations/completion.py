"""The end of an attempt: the exchanged pair goes to its account, and the owner gets a connection or a reason.

Where an exchange kills the person's older grant (`Vendor.ends_older_grants`), a pair whose person is known replaces
their account's grant whatever becomes of the connection, for everybody who uses it. Where older grants live on, a pair
that is refused changes nothing while there is a living one.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import announcements, diary, grants, kept_pairs, refreshing, registry, scopes
from integrations.calendars import choosing
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from integrations.providers.base import Identity, Outcome, ReconnectNeeded
from integrations.vendors.base import Revoking
from okey.lib import claims, patience
from okey.lib.claims import Claim
from okey.mails import outbox
from okey.owners.models import Owner

Status = AuthorizationAttempt.Status
Results = AuthorizationAttempt.Outcome

#: How long "replace the connected account?" stays open.
QUESTION_OPEN_FOR = timedelta(minutes=10)
#: How often a connect looks whether a revocation that it met is over, in seconds.
ASK_AGAIN_SECONDS = 2
DISCARD_FOR = timedelta(days=1)


class _TakenOver(Exception):
    """The claim ran out and somebody else works on the attempt: nothing of ours may be written."""


def adopt(claim: Claim[AuthorizationAttempt], identity: Identity, *, asked_at: datetime) -> None:
    """Store the pair on its account and connect, ask or refuse, all in one transaction.

    `asked_at`: when the vendor was asked for the identity.
    """
    attempt = claim.row()
    vendor = registry.vendor(attempt.vendor)
    try:
        with transaction.atomic():
            owner = Owner.objects.locked(attempt.owner_id)
            current = _current(attempt)
            account = grants.account_for(vendor.slug, identity, beside=current.account_id if current else None)
            refusal = _refusal(attempt, owner, account, identity)
            if refusal and _has_other_grant(account):
                _end(claim, refusal[0], detail=refusal[1], account=account)
                return
            grants.store(
                account,
                pair := kept_pairs.pair_of(attempt),
                expires_at=attempt.expires_at or timezone.now(),
                asked_at=asked_at,
                lost_at=attempt.lost_at,
            )
            grants.tell_of_narrowing(account, account.scope_set, pair.scopes, but=owner)
            _settle(claim, attempt, owner, account, refusal)
            grants.announce(account)
    except (grants.AskAgain, OperationalError):
        # The database ended it for somebody else's sake.
        claim.put_back(seconds=ASK_AGAIN_SECONDS)
    except _TakenOver:
        return


def answer(claim: Claim[AuthorizationAttempt], *, replace: bool) -> None:
    """Connect the account that was asked about, or keep the one that is connected."""
    try:
        patience.persist(lambda: _answer(claim, claim.row(), replace=replace))
    except OperationalError:
        claim.release()  # the question stays open
    except _TakenOver:
        return


@transaction.atomic
def _answer(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt, *, replace: bool) -> None:
    owner = Owner.objects.locked(attempt.owner_id)
    account, current = attempt.account, _current(attempt)
    grants.lock(attempt.account_id, current.account_id if current else None)
    if account is None or not replace:
        _end(claim, Results.KEPT)
        _let_go(attempt)
    elif not owner.meeting_providers_enabled:
        _end(claim, Results.NOT_ENTITLED)
        _let_go(attempt)
    elif not grants.keep(account):
        _end(claim, Results.EXPIRED)
    else:
        with translation.override(owner.language):
            _connect(claim, attempt, owner, account)


def _current(attempt: AuthorizationAttempt) -> Connection | None:
    return Connection.objects.active().filter(owner=attempt.owner_id, provider=attempt.provider).first()


def _has_other_grant(account: ProviderAccount) -> bool:
    """Whether a grant that was given before lives beside the pair that has just come."""
    return account.state == account.State.LIVE and not registry.vendor(account.vendor).ends_older_grants


def _refusal(
    attempt: AuthorizationAttempt, owner: Owner, account: ProviderAccount, identity: Identity
) -> tuple[str, str] | None:
    """Why this pair connects nothing, with what the reason names; None where it does."""
    missing = _missing(attempt, account)
    if not (owner.is_active and owner.meeting_providers_enabled):
        return Results.NOT_ENTITLED, ""
    if missing:
        return Results.SCOPE_MISSING, " ".join(missing)
    return None if identity.may_host else (Results.MAY_NOT_HOST, "")


def _missing(attempt: AuthorizationAttempt, account: ProviderAccount) -> list[str]:
    """The permissions that are needed and not granted; those too that a living grant has and its users need."""
    wanted, granted, lost = {attempt.provider}, attempt.scopes.split(), list[str]()
    if _has_other_grant(account):
        used = Connection.objects.active().filter(account=account).values_list("provider", flat=True)
        wanted |= {one for one in used if not registry.service(one).missing_scopes(account.scope_set)}
        lost = scopes.lost_for_entries(account.pk, account.scope_set, granted)
    missing = (registry.service(one).missing_scopes(granted) for one in sorted(wanted))
    return list(dict.fromkeys(scope for each in (*missing, lost) for scope in each))


def _settle(
    claim: Claim[AuthorizationAttempt],
    attempt: AuthorizationAttempt,
    owner: Owner,
    account: ProviderAccount,
    refusal: tuple[str, str] | None,
) -> None:
    current = _current(attempt)
    if refusal:
        _refuse(claim, account, *refusal)
    elif current is not None and current.account_id != account.pk:
        until = timezone.now() + QUESTION_OPEN_FOR
        _write(claim, status=Status.ASKING, account=account, tokens=None, due_at=until)
        grants.owe_revocation_if_unused(account.pk, after=until)
    else:
        with translation.override(owner.language):
            _connect(claim, attempt, owner, account)


def _refuse(claim: Claim[AuthorizationAttempt], account: ProviderAccount, result: str, detail: str = "") -> None:
    _end(claim, result, detail=detail, account=account)
    grants.owe_revocation_if_unused(account.pk)


def _connect(
    claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt, owner: Owner, account: ProviderAccount
) -> None:
    current = _current(attempt)
    is_new_to_owner = not Connection.objects.filter(owner=owner, account=account).exists()
    keeps_default = bool(current and current.is_default)
    if current is not None and current.account_id == account.pk:
        _end(claim, Results.RECONNECTED, account=account, connection=current)
        diary.note(owner, attempt.provider, "reconnected", _("Reconnected."), account=account)
        return
    if current is not None:
        _replace(current)
    is_calendar = attempt.provider in registry.CALENDARS
    becomes_default = not (is_calendar or Connection.objects.filter(owner=owner, is_default=True).exists())
    connection = Connection.objects.create(
        owner=owner, provider=attempt.provider, account=account, is_default=keeps_default or becomes_default
    )
    _end(
        claim,
        Results.CONNECTED,
        account=account,
        connection=connection,
        became_default=becomes_default and not keeps_default,
    )
    diary.note(
        owner, attempt.provider, "connected", _("Connected as %(account)s.") % {"account": account}, account=account
    )
    if is_calendar:
        choosing.begin(connection)
    announcements.connected(connection)
    grants.announce(account)
    if is_new_to_owner:
        outbox.write(
            to=owner.email,
            template="integrations/mails/connected",
            context={
                "owner": owner,
                "account": account,
                "provider": registry.service(attempt.provider),
                "is_calendar": is_calendar,
            },
        )


def _replace(current: Connection) -> None:
    Connection.objects.filter(pk=current.pk).update(
        ended_at=timezone.now(), ended_why=Connection.Ended.REPLACED, is_default=False
    )
    announcements.disconnected(current, Connection.Ended.REPLACED)
    if current.account_id:
        grants.owe_revocation_if_unused(current.account_id)


def _let_go(attempt: AuthorizationAttempt) -> None:
    if attempt.account_id:
        grants.owe_revocation_if_unused(attempt.account_id)


# --- how an attempt ends ---------------------------------------------------------------------------------


def conclude(claim: Claim[AuthorizationAttempt], result: str, *, detail: str = "", **changes: Any) -> None:
    """End the attempt without a pair to care for; administrators hear of a misconfiguration."""
    attempt = claim.row()
    try:
        with transaction.atomic():
            _end(claim, result, detail=detail, **changes)
            if result == Results.MISCONFIGURED:
                diary.tell_administrators(attempt.provider, detail)
    except _TakenOver:
        return


def discard(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt) -> None:
    """Revoke a pair that belongs to nobody, tried for a day; then, or where that would end more, destroy it."""
    if registry.vendor(attempt.vendor).revokes is not Revoking.GRANT:
        conclude(claim, attempt.outcome or Results.UNAVAILABLE, detail=attempt.detail)
        return
    is_hopeless = timezone.now() > attempt.created_at + DISCARD_FOR
    try:
        _revoke(claim, attempt)
    except ReconnectNeeded:
        pass  # it is dead already
    except Outcome as outcome:
        if not is_hopeless:
            due_at = timezone.now() + claims.backoff(attempt.attempts, first=5, longest=3600)
            claim.release(due_at=due_at, outcome=attempt.outcome or Results.UNAVAILABLE, detail=outcome.detail)
            return
    conclude(claim, attempt.outcome or Results.UNAVAILABLE, detail=attempt.detail)


def _revoke(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt) -> None:
    if kept_pairs.pair_of(attempt).expires_in <= 0:
        # By a valid access token, as vendors document it (Zoom by nothing else).
        refreshing.refresh(claim, kept_pairs)
        claim.update(claimed_until=timezone.now() + timedelta(seconds=refreshing.LEASE_SECONDS))
    registry.vendor(attempt.vendor).revoke(claim.row().pair()[0])


def _end(claim: Claim[AuthorizationAttempt], result: str, **changes: Any) -> None:
    is_good = result in {Results.CONNECTED, Results.RECONNECTED, Results.KEPT}
    changes.setdefault("detail", "")
    changes["detail"] = changes["detail"][:1000]
    _write(
        claim,
        status=Status.DONE if is_good else Status.FAILED,
        outcome=result,
        due_at=None,
        tokens=None,
        code=None,
        secrets=None,
        **changes,
    )


def _write(claim: Claim[AuthorizationAttempt], **changes: Any) -> None:
    if not claim.release(**changes):
        raise _TakenOver
