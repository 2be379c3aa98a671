"""A person removed O-Key at the provider: what that means for the grant that is held now.

Such messages come late, twice and out of order, and O-Key's own revocations cause some too. So the newest grant is
compared with the time that the message names, and in doubt the provider is asked: a reconnect always wins.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone

from integrations import access, forgetting, grants, refreshing, registry
from integrations.models import ProviderAccount, WebhookDelivery
from integrations.providers.base import Outcome, ReconnectNeeded, Refused
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen

#: The provider's clock, ours, and the way of a message: within this of a grant, nobody knows which came first.
DOUBT = timedelta(minutes=5)
#: Longer than an identification and a refresh.
LEASE_SECONDS = 45
#: Then the daily refresh is left to find out.
ASK_FOR = timedelta(days=1)


class Verdict(StrEnum):
    NOTHING_HELD = "nothing_held"  # nobody of ours, or the grant has ended here already
    OLDER = "older"  # than the grant that is held now
    ENDED = "ended"
    ASK = "ask"
    STILL_GOOD = "still_good"  # says the provider
    NO_ANSWER = "no_answer"


def receive(
    *,
    provider: str,
    external_id: str,
    external_account_id: str,
    at: datetime | None,
    signature: str,
    is_late: bool,
) -> None:
    """Keep the message; the work is done later. One that is known already changes nothing."""
    now = timezone.now()
    _delivery, is_new = WebhookDelivery.objects.get_or_create(
        signature_hash=hashlib.sha256(f"{provider}:{signature}".encode()).hexdigest(),
        defaults={
            "provider": provider,
            "external_id": external_id,
            "external_account_id": external_account_id,
            "happened_at": at,
            "is_late": is_late,
            "received_at": now,
            "due_at": now,
        },
    )
    if is_new:
        WebhookDelivery.wake_on_commit()


def work(delivery_id: Any) -> None:
    """Work on this message, if it is due."""
    claim = claims.take(WebhookDelivery, delivery_id, seconds=LEASE_SECONDS)
    if claim is not None:
        work_on(claim)


def work_on(claim: Claim[WebhookDelivery]) -> None:
    """Settle the message if that is due; delete it when no replay of it can come any more."""
    delivery = claim.row()
    if delivery.settled_at is not None:
        delivery.delete()
        return
    account = ProviderAccount.objects.filter(vendor=delivery.provider, external_id=delivery.external_id).first()
    verdict = judge(delivery, account)
    if account is None or verdict in {Verdict.NOTHING_HELD, Verdict.OLDER}:
        _settle(claim, delivery, verdict)
    elif verdict is Verdict.ASK:
        _ask(claim, delivery)
    elif grants.remove(account):
        _settle(claim, delivery, verdict)
    else:
        claim.put_back(seconds=0)  # the account has a newer grant, or none any more: look again


def judge(delivery: WebhookDelivery, account: ProviderAccount | None) -> Verdict:
    """What the message means for the grant that is held now, as far as times can tell."""
    if account is None or account.tokens is None:
        return Verdict.NOTHING_HELD
    granted_at = account.granted_at or account.created_at
    happened_at = delivery.happened_at or delivery.received_at
    if happened_at < granted_at - DOUBT:
        return Verdict.OLDER
    known_accounts = {delivery.external_account_id, account.external_account_id} - {""}
    is_certain = delivery.happened_at is not None and not delivery.is_late and len(known_accounts) < 2
    return Verdict.ENDED if is_certain and happened_at > granted_at + DOUBT else Verdict.ASK


def _ask(claim: Claim[WebhookDelivery], delivery: WebhookDelivery) -> None:
    """Let the provider decide, while nobody else refreshes: a pair renewed at this moment would look refused."""
    account = ProviderAccount.objects.get(vendor=delivery.provider, external_id=delivery.external_id)
    held = claims.take(ProviderAccount, account.pk, seconds=refreshing.LEASE_SECONDS, due=False)
    if held is None:
        claim.put_back(seconds=refreshing.Busy.retry_seconds)
        return
    try:
        account = held.row()
        verdict = judge(delivery, account)
        if verdict is Verdict.ASK:
            verdict = Verdict.ENDED if _is_gone(held, account) else Verdict.STILL_GOOD
        if verdict is not Verdict.ENDED or grants.remove(account):
            _settle(claim, delivery, verdict)
        else:
            claim.put_back(seconds=0)
    except (Outcome, CannotOpen, refreshing.Busy):
        _again_later(claim, delivery)
    finally:
        held.release(attempts=0)


def _is_gone(held: Claim[ProviderAccount], account: ProviderAccount) -> bool:
    """Whether the provider knows the grant no more. An access token that is refused may only have run out, so the
    refresh token has the last word: one refusal is enough where the provider has said itself that the grant ended.
    Raises the outcomes of calls that say nothing about it.
    """
    vendor = registry.vendor(account.vendor)
    access_token, _refresh_token = account.pair()
    if access.is_fresh(account):
        try:
            vendor.identify(access_token)
        except ReconnectNeeded:
            pass
        except Refused:
            return False  # a good token, whatever else is wrong with it
        else:
            return False
    try:
        refreshing.refresh(held, grants)
    except (ReconnectNeeded, refreshing.Suspected):
        return True
    return False


def _again_later(claim: Claim[WebhookDelivery], delivery: WebhookDelivery) -> None:
    if delivery.received_at + ASK_FOR < timezone.now():
        _settle(claim, delivery, Verdict.NO_ANSWER)
    else:
        claim.release(due_at=timezone.now() + claims.backoff(delivery.attempts, first=2, longest=600))


def _settle(claim: Claim[WebhookDelivery], delivery: WebhookDelivery, verdict: Verdict) -> None:
    if verdict in {Verdict.ENDED, Verdict.NOTHING_HELD}:
        for account in ProviderAccount.objects.filter(vendor=delivery.provider, external_id=delivery.external_id):
            forgetting.forget_person(account)
    gone_at = max(delivery.received_at + delivery.KEPT_FOR, timezone.now())
    claim.release(settled_at=timezone.now(), verdict=verdict, due_at=gone_at, attempts=0)
