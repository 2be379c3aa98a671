"""The API: users/me and meetings, with Zoom's own refusals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulators.zoom.app import TIMEOUT, App, error, meeting
from tests.zoom_simulator import ZoomSimulator

DAILY_LIMIT = (
    "You have exceeded the daily rate limit (2) of Meeting Create/Update API requests permitted for this"
    " particular user. You may resume these requests at GMT 00:00:00."
)


def test_users_me_says_who_it_is(app: App) -> None:
    answer = app.api(app.connect("nora"), "GET", "users/me")
    assert answer.json().items() >= {"email": "nora@example.com", "type": 4, "status": "active"}.items()
    assert answer.headers["x-zm-trackingid"]
    assert answer.headers["x-ratelimit-category"] == "Light"
    assert app.api(app.connect("pia"), "GET", "users/me").json()["status"] == "pending"


def test_a_created_meeting_has_a_link_that_opens(app: App, zoom: ZoomSimulator) -> None:
    answer = app.create(app.connect(), topic="Talk <b>", agenda="About it")
    created = answer.json()
    assert answer.status_code == 201
    assert created["id"] > 2**32
    assert created["join_url"].startswith(f"{zoom.url}/j/{created['id']}?pwd=")
    assert created["start_time"] == "2040-05-01T10:00:00Z"
    page = app.http.get(created["join_url"], timeout=TIMEOUT)
    assert page.status_code == 200
    assert "Talk &lt;b&gt;" in page.text
    assert [found["who"] for found in zoom.meetings()] == ["jill@example.com"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic": "x" * 201},
        {"topic": 5},
        {"agenda": "x" * 2001},
        {"type": 8},
        {"start_time": "2040-05-01T10:00:00+00:00"},
        {"start_time": "2040-05-01T10:00:00.000Z"},
        {"start_time": "2040-05-01 10:00:00"},
        {"start_time": "2040-02-30T10:00:00Z"},
        {"start_time": None},
        {"duration": 0},
        {"duration": 1441},
        {"duration": "30"},
        {"duration": True},
        {"timezone": "Mars/Olympus"},
        {"password": "x" * 11},
        {"settings": []},
    ],
)
def test_a_wrong_field_is_named(app: App, zoom: ZoomSimulator, wrong: dict[str, Any]) -> None:
    answer = app.create(app.connect(), **wrong)
    assert error(answer) == (400, 300, "Validation Failed.")
    assert [mistake["field"] for mistake in answer.json()["errors"]] == list(wrong)
    assert zoom.meetings() == []


def test_a_wrong_setting_is_named(app: App) -> None:
    answer = app.create(app.connect(), settings={"waiting_room": "yes", "jbh_time": 7, "unknown": 1})
    assert {item["field"] for item in answer.json()["errors"]} == {
        "settings.waiting_room",
        "settings.jbh_time",
    }


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("{", "application/json", "Request Body should be a valid JSON object."),
        ("[]", "application/json", "Request Body should be a valid JSON object."),
        ("{}", "text/plain", "Unsupported Content Type"),
    ],
)
def test_a_body_has_to_be_a_json_object(
    app: App, zoom: ZoomSimulator, body: str, content_type: str, message: str
) -> None:
    headers = {
        "Authorization": f"Bearer {app.connect()['access_token']}",
        "Content-Type": content_type,
    }
    url = f"{zoom.url}/v2/users/me/meetings"
    assert error(app.http.post(url, data=body, headers=headers, timeout=TIMEOUT)) == (400, 300, message)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"start_time": "2040-05-01T10:00:00", "timezone": "Europe/Berlin"}, (2, "2040-05-01T08:00:00Z")),
        ({"start_time": "2040-05-01T10:00:00"}, (2, "2040-05-01T08:00:00Z")),  # Jill's own zone
        ({"start_time": "2040-05-01T10:00:00Z", "timezone": "Asia/Tokyo"}, (2, "2040-05-01T10:00:00Z")),
    ],
)
def test_a_start_without_z_is_local_time(app: App, given: dict[str, str], kept: tuple[int, str]) -> None:
    created = app.create(app.connect(), **given).json()
    assert (created["type"], created["start_time"]) == kept


def test_a_meeting_without_start_time_becomes_an_instant_one(app: App) -> None:
    created = app.api(app.connect(), "POST", "users/me/meetings", {"topic": "Now", "type": 2}).json()
    assert created["type"] == 1
    assert "start_time" not in created


def test_a_waiting_room_overrides_joining_before_the_host(app: App) -> None:
    created = app.create(app.connect(), settings={"waiting_room": True, "join_before_host": True}).json()
    assert created["settings"]["join_before_host"] is False


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "users/me", "user:read:user"),
        ("POST", "users/me/meetings", "meeting:write:meeting"),
        ("GET", "users/me/meetings", "meeting:read:list_meetings"),
        ("GET", "meetings/1", "meeting:read:meeting"),
        ("PATCH", "meetings/1", "meeting:update:meeting"),
        ("DELETE", "meetings/1", "meeting:delete:meeting"),
    ],
)
def test_each_call_needs_its_scope(app: App, zoom: ZoomSimulator, method: str, path: str, scope: str) -> None:
    others = [name for name in zoom.settings()["scopes"] if name != scope]
    message = f"Invalid access token, does not contain scopes:[{scope}, {scope}:admin]."
    assert error(app.api(app.connect(scopes=others), method, path)) == (400, 4711, message)
    unknown = error(app.api({"access_token": "x"}, method, path))
    assert unknown == (401, 124, "Invalid access token.")


def test_who_may_not_host_is_refused(app: App) -> None:
    assert error(app.create(app.connect("nora")))[:2] == (400, 3161)


def test_nobody_schedules_for_another_user(app: App) -> None:
    pair = app.connect()
    assert error(app.create(pair, schedule_for="ben@example.com"))[:2] == (400, 3000)
    assert error(app.api(pair, "GET", "users/someone")) == (404, 1001, "User does not exist: someone.")


def test_update_get_and_delete(app: App) -> None:
    pair = app.connect()
    created = app.create(pair).json()
    path = f"meetings/{created['id']}"
    changed = app.api(pair, "PATCH", path, {"topic": "New", "start_time": "2040-06-01T10:00:00Z"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert app.api(pair, "PATCH", path, {"start_time": "2001-01-01T10:00:00Z"}).status_code == 204
    found = app.api(pair, "GET", path).json()
    assert (found["topic"], found["start_time"]) == ("New", "2040-06-01T10:00:00Z")
    assert found["join_url"] == created["join_url"]
    deleted = app.api(pair, "DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = (404, 3001, f"Meeting does not exist: {created['id']}.")
    for method in ("GET", "PATCH", "DELETE"):
        assert error(app.api(pair, method, path, {})) == gone
    assert app.http.get(created["join_url"], timeout=TIMEOUT).status_code == 404


def test_another_users_meeting_does_not_exist(app: App) -> None:
    created = app.create(app.connect("jill")).json()
    assert error(app.api(app.connect("ben"), "GET", f"meetings/{created['id']}"))[:2] == (404, 3001)


def test_a_meeting_expires_thirty_days_after_its_time(app: App, zoom: ZoomSimulator) -> None:
    created = app.api(app.connect(), "POST", "users/me/meetings", {"topic": "Now"}).json()
    zoom.advance(31 * 24 * 3600)
    assert app.http.get(created["join_url"], timeout=TIMEOUT).status_code == 404


def test_creates_and_updates_are_limited_per_user_and_day(app: App, zoom: ZoomSimulator) -> None:
    zoom.settings(daily_limit=2)
    jill, ben = app.connect("jill"), app.connect("ben")
    path = f"meetings/{app.create(jill).json()['id']}"
    assert app.create(jill, duration=0).status_code == 400  # costs nothing
    assert app.api(jill, "PATCH", path, {"topic": "New"}).status_code == 204
    refused = app.create(jill)
    assert error(refused) == (429, 429, DAILY_LIMIT)
    assert "Retry-After" not in refused.headers
    assert app.api(jill, "PATCH", path, {}).status_code == 429
    assert app.api(jill, "DELETE", path).status_code == 204
    assert app.create(ben).status_code == 201
    zoom.advance(24 * 3600)
    assert app.create(app.connect("jill")).status_code == 201


def test_the_list_goes_by_pages_and_cuts_agendas(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    ids = [app.create(pair, start_time=f"2040-05-0{day}T10:00:00Z", agenda="a" * 300).json()["id"]
           for day in range(1, 6)]  # fmt: skip
    app.api(pair, "POST", "users/me/meetings", {"topic": "Instant ones are not listed"})
    app.api(pair, "DELETE", f"meetings/{ids.pop()}")
    found, token = [], ""
    while True:
        path = f"users/me/meetings?page_size=3&next_page_token={token}"
        page = app.api(pair, "GET", path).json()
        found += page["meetings"]
        token = page["next_page_token"]
        if not token:
            break
        zoom.advance(14 * 60)
    assert [item["id"] for item in found] == ids
    assert {len(item["agenda"]) for item in found} == {250}


def test_a_page_token_lives_a_quarter_of_an_hour(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    for _ in range(2):
        app.create(pair)
    token = app.api(pair, "GET", "users/me/meetings?page_size=1").json()["next_page_token"]
    zoom.advance(15 * 60)
    path = f"users/me/meetings?next_page_token={token}"
    assert error(app.api(pair, "GET", path))[:2] == (400, 300)


@pytest.mark.parametrize("query", ["page_size=301", "page_size=0", "type=all", "from=May"])
def test_a_wrong_list_parameter_is_named(app: App, query: str) -> None:
    answer = app.api(app.connect(), "GET", f"users/me/meetings?{query}")
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.another_clock
def test_kinds_of_lists(app: App) -> None:
    pair = app.connect()
    past = app.create(pair, start_time=_hours_from_now(-2)).json()["id"]
    soon = app.create(pair, start_time=_hours_from_now(2)).json()["id"]
    kinds = {"scheduled": [past, soon], "upcoming": [soon], "previous_meetings": [past], "live": []}
    for kind, ids in kinds.items():
        listed = app.api(pair, "GET", f"users/me/meetings?type={kind}").json()["meetings"]
        assert [item["id"] for item in listed] == ids, kind


def test_meeting_data_can_be_anything_that_the_fields_allow(app: App) -> None:
    assert app.create(app.connect(), **meeting(topic="x" * 200, agenda="ü" * 2000)).status_code == 201


def _hours_from_now(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
