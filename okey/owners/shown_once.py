"""A secret that its owner reads once, on the page after the one that made it: a reload makes no second one.

In between it is in their session, sealed; whoever looks takes it out of there.
"""

from django.http import HttpRequest

from okey.lib.sealing import ANY_ROW, CannotOpen, seal_text, sealed_text

PLACE = "session.shown_once"


def keep(request: HttpRequest, name: str, secret: str) -> None:
    request.session[_key(name)] = seal_text(PLACE, secret)


def take(request: HttpRequest, name: str) -> str:
    """The secret that was kept by this name; "" where there is none, or none any more."""
    kept = request.session.pop(_key(name), "") if request.method == "GET" else ""
    try:
        return sealed_text(PLACE, kept).open(row=ANY_ROW) if kept else ""
    except CannotOpen:  # the keys have changed meanwhile
        return ""


def _key(name: str) -> str:
    return f"shown_once_{name}"
