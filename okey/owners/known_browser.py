"""Which accounts a browser has signed in to, or set a password for: a signed cookie that signs nobody in.

It only says whose tries at a password are not those of strangers (sign_in_tries.py), and goes to the sign-in pages
alone.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from allauth.account.signals import password_reset
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "okey.known-browser"
PATH = "/accounts/"
AGE = 365 * 24 * 3600
#: Accounts of one browser; the oldest is forgotten first.
ACCOUNTS = 8
#: Where a request notes whom its answer is to make known.
NOTED = "okey.makes-known"


@dataclass(frozen=True)
class KnownBrowser:
    """`accounts` are keyed hashes: the cookie tells nobody an address."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    accounts: tuple[str, ...] = ()

    def knows(self, email: str) -> bool:
        return _account(email) in self.accounts

    def with_account(self, email: str) -> "KnownBrowser":
        others = tuple(one for one in self.accounts if one != _account(email))
        return KnownBrowser(self.id, (*others, _account(email))[-ACCOUNTS:])


def of(request: HttpRequest) -> KnownBrowser:
    """A new one where there is no cookie of ours."""
    try:
        said = signing.loads(request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=AGE)
        return KnownBrowser(str(said["id"]), tuple(said["accounts"]))
    except (signing.BadSignature, KeyError, TypeError):
        return KnownBrowser()


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Put on the answer what the request has noted."""
    email = request.META.get(NOTED)
    if not email:
        return
    browser = of(request).with_account(email)
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps({"id": browser.id, "accounts": browser.accounts}, salt=SALT),
        max_age=AGE,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@receiver([user_logged_in, password_reset])
def _note(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Signed in; or came with the key that was mailed."""
    if request is not None:
        request.META[NOTED] = user.email


def _account(email: str) -> str:
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:22]
