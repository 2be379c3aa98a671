"""The token endpoint. There is none that revokes."""

import base64
import hashlib
import json

import pytest

from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import (
    CARLA,
    CONTOSO,
    FABRIKAM,
    MEETINGS,
    SCOPES,
    TIMEOUT,
    App,
    aadsts,
    claims,
    scopes,
)

DAY = 24 * 3600
VERIFIER = "a verifier that is as long as they have to be, at the least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CLAIMS = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})


def test_an_exchange_gives_long_tokens(app: App) -> None:
    tokens = app.connect()
    assert 3600 <= tokens["expires_in"] <= 5400
    assert scopes(tokens) == {"openid", "profile", "email", "User.Read", MEETINGS}
    assert len(tokens["refresh_token"]) > 1500
    assert len(tokens["access_token"]) > 2500


def test_a_scope_can_be_left_unsaid(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.settings(says_scope=False)
    assert "scope" not in app.connect()


def test_a_personal_account_gets_an_hour_and_the_personal_tenant(app: App) -> None:
    tokens = app.connect("pat", "common")
    assert tokens["expires_in"] == 3600
    assert claims(tokens)["tid"] == "9188040d-6c67-4c5b-b112-36a304b66dad"


def test_the_id_token_says_who_it_is(app: App, microsoft: MicrosoftSimulator) -> None:
    said = claims(app.connect(nonce="once"))
    assert said.items() >= {"tid": CONTOSO, "oid": CARLA, "aud": microsoft.client_id, "nonce": "once"}.items()
    assert said["iss"] == f"https://login.microsoftonline.com/{CONTOSO}/v2.0"
    assert "oid" not in claims(app.connect(scope=f"openid offline_access {MEETINGS}"))
    assert "id_token" not in app.connect(scope=f"offline_access {MEETINGS}")


def test_without_offline_access_there_is_no_refresh_token(app: App) -> None:
    assert "refresh_token" not in app.connect(scope=f"openid {MEETINGS}")


def test_what_the_tenant_withholds_is_missing_without_a_word(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.change_tenant(CONTOSO, withheld=[MEETINGS])
    tokens = app.connect()
    assert MEETINGS not in scopes(tokens)
    assert app.create(tokens).status_code == 403


def test_a_code_works_once_where_it_was_given_for_ten_minutes(app: App, microsoft: MicrosoftSimulator) -> None:
    code, late = app.code(), app.code()
    assert aadsts(app.exchange(code, CONTOSO)) == (400, "invalid_grant", 700005)
    assert app.exchange(code).status_code == 200
    assert aadsts(app.exchange(code)) == (400, "invalid_grant", 54005)
    assert aadsts(app.exchange("no code")) == (400, "invalid_grant", 70000)
    microsoft.advance(601)
    assert aadsts(app.exchange(late)) == (400, "invalid_grant", 70008)


@pytest.mark.parametrize(
    ("challenge", "verifier", "status"),
    [
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, VERIFIER, 200),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "another", 400),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "", 400),
        ({"code_challenge": VERIFIER}, VERIFIER, 200),
    ],
)
def test_a_challenge_wants_its_verifier(app: App, challenge: dict[str, str], verifier: str, status: int) -> None:
    answer = app.exchange(app.code(**challenge), code_verifier=verifier)
    assert answer.status_code == status
    assert answer.ok or aadsts(answer)[2] == 501481


def test_the_app_has_to_be_known(app: App, microsoft: MicrosoftSimulator) -> None:
    code = app.code()
    assert aadsts(app.exchange(code, redirect_uri="http://else.example"))[2] == 50011
    assert aadsts(app.exchange(code, client_secret="wrong")) == (401, "invalid_client", 7000215)
    assert aadsts(app.exchange(code, client_id="another")) == (400, "unauthorized_client", 700016)
    microsoft.settings(is_secret_expired=True)
    assert aadsts(app.exchange(app.code())) == (401, "invalid_client", 7000222)
    microsoft.settings(is_secret_expired=False)
    assert aadsts(app.token(grant_type="password"))[1] == "unsupported_grant_type"
    assert aadsts(app.token())[1] == "invalid_request"


def test_basic_credentials_do_as_well(app: App, microsoft: MicrosoftSimulator) -> None:
    form = {"grant_type": "authorization_code", "code": app.code(), "redirect_uri": microsoft.redirect_uris[0]}
    auth = (microsoft.client_id, microsoft.client_secret)
    url = f"{microsoft.url}/organizations/oauth2/v2.0/token"
    assert app.http.post(url, data=form, auth=auth, timeout=TIMEOUT).status_code == 200


# Refreshing


def test_a_refresh_gives_a_new_token_and_the_old_one_lives_on(app: App) -> None:
    tokens = app.connect()
    new = app.refresh(tokens).json()
    assert new["refresh_token"] != tokens["refresh_token"]
    assert app.refresh(tokens).status_code == app.refresh(new).status_code == 200
    assert app.create(tokens).ok
    assert app.create(new).ok


def test_a_new_sign_in_leaves_the_older_grants_alone(app: App, microsoft: MicrosoftSimulator) -> None:
    first, second = app.connect(), app.connect()
    assert app.refresh(first).status_code == app.refresh(second).status_code == 200
    assert len(microsoft.grants()) == 2


@pytest.mark.parametrize(
    ("authority", "status"), [("organizations", 200), ("common", 200), (CONTOSO, 200), (FABRIKAM, 400)]
)
def test_it_refreshes_at_its_own_tenant(app: App, authority: str, status: int) -> None:
    answer = app.refresh(app.connect(), authority)
    assert answer.status_code == status
    assert answer.ok or aadsts(answer) == (400, "invalid_grant", 50020)


def test_a_refresh_can_ask_for_less_and_not_for_more(app: App) -> None:
    tokens = app.connect()
    assert scopes(app.refresh(tokens, scope="User.Read").json()) == {"User.Read"}
    assert aadsts(app.refresh(tokens, scope=f"{SCOPES} Calendars.Read")) == (400, "invalid_grant", 65001)


def test_ninety_days_unused_end_a_refresh_token_and_a_use_renews_it(app: App, microsoft: MicrosoftSimulator) -> None:
    used, unused = app.connect(), app.connect()
    microsoft.advance(60 * DAY)
    assert app.refresh(used).status_code == 200
    microsoft.advance(60 * DAY)
    assert app.refresh(used).status_code == 200
    assert aadsts(app.refresh(unused)) == (400, "invalid_grant", 700082)


def test_who_refreshes_all_the_time_is_told_that_it_looks_like_a_loop(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.settings(most_refreshes=2)
    tokens = app.connect()
    assert [app.refresh(tokens).status_code for _ in range(3)] == [200, 200, 400]
    assert aadsts(app.refresh(tokens))[2] == 50196
    microsoft.advance(301)
    assert app.refresh(tokens).status_code == 200


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (50173, "invalid_grant"),
        (50057, "invalid_grant"),
        (53003, "invalid_grant"),
        (70043, "invalid_grant"),
        (50076, "interaction_required"),
        (90033, "temporarily_unavailable"),
        (650052, "invalid_resource"),
        (700016, "unauthorized_client"),
    ],
)
def test_a_users_tokens_can_be_refused_for_each_reason_until_they_sign_in_again(
    app: App, microsoft: MicrosoftSimulator, code: int, error: str
) -> None:
    tokens = app.connect()
    microsoft.change_user("carla", refresh_error=code)
    answer = app.refresh(tokens)
    assert aadsts(answer) == (400, error, code)
    assert "claims" not in answer.json()
    app.connect()
    assert app.refresh(tokens).status_code == 200


def test_claims_that_are_asked_for_have_to_be_brought(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    microsoft.change_user("carla", refresh_error=50076, challenge=CLAIMS)
    assert app.refresh(tokens).json()["claims"] == CLAIMS
    app.connect()
    assert aadsts(app.refresh(tokens))[1] == "interaction_required"
    app.connect(claims=CLAIMS)
    assert app.refresh(tokens).status_code == 200


@pytest.mark.parametrize(("switch", "api", "code"), [
    ("expire", 401, 0),
    ("kill_refresh", 401, 50173),
    ("deauthorize", 401, 65001),
])  # fmt: skip
def test_a_users_tokens_can_be_ended_from_outside(
    app: App, microsoft: MicrosoftSimulator, switch: str, api: int, code: int
) -> None:
    tokens = app.connect()
    getattr(microsoft, switch)("carla")
    assert app.api(tokens, "GET", "me").status_code == api
    answer = app.refresh(tokens)
    assert (answer.ok and not code) or aadsts(answer) == (400, "invalid_grant", code)


def test_nothing_revokes(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    for path in ("organizations/oauth2/v2.0/revoke", "oauth2/revoke", "revoke", "v1.0/me/revokeSignInSessions"):
        form = {"token": tokens["refresh_token"]}
        assert app.http.post(f"{microsoft.url}/{path}", data=form, timeout=TIMEOUT).status_code >= 400
    assert app.refresh(tokens).status_code == 200
