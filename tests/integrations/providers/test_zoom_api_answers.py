"""Every answer of Zoom's API that was ever seen, and the one outcome that each of them is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from integrations.providers.base import (
    REASONS,
    Outcome,
    ReconnectNeeded,
    Refused,
    Unavailable,
    Unknown,
)
from integrations.vendors.oauth import retry_after
from integrations.vendors.zoom.errors import api_outcome, token_outcome
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.providers.zoom import zoom_at, zoom_vendor_at

API = "https://api.zoom.us/v2"
NOW = datetime(2026, 3, 14, 23, 59, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
XML = '<?xml version="1.0" encoding="UTF-8"?><error><message>Service Unavailable</message></error>'
DAILY = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
    "particular user. You may resume these requests at GMT 00:00:00."
)
PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
INVALID_FIELD = {
    "code": 300,
    "message": "Validation Failed.",
    "errors": [{"field": "start_time", "message": "Invalid field."}],
}


def create(status: int, body: Any = None, **options: Any) -> Outcome:
    """What the provider raises when Zoom answers a create so."""
    content = body if isinstance(body, str) else json.dumps(body)
    with responses.RequestsMock() as zoom:
        zoom.post(f"{API}/users/me/meetings", status=status, body=content, **options)
        with pytest.raises(Outcome) as error:
            zoom_at("https://zoom.us", "https://api.zoom.us").create("token", meeting_request())
        assert len(zoom.calls) == 1
    return error.value


def ask_who(status: int, body: Any = None, **options: Any) -> Outcome:
    """The same for a call without effect."""
    content = body if isinstance(body, str) else json.dumps(body)
    with responses.RequestsMock() as zoom:
        zoom.get(f"{API}/users/me", status=status, body=content, **options)
        with pytest.raises(Outcome) as error:
            zoom_vendor_at("https://zoom.us", "https://api.zoom.us").identify("token")
    return error.value


# --- Refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, 124, "Invalid access token."),
        (401, 124, "Access token is expired."),
        (400, 124, "Invalid access token."),
        (401, 4700, "Invalid access token."),
        (401, 0, "Unauthorized"),
    ],
)
def test_an_access_token_that_is_not_good_any_more_needs_a_new_one(status: int, code: int, message: str) -> None:
    assert type(create(status, {"code": code, "message": message})) is ReconnectNeeded
    assert type(ask_who(status, {"code": code, "message": message})) is ReconnectNeeded


SCOPES_MESSAGE = "Invalid access token, does not contain scopes:[meeting:write:meeting, meeting:write:meeting:admin]."


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        (400, 4711, SCOPES_MESSAGE, "scope_missing"),
        (401, 4711, SCOPES_MESSAGE, "scope_missing"),
        (403, 4711, SCOPES_MESSAGE, "scope_missing"),
        (401, 4700, SCOPES_MESSAGE, "scope_missing"),
        (401, 124, SCOPES_MESSAGE, "scope_missing"),
        (400, 3161, "Your user account is not allowed meeting hosting and scheduling capabilities.", "may_not_host"),
        (400, 200, "Only available for paid account: 1234.", "paid_only"),
        (404, 1001, "User does not exist: me.", "user_gone"),
        (404, 3001, "Meeting does not exist: 81234567890.", "gone"),
        (400, 300, "Request Body should be a valid JSON object.", "refused"),
        (400, 3000, "You cannot schedule a meeting for this user.", "refused"),
        (400, 3018, "Not allowed to delete PMI.", "refused"),
        (400, 3037, "Not allowed to delete PAC.", "refused"),
        (400, 1010, "User does not belong to this account.", "refused"),
        (400, 3002, "Meeting is in progress.", "refused"),
        (400, 3003, "You are not the meeting host.", "refused"),
        (400, 3007, "Cannot access meeting information.", "refused"),
        (403, 4002, "Something of tomorrow.", "refused"),
        (418, None, "", "refused"),
    ],
)
def test_what_would_fail_again_as_it_is_is_refused_for_a_named_reason(
    status: int, code: int | None, message: str, reason: str
) -> None:
    outcome = create(status, {"code": code, "message": message})
    assert type(outcome) is Refused
    assert outcome.reason == reason
    assert outcome.reason in REASONS
    assert message[:40] in outcome.detail


def test_a_field_that_zoom_complains_about_is_named() -> None:
    outcome = create(400, INVALID_FIELD)
    assert type(outcome) is Refused
    assert outcome.detail == "HTTP 400, code 300: Validation Failed. (start_time: Invalid field.)"


def test_the_scopes_in_a_refusal_stay_readable() -> None:
    assert "meeting:write:meeting" in create(400, {"code": 4711, "message": SCOPES_MESSAGE}).detail


def test_a_token_that_zoom_quotes_is_not_passed_on() -> None:
    token = "eyJzdiI6IjAwMDAwMSIsImFsZyI6IkhTNTEyIiwidiI6IjIuMCIsImtpZCI6"
    for quoted in (token, f"{token}.{token}-_x", token[:20]):
        outcome = create(401, {"code": 124, "message": f"Invalid access token {quoted}!"})
        assert quoted not in outcome.detail


def test_what_no_database_takes_is_left_out_of_zooms_words() -> None:
    assert "cut ? here and there" in create(400, {"code": 300, "message": "cut \ud83d here\0and there"}).detail


def test_a_body_that_is_nested_without_end_says_nothing() -> None:
    assert type(create(400, "[" * 200_000)) is Unavailable


def test_zooms_tracking_id_is_kept_for_its_support() -> None:
    seen = {"x-zm-trackingid": "v=2.0;clid=us06;rid=WEB_1234"}
    assert create(400, INVALID_FIELD, headers=seen).tracking_id == "v=2.0;clid=us06;rid=WEB_1234"
    assert create(503, XML, headers=seen).tracking_id == "v=2.0;clid=us06;rid=WEB_1234"


# --- Not now ---------------------------------------------------------------------------------------------


DOWN = ["", XML, "<html>Bad Gateway</html>", '{"code": 5', "[]", '"no"', {"message": "Down"}]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 429, 425])
@pytest.mark.parametrize("body", DOWN)
def test_zoom_is_down_however_it_says_so(status: int, body: Any) -> None:
    outcome = ask_who(status, body)
    assert type(outcome) is Unavailable
    assert not outcome.daily_limit


@pytest.mark.parametrize("status", [429, 425])
@pytest.mark.parametrize("body", DOWN)
def test_too_many_and_too_early_say_that_nothing_was_made(status: int, body: Any) -> None:
    assert type(create(status, body)) is Unavailable


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404])
@pytest.mark.parametrize("body", ["", XML, "[]"])
def test_what_is_not_in_zooms_own_words_says_nothing_about_the_grant(status: int, body: str) -> None:
    assert type(create(status, body)) is Unavailable


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408])
@pytest.mark.parametrize("body", DOWN)
def test_a_server_that_failed_or_gave_up_leaves_open_whether_the_meeting_was_made(status: int, body: Any) -> None:
    assert type(create(status, body)) is Unknown


@pytest.mark.parametrize(
    "body",
    [
        "",
        XML,
        '{"id": 8123',
        "[]",
        {},
        {"id": 81234567890},
        {"join_url": "https://zoom.us/j/1"},
        {"id": 1, "join_url": 5},
    ],
)
def test_a_success_without_a_meeting_leaves_open_whether_one_was_made(body: Any) -> None:
    assert type(create(201, body)) is Unknown


@pytest.mark.parametrize("body", ["", XML, '{"id": 8', "[]", {}])
def test_a_success_that_names_nobody_is_asked_for_again(body: Any) -> None:
    assert isinstance(ask_who(200, body), Unavailable | Unknown)


@pytest.mark.parametrize(
    ("status", "code", "message", "headers", "expected", "daily"),
    [
        (429, 429, PER_SECOND, {}, None, False),
        (429, 4001, PER_SECOND, {}, None, False),
        (400, 4001, PER_SECOND, {}, None, False),
        (429, 429, PER_SECOND, {"Retry-After": "7"}, NOW + timedelta(seconds=7), False),
        # As it came: no Retry-After, and headers that speak of another limit.
        (429, 429, DAILY, {"x-ratelimit-category": "Light", "x-ratelimit-remaining": "5893"}, MIDNIGHT, True),
        (
            429,
            429,
            "You have reached the maximum daily rate limit for this API.",
            {"Retry-After": "2026-03-15T00:00:00Z", "X-RateLimit-Type": "Daily-limit"},
            MIDNIGHT,
            True,
        ),
        (429, 429, "Slow down.", {"X-RateLimit-Type": "Daily-limit"}, MIDNIGHT, True),
        (429, 429, DAILY, {"Retry-After": "30"}, NOW + timedelta(seconds=30), True),
    ],
)
def test_a_limit_says_until_when(
    status: int, code: int, message: str, headers: dict[str, str], expected: datetime | None, daily: bool
) -> None:
    with time_machine.travel(NOW, tick=False):
        outcome = create(status, {"code": code, "message": message}, headers=headers)
    assert type(outcome) is Unavailable
    assert (outcome.retry_at, outcome.daily_limit) == (expected, daily)


@pytest.mark.parametrize(
    ("after_midnight", "headers", "expected"),
    [
        (timedelta(0), {}, timedelta(minutes=5)),
        (timedelta(seconds=0.5), {}, timedelta(minutes=5, seconds=0.5)),
        (timedelta(minutes=14), {}, timedelta(minutes=19)),
        # Zoom's day has begun too, but its counters have not.
        (timedelta(seconds=2), {"Retry-After": "2026-03-16T00:00:00Z"}, timedelta(minutes=5, seconds=2)),
        (timedelta(seconds=2), {"Retry-After": "30"}, timedelta(seconds=32)),
        (timedelta(minutes=15), {}, timedelta(days=1)),
        (timedelta(minutes=15), {"Retry-After": "2026-03-16T00:00:00Z"}, timedelta(days=1)),
    ],
)
def test_a_daily_limit_of_the_first_quarter_of_an_hour_is_yesterdays(
    after_midnight: timedelta, headers: dict[str, str], expected: timedelta
) -> None:
    """Our clock may be ahead of Zoom's, and Zoom's counters late."""
    with time_machine.travel(MIDNIGHT + after_midnight, tick=False):
        outcome = create(429, {"code": 429, "message": DAILY}, headers=headers)
    assert isinstance(outcome, Unavailable)
    assert (outcome.retry_at, outcome.daily_limit) == (MIDNIGHT + expected, True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        ("99999999999", 24 * 3600),
        ("9" * 5000, None),
        ("2026-03-14T23:59:45Z", 15),
        ("2026-03-15T01:59:45+02:00", 15),
        ("2026-03-14T23:59:45", 15),
        ("2020-05-31T00:00:00Z", 0),
        ("2040-05-31T00:00:00Z", 24 * 3600),
        ("Sat, 14 Mar 2026 23:59:45 GMT", 15),
        ("Saturday, 14-Mar-26 23:59:45 GMT", 15),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("0001-01-01T00:00:00+14:00", 0),
        ("9999-12-31T23:59:59-14:00", 24 * 3600),
    ],
)
def test_retry_after_in_each_of_its_forms(value: str, seconds: int | None) -> None:
    with time_machine.travel(NOW, tick=False):
        assert retry_after(value) == (None if seconds is None else NOW + timedelta(seconds=seconds))


# --- Anything at all -------------------------------------------------------------------------------------

KEYS = ["code", "message", "errors", "field", "reason", "error", "access_token", "refresh_token", "errorCode", "id"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.integers(200, 599), st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode()), st.text()
)
def test_no_answer_whatever_it_is_ends_in_anything_but_an_outcome(status: int, body: bytes, header: str) -> None:
    answer = requests.Response()
    answer.status_code, answer._content = status, body
    answer.headers["retry-after"] = header
    assert isinstance(api_outcome(answer), Outcome)
    assert isinstance(api_outcome(answer, done_if_lost=True), Outcome)
    for exchanging in (True, False):
        assert isinstance(token_outcome(answer, exchanging=exchanging), Outcome | None)


def test_a_redirect_is_not_followed_with_a_token() -> None:
    assert type(create(302, {"a": 1}, headers={"Location": "https://evil.example/"})) is Unavailable
