"""Many want one expired token at the same moment; Zoom is asked once."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Semaphore
from typing import Any

import pytest
from django.db import connection as database

from integrations import access as access_module
from integrations import upkeep
from integrations.access import Access, Busy, _refresh_or_wait, access
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Unavailable
from okey.lib import claims
from okey.owners.models import Owner
from tests.integrations.walking import account, expire
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 50


@pytest.fixture
def hers(zoom: ZoomSimulator, alice: Owner) -> Connection:
    made = connect_zoom(zoom, alice)
    expire(zoom)
    zoom.reset_counters()
    return made


class Crowd:
    """Threads that want access; whoever is told to come back later does so when `again` is set."""

    def __init__(self, one: Connection) -> None:
        self.busy = Semaphore(0)
        self.again = Event()
        self._connection = one

    def want(self, _number: int = 0) -> Access:
        try:
            return access(self._connection.pk)
        except Busy:
            self.busy.release()
            assert self.again.wait(60)
            return access(self._connection.pk)
        finally:
            database.close()


@pytest.mark.parametrize("threads_share", [True, False])
def test_fifty_threads_make_one_refresh_and_all_get_the_new_token(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch, threads_share: bool
) -> None:
    """As they are, and as if each were a process."""
    if not threads_share:
        monkeypatch.setattr("integrations.access._refresh", _refresh_or_wait)
    monkeypatch.setattr("integrations.access.PAUSES", (0.0,))  # all are busy well within the refresh's deadline
    zoom.fault("refresh", "hold")
    crowd = Crowd(hers)
    with ThreadPoolExecutor(THREADS) as pool:
        wanted = [pool.submit(crowd.want) for _ in range(THREADS)]
        zoom.wait_until_held()
        for _ in range(THREADS - 1):
            assert crowd.busy.acquire(timeout=60)
        zoom.release()
        [first] = wait(wanted, 60, FIRST_COMPLETED).done
        assert first.result().pair_no == 1
        crowd.again.set()
        got = {one.result(60).token for one in wanted}
    assert len(got) == 1
    assert zoom.calls("refresh") == 1
    assert (account().pair_no, account().claim) == (1, None)


def test_workers_and_the_daily_refresh_share_one_claim(zoom: ZoomSimulator, hers: Connection) -> None:
    ProviderAccount.objects.update(due_at=account().granted_at)
    zoom.fault("refresh", "hold")
    crowd = Crowd(hers)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(crowd.want)
        zoom.wait_until_held()
        upkeep.work(account().pk)
        assert zoom.calls("refresh") == 1
        zoom.release()
        assert first.result(60).pair_no == 1


@pytest.fixture
def sharing(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """Released once by each thread that begins to wait for another one of its process."""
    waiting, share = Semaphore(0), access_module._share

    def begin_to_share(others: "Future[None]") -> None:
        waiting.release()
        share(others)

    monkeypatch.setattr(access_module, "PAUSES", (60.0,))  # for as long as it takes
    monkeypatch.setattr(access_module, "_share", begin_to_share)
    return waiting


def want(one: Connection) -> str:
    """Its token, for a thread that asks and ends."""
    try:
        return access(one.pk).token
    finally:
        database.close()


def tokens(one: Connection, zoom: ZoomSimulator, sharing: Semaphore) -> list[str]:
    """What fifty threads get, the others of which wait before the first has an answer."""

    with ThreadPoolExecutor(THREADS) as pool:
        wanted = [pool.submit(want, one) for _ in range(THREADS)]
        zoom.wait_until_held()
        for _ in range(THREADS - 1):
            assert sharing.acquire(timeout=60)
        zoom.release()
        return [one.result(60) for one in wanted]


def test_whoever_waits_for_another_thread_gets_its_token_and_claims_nothing(
    zoom: ZoomSimulator, hers: Connection, sharing: Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Any] = []
    take = claims.take
    monkeypatch.setattr(claims, "take", lambda *args, **options: taken.append(args) or take(*args, **options))
    zoom.fault("refresh", "hold")
    got = tokens(hers, zoom, sharing)
    assert set(got) == {access(hers.pk).token}
    assert len(taken) == zoom.calls("refresh") == 1
    assert not access_module._under_way


@pytest.mark.parametrize(("outcome", "shared"), [(Unavailable("away"), Unavailable), (SystemExit(), Busy)])
def test_whoever_waits_for_another_thread_shares_its_failure_and_not_its_end(
    hers: Connection, monkeypatch: pytest.MonkeyPatch, outcome: BaseException, shared: type[Exception]
) -> None:
    begun, end = Event(), Event()

    def fail(*_args: Any) -> None:
        begun.set()
        assert end.wait(60)
        raise outcome

    share = access_module._share
    monkeypatch.setattr(access_module, "PAUSES", (60.0,))
    monkeypatch.setattr(access_module, "_refresh_or_wait", fail)
    monkeypatch.setattr(access_module, "_share", lambda others: end.set() or share(others))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(want, hers)
        assert begun.wait(60)
        second = pool.submit(want, hers)
        with pytest.raises(shared):
            second.result(60)
        assert first.exception(60) is outcome
    assert not access_module._under_way
