"""Microsoft's answers as they come, and for each of its failures the outcome."""

import base64
from typing import Any

import pytest
import responses

from integrations.providers.base import (
    Challenged,
    Misconfigured,
    Outcome,
    ReconnectNeeded,
    Refused,
    Unavailable,
    Unknown,
)
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.providers.microsoft import CALLBACK, MEETINGS, microsoft_at, teams_at

TOKEN = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
GRAPH = "https://graph.microsoft.com/v1.0"
CREATE = f"{GRAPH}/me/onlineMeetings/createOrGet"
#: As in Microsoft's own documentation.
EXPIRED = (
    "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-01-02 to "
    "alice@example.org.\r\nTrace ID: 255d1aef-8c98-452f-ac51-23d051240864"
)
MADE = {
    "id": "MSpkYzE3Njc0Yy04MWQ5LTRhZGItYmZiMi04ZGNhN2Q2M2Y2MDcqMCoqMTk6bWVldGluZ0B0aHJlYWQudjI=",
    "startDateTime": "2026-12-01T10:00:00.0000000Z",
    "endDateTime": "2026-12-01T10:30:00.0000000Z",
    "subject": "Talk",
    "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_M2@thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d",
    "lobbyBypassSettings": {"scope": "organization"},
}


DEMANDED = '{"access_token": {"acrs": {"essential": true, "value": "c1"}}}'


def demanding(claims: str) -> dict[str, str]:
    """As Graph says that the token is not enough."""
    inside = base64.b64encode(claims.encode()).decode()
    bearer = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return {"WWW-Authenticate": f'{bearer}, error="insufficient_claims", claims="{inside}"'}


def refusal(error: str, *codes: int, **more: Any) -> dict[str, Any]:
    return {"error": error, "error_description": EXPIRED, "error_codes": list(codes), "trace_id": "x"} | more


def refreshed(**answer: Any) -> Outcome:
    with responses.RequestsMock() as http:
        http.post(TOKEN, **answer)
        with pytest.raises(Outcome) as raised:
            microsoft_at().refresh("a-refresh-token")
    return raised.value


def exchanged(**answer: Any) -> Outcome:
    with responses.RequestsMock() as http:
        http.post(TOKEN, **answer)
        with pytest.raises(Outcome) as raised:
            microsoft_at().exchange("code", verifier="v" * 43, redirect_uri=CALLBACK)
    return raised.value


def graph(**answer: Any) -> Outcome:
    with responses.RequestsMock() as http:
        http.post(CREATE, **answer)
        with pytest.raises(Outcome) as raised:
            teams_at().create("a-token", meeting_request())
    return raised.value


@pytest.mark.parametrize(
    ("error", "code", "kind", "group"),
    [
        ("invalid_grant", 700082, ReconnectNeeded, "expired"),
        ("invalid_grant", 70008, ReconnectNeeded, "expired"),
        ("invalid_grant", 50173, ReconnectNeeded, "revoked"),
        ("invalid_grant", 70043, ReconnectNeeded, "wants a new sign-in"),
        ("invalid_grant", 53003, ReconnectNeeded, "policy"),
        ("invalid_grant", 65001, ReconnectNeeded, "consent withdrawn"),
        ("invalid_grant", 50057, ReconnectNeeded, "disabled"),
        ("invalid_grant", 999999, ReconnectNeeded, "AADSTS999999"),
        ("interaction_required", 50076, ReconnectNeeded, "wants a new sign-in"),
        ("invalid_grant", 50196, Unavailable, "50196"),
        ("temporarily_unavailable", 90033, Unavailable, "90033"),
        ("server_error", 90006, Unavailable, "90006"),
        ("invalid_scope", 70011, Misconfigured, "70011"),
        ("invalid_resource", 500011, Misconfigured, "500011"),
    ],
)
def test_each_refusal_of_a_refresh_is_an_outcome_that_tells_no_tales(
    error: str, code: int, kind: type[Outcome], group: str
) -> None:
    outcome = refreshed(status=400, json=refusal(error, code))
    assert type(outcome) is kind
    assert group in outcome.detail
    assert "alice" not in outcome.detail
    assert "Trace" not in outcome.detail


@pytest.mark.parametrize("error", ["interaction_required", "invalid_grant"])
def test_what_a_refusal_demands_of_the_next_sign_in_is_kept(error: str) -> None:
    answer = refusal(error, 50076, claims=DEMANDED)
    for outcome in (refreshed(status=400, json=answer), exchanged(status=400, json=answer)):
        assert type(outcome) is Challenged
        assert outcome.claims == DEMANDED
        assert "acrs" not in outcome.detail


@pytest.mark.parametrize(
    "claims", ["", "no JSON", "[1]", None, 7, '{"a": "\n"}' + "\0", "[" * 10_000, '{"a": "%s"}' % ("x" * 4000)]
)
def test_demands_that_nobody_can_meet_are_none(claims: Any) -> None:
    assert type(refreshed(status=400, json=refusal("interaction_required", 50076, claims=claims))) is ReconnectNeeded


@pytest.mark.parametrize("code", [7000215, 7000222])
def test_a_wrong_or_expired_secret_is_ours(code: int) -> None:
    assert type(refreshed(status=401, json=refusal("invalid_client", code))) is Misconfigured


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 200, "body": ""}, Unavailable),
        ({"status": 200, "json": {"token_type": "Bearer"}}, Unavailable),
        ({"status": 429, "headers": {"Retry-After": "7"}}, Unavailable),
        ({"status": 503, "body": "<html>"}, Unavailable),
        ({"status": 400, "body": "<html>"}, Unavailable),
        ({"status": 400, "json": {"error": None, "error_codes": "x"}}, Misconfigured),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, Misconfigured),
    ],
)
def test_what_is_no_word_about_the_grant_does_not_end_it(answer: dict[str, Any], kind: type[Outcome]) -> None:
    outcome = refreshed(**answer)
    assert not isinstance(outcome, ReconnectNeeded)
    assert isinstance(outcome, (kind, Unknown))


def test_scopes_are_read_whatever_their_form() -> None:
    said = "email https://graph.microsoft.com/onlinemeetings.readwrite USER.READ"
    with responses.RequestsMock() as http:
        http.post(TOKEN, json={"access_token": "a", "refresh_token": "r", "expires_in": 4321, "scope": said})
        http.post(TOKEN, json={"access_token": "a", "refresh_token": "r", "expires_in": 4321})
        vendor = microsoft_at()
        grant = vendor.exchange("code", verifier="v" * 43, redirect_uri=CALLBACK)
        unsaid = vendor.exchange("code", verifier="v" * 43, redirect_uri=CALLBACK)
    assert {"User.Read", MEETINGS} <= grant.scopes
    assert unsaid.scopes == frozenset(), "whoever asked knows what for: integrations.authorization"


@pytest.mark.parametrize(
    ("error", "description", "kind", "reason"),
    [
        ("access_denied", "AADSTS65004: User declined", Refused, "declined"),
        ("access_denied", "AADSTS90094: Admin consent", Refused, "needs_admin"),
        ("access_denied", "AADSTS65001: not consented", Refused, "needs_admin"),
        ("consent_required", "", Refused, "needs_admin"),
        ("interaction_required", "", Refused, "code_refused"),
        ("server_error", "", Unavailable, ""),
    ],
)
def test_why_somebody_comes_back_without_a_code(error: str, description: str, kind: type[Outcome], reason: str) -> None:
    outcome = microsoft_at().sent_back(error, description)
    assert type(outcome) is kind
    assert getattr(outcome, "reason", "") == reason


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (401, "InvalidAuthenticationToken", ReconnectNeeded, ""),
        (403, "Authorization_RequestDenied", Refused, "scope_missing"),
        (403, "ErrorAccessDenied", Refused, "scope_missing"),
        (403, "Forbidden", Refused, "may_not_host"),
        (403, "AccessBlocked", Refused, "refused"),
        (403, "insufficient_claims", ReconnectNeeded, ""),
        (404, "MailboxNotEnabledForRESTAPI", Refused, "may_not_host"),
        (404, "NotFound", Refused, "gone"),
        (400, "BadRequest", Refused, "refused"),
        (409, "ErrorIrresolvableConflict", Unavailable, ""),
        (423, "Locked", Unavailable, ""),
        (429, "TooManyRequests", Unavailable, ""),
        (500, "InternalServerError", Unknown, ""),
        (503, "serviceNotAvailable", Unknown, ""),
    ],
)
def test_each_refusal_of_graph_is_an_outcome(status: int, code: str, kind: type[Outcome], reason: str) -> None:
    error = {"error": {"code": code, "message": "", "innerError": {"request-id": "abc"}}}
    outcome = graph(status=status, json=error, headers={"request-id": "abc"})
    assert type(outcome) is kind
    assert getattr(outcome, "reason", "") == reason
    assert outcome.tracking_id == "abc"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("code", ["Forbidden", "InvalidAuthenticationToken", "insufficient_claims"])
def test_a_token_that_is_not_enough_says_nothing_of_what_the_person_may_do(status: int, code: str) -> None:
    outcome = graph(status=status, json={"error": {"code": code, "message": ""}}, headers=demanding(DEMANDED))
    assert type(outcome) is Challenged
    assert outcome.claims == DEMANDED


@pytest.mark.parametrize("claims", ["", "no JSON", "[]", '{"a": "\ud7ff\0"}'])
def test_a_demand_of_graphs_that_cannot_be_read_asks_for_a_new_token(claims: str) -> None:
    error = {"error": {"code": "Forbidden", "message": ""}}
    assert type(graph(status=403, json=error, headers=demanding(claims))) is ReconnectNeeded
    broken = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="%%%"'}
    assert type(graph(status=401, json=error, headers=broken)) is ReconnectNeeded


@pytest.mark.parametrize(("status", "body", "kind"), [
    (403, "<html>", Unavailable),
    (200, "", Unknown),
    (200, '{"id": "x"}', Unknown),
    (200, "[1]", Unknown),
])  # fmt: skip
def test_html_and_nothing_are_no_refusals(status: int, body: str, kind: type[Outcome]) -> None:
    assert type(graph(status=status, body=body)) is kind


def test_a_meeting_is_made_with_our_reference_and_its_link_kept_to_the_letter() -> None:
    with responses.RequestsMock() as http:
        http.post(CREATE, status=201, json=MADE)
        made = teams_at().create("a-token", meeting_request(reference="O-Key 12-ab/2"))
        sent = http.calls[0].request.body
    assert b'"externalId": "O-Key-12-ab-2"' in sent
    assert (made.external_id, made.join_url, made.lets_everyone_in) == (MADE["id"], MADE["joinWebUrl"], False)
    assert teams_at().is_join_url(made.join_url)


@pytest.mark.parametrize(
    "url",
    [
        "https://teams.microsoft.com/meet/123?p=x",
        "https://teams.cloud.microsoft/meet/123",
        "https://teams.live.com/meet/1",
        "https://gov.teams.microsoft.us/l/meetup-join/x",
    ],
)
def test_links_on_each_of_teams_hosts_are_good(url: str) -> None:
    assert teams_at().is_join_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://teams.microsoft.com.evil.example/meet/1",
        "https://evil.example\\@teams.microsoft.com/meet/1",
        "https://evil.example/teams.microsoft.com",
        "https://user@teams.microsoft.com/meet/1",
        "https://teams.microsoft.com:8443/meet/1",
        "https://teams.microsoft.com:x/meet/1",
        "http://teams.microsoft.com/meet/1",
        "https://teams.microsoft.com/\nmeet",
        "https://teams.microsoft.com/" + "x" * 1000,
        "http://127.0.0.1:9002/meet/1?p=x",
        "https://evilteams.microsoft.com/meet/1",
    ],
)
def test_links_elsewhere_are_not(url: str) -> None:
    assert not teams_at().is_join_url(url)
