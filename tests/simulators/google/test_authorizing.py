"""The consent page and what comes back from it."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.google_simulator import GoogleSimulator
from tests.simulators.google.app import CREATED, EMAIL, FREEBUSY, TIMEOUT, App, callback, oauth_error, scopes


def test_continue_comes_back_with_a_code_the_state_and_the_scopes_as_google_spells_them(
    app: App, google: GoogleSimulator
) -> None:
    url = google.approve(app.authorize_url(state="a b&c"))
    came = callback(url)
    assert url.startswith(google.redirect_uris[0] + "?")
    assert came["state"] == "a b&c"
    assert came["code"] in google.secrets()
    assert set(came["scope"].split()) == {"openid", EMAIL, CREATED}
    assert came["hd"] == "example.org"
    assert "hd" not in callback(google.approve(app.authorize_url(), user="gina"))


def test_cancel_comes_back_with_access_denied(app: App, google: GoogleSimulator) -> None:
    assert callback(google.decline(app.authorize_url())) == {"error": "access_denied", "state": "some state"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"redirect_uri": "http://testserver.localhost:8000/integrations/google_meet/callback"}, 400, "mismatch"),
        ({"redirect_uri": "https://evil.example.com/"}, 400, "redirect_uri_mismatch"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"scope": "openid lunch"}, 400, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, 400, "invalid_request"),
        ({"access_type": "always"}, 400, "invalid_request"),
        ({"prompt": "login"}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_gets_googles_own_page_and_no_way_back(
    app: App, changes: dict[str, str], status: int, code: str
) -> None:
    answer = app.authorize(**changes)
    assert answer.status_code == status
    assert code in answer.text


def test_a_browser_inside_an_app_may_not_sign_in(app: App) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36"
    answer = app.http.get(app.authorize_url(), headers={"User-Agent": agent}, timeout=TIMEOUT)
    assert (answer.status_code, "disallowed_useragent" in answer.text) == (403, True)


def test_an_administrator_who_blocks_apps_lets_nobody_come_back(app: App, google: GoogleSimulator) -> None:
    asked = dict(parse_qsl(urlsplit(app.authorize_url()).query))
    form = asked | {"asked": asked["scope"], "decision": "allow", "user": "105000000000000000005"}
    answer = app.http.post(f"{google.url}/o/oauth2/v2/auth", data=form, allow_redirects=False, timeout=TIMEOUT)
    assert (answer.status_code, "admin_policy_enforced" in answer.text) == (400, True)


def test_a_deleted_client_is_said_on_the_page_and_by_the_token_endpoint(app: App, google: GoogleSimulator) -> None:
    code = app.code()
    google.settings(is_client_deleted=True)
    assert "deleted_client" in app.authorize().text
    assert oauth_error(app.exchange(code)) == (401, "deleted_client")


def test_each_permission_but_the_sign_in_ones_has_a_box_that_can_be_left_out(app: App) -> None:
    asked = f"openid email {CREATED} {FREEBUSY}"
    assert scopes(app.connect(scopes=[CREATED], scope=asked)) == {"openid", EMAIL, CREATED}
    assert scopes(app.connect(scopes=[], scope=asked)) == {"openid", EMAIL}


def test_a_single_permission_has_no_box(app: App) -> None:
    page = app.authorize(scope=CREATED).text
    assert 'type="checkbox"' not in page
    assert scopes(app.connect(scopes=[], scope=CREATED)) == {CREATED}


def test_whoever_leaves_out_all_of_two_permissions_has_declined(app: App, google: GoogleSimulator) -> None:
    url = google.approve(app.authorize_url(scope=f"{CREATED} {FREEBUSY}"), scopes=[])
    assert callback(url)["error"] == "access_denied"


def test_boxes_may_be_unticked_at_first(app: App, google: GoogleSimulator) -> None:
    assert " checked><span>Create" in app.authorize().text
    google.settings(boxes_ticked=False)
    assert " checked><span>Create" not in app.authorize().text


@pytest.mark.parametrize("hint", ["gina@gmail.example.com", "102000000000000000002"])
def test_a_login_hint_chooses_the_account(app: App, hint: str) -> None:
    assert 'value="102000000000000000002" required checked' in app.authorize(login_hint=hint).text


def test_what_is_given_is_escaped(app: App) -> None:
    assert "<script>" not in app.authorize(state='"><script>alert(1)</script>').text
