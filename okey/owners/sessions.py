"""Sessions: which browsers an owner is signed in with, and what is kept of those that are over."""

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

#: What a browser's own words of itself hold, and what people call it; the first that fits.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One browser, for the page."""

    session: UserSession
    is_this: bool

    @property
    def browser(self) -> str:
        said = self.session.user_agent
        name = _first(BROWSERS, said)
        system = _first(SYSTEMS, said)
        if name and system:
            return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
        return name or system or _("A browser that does not say its name")


def of(request: OwnerRequest) -> list[SignedIn]:
    """All that live, this one first."""
    key = request.session.session_key
    if not UserSession.objects.filter(session_key=key).exists():
        UserSession.objects.create_from_request(request)  # signed in before O-Key kept a list
    mine = UserSession.objects.filter(Exists(_living()), user=request.user).order_by("-created_at")
    signed_in = [SignedIn(one, is_this=one.session_key == key) for one in mine]
    return sorted(signed_in, key=lambda one: not one.is_this)


@transaction.atomic
def end(session: UserSession) -> None:
    """The browser is signed out with its next request."""
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()


@transaction.atomic
def end_all(owner: Owner) -> None:
    """Of all browsers that the list knows."""
    for session in UserSession.objects.filter(user=owner):
        end(session)


def old_sessions(limit: int) -> "QuerySet[Session]":
    """That have run out: nobody is signed in by them any more."""
    return Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:limit]


def old_browsers(limit: int) -> "QuerySet[UserSession]":
    """What was kept of browsers that are signed out: their addresses and names."""
    rows: QuerySet[UserSession] = UserSession.objects.filter(~Exists(_living())).order_by("pk")[:limit]
    return rows


def _living() -> "QuerySet[Session]":
    return Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())


def _first(names: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for part, name in names if part in said), "")
