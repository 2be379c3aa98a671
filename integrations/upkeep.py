"""What an account owes by itself: the daily refresh, the second look at a suspicion, and revocations."""

from typing import Any

from django.db.models import Case, F, When
from django.utils import timezone

from integrations import access, grants, registry
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Outcome, ReconnectNeeded
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen

#: A revocation may need two refresh calls first, and then its own.
LEASE_SECONDS = 45


def work(account_id: Any) -> None:
    """Work on this account, if something is due on it."""
    claim = claims.take(ProviderAccount, account_id, seconds=LEASE_SECONDS)
    if claim is not None:
        work_on(claim)


def work_on(claim: Claim[ProviderAccount]) -> None:
    """Do what is due on the account, under its claim."""
    account = claim.row()
    if account.tokens is None:
        _rest(claim, account)
    elif account.revoke_after is None:
        _refresh(claim, account)
    elif Connection.objects.active().filter(account=account).exists():
        _forget_revocation(claim, account)
    else:
        _revoke(claim, account)


def _refresh(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    try:
        access.refresh_claimed(account)
    except ReconnectNeeded:
        claim.release(attempts=0)
    except access.NotLive:
        _rest(claim, account)
    except (Outcome, CannotOpen) as error:
        _again_later(claim, account, getattr(error, "retry_at", None))
    else:
        claim.release(attempts=0)


def _rest(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    """Nothing is owed, unless a new grant has set its own time meanwhile."""
    claim.release(due_at=Case(When(grant_no=account.grant_no, then=None), default=F("due_at")), attempts=0)


def _forget_revocation(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    """Somebody uses the account after all. A disconnect at this moment owes a revocation of its own, which stays."""
    ProviderAccount.objects.filter(pk=account.pk, claim=claim.token, revoke_after=account.revoke_after).update(
        revoke_after=None, due_at=grants.next_refresh()
    )
    claim.release(attempts=0)


def _again_later(claim: Claim[ProviderAccount], account: ProviderAccount, retry_at: Any) -> None:
    # Soon at first: after a lost answer only the rest of a minute is left in which the old pair may still work.
    backoff = timezone.now() + claims.backoff(account.attempts, first=3, longest=3600)
    due_at = max(filter(None, [backoff if retry_at is None else None, retry_at]))
    # A disconnect meanwhile has set its own time: what is owed by then is the revocation.
    if not ProviderAccount.objects.filter(pk=account.pk, claim=claim.token, revoke_after=None).update(
        due_at=due_at, claim=None, claimed_until=None
    ):
        claim.release()


def _revoke(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    """Ask the provider to end the grant; whatever it says, a day later the tokens are destroyed."""
    assert account.revoke_after is not None  # noqa: S101 -- for the type checker; the caller looked
    try:
        _ask_to_revoke(account)
    except (Outcome, CannotOpen) as error:
        is_hopeless = timezone.now() > account.revoke_after + grants.REVOKE_FOR
        if not (is_hopeless or isinstance(error, ReconnectNeeded | CannotOpen)):
            grants.fail(account, str(error))
            backoff = claims.backoff(account.attempts, first=5, longest=3600)
            claim.release(due_at=timezone.now() + backoff)
            return
    grants.end(account)
    claim.release(attempts=0)


def _ask_to_revoke(account: ProviderAccount) -> None:
    provider = registry.oauth_provider(account.provider)
    token, refresh_token = grants.tokens_of(account)
    if account.expires_at and account.expires_at <= timezone.now():
        # Zoom documents revocation by a valid access token only.
        grant = access.new_pair(account.provider, refresh_token)
        if grants.renew(account, grant):
            token = grant.access_token
    provider.revoke(token)
