"""Connecting: from *Connect* over the provider's consent page to a connection, or to a named reason why not."""

import hashlib
import json
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations import access, completion, connections, grants, kept_pairs, refreshing, registry, scopes
from integrations.completion import conclude, discard
from integrations.models import AuthorizationAttempt, Connection
from integrations.providers.base import Challenged, Misconfigured, Outcome, ReconnectNeeded, Refused, Unavailable
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.models import Owner

#: Longer than an exchange or a refresh, an identification and a revocation together.
LEASE_SECONDS = 45
#: How long a pair whose owner cannot be asked for waits; then it is revoked.
IDENTIFY_FOR = timedelta(hours=12)
#: By one owner: more than anybody needs, however often a window is closed.
BEGUN_AN_HOUR = 30

Status = AuthorizationAttempt.Status
Results = AuthorizationAttempt.Outcome

#: Why nobody can be named for a pair, by the reason of the refusal.
NOT_IDENTIFIED = {"scope_missing": Results.SCOPE_MISSING, "personal_account": Results.PERSONAL_ACCOUNT}


class NotEntitled(Exception):
    """This owner may not connect meeting providers."""


class NotConfigured(Exception):
    """The operator has not set this provider up."""


class TooManyAttempts(Exception):
    """This owner has begun again and again. There is another try in `retry_seconds`."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("Too many attempts.")
        self.verdict = verdict
        self.retry_seconds = verdict.retry_seconds


class UnknownState(Exception):
    """No state, or none of ours."""


def begin(
    owner: Owner, provider: str, *, in_popup: bool = False, for_app: bool = False, return_to: str = ""
) -> AuthorizationAttempt:
    """Start an attempt; `for_app`: one that the owner's phone app goes on with, by a handle (phone_apps.py).
    `return_to`: where its pages lead at the end (returning.py), if not to settings.

    Raises NotEntitled, NotConfigured, TooManyAttempts, and KeyError for a provider without authorization.
    """
    if not owner.meeting_providers_enabled:
        raise NotEntitled
    if not registry.vendor_of(provider).is_configured:
        raise NotConfigured
    verdict = limits.hit("authorizations", str(owner.pk), limit=BEGUN_AN_HOUR, seconds=3600)
    if not verdict.allowed:
        raise TooManyAttempts(verdict)
    known = {"state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48)}
    known["claims"] = _demanded(owner, provider)
    if for_app:
        known["handle"] = secrets.token_urlsafe(32)
    attempt = AuthorizationAttempt(
        owner=owner,
        provider=provider,
        state_hash=hashed(known["state"]),
        handle_hash=hashed(known["handle"]) if for_app else None,
        in_popup=in_popup,
        return_to=return_to,
    )
    attempt.secrets = attempt.seal("secrets", json.dumps(known))
    attempt.due_at = attempt.created_at + attempt.LIFETIME
    attempt.save()
    return attempt


def url_of(attempt: AuthorizationAttempt) -> str:
    """The authorization URL of a pending attempt."""
    known = json.loads(attempt.opened("secrets"))
    return registry.vendor_of(attempt.provider).authorization_url(
        state=known["state"],
        verifier=known["verifier"],
        redirect_uri=registry.callback_url(attempt.provider),
        scopes=_scopes_for(attempt),
        claims=known.get("claims", ""),
    )


def _demanded(owner: Owner, provider: str) -> str:
    """The claims that the vendor has asked of this owner's next sign-in: at the last one, or of the grant in use."""
    vendor = registry.service(provider).vendor
    ends = {Results.CHALLENGED, Results.CONNECTED, Results.RECONNECTED}
    at_vendor = [one.slug for one in registry.services(vendor)]
    last = AuthorizationAttempt.objects.filter(owner=owner, provider__in=at_vendor, outcome__in=ends).only(
        "outcome", "claims"
    )
    newest = last.order_by("-created_at").first()
    if newest is not None and newest.outcome == Results.CHALLENGED:
        return newest.claims
    used = Connection.objects.active().filter(owner=owner, account__vendor=vendor).exclude(account__claims="")
    return str(used.values_list("account__claims", flat=True).first() or "")


def _scopes_for(attempt: AuthorizationAttempt) -> list[str]:
    """What the provider needs, and what this owner uses of the vendor already: one grant is for all of it."""
    used = connections.in_use(owner_id=attempt.owner_id)
    wanted = [one for one in registry.services(attempt.vendor) if one.slug == attempt.provider or one.slug in used]
    return list(dict.fromkeys(scope for one in wanted for scope in scopes.wanted(attempt.owner_id, one)))


def receive(
    provider: str, *, state: str, code: str, error: str, visitor: Owner | None, description: str = ""
) -> AuthorizationAttempt:
    """The person is back. Spends the attempt, once, before anything else happens.

    The code is kept only for the attempt's own owner, or until whoever is not signed in yet has signed in.
    Raises UnknownState. The attempt that comes back may be one that was spent or had expired before.
    """
    attempt = AuthorizationAttempt.objects.filter(provider=provider, state_hash=hashed(state)).first()
    if not state or attempt is None:
        raise UnknownState
    changes = _changes_on_return(attempt, code=code, error=error, description=description, visitor=visitor)
    AuthorizationAttempt.objects.filter(pk=attempt.pk, spent_at=None).update(spent_at=timezone.now(), **changes)
    return AuthorizationAttempt.objects.get(pk=attempt.pk)


def _changes_on_return(
    attempt: AuthorizationAttempt, *, code: str, error: str, description: str, visitor: Owner | None
) -> dict[str, Any]:
    over = {"status": Status.FAILED, "secrets": None, "due_at": None}
    if visitor is not None and visitor.pk != attempt.owner_id:
        return {**over, "outcome": Results.OTHER_OWNER}
    if attempt.is_expired:
        return {**over, "outcome": Results.EXPIRED}
    if error or not code:
        return {**over, **_why_sent_back(attempt, error, description)}
    return {"status": Status.RETURNED, "code": attempt.seal("code", code)}


def _why_sent_back(attempt: AuthorizationAttempt, error: str, description: str) -> dict[str, str]:
    outcome = registry.vendor_of(attempt.provider).sent_back(error, description)
    if isinstance(outcome, Refused) and outcome.reason in {"declined", "needs_admin"}:
        return {"outcome": Results.DECLINED if outcome.reason == "declined" else Results.NEEDS_ADMIN}
    result = Results.UNAVAILABLE if isinstance(outcome, Unavailable) else Results.CODE_REFUSED
    return {"outcome": result, "detail": error[:100] if error.isprintable() else ""}


def brought(attempt: AuthorizationAttempt, code: str) -> bool:
    """Whether this is the code that waits to be exchanged: who knows it is who came back from the provider."""
    try:
        return attempt.code is not None and secrets.compare_digest(attempt.opened("code").encode(), code.encode())
    except CannotOpen:
        return False


def refuse_stranger(attempt: AuthorizationAttempt) -> None:
    """Somebody else signed in to go on: the code is dropped, unexchanged."""
    AuthorizationAttempt.objects.filter(pk=attempt.pk, status=Status.RETURNED).update(
        status=Status.FAILED, outcome=Results.OTHER_OWNER, code=None, secrets=None, due_at=None
    )


def proceed(attempt_id: Any) -> AuthorizationAttempt:
    """Go on with a returned attempt for its own owner: exchange, identify, connect. Safe to call twice."""
    claim = claims.take(
        AuthorizationAttempt, attempt_id, seconds=LEASE_SECONDS, due=False, where=Q(status=Status.RETURNED)
    )
    if claim is not None:
        try:
            _exchange(claim)
        except CannotOpen as error:
            conclude(claim, Results.UNAVAILABLE, detail=str(error))
    return AuthorizationAttempt.objects.get(pk=attempt_id)


def work(attempt_id: Any) -> None:
    """Work on this attempt, if it is due."""
    claim = claims.take(AuthorizationAttempt, attempt_id, seconds=LEASE_SECONDS)
    if claim is not None:
        work_on(claim)


def work_on(claim: Claim[AuthorizationAttempt]) -> None:
    """What a due attempt needs without its person: expiry, another try to identify, a question unanswered."""
    try:
        _work(claim, claim.row())
    except CannotOpen as error:
        conclude(claim, Results.UNAVAILABLE, detail=str(error))


def _work(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt) -> None:
    if attempt.status in {Status.PENDING, Status.RETURNED}:
        conclude(claim, Results.EXPIRED)
    elif attempt.status == Status.ASKING:
        # The pair is on its account, which is owed a revocation if nobody uses it.
        conclude(claim, Results.KEPT)
    elif attempt.tokens is not None:
        _identify(claim, attempt)
    else:
        claim.release(due_at=None)


def answer(attempt_id: Any, *, replace: bool) -> AuthorizationAttempt:
    """The owner's answer to "another account is connected: replace it?". Safe to call twice."""
    claim = claims.take(
        AuthorizationAttempt, attempt_id, seconds=LEASE_SECONDS, due=False, where=Q(status=Status.ASKING)
    )
    if claim is not None:
        completion.answer(claim, replace=replace)
    return AuthorizationAttempt.objects.get(pk=attempt_id)


def _exchange(claim: Claim[AuthorizationAttempt]) -> None:
    attempt = claim.row()
    vendor, redirect_uri = registry.vendor_of(attempt.provider), registry.callback_url(attempt.provider)
    if attempt.is_expired:
        conclude(claim, Results.EXPIRED)
        return
    if attempt.code is None or attempt.secrets is None:  # whoever spent the code died of it
        _give_up_exchange(claim, attempt, "the exchange was interrupted")
        return
    code = attempt.opened("code")
    verifier = json.loads(attempt.opened("secrets"))["verifier"]
    # Spent before it is used: a process that dies here must not leave a code for another to try.
    if not claim.update(code=None, secrets=None):
        return
    try:
        grant = vendor.exchange(code, verifier=verifier, redirect_uri=redirect_uri)
    except Misconfigured as outcome:
        conclude(claim, Results.MISCONFIGURED, detail=outcome.detail)
    except Challenged as outcome:
        conclude(claim, Results.CHALLENGED, detail=outcome.detail, claims=outcome.claims)
    except Refused as outcome:
        conclude(claim, Results.CODE_REFUSED, detail=outcome.detail)
    except Outcome as outcome:
        _give_up_exchange(claim, attempt, outcome.detail)
    else:
        if not grant.scopes:  # all that was asked for (RFC 6749, 5.1)
            asked = [*vendor.sign_in_scopes, *_scopes_for(attempt)]
            grant = replace(grant, scopes=frozenset(asked))
        kept_pairs.keep(attempt, grant, status=Status.EXCHANGED, due_at=timezone.now())
        _identify(claim, claim.row())


def _give_up_exchange(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt, detail: str) -> None:
    """Nobody knows whether the code was taken. If so, the grant that the owner uses may be dead: look now."""
    conclude(claim, Results.UNAVAILABLE, detail=detail)
    if registry.vendor(attempt.vendor).ends_older_grants:
        grants.look_now(attempt.owner_id, attempt.vendor)


def _identify(claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt) -> None:
    if attempt.outcome or attempt.created_at + IDENTIFY_FOR < timezone.now():
        discard(claim, attempt)
        return
    vendor = registry.vendor(attempt.vendor)
    try:
        has_run_out = attempt.expires_at is not None and attempt.expires_at <= timezone.now()
        if has_run_out or attempt.lost_at is not None:
            refreshing.refresh(claim, kept_pairs)
            claim.update(claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS))
            attempt = claim.row()
    except Challenged as outcome:
        _refuse_unidentified(claim, Results.CHALLENGED, outcome.detail, claims=outcome.claims)
        return
    except ReconnectNeeded as outcome:  # the refresh token was refused twice, a minute apart
        _refuse_unidentified(claim, Results.CODE_REFUSED, outcome.detail)
        return
    except refreshing.Busy:
        return
    except Outcome as outcome:
        claim.release(detail=outcome.detail[:1000])
        return
    try:
        asked_at = timezone.now()
        identity = vendor.identify(attempt.pair()[0])
    except Refused as outcome:
        detail = vendor.identity_scope if outcome.reason == "scope_missing" else outcome.detail
        result = NOT_IDENTIFIED.get(outcome.reason, Results.CODE_REFUSED)
        _refuse_unidentified(claim, result, detail)
    except Challenged as outcome:  # by a sign-in of this minute: another one like it would not do
        _refuse_unidentified(claim, Results.CHALLENGED, outcome.detail, claims=outcome.claims)
    except ReconnectNeeded as outcome:
        _ask_again(claim, attempt, outcome, expires_at=_refused(attempt))
    except Outcome as outcome:
        _ask_again(claim, attempt, outcome)
    else:
        completion.adopt(claim, identity, asked_at=asked_at)


def _refused(attempt: AuthorizationAttempt) -> datetime | None:
    """When the access token that was refused counts as run out, so that a new pair is asked for first.

    Not at once again: where a new one is refused too, that is not the pair's fault.
    """
    now = timezone.now()
    is_new = attempt.refreshed_at is not None and attempt.refreshed_at > now - access.MARGIN
    return attempt.expires_at if is_new else now


def _ask_again(
    claim: Claim[AuthorizationAttempt], attempt: AuthorizationAttempt, outcome: Outcome, **changes: Any
) -> None:
    """The pair is kept, and asked about later; soon where a lost refresh may replace it yet."""
    longest = refreshing.LOOK_EVERY.total_seconds() if attempt.lost_at else 600
    due_at = timezone.now() + claims.backoff(attempt.attempts, first=2, longest=longest)
    claim.release(due_at=due_at, detail=outcome.detail[:1000], **changes)


def _refuse_unidentified(claim: Claim[AuthorizationAttempt], result: str, detail: str, **changes: Any) -> None:
    # The pair belongs to nobody that can be named: tell the person now, and revoke it until that has worked.
    claim.update(outcome=result, detail=detail[:1000], **changes)
    discard(claim, claim.row())


def hashed(secret: str) -> str:
    """How a random state or handle is stored, to be found again."""
    return hashlib.sha256(secret.encode()).hexdigest()
