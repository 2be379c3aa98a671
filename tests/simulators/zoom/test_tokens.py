"""The token and revoke endpoints."""

import base64
import hashlib

import pytest

from tests.simulators.zoom.app import TIMEOUT, App, error, oauth_error
from tests.zoom_simulator import ZoomSimulator

INVALID_TOKEN = (400, "invalid_grant", "Invalid Token!")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_a_pair_has_zooms_shape(app: App) -> None:
    pair = app.connect(scopes=["user:read:user", "meeting:write:meeting"])
    assert pair | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "bearer",
        "expires_in": 3599,
        "scope": "user:read:user meeting:write:meeting",
        "api_url": "https://api.zoom.us",
    }


def test_a_code_works_once(app: App) -> None:
    code = app.code()
    assert app.exchange(code).status_code == 200
    assert oauth_error(app.exchange(code)) == (400, "invalid_request", f"Invalid authorization code {code}")


def test_a_code_lives_five_minutes(app: App, zoom: ZoomSimulator) -> None:
    code, late = app.code(), app.code()
    zoom.advance(290)
    assert app.exchange(code).status_code == 200
    zoom.advance(11)
    assert app.exchange(late).status_code == 400


def test_the_redirect_uri_has_to_be_the_one_of_the_authorization(app: App) -> None:
    answer = app.exchange(app.code(), redirect_uri="http://testserver.localhost:8000/")
    assert oauth_error(answer) == (400, "invalid_request", "Redirect URI mismatch.")


@pytest.mark.parametrize(
    ("challenge", "verifier", "status"),
    [
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, VERIFIER, 200),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "another", 400),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "", 400),
        ({"code_challenge": VERIFIER}, VERIFIER, 200),
        ({"code_challenge": VERIFIER}, "another", 400),
    ],
)
def test_a_challenge_wants_its_verifier(app: App, challenge: dict[str, str], verifier: str, status: int) -> None:
    assert app.exchange(app.code("jill", None, **challenge), code_verifier=verifier).status_code == status


def test_a_wrong_secret_is_the_client_s_fault_and_spends_no_code(app: App) -> None:
    code = app.code()
    answer = app.exchange(code, secret="wrong")
    assert oauth_error(answer) == (401, "invalid_client", "Invalid client_id or client_secret")
    assert app.exchange(code).status_code == 200


def test_parameters_in_the_query_string_do_not_count(app: App, zoom: ZoomSimulator) -> None:
    answer = app.http.post(
        f"{zoom.url}/oauth/token",
        params={"grant_type": "authorization_code", "code": app.code()},
        auth=(zoom.client_id, zoom.client_secret),
        timeout=TIMEOUT,
    )
    assert oauth_error(answer) == (400, "invalid_request", "Bad request")


def test_an_unknown_grant_type_is_refused(app: App) -> None:
    assert oauth_error(app.token(grant_type="password"))[1] == "unsupported_grant_type"


def test_a_refresh_replaces_both_tokens(app: App) -> None:
    old = app.connect()
    new = app.refresh(old).json()
    assert app.api(new, "GET", "users/me").status_code == 200
    assert error(app.api(old, "GET", "users/me")) == (401, 124, "Invalid access token.")
    assert oauth_error(app.refresh(old)) == INVALID_TOKEN
    assert app.refresh(new).status_code == 200


def test_with_grace_the_old_pair_works_on_for_that_long(app: App, zoom: ZoomSimulator) -> None:
    zoom.settings(refresh_grace=60)
    old = app.connect()
    app.refresh(old)
    assert app.api(old, "GET", "users/me").status_code == 200
    assert app.refresh(old).status_code == 200
    zoom.advance(61)
    assert oauth_error(app.refresh(old)) == INVALID_TOKEN


def test_a_new_authorization_kills_the_older_grant_of_that_user_only(app: App) -> None:
    first, other = app.connect("jill"), app.connect("ben")
    second = app.connect("jill", ["user:read:user"])
    assert app.api(first, "GET", "users/me").status_code == 401
    assert oauth_error(app.refresh(first)) == INVALID_TOKEN
    assert app.api(second, "GET", "users/me").status_code == 200
    assert app.api(other, "GET", "users/me").status_code == 200


def test_an_authorization_that_is_not_exchanged_kills_nothing(app: App) -> None:
    pair = app.connect()
    app.code()
    assert app.refresh(pair).status_code == 200


def test_an_access_token_lives_an_hour(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.advance(3601)
    assert error(app.api(pair, "GET", "users/me")) == (401, 124, "Access token is expired.")
    assert app.revoke(pair).status_code == 400
    assert app.refresh(pair).status_code == 200


def test_revoking_ends_the_grant(app: App) -> None:
    pair = app.connect()
    answer = app.revoke(pair)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert app.api(pair, "GET", "users/me").status_code == 401
    assert oauth_error(app.refresh(pair)) == INVALID_TOKEN
    assert oauth_error(app.revoke(pair)) == (400, "invalid_request", "Invalid Token!")


@pytest.mark.parametrize(
    ("switch", "api_message", "refreshes"),
    [
        ("expire", "Access token is expired.", True),
        ("kill_refresh", "", False),
        ("deauthorize", "Invalid access token.", False),
    ],
)
def test_a_users_tokens_can_be_ended_from_outside(
    app: App, zoom: ZoomSimulator, switch: str, api_message: str, refreshes: bool
) -> None:
    pair = app.connect()
    getattr(zoom, switch)("jill")
    assert app.api(pair, "GET", "users/me").json().get("message", "") == api_message
    assert app.refresh(pair).ok == refreshes
