"""What an account owes by itself: the daily refresh, looks after a lost answer or a refusal, and revocations."""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from integrations import grants, kept_pairs, refreshing, registry
from integrations.calendars import subscribing
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Outcome, ReconnectNeeded
from integrations.refreshing import LEASE_SECONDS
from integrations.vendors.base import Revoking
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen

logger = logging.getLogger(__name__)

#: How often a revocation looks whether the pairs that it must not end have found their accounts.
ASK_AGAIN_SECONDS = 30
#: And whether its vendor has been told to send no more of its calendars' changes, which it hears by this grant only.
ENDING_SECONDS, ENDS_WITHIN = 5, timedelta(minutes=1)


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
    elif account.revoke_after is None or account.revoke_after > timezone.now():
        _refresh(claim, account)
    elif Connection.objects.active().filter(account=account).exists():
        _forget_revocation(claim, account)
    else:
        _revoke(claim, account)


def refresh_soon(account_id: Any) -> bool:
    """Have a worker refresh its tokens now. False: there is no living grant, or it is due or worked on already."""
    now = timezone.now()
    living = Q(state=ProviderAccount.State.LIVE) | Q(lost_why=ProviderAccount.Lost.DOUBTED)
    idle = Q(claim=None) | Q(claimed_until__lte=now)
    with transaction.atomic():
        one = ProviderAccount.objects.filter(living, idle, pk=account_id, tokens__isnull=False, revoke_after=None)
        is_done = bool(one.exclude(due_at__lte=now).update(due_at=now))
        if is_done:
            ProviderAccount.wake_on_commit()
    return is_done


def _refresh(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    if not (account.state == ProviderAccount.State.LIVE or account.is_doubted):
        _rest(claim, account)
        return
    try:
        refreshing.refresh(claim, grants)
    except CannotOpen:
        backoff = claims.backoff(account.attempts, first=3, longest=3600)
        claim.release(due_at=account.due(timezone.now() + backoff))
    except ReconnectNeeded:
        claim.release(attempts=0)
    except (Outcome, refreshing.Busy, refreshing.NotLive):
        claim.release()
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


def _revoke(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    """Ask the vendor to end the grant; whatever it says, a day later the tokens are destroyed."""
    assert account.revoke_after is not None  # noqa: S101 -- for the type checker; the caller looked
    revokes = registry.vendor(account.vendor).revokes
    if revokes is Revoking.PERSON and kept_pairs.are_kept(account.vendor):
        # One of them may be this person's, and would die with it.
        claim.put_back(seconds=ASK_AGAIN_SECONDS)
        return
    if account.revoke_after > timezone.now() - ENDS_WITHIN and subscribing.are_ending(account):
        claim.put_back(seconds=ENDING_SECONDS)
        return
    if revokes is Revoking.NOTHING:
        grants.end(account)
        claim.release(attempts=0)
        return
    try:
        _ask_to_revoke(claim, account)
    except refreshing.Busy:
        return
    except (Outcome, CannotOpen) as error:
        is_hopeless = timezone.now() > account.revoke_after + grants.REVOKE_FOR
        if not (is_hopeless or isinstance(error, ReconnectNeeded | CannotOpen)):
            grants.note_error(account, str(error))
            backoff = timezone.now() + claims.backoff(account.attempts, first=5, longest=3600)
            claim.release(due_at=max(backoff, getattr(error, "retry_at", None) or backoff))
            return
        logger.warning("The grant of account %s was not given back; its tokens are destroyed.", account.pk)
    grants.end(account)
    claim.release(attempts=0)


def _ask_to_revoke(claim: Claim[ProviderAccount], account: ProviderAccount) -> None:
    if account.expires_at and account.expires_at <= timezone.now():
        # Vendors document revocation by a valid access token (Zoom by nothing else).
        refreshing.refresh(claim, grants)
        account = claim.row()
        claim.update(claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS))
    registry.vendor(account.vendor).revoke(account.pair()[0])
