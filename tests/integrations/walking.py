"""Steps on the way to a connection and after it, for tests of the core."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import time_machine
from django.utils import timezone

from integrations import authorization, grants, upkeep
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount
from integrations.refreshing import Asking
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.zoom_simulator import ZoomSimulator

Status = AuthorizationAttempt.Status
Results = AuthorizationAttempt.Outcome
State = ProviderAccount.State


def returned_query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def come_back(back: str, visitor: Owner | None) -> AuthorizationAttempt:
    """What the callback's view does with the URL."""
    query = returned_query(back)
    return authorization.receive(
        "zoom", state=query.get("state", ""), code=query.get("code", ""), error=query.get("error", ""), visitor=visitor
    )


def account(user: str = "jill") -> ProviderAccount:
    return ProviderAccount.objects.get(email=f"{user}@example.com")


def access_token(user: str = "jill") -> str:
    return grants.tokens_of(account(user))[0]


def expire(zoom: ZoomSimulator, user: str = "jill") -> None:
    """The access token has run out, there and by our clock."""
    zoom.expire(user)
    ProviderAccount.objects.filter(email=f"{user}@example.com").update(expires_at=timezone.now() - timedelta(minutes=1))


def refuse(one: ProviderAccount) -> bool:
    """Zoom calls the pair that was read invalid. Returns whether the verdict is spoken."""
    return grants.suspect(one, "invalid_grant", Asking(one, one.lost_at))


def condemn(one: ProviderAccount) -> None:
    """Zoom refuses the grant again and again, until its owners are told."""
    while one.lost_why != ProviderAccount.Lost.REFUSED:
        long_ago = timezone.now() - 2 * grants.ASK_AGAIN_AFTER[-1]
        ProviderAccount.objects.filter(pk=one.pk).update(suspected_at=long_ago)
        one.refresh_from_db()
        refuse(one)
        one.refresh_from_db()


def mails_to(owner: Owner, about: str = "") -> int:
    return Mail.objects.filter(to=owner.email, subject__contains=about).count()


def events(owner: Owner) -> list[str]:
    """Oldest first."""
    return list(ConnectionEvent.objects.filter(owner=owner).order_by("at", "pk").values_list("kind", flat=True))


def active(owner: Owner) -> list[Connection]:
    return list(Connection.objects.active().filter(owner=owner).select_related("account"))


def work_on(row: AuthorizationAttempt | ProviderAccount) -> Any:
    """What a worker does on the wake-up call. Returns the row afterwards."""
    work = authorization.work if isinstance(row, AuthorizationAttempt) else upkeep.work
    work(row.pk)
    return type(row)._default_manager.get(pk=row.pk)


class Clock:
    """Ours and the simulator's, moved on together."""

    def __init__(self, ours: time_machine.Traveller, zoom: ZoomSimulator) -> None:
        self._ours = ours
        self._zoom = zoom

    def shift(self, **duration: float) -> None:
        seconds = timedelta(**duration).total_seconds()
        self._ours.shift(seconds)
        self._zoom.advance(seconds)

    def now(self) -> datetime:
        return timezone.now()

    def until_due(self, row: AuthorizationAttempt | ProviderAccount) -> None:
        row.refresh_from_db()
        assert row.due_at is not None
        seconds = (row.due_at - timezone.now()).total_seconds()
        if seconds > 0:
            self.shift(seconds=seconds)


def to_the_end(attempt: AuthorizationAttempt, clock: Clock) -> AuthorizationAttempt:
    """Each time that it is due, until it is over."""
    while not attempt.is_over:
        clock.until_due(attempt)
        attempt = work_on(attempt)
    return attempt
