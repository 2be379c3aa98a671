"""The simulated Outlook is as strict as the facts say."""

from typing import Any

import pytest
import requests

from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import App

SPAN = {"startDateTime": "2026-12-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}
NINE = {"title": "Dentist", "start": "2026-12-02T09:00:00", "end": "2026-12-02T10:00:00"}


@pytest.fixture
def tokens(app: App) -> dict[str, Any]:
    return app.connect(scope="offline_access User.Read Calendars.Read")


def graph(app: App, tokens: dict[str, Any], path: str, **asked: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return app.http.get(f"{app.microsoft.url}/v1.0{path}", params=asked, headers=headers, timeout=15)


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_each_call_needs_its_scope(app: App) -> None:
    only_me = app.connect(scope="offline_access User.Read")
    assert error(graph(app, only_me, "/me/calendars")) == (403, "Authorization_RequestDenied")
    assert error(graph(app, {"access_token": "none"}, "/me/calendars")) == (401, "InvalidAuthenticationToken")


def test_a_view_needs_its_span_and_expands_series(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any]
) -> None:
    microsoft.add_entries("carla", NINE | {"rule": "FREQ=WEEKLY;COUNT=3"})
    assert error(graph(app, tokens, "/me/calendar/calendarView")) == (400, "ErrorInvalidParameter")
    found = graph(app, tokens, "/me/calendar/calendarView", **SPAN, **{"$select": "start,type,showAs"}).json()["value"]
    assert [one["start"]["dateTime"] for one in found] == [
        f"2026-12-{day}T08:00:00.0000000" for day in ("02", "09", "16")
    ]
    assert [set(one) for one in found] == [{"@odata.etag", "id", "start", "type", "showAs"}] * 3


def test_a_page_has_ten_unless_more_are_asked_for(
    app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any]
) -> None:
    microsoft.add_entries("carla", *[NINE for _ in range(12)])
    first = graph(app, tokens, "/me/calendar/calendarView", **SPAN).json()
    assert len(first["value"]) == 10
    link = first["@odata.nextLink"].removeprefix(f"{microsoft.url}/v1.0")
    rest = graph(app, tokens, link).json()
    assert (len(rest["value"]), "@odata.nextLink" in rest) == (2, False)


def test_a_calendar_that_is_not_there(app: App, microsoft: MicrosoftSimulator, tokens: dict[str, Any]) -> None:
    names = {one["name"]: one["id"] for one in graph(app, tokens, "/me/calendars").json()["value"]}
    assert set(names) == {"Calendar", "Team"}
    path = f"/me/calendars/{names['Team']}/calendarView"
    assert graph(app, tokens, path, **SPAN).status_code == 200
    microsoft.change_calendar(names["Team"], is_deleted=True)
    assert error(graph(app, tokens, path, **SPAN)) == (404, "ErrorItemNotFound")


PROPERTY = "String {6c3f1d52-0f5e-4f0b-9a53-2f4d1a7a5a0e} Name Mine"
MEETING = {
    "subject": "Meeting",
    "start": {"dateTime": "2026-12-02T08:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-02T09:00:00", "timeZone": "UTC"},
    "transactionId": "one",
    "singleValueExtendedProperties": [{"id": PROPERTY, "value": "Value"}],
}


@pytest.fixture
def writer(app: App) -> dict[str, Any]:
    return app.connect(scope="offline_access User.Read Calendars.ReadWrite")


def call(
    app: App, tokens: dict[str, Any], method: str, path: str, body: Any = None, **headers: str
) -> requests.Response:
    headers |= {"Authorization": f"Bearer {tokens['access_token']}"}
    url = f"{app.microsoft.url}/v1.0/me/calendar/events{path}"
    return app.http.request(method, url, json=body, headers=headers, timeout=15)


def test_an_event_is_made_once_by_its_transaction_whatever_became_of_it(
    app: App, microsoft: MicrosoftSimulator, writer: dict[str, Any], tokens: dict[str, Any]
) -> None:
    assert error(call(app, tokens, "POST", "", MEETING)) == (403, "Authorization_RequestDenied")
    made = call(app, writer, "POST", "", MEETING)
    assert made.status_code == 201
    assert call(app, writer, "POST", "", MEETING).json() == made.json()
    assert len(microsoft.entries()) == 1
    assert call(app, writer, "DELETE", f"/{made.json()['id']}").status_code == 204
    assert call(app, writer, "POST", "", MEETING).json() == made.json(), "as it was then"
    assert microsoft.entries() == []
    assert call(app, writer, "POST", "", MEETING | {"transactionId": "two"}).json()["id"] != made.json()["id"]


def test_an_event_is_found_by_a_property_of_its_calendar(app: App, writer: dict[str, Any]) -> None:
    made = call(app, writer, "POST", "", MEETING).json()
    asked = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'value')"
    found = graph(app, writer, "/me/calendar/events", **{"$filter": asked, "$select": "id"}).json()["value"]
    assert [one["id"] for one in found] == [made["id"]]
    team = "/me/calendars/AAMkTeamOfCarla==/events"
    assert graph(app, writer, team, **{"$filter": asked}).json()["value"] == []
    wrong = graph(app, writer, "/me/calendar/events", **{"$filter": "transactionId eq 'one'"})
    assert error(wrong) == (400, "ErrorInvalidUrlQueryFilter")


def test_a_change_may_name_the_version_that_it_is_about(app: App, writer: dict[str, Any]) -> None:
    made = call(app, writer, "POST", "", MEETING).json()
    one, first = f"/{made['id']}", {"If-Match": made["@odata.etag"]}
    changed = call(app, writer, "PATCH", one, {"subject": "Moved"}, **first)
    assert (changed.status_code, changed.json()["subject"]) == (200, "Moved")
    late = call(app, writer, "PATCH", one, {"subject": "Late"}, **first)
    assert error(late) == (412, "ErrorIrresolvableConflict")
    assert error(call(app, writer, "DELETE", one, **first)) == (412, "ErrorIrresolvableConflict")
    assert error(call(app, writer, "PATCH", one, {"transactionId": "two"})) == (400, "RequestBodyRead")
    long = call(app, writer, "PATCH", one, {"location": {"displayName": "x" * 256}})
    assert error(long) == (400, "ErrorPropertyValidationFailure")
    assert call(app, writer, "DELETE", one).status_code == 204
    assert error(call(app, writer, "GET", one)) == (404, "ErrorItemNotFound")
