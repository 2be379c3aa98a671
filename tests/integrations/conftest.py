from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.google_fixtures import google, google_process
from tests.integrations.late_calls import late
from tests.integrations.steady import steady
from tests.integrations.walking import Clock
from tests.microsoft_fixtures import microsoft, microsoft_process
from tests.zoom_fixtures import zoom, zoom_process, zoom_settings
from tests.zoom_simulator import ZoomSimulator

__all__ = [
    "google",
    "google_process",
    "late",
    "microsoft",
    "microsoft_process",
    "steady",
    "zoom",
    "zoom_process",
    "zoom_settings",
]


@pytest.fixture
def clock(zoom: ZoomSimulator) -> Iterator[Clock]:
    """Time stands still, and goes on when the test says so."""
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as ours:
        yield Clock(ours, zoom)
