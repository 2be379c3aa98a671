"""Looking through many pages takes no longer than one call may: a claim covers it."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations import grants, registry
from integrations.models import ProviderAccount
from integrations.providers.base import MeetingRequest, Unavailable, Unknown
from integrations.providers.zoom import Zoom, api
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

PAGES = 6


@pytest.mark.django_db
def test_a_slow_list_of_many_pages_is_given_up_in_time(
    zoom: ZoomSimulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    token, _refresh_token = grants.tokens_of(ProviderAccount.objects.get())
    starts_at = datetime.now(UTC) + timedelta(days=1)
    request = MeetingRequest("O-Key 1/1", "Call", "", starts_at, 30, "UTC")
    for _ in range(PAGES):
        registry.provider("zoom").create(token, request)
    monkeypatch.setattr(api, "PAGE_SIZE", 1)
    assert len(registry.provider("zoom").find(token, request)) == PAGES
    before = zoom.calls("list")
    monkeypatch.setattr(Zoom, "deadline", 0.5)
    zoom.fault("list", "delay", seconds=0.2, times=None)
    with pytest.raises((Unavailable, Unknown)):
        registry.provider("zoom").find(token, request)
    assert zoom.calls("list") - before <= 3
