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
