"""API tokens: made, recognized, revoked. The only writers of ApiToken."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from okey.api.models import ApiToken, Bearer, Scope
from okey.owners.models import Owner

#: Every secret begins so, for programs that look for secrets in code and logs.
MARK = "okey_"
SECRET_BYTES = 32  # 256 bits: nobody guesses one, so a fast hash is enough
PREFIX_LENGTH = 11
#: So many may work at once: a program that makes tokens without end is a mistake.
MOST_TOKENS = 50
NOTED_EVERY = timedelta(minutes=1)


def make(*, owner: Owner, name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token and its secret, which is nowhere else. Raises ValidationError by field."""
    wanted = [scope.value for scope in Scope if scope.value in set(scopes)]
    name = " ".join(name.replace("\0", " ").split())[: ApiToken.NAME_MAX]
    secret = new_secret(MARK)
    with transaction.atomic():
        Owner.objects.locked(owner.pk)
        _check(owner, name, wanted, expires_at)
        token = ApiToken.objects.create(
            owner=owner,
            name=name,
            prefix=secret[:PREFIX_LENGTH],
            secret_hash=hashed(secret),
            scopes=" ".join(wanted),
            expires_at=expires_at,
        )
    return token, secret


def authenticate(secret: str) -> ApiToken | None:
    """The token that has this secret, with its owner, if both may be used now."""
    given = hashed(secret)
    token = ApiToken.objects.valid().select_related("owner").filter(secret_hash=given).first()
    if token is None or not hmac.compare_digest(token.secret_hash, given) or not token.owner.is_open:
        return None
    note_use(token)
    return token


def revoke(*, owner: Owner, token_id: Any) -> ApiToken:
    """End the token now; twice is once. Raises ApiToken.DoesNotExist for another owner's."""
    token = ApiToken.objects.of(owner).get(pk=token_id)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    return token


def revoke_all(*, owner: Owner) -> None:
    """End all of the owner's tokens now."""
    ApiToken.objects.of(owner).filter(revoked_at=None).update(revoked_at=timezone.now())


def _check(owner: Owner, name: str, scopes: list[str], expires_at: datetime | None) -> None:
    errors: dict[str, str] = {}
    if not name:
        errors["name"] = _("Give the token a name, to help you recognise it.")
    elif ApiToken.objects.of(owner).valid().count() >= MOST_TOKENS:
        errors["name"] = _("You have %(count)d tokens. Revoke one first.") % {"count": MOST_TOKENS}
    if not scopes:
        errors["scopes"] = _("Choose what the token allows.")
    if expires_at is not None and expires_at <= timezone.now():
        errors["expires_at"] = _("This time is in the past.")
    if errors:
        raise ValidationError(errors)


def note_use(token: Bearer) -> None:
    """At most once a minute: a busy program does not write with every call."""
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at > now - NOTED_EVERY:
        return
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    type(token)._default_manager.filter(long_ago, pk=token.pk).update(last_used_at=now)


def new_secret(mark: str) -> str:
    """One that begins with the mark. Whoever keeps it keeps its hash only."""
    return mark + secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
