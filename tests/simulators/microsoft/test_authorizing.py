"""Signing in and consenting: for oneself, with an administrator's approval, and not at all."""

import pytest

from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import CONTOSO, FABRIKAM, GRAPH, GUEST, MEETINGS, SCOPES, TIMEOUT, App, callback

REGISTERED = "http://testserver.localhost:8000/integrations/microsoft_teams/callback/"


def test_accept_comes_back_with_a_code_and_the_state(app: App, microsoft: MicrosoftSimulator) -> None:
    url = microsoft.approve(app.authorize_url(state="a b&c"))
    came = callback(url)
    assert url.startswith(REGISTERED + "?")
    assert came.keys() == {"code", "state", "session_state"}
    assert came["state"] == "a b&c"
    assert came["code"] in microsoft.secrets()


def test_cancel_comes_back_with_access_denied(app: App, microsoft: MicrosoftSimulator) -> None:
    came = callback(microsoft.decline(app.authorize_url()))
    assert (came["error"], came["state"]) == ("access_denied", "some state")
    assert came["error_description"].startswith("AADSTS65004: ")
    assert "\r\nTrace ID" in came["error_description"]


@pytest.mark.parametrize(
    ("authority", "changes", "code"),
    [
        ("organizations", {"client_id": "another"}, 700016),
        ("organizations", {"redirect_uri": REGISTERED.removesuffix("/")}, 50011),
        ("organizations", {"redirect_uri": "https://evil.example.com/"}, 50011),
        ("nowhere.example.com", {}, 90002),
    ],
)
def test_a_wrong_app_gets_microsofts_own_page_and_no_way_back(
    app: App, authority: str, changes: dict[str, str], code: int
) -> None:
    answer = app.authorize(authority, **changes)
    assert (answer.status_code, f"AADSTS{code}" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "openid Lunch.Read"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request"),
        ({"prompt": "always"}, "invalid_request"),
        ({"prompt": "none"}, "interaction_required"),
        ({"claims": "{"}, "invalid_request"),
    ],
)
def test_a_wrong_request_comes_back_with_an_error(app: App, changes: dict[str, str], error: str) -> None:
    answer = app.authorize(**changes)
    assert answer.status_code == 302
    assert callback(answer.headers["Location"])["error"] == error


def test_there_is_no_box_for_each_permission_and_what_is_given_is_escaped(app: App) -> None:
    page = app.authorize(state='"><script>alert(1)</script>').text
    assert 'type="checkbox"' not in page
    assert "<script>" not in page


def test_scopes_may_be_written_short_or_long_in_whatever_case(app: App) -> None:
    assert "Read and create your online meetings" in app.authorize(scope=f"openid {GRAPH}{MEETINGS}").text
    assert app.authorize(scope="openid onlinemeetings.readwrite").status_code == 200


def test_a_login_hint_chooses_the_account(app: App) -> None:
    page = app.authorize(login_hint="fred@fabrikam.example.com").text
    assert 'value="55555555-5555-4555-8555-555555555555" required checked' in page


# Whom an authority lets in


@pytest.mark.parametrize(
    ("authority", "user", "text"),
    [
        ("organizations", "pat", "personal account"),
        (CONTOSO, "pat", "personal account"),
        ("consumers", "carla", "Use a personal account"),
        (CONTOSO, "fred", "AADSTS50020"),
        ("fabrikam.example.com", "carla", "AADSTS50020"),
    ],
)
def test_whoever_does_not_belong_there_never_comes_back(
    app: App, microsoft: MicrosoftSimulator, authority: str, user: str, text: str
) -> None:
    assert text in microsoft.stay(app.authorize_url(authority), user=user)


@pytest.mark.parametrize(
    ("authority", "user"),
    [("common", "carla"), ("common", "pat"), ("consumers", "pat"), (CONTOSO, "carla"), ("contoso.example.com", GUEST)],
)
def test_whoever_belongs_there_does(app: App, authority: str, user: str) -> None:
    assert app.code(user, authority)


def test_an_app_registered_for_work_accounts_takes_no_personal_ones_anywhere(
    app: App, microsoft: MicrosoftSimulator
) -> None:
    microsoft.settings(registration="work")
    assert "personal account" in microsoft.stay(app.authorize_url("common"), user="pat")
    microsoft.settings(registration="single")
    assert "AADSTS50194" in app.authorize("common").text


def test_who_is_disabled_is_not_offered_and_an_app_that_is_blocked_lets_nobody_back(
    app: App, microsoft: MicrosoftSimulator
) -> None:
    microsoft.change_tenant("contoso.example.com", is_app_blocked=True)
    assert "AADSTS7000112" in microsoft.stay(app.authorize_url(), user="carla")
    microsoft.change_user("carla", status="disabled")
    assert "carla@" not in app.authorize().text


# An administrator's approval


def test_where_an_administrator_has_to_approve_a_user_never_comes_back(app: App, microsoft: MicrosoftSimulator) -> None:
    assert "Need admin approval" in microsoft.stay(app.authorize_url(), user="fred")
    assert app.code("fred", scope="openid profile User.Read")
    assert app.code("fiona")


def test_or_comes_back_with_an_error(app: App, microsoft: MicrosoftSimulator) -> None:
    came = callback(microsoft.approve(app.authorize_url(), user="ada"))
    assert came["error"] == "consent_required"
    assert came["error_description"].startswith("AADSTS90094")
    microsoft.change_tenant("adatum.example.com", approval="access_denied")
    assert callback(microsoft.approve(app.authorize_url(), user="ada"))["error"] == "access_denied"


def test_an_administrator_approves_for_everybody_and_brings_no_code(app: App, microsoft: MicrosoftSimulator) -> None:
    came = callback(microsoft.approve(_admin_url(app), user="fiona"))
    assert came.keys() == {"admin_consent", "tenant", "scope", "state"}
    assert (came["admin_consent"], came["tenant"], came["state"]) == ("True", FABRIKAM, "some state")
    assert app.code("fred")
    assert "Need admin approval" in microsoft.stay(app.authorize_url(prompt="consent"), user="fred")


def test_an_approval_of_a_part_is_not_enough(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.approve(_admin_url(app, scope="User.Read"), user="fiona")
    assert "Need admin approval" in microsoft.stay(app.authorize_url(), user="fred")


def test_only_an_administrator_of_the_tenant_can_approve(app: App, microsoft: MicrosoftSimulator) -> None:
    page = app.http.get(_admin_url(app), timeout=TIMEOUT).text
    assert "fiona@" in page
    assert "fred@" not in page
    assert "needs an administrator" in microsoft.stay(_admin_url(app), user="fred")
    assert "needs an administrator" in microsoft.stay(_admin_url(app, CONTOSO), user="fiona")
    assert callback(microsoft.decline(_admin_url(app)))["error"] == "access_denied"
    assert "AADSTS50011" in app.http.get(_admin_url(app, redirect_uri="https://evil.example"), timeout=TIMEOUT).text


def test_who_has_consented_before_is_not_stopped_by_a_later_policy(app: App, microsoft: MicrosoftSimulator) -> None:
    app.connect()
    microsoft.change_tenant("contoso.example.com", user_consent="admin")
    assert app.code("carla")
    wider = app.authorize_url(scope=f"{SCOPES} Calendars.Read")
    assert "Need admin approval" in microsoft.stay(wider, user="carla")


def _admin_url(app: App, authority: str = "organizations", **changes: str) -> str:
    scope = changes.pop("scope", f"{GRAPH}{MEETINGS} {GRAPH}User.Read openid profile email offline_access")
    return app.authorize_url(authority, scope=scope, **changes).replace("/oauth2/v2.0/authorize", "/v2.0/adminconsent")
