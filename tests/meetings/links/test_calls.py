"""What one link costs the vendor: every call that its simulator has counted, with a living token and without."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations import registry
from integrations.models import Connection
from okey.owners.models import Owner
from tests.google_fixtures import connect_google_meet
from tests.meetings.linking import Schedule, work
from tests.microsoft_fixtures import connect_teams
from tests.simulator import Simulator
from tests.zoom_fixtures import connect_zoom

pytestmark = pytest.mark.django_db

CONNECT: dict[str, Callable[..., Connection]] = {
    "zoom": connect_zoom,
    "google": connect_google_meet,
    "microsoft": connect_teams,
}
WARM = {"create": 1}
COLD = {"refresh": 1, "create": 1}


def counted(simulator: Simulator) -> dict[str, int]:
    """Since the last look."""
    counters = simulator.state("counters")["counters"]
    simulator.reset_counters()
    return {name: one["calls"] for name, one in counters.items() if one["calls"]}


@pytest.mark.parametrize("vendor", CONNECT)
def test_a_warm_link_costs_one_call_and_a_cold_one_two(
    vendor: str, alice: Owner, schedule: Schedule, request: pytest.FixtureRequest
) -> None:
    simulator: Simulator = request.getfixturevalue(vendor)
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as ours:
        CONNECT[vendor](simulator, alice)
        counted(simulator)
        for hours, cost in ((0, WARM), (2, COLD), (0, WARM)):
            ours.shift(timedelta(hours=hours))
            simulator.advance(timedelta(hours=hours).total_seconds())
            meeting = work(schedule(provider=simulator.provider, starts_at=timezone.now() + timedelta(days=3)))
            assert meeting.join_url
            assert counted(simulator) == cost


def test_every_vendor_is_counted() -> None:
    assert set(CONNECT) == set(registry.VENDORS)
