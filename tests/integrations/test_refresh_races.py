"""Many want one expired token at the same moment; Zoom is asked once."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event, Semaphore

import pytest
from django.db import connection as database

from integrations import upkeep
from integrations.access import Access, Busy, access
from integrations.models import Connection, ProviderAccount
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


def test_fifty_threads_make_one_refresh_and_all_get_the_new_token(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
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
