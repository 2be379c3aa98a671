"""The token and revoke endpoints, and userinfo."""

import base64
import hashlib

import pytest

from tests.google_simulator import GoogleSimulator
from tests.simulators.google.app import CREATED, EMAIL, FREEBUSY, TIMEOUT, App, claims, oauth_error, scopes

DAY = 24 * 3600
VERIFIER = "a verifier that is as long as they have to be, at the least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
DEAD = (400, "invalid_grant")


def test_an_exchange_gives_tokens(app: App) -> None:
    tokens = app.connect()
    assert tokens.keys() == {"access_token", "refresh_token", "expires_in", "scope", "token_type", "id_token"}
    assert (tokens["expires_in"], tokens["token_type"]) == (3599, "Bearer")
    assert scopes(tokens) == {"openid", EMAIL, CREATED}
    assert len(tokens["access_token"]) <= 2048
    assert len(tokens["refresh_token"]) <= 512


def test_the_id_token_says_who_it_is(app: App, google: GoogleSimulator) -> None:
    said = claims(app.connect(nonce="once"))
    assert said["iss"] in ("https://accounts.google.com", "accounts.google.com")
    assert said.items() >= {"aud": google.client_id, "sub": "101000000000000000001", "nonce": "once"}.items()
    assert said.items() >= {"email": "will@example.org", "email_verified": True, "hd": "example.org"}.items()
    assert "name" not in said
    assert "id_token" not in app.connect(scope=CREATED)


def test_userinfo_says_what_the_scopes_allow(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect("gina", scope=f"openid email profile {CREATED}")
    assert app.api(tokens, "GET", "v1/userinfo").json() == {
        "sub": "102000000000000000002",
        "email": "gina@gmail.example.com",
        "email_verified": True,
        "name": "Gina Gmail",
        "given_name": "Gina",
        "family_name": "Gmail",
    }
    assert app.api(app.connect(scope=CREATED), "GET", "v1/userinfo").status_code == 401
    google.expire("gina")
    assert oauth_error(app.api(tokens, "GET", "v1/userinfo")) == (401, "invalid_request")


def test_a_code_works_once(app: App) -> None:
    code = app.code()
    assert app.exchange(code).status_code == 200
    assert oauth_error(app.exchange(code)) == DEAD
    assert oauth_error(app.exchange("no code")) == DEAD


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
    assert app.exchange(app.code(**challenge), code_verifier=verifier).status_code == status


def test_the_redirect_uri_has_to_be_the_one_of_the_authorization(app: App) -> None:
    assert oauth_error(app.exchange(app.code(), redirect_uri="http://else.example")) == (400, "redirect_uri_mismatch")


def test_a_wrong_secret_spends_no_code_and_basic_does_as_well(app: App, google: GoogleSimulator) -> None:
    code = app.code()
    assert oauth_error(app.exchange(code, secret="wrong")) == (401, "invalid_client")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": google.redirect_uris[0]}
    auth = (google.client_id, google.client_secret)
    assert app.http.post(f"{google.url}/token", data=form, auth=auth, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize(("form", "error"), [({}, "invalid_request"), ({"grant_type": "x"}, "unsupported_grant_type")])
def test_a_grant_type_has_to_be_one(app: App, form: dict[str, str], error: str) -> None:
    assert oauth_error(app.token(**form)) == (400, error)


# Which exchange gives a refresh token


def test_without_offline_access_there_is_no_refresh_token(app: App) -> None:
    assert "refresh_token" not in app.connect(access_type="")


def test_without_the_prompt_only_the_first_consent_gives_a_refresh_token(app: App) -> None:
    assert "refresh_token" in app.connect(prompt="")
    assert "refresh_token" not in app.connect(prompt="select_account")
    assert "refresh_token" in app.connect(prompt="consent select_account")


def test_a_refresh_does_not_rotate(app: App) -> None:
    tokens = app.connect()
    first, second = app.refresh(tokens), app.refresh(tokens)
    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert "refresh_token" not in first.json()
    assert scopes(first.json()) == scopes(tokens)
    assert app.create(tokens).status_code == app.create(first.json()).status_code == 200


def test_a_new_sign_in_leaves_the_older_grants_alone(app: App, google: GoogleSimulator) -> None:
    first, second = app.connect(), app.connect()
    assert app.refresh(first).status_code == app.refresh(second).status_code == 200
    assert len(google.grants()) == 2


def test_of_a_hundred_and_one_refresh_tokens_the_oldest_dies(app: App, google: GoogleSimulator) -> None:
    google.settings(most_refresh_tokens=2)
    tokens = [app.connect() for _ in range(3)]
    assert [app.refresh(each).status_code for each in tokens] == [400, 200, 200]


def test_scopes_are_added_up_when_one_asks_for_it(app: App) -> None:
    app.connect(scope=f"openid email {CREATED}")
    alone = app.connect(scope=f"openid {FREEBUSY}")
    together = app.connect(scope=f"openid {FREEBUSY}", include_granted_scopes="true")
    assert scopes(alone) == {"openid", FREEBUSY}
    assert scopes(together) == {"openid", EMAIL, CREATED, FREEBUSY}


# Death


def test_six_months_unused_end_a_refresh_token_and_a_use_renews_it(app: App, google: GoogleSimulator) -> None:
    used, unused = app.connect(), app.connect()
    google.advance(100 * DAY)
    assert app.refresh(used).status_code == 200
    google.advance(100 * DAY)
    assert app.refresh(used).status_code == 200
    assert oauth_error(app.refresh(unused)) == DEAD


def test_in_testing_a_grant_lives_seven_days_unless_it_is_for_signing_in_only(
    app: App, google: GoogleSimulator
) -> None:
    google.settings(publishing="testing")
    tokens, sign_in = app.connect(), app.connect("gina", scope="openid email")
    assert 7 * DAY - 5 <= tokens["refresh_token_expires_in"] <= 7 * DAY
    assert "refresh_token_expires_in" not in sign_in
    google.advance(6 * DAY)
    assert app.refresh(tokens).status_code == 200
    google.advance(DAY + 1)
    assert oauth_error(app.refresh(tokens)) == DEAD
    assert app.refresh(sign_in).status_code == 200


def test_a_disabled_account_refreshes_no_more(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect()
    google.change_user("will", status="disabled")
    assert oauth_error(app.refresh(tokens)) == DEAD


@pytest.mark.parametrize(("switch", "creates", "refreshes"), [
    ("expire", 401, 200),
    ("kill_refresh", 200, 400),
    ("deauthorize", 401, 400),
])  # fmt: skip
def test_a_persons_tokens_can_be_ended_from_outside(
    app: App, google: GoogleSimulator, switch: str, creates: int, refreshes: int
) -> None:
    tokens = app.connect()
    getattr(google, switch)("will")
    assert app.create(tokens).status_code == creates
    assert app.refresh(tokens).status_code == refreshes


# Revoking


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_revoking_any_token_ends_everything_of_that_person(app: App, google: GoogleSimulator, name: str) -> None:
    meet, calendar = app.connect(), app.connect(scope=f"openid {FREEBUSY}")
    other = app.connect("gina")
    assert app.revoke(calendar[name]).status_code == 200
    assert oauth_error(app.refresh(meet)) == oauth_error(app.refresh(calendar)) == DEAD
    assert app.create(meet).status_code == 401
    assert app.refresh(other).status_code == 200
    [revocation] = google.revocations()
    assert revocation["user_id"] == "101000000000000000001"
    assert len(revocation["ended"]) == 2
    assert google.state("permissions")["permissions"]["101000000000000000001"] == []


def test_revoking_what_is_dead_is_an_error(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect()
    app.revoke(tokens["refresh_token"])
    assert oauth_error(app.revoke(tokens["refresh_token"])) == (400, "invalid_token")
    assert oauth_error(app.revoke("no token")) == (400, "invalid_token")
    assert len(google.revocations()) == 1


def test_after_revoking_the_next_consent_is_a_first_one(app: App) -> None:
    app.revoke(app.connect()["refresh_token"])
    assert "refresh_token" in app.connect(prompt="")
