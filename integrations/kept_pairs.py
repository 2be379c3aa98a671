"""Pairs that are kept on the attempt that brought them, until it is known whose they are (see completion.py)."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations import grants, registry
from integrations.models import AuthorizationAttempt
from integrations.providers.base import Grant, Outcome
from integrations.refreshing import SECOND_LOOK, Asking
from okey.lib.patience import insist


def pair_of(attempt: AuthorizationAttempt) -> Grant:
    """The pair that is sealed on the attempt."""
    access_token, refresh_token = attempt.pair()
    left = (attempt.expires_at - timezone.now()).total_seconds() if attempt.expires_at else 0
    return Grant(access_token, refresh_token, int(left), frozenset(attempt.scopes.split()))


def are_kept(vendor: str) -> bool:
    """Whether a code of this vendor is being exchanged, or a pair of it waits to be known."""
    at_vendor = [one.slug for one in registry.services(vendor)]
    held = Q(tokens__isnull=False) | Q(status=AuthorizationAttempt.Status.RETURNED)
    return AuthorizationAttempt.objects.filter(held, provider__in=at_vendor).exclude(due_at=None).exists()


def keep(attempt: AuthorizationAttempt, pair: Grant, **changes: Any) -> None:
    """Seal an exchanged pair on the attempt at once, claim or no claim: getting it may have killed the one before."""
    insist(lambda: attempt.as_read().update(**_sealed(attempt, pair), **changes))


def renew(attempt: AuthorizationAttempt, grant: Grant, asking: Asking) -> bool:
    """Keep a refreshed pair. False: the attempt holds none any more."""
    kept = attempt.as_read().filter(tokens__isnull=False)
    now = timezone.now()
    owed = asking.after_success(now)
    return bool(kept.update(**_sealed(attempt, grant), **owed, refreshed_at=now, suspected_at=None))


def suspect(attempt: AuthorizationAttempt, detail: str, asking: Asking, *, claims: str = "") -> bool:
    """As for grants: the second refusal, a minute after the first, is the verdict; or a demand for another sign-in."""
    first = attempt.suspected_at or timezone.now()
    owed = asking.after_failure(attempts=attempt.attempts, retry_at=first + SECOND_LOOK)
    attempt.as_read().update(suspected_at=first, detail=detail[:1000], **owed)
    return bool(claims) or (attempt.suspected_at is not None and first + SECOND_LOOK <= timezone.now())


def fail(attempt: AuthorizationAttempt, outcome: Outcome, asking: Asking) -> None:
    """The pair is as good as before."""
    attempt.as_read().update(detail=outcome.detail[:1000], **asking.after_failure(attempts=attempt.attempts))


def _sealed(attempt: AuthorizationAttempt, pair: Grant) -> dict[str, Any]:
    return {
        "tokens": attempt.seal("tokens", grants.pair_json(pair)),
        "scopes": " ".join(sorted(pair.scopes)) or attempt.scopes,
        "expires_at": timezone.now() + timedelta(seconds=pair.expires_in),
    }
