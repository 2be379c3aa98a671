"""What Zoom holds after a create, and how a meeting is found again."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import time_machine

from integrations.providers.base import OAuthProvider, ReconnectNeeded, Refused, Unavailable, Unknown
from integrations.providers.http import NotSent
from integrations.vendors.oauth import transport_outcome
from integrations.vendors.zoom import ZoomVendor
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.providers.zoom import consent, zoom_at, zoom_vendor_at
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture
def provider(zoom: ZoomSimulator) -> OAuthProvider:
    return zoom_at(zoom.url)


@pytest.fixture
def vendor(zoom: ZoomSimulator) -> ZoomVendor:
    return zoom_vendor_at(zoom.url)


@pytest.fixture
def token(vendor: ZoomVendor, zoom: ZoomSimulator) -> str:
    return consent(zoom, vendor).access_token


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2031, 7, 6, 9, 30, tzinfo=UTC),
        datetime(2031, 7, 6, 11, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2031, 7, 6, 15, 0, 59, 999, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_zoom_gets_the_start_in_utc_and_the_zone_for_display(
    provider: OAuthProvider, zoom: ZoomSimulator, token: str, starts_at: datetime
) -> None:
    provider.create(token, meeting_request(starts_at=starts_at))
    [meeting] = zoom.meetings()
    assert meeting["start_time"][:16] == "2031-07-06T09:30"
    assert meeting["timezone"] == "Europe/Berlin"
    assert meeting["type"] == 2


def test_the_reference_is_the_agendas_first_line(provider: OAuthProvider, zoom: ZoomSimulator, token: str) -> None:
    provider.create(token, meeting_request(agenda="a" * 5000, title="T" * 300))
    [meeting] = zoom.meetings()
    assert meeting["agenda"].split("\n")[0] == "O-Key 7f3a"
    assert len(meeting["agenda"]) == 2000
    assert meeting["topic"] == "T" * 200
    assert meeting["settings"]["use_pmi"] is False


def test_the_host_key_is_not_kept(provider: OAuthProvider, zoom: ZoomSimulator, token: str) -> None:
    made = provider.create(token, meeting_request())
    [meeting] = zoom.meetings()
    assert meeting["start_url"] not in (made.join_url, made.external_id, made.passcode)
    assert made.external_id == str(meeting["id"])
    assert made.tracking_id


def test_one_create_is_one_call(provider: OAuthProvider, zoom: ZoomSimulator, token: str) -> None:
    zoom.reset_counters()
    provider.create(token, meeting_request())
    assert {name: count["calls"] for name, count in zoom.state("counters")["counters"].items() if count["calls"]} == {
        "create": 1
    }


def test_a_meeting_is_found_on_any_page_the_oldest_first(
    provider: OAuthProvider, zoom: ZoomSimulator, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.providers.zoom.api.PAGE_SIZE", 2)
    wanted = []
    for number in range(7):
        made = provider.create(token, meeting_request(reference="O-Key 7f3a" if number % 3 == 0 else f"O-Key {number}"))
        wanted += [made.external_id] if number % 3 == 0 else []
    assert {one.external_id for one in provider.find(token, meeting_request())} == set(wanted)
    assert zoom.calls("list") >= 4


def test_a_reference_in_the_middle_of_an_agenda_is_not_ours(provider: OAuthProvider, token: str) -> None:
    provider.create(token, meeting_request(reference="O-Key 9999", agenda="O-Key 7f3a"))
    assert provider.find(token, meeting_request()) == []


def test_a_person_who_may_not_host_is_known_at_once_and_refused_later(
    provider: OAuthProvider, vendor: ZoomVendor, zoom: ZoomSimulator
) -> None:
    nora = consent(zoom, vendor, user="nora").access_token
    assert not vendor.identify(nora).may_host
    with pytest.raises(Refused) as refusal:
        provider.create(nora, meeting_request())
    assert refusal.value.reason == "may_not_host"


@pytest.mark.parametrize("user", ["jill", "ben", "pia", "len"])
def test_who_may_host_is_told_from_a_pending_or_a_basic_user(
    vendor: ZoomVendor, zoom: ZoomSimulator, user: str
) -> None:
    assert vendor.identify(consent(zoom, vendor, user=user).access_token).may_host


def test_the_daily_limit_is_the_persons_and_says_until_when(
    provider: OAuthProvider, zoom: ZoomSimulator, token: str
) -> None:
    zoom.settings(daily_limit=1)
    provider.create(token, meeting_request())
    with (
        time_machine.travel(datetime.now(UTC).replace(hour=12), tick=False),
        pytest.raises(Unavailable) as limit,
    ):
        provider.create(token, meeting_request())
    assert limit.value.daily_limit
    assert limit.value.retry_at is not None
    assert limit.value.retry_at.time().isoformat() == "00:00:00"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "drop_before"}, Unknown),
        ({"kind": "drop_after"}, Unknown),
        ({"kind": "drip", "seconds": 0.05}, Unknown),
        ({"kind": "delay", "seconds": 1}, Unknown),
        ({"kind": "empty", "status": 201}, Unknown),
        ({"kind": "bad_json", "status": 201}, Unknown),
        ({"kind": "status", "status": 500, "after": True}, Unknown),
        ({"kind": "status", "status": 502, "after": True}, Unknown),
        ({"kind": "status", "status": 503, "after": True}, Unknown),
        ({"kind": "xml"}, Unknown),
        ({"kind": "xml", "status": 400}, Unavailable),
        ({"kind": "rate_limit_second"}, Unavailable),
        ({"kind": "rate_limit_daily"}, Unavailable),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else "",
)
def test_each_way_in_which_a_create_goes_wrong(
    zoom: ZoomSimulator, token: str, fault: dict[str, object], expected: type[Exception]
) -> None:
    zoom.fault("create", **fault)
    with pytest.raises(expected):
        zoom_at(zoom.url, deadline=0.3).create(token, meeting_request())


def test_a_dead_zoom_has_made_nothing(zoom: ZoomSimulator, token: str) -> None:
    zoom.kill()
    try:
        with pytest.raises(Unavailable):
            zoom_at(zoom.url).create(token, meeting_request())
    finally:
        zoom.start()


def test_not_sent_and_perhaps_sent_are_two_things() -> None:
    assert type(transport_outcome(NotSent("NewConnectionError"))) is Unavailable


def test_an_expired_token_needs_a_new_one(provider: OAuthProvider, zoom: ZoomSimulator, token: str) -> None:
    zoom.expire("jill")
    with pytest.raises(ReconnectNeeded):
        provider.create(token, meeting_request())
