"""Refreshes whose answers nobody waits for any more, and what an account does about them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import access, grants, registry
from integrations.providers.base import Grant, Unknown
from integrations.refreshing import GRACE
from integrations.vendors.zoom import ZoomVendor
from okey.owners.models import Owner
from tests.integrations.walking import Clock, account, work_on
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture
def late(zoom: ZoomSimulator, alice: Owner, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> "Late":
    """Alice is connected, and Zoom takes an old pair for a minute."""
    connect_zoom(zoom, alice)
    zoom.settings(refresh_grace=GRACE.total_seconds())
    zoom.reset_counters()
    return Late(zoom, clock, monkeypatch)


class Late:
    """Calls whose answers nobody waits for any more, and which Zoom carries out when the test says so."""

    def __init__(self, zoom: ZoomSimulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clock = clock
        self._monkeypatch = monkeypatch
        self._refresh: Callable[..., Grant] = ZoomVendor.refresh
        self._given_up: list[tuple[ZoomVendor, str]] = []

    def lose(self, times: int) -> None:
        """The next calls end at their deadline; Zoom has not even begun."""

        def refresh(provider: ZoomVendor, refresh_token: str) -> Grant:
            self._given_up.append((provider, refresh_token))
            self._clock.shift(seconds=provider.deadline)
            if len(self._given_up) == times:
                self._monkeypatch.setattr(ZoomVendor, "refresh", self._refresh)
            raise Unknown("no answer")

        self._monkeypatch.setattr(ZoomVendor, "refresh", refresh)

    def happens(self) -> None:
        """Zoom carries out the oldest of them."""
        provider, refresh_token = self._given_up.pop(0)
        self._refresh(provider, refresh_token)


def refresh() -> None:
    access.refresh(account().pk, refused=(account().grant_no, account().pair_no))


def refresh_in_another_process() -> None:
    """While one of this process is at it: a thread of ours would wait for that."""
    access._refresh_or_wait(account(), (account().grant_no, account().pair_no))


def due_in() -> timedelta:
    due_at = account().due_at
    assert due_at is not None
    return due_at - timezone.now()


def is_alive(clock: Clock) -> bool:
    """Whether what is stored works beyond the grace. Spends it."""
    clock.shift(seconds=GRACE.total_seconds() + 1)
    return bool(registry.vendor("zoom").refresh(grants.tokens_of(account())[1]))


def look(clock: Clock) -> None:
    clock.until_due(account())
    work_on(account())


def look_until_settled(clock: Clock) -> int:
    """How many looks it took."""
    looks = 0
    while account().lost_at is not None:
        look(clock)
        looks += 1
    return looks
