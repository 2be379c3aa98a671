"""Every answer of Zoom's token endpoint that was ever seen, and the one outcome that each of them is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses
import time_machine

from integrations.providers.base import Grant, Misconfigured, Outcome, ReconnectNeeded, Refused, Unavailable, Unknown
from tests.integrations.providers.zoom import CALLBACK, zoom_at, zoom_vendor_at

TOKEN_URL = "https://zoom.us/oauth/token"
PAIR = {
    "access_token": "eyJzdiI6-access",
    "token_type": "bearer",
    "refresh_token": "eyJzdiI6-refresh",
    "expires_in": 3599,
    "scope": "meeting:write:meeting user:read:user",
    "api_url": "https://api.zoom.us",
}
XML = '<?xml version="1.0" encoding="UTF-8"?><error><message>Service Unavailable</message></error>'
EITHER = pytest.mark.parametrize("call", ["exchange", "refresh"])


def ask(call: str, status: int, body: Any, **options: Any) -> Grant:
    with responses.RequestsMock() as zoom:
        zoom.post(TOKEN_URL, status=status, body=body if isinstance(body, str) else json.dumps(body), **options)
        vendor = zoom_vendor_at("https://zoom.us", "https://api.zoom.us")
        try:
            if call == "refresh":
                return vendor.refresh("the-token")
            return vendor.exchange("the-code", verifier="v", redirect_uri=CALLBACK)
        finally:
            assert len(zoom.calls) == 1


def outcome_of(call: str, status: int, body: Any, **options: Any) -> Outcome:
    with pytest.raises(Outcome) as error:
        ask(call, status, body, **options)
    return error.value


# --- Pairs -----------------------------------------------------------------------------------------------


@EITHER
def test_a_pair_is_read(call: str) -> None:
    assert ask(call, 200, PAIR) == Grant(
        "eyJzdiI6-access", "eyJzdiI6-refresh", 3599, frozenset({"meeting:write:meeting", "user:read:user"})
    )


@EITHER
@pytest.mark.parametrize(
    ("changes", "expires_in"),
    [
        ({"expires_in": "3599"}, 3599),
        ({"expires_in": "soon"}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": -5}, 0),
        ({"expires_in": 10**12}, 86400),
        ({"expires_in": [1]}, 3600),
        ({"expires_in": 1e400}, 3600),
        ({"token_type": None}, 3599),
        ({"scope": 5}, 3599),
        ({"scope": ["meeting:write:meeting"]}, 3599),
        ({"error": None, "reason": None}, 3599),
        ({"error": ""}, 3599),
        ({"error": "of_no_consequence"}, 3599),
        ({"unknown": {"deep": []}}, 3599),
    ],
)
def test_a_pair_is_never_lost_to_something_odd_beside_it(call: str, changes: dict[str, Any], expires_in: int) -> None:
    grant = ask(call, 200, PAIR | changes)
    assert (grant.access_token, grant.refresh_token, grant.expires_in) == (
        "eyJzdiI6-access",
        "eyJzdiI6-refresh",
        expires_in,
    )


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("meeting:write", {"meeting:write"}),
        ("a b  c", {"a", "b", "c"}),
        ("a,b, c", {"a", "b", "c"}),
    ],
)
def test_scopes_are_separated_by_spaces_or_commas(scope: str, scopes: set[str]) -> None:
    assert ask("exchange", 200, PAIR | {"scope": scope}).scopes == scopes


def test_without_scopes_an_exchange_granted_what_was_needed_and_a_refresh_what_was_before() -> None:
    bare = {name: value for name, value in PAIR.items() if name != "scope"}
    assert not zoom_at().missing_scopes(ask("exchange", 200, bare).scopes)
    assert ask("refresh", 200, bare).scopes == frozenset()


def test_a_grant_shows_no_secret() -> None:
    assert "eyJ" not in repr(ask("refresh", 200, PAIR))


def test_what_is_sent_is_in_the_body_and_names_the_client_by_basic_authorization() -> None:
    with responses.RequestsMock() as zoom:
        zoom.post(TOKEN_URL, json=PAIR)
        zoom_vendor_at("https://zoom.us").exchange("the-code", verifier="the-verifier", redirect_uri=CALLBACK)
        zoom_vendor_at("https://zoom.us").refresh("the-token")
        exchange, refresh = (call.request for call in zoom.calls)
    assert exchange.url == refresh.url == TOKEN_URL
    assert exchange.headers["Authorization"] == refresh.headers["Authorization"]
    assert exchange.headers["Authorization"] == "Basic dGVzdC1jbGllbnQtaWQ6dGVzdC1jbGllbnQtc2VjcmV0"
    assert dict(parse_qsl(str(exchange.body))) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": CALLBACK,
        "code_verifier": "the-verifier",
    }
    sent = dict(parse_qsl(str(refresh.body)))
    assert (sent["grant_type"], sent["refresh_token"]) == ("refresh_token", "the-token")
    assert "client_secret" not in sent


# --- Refusals --------------------------------------------------------------------------------------------

INVALID_TOKEN = {"reason": "Invalid Token!", "error": "invalid_grant"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, INVALID_TOKEN),
        (401, INVALID_TOKEN),
        (400, {"reason": "Invalid Token!", "error": "invalid_request"}),
        (401, {"reason": "Invalid Token!", "error": "invalid_request"}),
        (400, {"error": "invalid_grant"}),
        (400, {"reason": "4735: the token's owner does not exist", "error": "invalid_request"}),
        (400, {"reason": "Token is invalid", "error": "invalid_request", "code": 4741}),
        (400, {"reason": "scopes differ", "error": "invalid_request", "errorCode": 4711}),
    ],
)
def test_a_dead_refresh_token_needs_a_new_authorization(status: int, body: Any) -> None:
    assert type(outcome_of("refresh", status, body)) is ReconnectNeeded


@EITHER
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}),
        (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}),
        (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_request"}),
        (400, {"reason": "4717: the app has been disabled", "error": "invalid_request"}),
        (400, {"reason": "Bad request", "error": "invalid_request"}),
        (400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}),
        (400, {"reason": "Redirect URI mismatch.", "error": "invalid_request"}),
        (400, {"reason": "Invalid redirect url: 4709", "error": "invalid_request"}),
        (400, {}),
        (404, {"message": "no such address"}),
    ],
)
def test_our_own_mistakes_are_the_operators_and_never_the_owners(call: str, status: int, body: Any) -> None:
    assert type(outcome_of(call, status, body)) is Misconfigured


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "Invalid authorization code 8kF2nQ0xXyZ7aBcDeFgH", "error": "invalid_request"},
        {"reason": "4733: code is expired", "error": "invalid_request"},
        {"reason": "4734", "error": "invalid_request"},
        {"reason": "Invalid code verifier.", "error": "invalid_grant"},
        {"reason": "Invalid Token!", "error": "invalid_grant"},
    ],
)
def test_a_code_that_is_no_good_is_refused_and_not_quoted(body: dict[str, str]) -> None:
    outcome = outcome_of("exchange", 400, body)
    assert type(outcome) is Refused
    assert outcome.reason == "code_refused"
    assert "8kF2nQ0xXyZ7aBcDeFgH" not in outcome.detail


# --- Not now ---------------------------------------------------------------------------------------------


@EITHER
@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize("body", ["", XML, '{"access_token": "eyJ0', INVALID_TOKEN])
def test_zoom_is_down_and_the_grant_stays(call: str, status: int, body: Any) -> None:
    # What fails in a refresh may fail after the work, and leaves open whether the old pair is spent.
    is_open = call == "refresh" and status >= 500
    assert type(outcome_of(call, status, body)) is (Unknown if is_open else Unavailable)


@EITHER
@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("body", ["", XML, "<html>Forbidden</html>", "[]", '"invalid_grant"'])
def test_a_refusal_that_is_not_in_zooms_own_words_says_nothing_about_the_grant(
    call: str, status: int, body: str
) -> None:
    assert type(outcome_of(call, status, body)) is Unavailable


@EITHER
@pytest.mark.parametrize(
    "body",
    [
        "",
        XML,
        '{"access_token": "eyJ0',
        "[]",
        {},
        {"access_token": "a"},
        {"refresh_token": "r"},
        PAIR | {"access_token": ""},
    ],
)
def test_a_success_without_a_pair_leaves_open_what_zoom_did(call: str, body: Any) -> None:
    assert type(outcome_of(call, 200, body)) is Unknown


@EITHER
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_address_that_redirects_gets_neither_code_nor_token_and_is_the_operators_mistake(
    call: str, status: int
) -> None:
    elsewhere = {"Location": "https://evil.example/oauth/token"}
    for body in ("", {"reason": "moved"}):
        assert type(outcome_of(call, status, body, headers=elsewhere)) in {Misconfigured, Unavailable}


def test_too_many_requests_say_until_when() -> None:
    now = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        outcome = outcome_of("refresh", 429, {}, headers={"Retry-After": "9"})
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_at == now + timedelta(seconds=9)


# --- Revoking --------------------------------------------------------------------------------------------


def revoke(status: int, body: Any, **options: Any) -> None:
    with responses.RequestsMock() as zoom:
        zoom.post(
            "https://zoom.us/oauth/revoke",
            status=status,
            body=body if isinstance(body, str) else json.dumps(body),
            **options,
        )
        zoom_vendor_at("https://zoom.us").revoke("the-token")
        [call] = zoom.calls
        assert call.request.body == "token=the-token"
        assert call.request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": "success"}),
        (200, ""),
        (400, {"reason": "Invalid Token!", "error": "invalid_request"}),
        (401, INVALID_TOKEN),
    ],
)
def test_what_is_revoked_already_is_revoked(status: int, body: Any) -> None:
    revoke(status, body)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (503, XML, Unknown),
        (500, {"reason": "x"}, Unknown),
        (429, {}, Unavailable),
        (400, "", Unavailable),
        (403, "<html>", Unavailable),
        (401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, Misconfigured),
        (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_request"}, Misconfigured),
        (400, {"reason": "Bad request", "error": "invalid_request"}, Misconfigured),
        (302, {"reason": "moved"}, Misconfigured),
        (302, "", Misconfigured),
    ],
)
def test_what_says_nothing_about_the_token_is_tried_again(status: int, body: Any, expected: type[Outcome]) -> None:
    with pytest.raises(Outcome) as error:
        revoke(status, body, headers={"Location": "https://evil.example/"})
    assert type(error.value) is expected
