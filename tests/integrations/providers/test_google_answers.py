"""Every answer of Google's that the fact sheets know, and the one outcome that each of them is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import responses
import time_machine

from integrations.providers.base import (
    Grant,
    Misconfigured,
    Outcome,
    ReconnectNeeded,
    Refused,
    RemoteMeeting,
    Unavailable,
    Unknown,
)
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.providers.google import CALLBACK, CREATED, EMAIL, google_at, meet_at

TOKEN_URL, REVOKE_URL = "https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/revoke"
USERINFO_URL, SPACES_URL = "https://openidconnect.googleapis.com/v1/userinfo", "https://meet.googleapis.com/v2/spaces"
GRANT = {
    "access_token": "ya29.a0AfB_access",
    "expires_in": 3599,
    "scope": f"{CREATED} openid {EMAIL}",
    "token_type": "Bearer",
    "refresh_token": "1//0g-refresh",
    "id_token": "eyJ.eyJ.sig",
}
SPACE = {
    "name": "spaces/jQCFfuBOdN5z",
    "meetingUri": "https://meet.google.com/abc-mnop-xyz",
    "meetingCode": "abc-mnop-xyz",
    "config": {"accessType": "TRUSTED", "entryPointAccess": "ALL"},
    "phoneAccess": [{"pin": "123"}],
}
HTML = "<html><title>Error 502 (Server Error)!!1</title></html>"
EITHER = pytest.mark.parametrize("call", ["exchange", "refresh"])


def api_error(code: int, status: str, reason: str = "", **metadata: str) -> dict[str, Any]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}]
    error = {"code": code, "message": f"{status} it is.", "status": status}
    return {"error": error | ({"details": details} if reason else {})}


def text_of(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def ask(call: str, status: int, body: Any, **options: Any) -> Grant:
    with responses.RequestsMock() as google:
        google.post(TOKEN_URL, status=status, body=text_of(body), **options)
        if call == "refresh":
            return google_at().refresh("the-token")
        return google_at().exchange("the-code", verifier="v", redirect_uri=CALLBACK)


def outcome_of(call: str, status: int, body: Any, **options: Any) -> Outcome:
    with pytest.raises(Outcome) as error:
        ask(call, status, body, **options)
    return error.value


def create(*answers: tuple[int, Any], lets_everyone_in: bool = False) -> RemoteMeeting:
    with responses.RequestsMock() as google:
        for status, body in answers:
            google.post(SPACES_URL, status=status, body=text_of(body))
        return meet_at().create("token", meeting_request(lets_everyone_in=lets_everyone_in))


def refused(status: int, body: Any) -> Outcome:
    with pytest.raises(Outcome) as error:
        create((status, body))
    return error.value


# --- Grants ----------------------------------------------------------------------------------------------


def test_the_authorization_url_asks_for_a_refresh_token_and_keeps_what_was_granted() -> None:
    url = google_at().authorization_url(state="s", verifier="v", redirect_uri=CALLBACK, scopes=[CREATED])
    query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert (query["access_type"], query["prompt"], query["include_granted_scopes"]) == ("offline", "consent", "true")
    assert set(query["scope"].split()) == {"openid", EMAIL, CREATED}


def test_an_exchange_brings_both_tokens_and_the_scopes_in_any_order() -> None:
    grant = ask("exchange", 200, GRANT)
    assert (grant.access_token, grant.refresh_token, grant.expires_in) == ("ya29.a0AfB_access", "1//0g-refresh", 3599)
    assert grant.scopes == {CREATED, "openid", EMAIL}
    assert meet_at().missing_scopes(grant.scopes) == []


def test_a_refresh_brings_no_refresh_token_and_that_is_right() -> None:
    grant = ask("refresh", 200, {name: value for name, value in GRANT.items() if name != "refresh_token"})
    assert (grant.access_token, grant.refresh_token) == ("ya29.a0AfB_access", "")


def test_the_credentials_are_in_the_body_and_nothing_else_is_sent_with_them() -> None:
    with responses.RequestsMock() as google:
        google.post(TOKEN_URL, json=GRANT)
        google_at().exchange("the-code", verifier="the-verifier", redirect_uri=CALLBACK)
        google_at().refresh("the-token")
        exchange, refresh = (dict(parse_qsl(str(call.request.body))) for call in google.calls)
        assert "Authorization" not in google.calls[0].request.headers
    client = {"client_id": "test-client-id", "client_secret": "test-client-secret"}
    assert exchange == client | {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": CALLBACK,
        "code_verifier": "the-verifier",
    }
    assert refresh == client | {"grant_type": "refresh_token", "refresh_token": "the-token"}


@pytest.mark.parametrize("description", ["Token has been expired or revoked.", "Bad Request", ""])
def test_a_dead_refresh_token_needs_a_new_authorization(description: str) -> None:
    body = {"error": "invalid_grant", "error_description": description}
    assert type(outcome_of("refresh", 400, body)) is ReconnectNeeded
    with_subtype = body | {"error_subtype": "invalid_rapt"}
    assert type(outcome_of("refresh", 400, with_subtype)) is ReconnectNeeded


@pytest.mark.parametrize("description", ["Malformed auth code.", "Bad Request", "Invalid code verifier."])
def test_a_code_that_is_no_good_is_refused(description: str) -> None:
    outcome = outcome_of("exchange", 400, {"error": "invalid_grant", "error_description": description})
    assert isinstance(outcome, Refused)
    assert outcome.reason == "code_refused"


def test_an_exchange_without_a_refresh_token_is_to_be_begun_again() -> None:
    outcome = outcome_of("exchange", 200, GRANT | {"refresh_token": ""})
    assert isinstance(outcome, Refused)
    assert outcome.reason == "code_refused"


@EITHER
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "invalid_client"),
        (401, "deleted_client"),
        (401, "unauthorized_client"),
        (400, "redirect_uri_mismatch"),
        (400, "unsupported_grant_type"),
        (400, "invalid_request"),
        (403, "org_internal"),
    ],
)
def test_our_own_mistakes_are_the_operators(call: str, status: int, error: str) -> None:
    assert type(outcome_of(call, status, {"error": error, "error_description": "no"})) is Misconfigured


@EITHER
@pytest.mark.parametrize(("status", "body"), [(500, HTML), (503, ""), (502, HTML), (429, {}), (400, HTML), (401, "")])
def test_google_is_down_and_the_grant_stays(call: str, status: int, body: Any) -> None:
    assert type(outcome_of(call, status, body)) is Unavailable


@EITHER
@pytest.mark.parametrize("body", ["", HTML, "[]", {}, {"access_token": ""}])
def test_a_success_without_a_token_is_none(call: str, body: Any) -> None:
    assert type(outcome_of(call, 200, body)) is Unknown


@EITHER
def test_an_address_that_redirects_is_the_operators_mistake(call: str) -> None:
    outcome = outcome_of(call, 302, "", headers={"Location": "https://evil.example/token"})
    assert type(outcome) in {Misconfigured, Unavailable}


@pytest.mark.parametrize(
    ("status", "body"), [(200, {}), (400, {"error": "invalid_token", "error_description": "Token expired or revoked"})]
)
def test_revoking_what_is_dead_is_a_success(status: int, body: Any) -> None:
    with responses.RequestsMock() as google:
        google.post(REVOKE_URL, status=status, json=body)
        google_at().revoke("the-token")
        assert "token=the-token" in str(google.calls[0].request.body)


def test_whose_grant_it_is_is_told_by_sub_alone() -> None:
    with responses.RequestsMock() as google:
        google.get(USERINFO_URL, json={"sub": "1" * 21, "email": "a@example.com", "hd": "example.com"})
        one = google_at().identify("token")
    assert (one.external_id, one.email, one.account_id, one.may_host) == (
        "1" * 21,
        "a@example.com",
        "example.com",
        True,
    )


@pytest.mark.parametrize("body", ["", HTML, "{}", '{"sub": 7}', '{"sub": ""}'])
def test_without_a_sub_nobody_is_known(body: str) -> None:
    with responses.RequestsMock() as google:
        google.get(USERINFO_URL, body=body)
        with pytest.raises(Unavailable):
            google_at().identify("token")


# --- Spaces ----------------------------------------------------------------------------------------------


def test_a_space_is_read_with_who_comes_in() -> None:
    made = create((200, SPACE))
    assert (made.external_id, made.join_url) == ("spaces/jQCFfuBOdN5z", "https://meet.google.com/abc-mnop-xyz")
    assert made.lets_everyone_in is False
    assert create((200, SPACE | {"config": {"accessType": "OPEN"}}), lets_everyone_in=True).lets_everyone_in is True
    assert create((200, {name: SPACE[name] for name in ("name", "meetingUri")})).lets_everyone_in is None


def test_only_where_the_owner_chose_it_are_meetings_asked_to_be_open() -> None:
    for everyone, sent in ((True, {"config": {"accessType": "OPEN"}}), (False, {})):
        with responses.RequestsMock() as google:
            google.post(SPACES_URL, json=SPACE)
            meet_at().create("token", meeting_request(lets_everyone_in=everyone))
            assert json.loads(google.calls[0].request.body or "") == sent


@pytest.mark.parametrize(("status", "name"), [(400, "INVALID_ARGUMENT"), (403, "PERMISSION_DENIED")])
def test_where_an_organization_forbids_open_meetings_the_link_is_made_all_the_same(status: int, name: str) -> None:
    made = create((status, api_error(status, name)), (200, SPACE), lets_everyone_in=True)
    assert made.lets_everyone_in is False


@pytest.mark.parametrize("reason", ["ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"])
def test_a_missing_permission_is_that_and_asked_for_once(reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        create((403, api_error(403, "PERMISSION_DENIED", reason)), lets_everyone_in=True)
    assert refusal.value.reason == "scope_missing"


def test_a_person_without_meet_may_not_host() -> None:
    outcome = refused(403, api_error(403, "PERMISSION_DENIED"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "may_not_host"


@pytest.mark.parametrize("reason", ["SERVICE_DISABLED", "accessNotConfigured"])
def test_an_api_that_is_not_switched_on_is_the_operators_mistake(reason: str) -> None:
    assert type(refused(403, api_error(403, "PERMISSION_DENIED", reason))) is Misconfigured


def test_an_older_body_says_the_same() -> None:
    body = {"error": {"errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}], "code": 403}}
    assert type(refused(403, body)) is Unavailable


@pytest.mark.parametrize(
    ("quota", "for_everyone"),
    [
        ("SpaceCreateRequestsPerMinutePerProject", True),
        ("SpaceCreateRequestsPerMinutePerProjectPerUser", False),
        ("", False),
    ],
)
def test_a_limit_says_whose_it_is_and_until_when(quota: str, for_everyone: bool) -> None:
    now = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        outcome = refused(429, api_error(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit=quota))
    assert isinstance(outcome, Unavailable)
    assert (outcome.for_everyone, outcome.retry_at) == (for_everyone, now + timedelta(minutes=1))
    assert not outcome.daily_limit


def test_a_token_that_is_not_good_any_more_needs_a_new_one() -> None:
    assert type(refused(401, api_error(401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"))) is ReconnectNeeded


@pytest.mark.parametrize(("status", "body"), [(500, HTML), (503, api_error(503, "UNAVAILABLE")), (504, ""), (408, "")])
def test_a_server_that_failed_may_have_made_the_space(status: int, body: Any) -> None:
    assert type(refused(status, body)) is Unknown


@pytest.mark.parametrize("body", ["", HTML, "[]", {}, {"name": "spaces/x"}, SPACE | {"meetingUri": 5}])
def test_a_success_without_a_space_leaves_open_whether_there_is_one(body: Any) -> None:
    assert type(refused(200, body)) is Unknown


@pytest.mark.parametrize(("status", "body"), [(400, HTML), (403, ""), (404, "[]"), (302, "")])
def test_an_answer_that_is_not_googles_own_says_nothing(status: int, body: Any) -> None:
    assert type(refused(status, body)) is Unavailable


def test_what_is_quoted_holds_no_token() -> None:
    outcome = refused(400, {"error": {"code": 400, "message": "Bad ya29.a0AfB_byC0123456789abcdef", "status": "X"}})
    assert "ya29" not in outcome.detail


@pytest.mark.parametrize(
    "url",
    [
        "https://meet.google.com/abc-mnop-xyz",
        "https://meet.google.com/abc-mnop-xyz?authuser=0",
        "https://meet.google.com/abcdefghij",
    ],
)
def test_links_on_meets_own_host_are_safe(url: str) -> None:
    assert meet_at().is_join_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://meet.google.com/abc-mnop-xyz",
        "https://meet.google.com.evil.example/abc",
        "https://meet.google.com@evil.example/abc",
        "https://evil\\@meet.google.com/abc",
        "https://meet.google.com/abc\n",
        "https://meet.google.com/",
        "https://meet.google.com/../abc",
        "https://meet.google.com:8443/abc",
        "https://sub.meet.google.com/abc",
        "http://127.0.0.1:9001/abc-mnop-xyz",
    ],
)
def test_other_links_are_not(url: str) -> None:
    assert not meet_at().is_join_url(url)


def test_a_stand_in_on_the_loopback_has_links_of_its_own() -> None:
    assert meet_at("http://127.0.0.1:9001").is_join_url("http://127.0.0.1:9001/abc-mnop-xyz")
    assert not meet_at("http://127.0.0.1:9001").is_join_url("http://127.0.0.1:9001.evil.example/abc-mnop-xyz")
    assert not meet_at("https://stand-in.example").is_join_url("https://stand-in.example/abc-mnop-xyz")
