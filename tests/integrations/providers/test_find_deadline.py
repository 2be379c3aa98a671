"""Looking through many pages takes no longer than one call may, for a claim covers it; and it goes to the last one."""

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


@pytest.mark.django_db
def test_what_stands_on_the_last_of_many_pages_is_found(
    zoom: ZoomSimulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    token, _refresh_token = grants.tokens_of(ProviderAccount.objects.get())
    monkeypatch.setattr(api, "PAGE_SIZE", 1)
    monkeypatch.setattr(Zoom, "deadline", 60)
    starts_at = datetime.now(UTC) + timedelta(days=1)
    wanted = MeetingRequest("O-Key wanted/1", "Call", "", starts_at, 30, "UTC")
    other = MeetingRequest("O-Key other/1", "Call", "", starts_at, 30, "UTC")
    for request in (wanted, *[other] * 24, wanted):
        registry.provider("zoom").create(token, request)
    assert len(registry.provider("zoom").find(token, wanted)) == 2
    assert zoom.calls("list") == 26


@pytest.mark.django_db
def test_a_list_without_end_is_given_up_and_nothing_in_it_called_missing(
    zoom: ZoomSimulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    token, _refresh_token = grants.tokens_of(ProviderAccount.objects.get())
    monkeypatch.setattr(Zoom, "deadline", 0.5)
    zoom.fault("list", "status", status=200, times=None, body={"meetings": [], "next_page_token": "more"})
    starts_at = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises((Unavailable, Unknown)):
        registry.provider("zoom").find(token, MeetingRequest("O-Key 1/1", "Call", "", starts_at, 30, "UTC"))
    assert zoom.calls("list") > 1
