"""Which times a browser has just booked: so that its other tab, or its Back, is not told that they are gone.

A signed cookie of this owner's booking page, with the ways into these meetings, which the browser was led to anyway.
Framed pages set none.
"""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from meetings.models import Invitation
from okey.owners.models import Owner

COOKIE = "okey_booked"
SALT = "meetings.booking.own"
SECONDS = 24 * 3600
MOST = 5


def remember(response: HttpResponse, request: HttpRequest, invitation: Invitation, path: str) -> None:
    """`path`: of the owner's booking page; nobody else is sent the cookie."""
    tokens = [invitation.token, *(token for token in _tokens(request) if token != invitation.token)]
    response.set_cookie(
        COOKIE,
        signing.dumps(tokens[:MOST], salt=SALT),
        max_age=SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def at(request: HttpRequest, owner: Owner, starts_at: datetime) -> Invitation | None:
    """The way into the meeting at that time, where this browser has booked it and it still stands."""
    return (
        Invitation.objects.filter(
            token__in=_tokens(request),
            revoked_at=None,
            left_at=None,
            meeting__owner=owner,
            meeting__starts_at=starts_at,
            meeting__cancelled_at=None,
        )
        .select_related("meeting")
        .first()
    )


def _tokens(request: HttpRequest) -> list[str]:
    try:
        tokens = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return []
    return [str(token) for token in tokens]
