"""Grants: allowed, exchanged, refreshed, recognized, ended. The only writers of Grant and GrantToken.

Every change is made under the lock of the grant's row, so an end and a refresh at once wait for each other.
"""

import base64
import logging
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_mcpz.oauth.models import Client
from django_mcpz.oauth.views import verify_pkce

from okey.api.models import Grant, GrantToken, Scope, host_of
from okey.api.oauth import asking, clients
from okey.api.oauth.asking import Asked
from okey.api.oauth.refusals import Refusal
from okey.api.tokens import MARK, hashed, new_secret, note_use
from okey.limits.limits import hit
from okey.owners.models import Owner

CODE_LIVES = timedelta(minutes=5)
ACCESS_LIVES = timedelta(hours=1)
#: A grant that is not used for so long is over.
REFRESH_LIVES = timedelta(days=30)
#: An answer may get lost, and two may refresh at once: for so long a used refresh token gives the same one again.
GRACE = timedelta(seconds=60)
#: For so long it is known that one was used, and ends the grant when it comes again.
USED_KNOWN = timedelta(days=7)
#: Of one grant. An access token works for an hour.
REFRESHES_AN_HOUR = 30
#: So many may work at once.
MOST_GRANTS = 50
ACCESS_MARK, REFRESH_MARK, CODE_MARK = f"{MARK}access_", f"{MARK}refresh_", f"{MARK}code_"
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
OVER = "This access has ended or run out. Connect O-Key again in the assistant."

logger = logging.getLogger(__name__)


class TooMany(Exception):
    """The owner has as many grants as one may have; in words that the owner reads."""


def allow(*, owner: Owner, asked: Asked, scopes: list[Scope]) -> str:
    """The owner allows what is asked, or less of it. Returns the code that the client exchanges. Raises TooMany."""
    code = new_secret(CODE_MARK)
    with transaction.atomic():
        Owner.objects.locked(owner.pk)
        if Grant.objects.of(owner).valid().count() >= MOST_GRANTS:
            raise TooMany(_("You have allowed %(count)d assistants and apps. End one first.") % {"count": MOST_GRANTS})
        Grant.objects.create(
            owner=owner,
            client=asked.client,
            name=name_of(asked),
            scopes=" ".join(scope.value for scope in scopes),
            resource=asked.resource,
            redirect_uri=asked.redirect_uri,
            code_hash=hashed(code),
            challenge=asked.challenge,
            expires_at=timezone.now() + CODE_LIVES,
        )
    return code


def are_known(*, owner: Owner, client: Client, redirect_uri: str) -> bool:
    """Whether the owner lets this client act for them now, at this host."""
    addresses = Grant.objects.of(owner).valid().filter(client=client).values_list("redirect_uri", flat=True)
    return host_of(redirect_uri) in map(host_of, addresses)


def name_of(asked: Asked) -> str:
    """As the client calls itself; where it leads to, if it says nothing."""
    said = clients.clean(asked.client.name)[:100]
    return said or host_of(asked.redirect_uri) or _("An app on this computer")


def exchange(client: Client, given: Any) -> dict[str, Any]:
    """A code becomes tokens, once; a second time ends the grant. Raises Refusal."""
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(client=client, code_hash=hashed(given.get("code", ""))).first()
        refusal = _against_exchange(grant, given)
        if grant and not refusal:
            grant.exchanged_at = timezone.now()
            return _issue(grant)
        if grant and grant.exchanged_at and not grant.is_over:
            _end(grant, "its code came twice")
    raise refusal or Refusal("invalid_grant", OVER)


def refresh(client: Client, given: Any) -> dict[str, Any]:
    """A refresh token becomes a new pair, once; again, after a short grace, ends the grant. Raises Refusal."""
    secret = given.get("refresh_token", "")
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(client=client, tokens__secret_hash=hashed(secret)).first()
        token = GrantToken.objects.filter(secret_hash=hashed(secret), kind=GrantToken.Kind.REFRESH).first()
        if grant is None or token is None:
            raise Refusal("invalid_grant", OVER)
        refusal = _against_refresh(grant, token, secret, given)
        if not refusal:
            _count_refresh(grant)
            return _issue(grant, after=token, secret=secret, scopes=_narrower(grant, given))
        if token.used_at and not grant.is_over and not _may_come_again(token, secret):
            _end(grant, "a refresh token of it came twice")
    raise refusal


def revoke(client: Client, secret: str) -> None:
    """The client gives the access back (RFC 7009): with either token the grant ends. An unknown one is no error."""
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(client=client, tokens__secret_hash=hashed(secret)).first()
        if grant and not grant.is_over:
            _end(grant, "the client gave it back")


def end(*, owner: Owner, grant_id: Any) -> Grant:
    """The owner ends it now; twice is once. Raises Grant.DoesNotExist for another owner's."""
    with transaction.atomic():
        grant = Grant.objects.of(owner).select_for_update().get(pk=grant_id)
        if not grant.is_over:
            _end(grant, "its owner ended it")
    return grant


def end_all(*, owner: Owner) -> None:
    """The owner lets no assistant and no app in any more. Inside a transaction."""
    for grant in Grant.objects.of(owner).valid().select_for_update():
        _end(grant, "the account was closed")


def authenticate(secret: str) -> Grant | None:
    """The grant that has this access token, with its owner, if both may be used now."""
    if not secret.startswith(ACCESS_MARK):
        return None
    now = timezone.now()
    tokens = GrantToken.objects.filter(kind=GrantToken.Kind.ACCESS, secret_hash=hashed(secret))
    token = tokens.filter(expires_at__gt=now, grant__expires_at__gt=now).select_related("grant__owner").first()
    if token is None or not token.grant.owner.is_open:
        return None
    grant = token.grant
    if token.scopes:  # never saved: this token's, and not what the owner allowed
        grant.scopes = token.scopes
    note_use(grant)
    return grant


def _against_exchange(grant: Grant | None, given: Any) -> Refusal | None:
    if grant is None:
        return Refusal("invalid_grant", "This code is not known here. Connect O-Key again in the assistant.")
    if grant.exchanged_at:
        return Refusal("invalid_grant", "This code was used before, so its access was ended. Connect O-Key again.")
    if grant.is_over:
        return Refusal("invalid_grant", "This code has run out: it works for five minutes. Connect O-Key again.")
    if given.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        return Refusal("invalid_grant", "redirect_uri is not the one that the code was given for. Send the same one.")
    verifier = given.get("code_verifier", "")
    if not VERIFIER.fullmatch(verifier) or not verify_pkce(verifier, grant.challenge):
        return Refusal("invalid_grant", "code_verifier is missing or not the one of this code. Send the right one.")
    return _against_both(grant, given)


def _against_refresh(grant: Grant, token: GrantToken, secret: str, given: Any) -> Refusal | None:
    if grant.is_over:
        return Refusal("invalid_grant", OVER)
    if token.used_at and not _may_come_again(token, secret):
        return Refusal(
            "invalid_grant", "This refresh token was used before, so its access was ended. Connect O-Key again."
        )
    if not token.used_at and token.expires_at <= timezone.now():
        return Refusal("invalid_grant", OVER)
    named = given.get("scope", "").split()
    wanted = set(named) & set(Scope)
    if wanted - grant.scope_set or (named and not wanted):
        return Refusal("invalid_scope", "The owner has not allowed this scope. Connect O-Key again to ask for it.")
    return _against_both(grant, given)


def _may_come_again(token: GrantToken, secret: str) -> bool:
    """Whether a used refresh token was used just now, and nobody has used the one that took its place."""
    if token.used_at is None or token.used_at <= timezone.now() - GRACE:
        return False
    return GrantToken.objects.filter(secret_hash=hashed(_next_after(secret)), used_at=None).exists()


def _next_after(secret: str) -> str:
    """The refresh token that takes this one's place: the same each time, so that there is one chain and no fork.

    Nobody finds it without the server's key, which is not kept with the hashes.
    """
    mac = salted_hmac("okey.api.oauth.refresh", secret, algorithm="sha256").digest()
    return REFRESH_MARK + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _count_refresh(grant: Grant) -> None:
    verdict = hit("oauth refreshes", str(grant.pk), limit=REFRESHES_AN_HOUR, seconds=3600)
    if not verdict.allowed:
        words = f"An access token works for an hour: keep it. Try again in {verdict.retry_seconds} seconds."
        headers = {"Retry-After": str(verdict.retry_seconds)}
        raise Refusal("temporarily_unavailable", words, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)


def _narrower(grant: Grant, given: Any) -> str:
    """The scopes of an access token that shall do less (RFC 6749, 6); "" for all that the owner allowed."""
    wanted = set(given.get("scope", "").split()) & grant.scope_set
    return "" if wanted in (set(), grant.scope_set) else " ".join(scope for scope in Scope if scope in wanted)


def _against_both(grant: Grant, given: Any) -> Refusal | None:
    try:
        mixed_up = "resource" in given and asking.resource(given["resource"]) != grant.resource
    except Refusal as refusal:
        return refusal
    if mixed_up:
        return Refusal("invalid_target", "The owner allowed another resource. Send the one that was asked for.")
    if not grant.owner.is_open:
        return Refusal("invalid_grant", "The account of this owner is closed. Ask an administrator of O-Key.")
    return None


def _issue(grant: Grant, *, after: GrantToken | None = None, secret: str = "", scopes: str = "") -> dict[str, Any]:
    """A new pair: the first, or after a refresh token with this secret. An older access token runs out by itself:
    requests with it may be under way. `scopes`: of the access token alone, where they are fewer.
    """
    now, access = timezone.now(), new_secret(ACCESS_MARK)
    renewal = _next_after(secret) if after else new_secret(REFRESH_MARK)
    kinds = GrantToken.Kind
    made = [
        GrantToken(
            grant=grant, kind=kinds.ACCESS, secret_hash=hashed(access), expires_at=now + ACCESS_LIVES, scopes=scopes
        )
    ]
    if after is None or after.used_at is None:  # else the next one is there already
        grant.expires_at = now + REFRESH_LIVES
        grant.save(update_fields=["exchanged_at", "expires_at"])
        made.append(
            GrantToken(grant=grant, kind=kinds.REFRESH, secret_hash=hashed(renewal), expires_at=grant.expires_at)
        )
    if after and after.used_at is None:
        after.used_at, after.expires_at = now, now + USED_KNOWN
        after.save(update_fields=["used_at", "expires_at"])
    GrantToken.objects.bulk_create(made)
    Client.objects.filter(pk=grant.client_id).update(last_used_at=now)
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIVES.total_seconds()),
        "refresh_token": renewal,
        "scope": scopes or grant.scopes,
    }


def _end(grant: Grant, why: str) -> None:
    grant.expires_at = grant.ended_at = timezone.now()
    grant.save(update_fields=["expires_at", "ended_at"])
    logger.info("Grant %s ended: %s", grant.pk, why)
