"""Meet's spaces, with Google's own refusals, and the faults that are Google's."""

import re
from typing import Any

import pytest
import requests

from tests.google_simulator import GoogleSimulator
from tests.simulators.google.app import CREATED, TIMEOUT, App, api_error


def test_a_space_has_a_link_that_opens(app: App, google: GoogleSimulator) -> None:
    answer = app.api(app.connect(), "POST", "v2/spaces")
    space = answer.json()
    assert answer.status_code == 200
    assert re.fullmatch(r"spaces/\w+", space["name"])
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", space["meetingCode"])
    assert space["meetingUri"] == f"{google.url}/{space['meetingCode']}"
    assert app.http.get(space["meetingUri"], timeout=TIMEOUT).status_code == 200
    assert [(made["who"], made["uri"]) for made in google.meetings()] == [("will@example.org", space["meetingUri"])]


def test_links_can_be_on_googles_host(app: App, google: GoogleSimulator) -> None:
    google.settings(join_base="https://meet.google.com")
    assert app.create(app.connect()).json()["meetingUri"].startswith("https://meet.google.com/")


def test_creating_twice_makes_two(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect()
    app.create(tokens)
    app.create(tokens)
    assert len(google.meetings()) == 2


@pytest.mark.parametrize(("user", "asked", "effective"), [
    ("will", "", "TRUSTED"),
    ("gina", "", "RESTRICTED"),
    ("gina", "OPEN", "OPEN"),
    ("will", "RESTRICTED", "RESTRICTED"),
])  # fmt: skip
def test_the_answer_says_who_may_enter(app: App, user: str, asked: str, effective: str) -> None:
    config = {"accessType": asked} if asked else {}
    assert app.create(app.connect(user), **config).json()["config"]["accessType"] == effective


@pytest.mark.parametrize(
    ("policy", "status", "effective"), [("400", 400, ""), ("403", 403, ""), ("ignored", 200, "TRUSTED")]
)
def test_an_organisation_may_not_allow_open_meetings(
    app: App, google: GoogleSimulator, policy: str, status: int, effective: str
) -> None:
    google.change_user("olga", open_meetings=policy)
    tokens = app.connect("olga")
    answer = app.create(tokens, accessType="OPEN")
    assert answer.status_code == status
    assert answer.json().get("config", {}).get("accessType", "") == effective
    assert app.create(tokens).json()["config"]["accessType"] == "TRUSTED"


@pytest.mark.parametrize(
    "data", [[], "x", {"title": "Talk"}, {"config": {"accessType": "ALL"}}, {"config": {"lobby": 1}}, {"config": 3}]
)
def test_what_google_does_not_know_is_refused(app: App, google: GoogleSimulator, data: Any) -> None:
    assert api_error(app.api(app.connect(), "POST", "v2/spaces", data))[:2] == (400, "INVALID_ARGUMENT")
    assert google.meetings() == []


def test_there_is_no_delete_and_no_list_and_the_answer_is_a_page(app: App) -> None:
    tokens = app.connect()
    name = app.create(tokens).json()["name"]
    for method, path in (("DELETE", f"v2/{name}"), ("GET", "v2/spaces"), ("GET", "v2/conferences")):
        answer = app.api(tokens, method, path)
        assert answer.status_code in (404, 405)
        assert answer.headers["Content-Type"].startswith("text/html")


def test_a_space_can_be_read_and_changed_by_whose_it_is(app: App) -> None:
    tokens, other = app.connect(), app.connect("gina")
    space = app.create(tokens, accessType="OPEN", moderation="ON").json()
    assert app.api(tokens, "GET", f"v2/{space['name']}").json() == space
    assert app.api(tokens, "GET", f"v2/spaces/{space['meetingCode']}").json() == space
    assert api_error(app.api(other, "GET", f"v2/{space['name']}")) == (403, "PERMISSION_DENIED", "")
    assert api_error(app.api(tokens, "GET", "v2/spaces/nothing")) == (403, "PERMISSION_DENIED", "")
    assert app.api(tokens, "POST", f"v2/{space['name']}:endActiveConference").status_code == 400


def test_without_a_mask_what_is_not_sent_is_cleared(app: App) -> None:
    tokens = app.connect()
    name = app.create(tokens, accessType="OPEN", moderation="ON").json()["name"]
    change = {"config": {"accessType": "RESTRICTED"}}
    masked = app.api(tokens, "PATCH", f"v2/{name}?updateMask=config.accessType", change).json()["config"]
    assert (masked["accessType"], masked["moderation"]) == ("RESTRICTED", "ON")
    bare = app.api(tokens, "PATCH", f"v2/{name}", change).json()["config"]
    assert (bare["accessType"], bare["moderation"]) == ("RESTRICTED", "OFF")
    assert app.api(tokens, "PATCH", f"v2/{name}?updateMask=config.lobby", change).status_code == 400


def test_a_permission_that_was_left_out_is_missing(app: App) -> None:
    tokens = app.connect(scopes=[])
    assert api_error(app.create(tokens)) == (403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_without_meet_there_are_no_spaces(app: App) -> None:
    assert api_error(app.create(app.connect("nick"))) == (403, "PERMISSION_DENIED", "")


def test_an_expired_access_token_and_none_are_unauthenticated(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect()
    google.advance(3601)
    assert api_error(app.create(tokens)) == (401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED")
    assert requests.post(f"{google.url}/v2/spaces", json={}, timeout=TIMEOUT).status_code == 401


def test_an_api_that_is_not_switched_on_is_the_projects_fault(app: App, google: GoogleSimulator) -> None:
    google.settings(is_api_enabled=False)
    assert api_error(app.create(app.connect(scope=f"openid {CREATED}"))) == (
        403,
        "PERMISSION_DENIED",
        "SERVICE_DISABLED",
    )


def test_ten_a_minute_for_a_person_and_a_hundred_for_everybody(app: App, google: GoogleSimulator) -> None:
    will, gina = app.connect(), app.connect("gina")
    assert [app.create(will).status_code for _ in range(11)] == [200] * 10 + [429]
    assert _limit(app.create(will)).endswith("PerProjectPerUser")
    assert app.create(gina).status_code == 200
    google.settings(project_a_minute=11)
    assert _limit(app.create(gina)).endswith("PerProject")
    google.advance(61)
    assert app.create(will).status_code == app.create(gina).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [
    ("rate_limit_project", 429),
    ("rate_limit_user", 429),
    ("rate_limit_403", 403),
    ("retry_after", 429),
])  # fmt: skip
def test_limits_come_as_faults_too(app: App, google: GoogleSimulator, kind: str, status: int) -> None:
    tokens = app.connect()
    google.fault("create", kind)
    answer = app.create(tokens)
    assert (answer.status_code, api_error(answer)[2]) == (status, "RATE_LIMIT_EXCEEDED")
    assert ("Retry-After" in answer.headers) == (kind == "retry_after")
    assert google.meetings() == []
    assert app.create(tokens).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("status", 503), ("html", 503), ("empty", 200), ("bad_json", 200)])
@pytest.mark.parametrize("operation", ["exchange", "refresh", "revoke", "userinfo", "create"])
def test_every_operation_can_fail(app: App, google: GoogleSimulator, operation: str, kind: str, status: int) -> None:
    tokens, code = app.connect(), app.code("gina")
    calls = {
        "exchange": lambda: app.exchange(code),
        "refresh": lambda: app.refresh(tokens),
        "revoke": lambda: app.revoke(tokens["refresh_token"]),
        "userinfo": lambda: app.api(tokens, "GET", "v1/userinfo"),
        "create": lambda: app.create(tokens),
    }
    google.fault(operation, kind)
    assert calls[operation]().status_code == status
    assert calls[operation]().status_code == 200
    assert google.state("counters")["counters"][operation]["calls"] >= 2


def test_a_space_whose_answer_is_lost_was_made(app: App, google: GoogleSimulator) -> None:
    tokens = app.connect()
    google.fault("create", "drop_after")
    with pytest.raises(requests.ConnectionError):
        app.create(tokens)
    assert len(google.meetings()) == 1
    assert [lost["operation"] for lost in google.wait_for_lost_answers()] == ["create"]


def test_what_google_knows_survives_kill_9() -> None:
    with GoogleSimulator() as google:
        app = App(google)
        ended, tokens, code = app.connect("gina"), app.connect(), app.code("gina")
        app.revoke(ended["refresh_token"])
        space = app.create(tokens).json()
        before = google.state("users", "grants", "permissions", "meetings", "revocations", "secrets")
        google.kill()
        google.start()
        assert google.state("users", "grants", "permissions", "meetings", "revocations", "secrets") == before
        assert app.refresh(ended).status_code == 400
        assert app.api(tokens, "GET", f"v2/{space['name']}").json() == space
        assert app.exchange(code).status_code == 200
        app.http.close()


def test_the_home_page_shows_and_switches(app: App, google: GoogleSimulator) -> None:
    code = app.create(app.connect()).json()["meetingCode"]
    page = app.http.get(google.url, timeout=TIMEOUT).text
    for text in ("The Google simulator", "gina@gmail.example.com", code, "everything works", "Google is down (503)"):
        assert text in page
    app.http.post(f"{google.url}/switches/users/will/deauthorize", timeout=TIMEOUT)
    assert google.grants() == []


def test_users_can_be_added(app: App, google: GoogleSimulator) -> None:
    google.add_user(email="new@example.net", default_access="RESTRICTED")
    assert app.create(app.connect("new")).json()["config"]["accessType"] == "RESTRICTED"


def _limit(answer: requests.Response) -> str:
    assert api_error(answer) == (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
    return str(answer.json()["error"]["details"][0]["metadata"]["quota_limit"])
