"""A secret that its owner reads once, on the page after the one that made it: a reload makes no second one.

In between it is in their session, sealed, for ten minutes at most; whoever looks takes it out of there. There is one
by each name: of two that are made before the page is looked at, the last is shown.
"""

from django.http import HttpRequest
from django.utils import timezone

from okey.lib.sealing import ANY_ROW, CannotOpen, seal_text, sealed_text

PLACE = "session.shown_once"
KEPT_SECONDS = 600


def keep(request: HttpRequest, name: str, secret: str) -> None:
    until = timezone.now().timestamp() + KEPT_SECONDS
    request.session[_key(name)] = {"sealed": seal_text(PLACE, secret), "until": until}


def take(request: HttpRequest, name: str) -> str:
    """The secret that was kept by this name; "" where there is none, or none any more."""
    kept = request.session.pop(_key(name), None) if request.method == "GET" else None
    if kept is None or kept["until"] < timezone.now().timestamp():
        return ""
    try:
        return sealed_text(PLACE, kept["sealed"]).open(row=ANY_ROW)
    except CannotOpen:  # the keys have changed meanwhile
        return ""


def forget(request: HttpRequest, name: str) -> None:
    """What it opened is gone."""
    request.session.pop(_key(name), None)


def _key(name: str) -> str:
    return f"kept_to_show_{name}"
