"""The simulated Google Calendar is as strict as the facts say."""

from typing import Any

import pytest
import requests

from tests.google_simulator import GoogleSimulator
from tests.simulators.google.app import App

AUTH = "https://www.googleapis.com/auth/"
LIST, EVENTS = f"{AUTH}calendar.calendarlist.readonly", f"{AUTH}calendar.events"
SPAN = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2027-01-01T00:00:00Z", "singleEvents": "true"}
NINE = {"title": "Dentist", "start": "2026-12-02T09:00:00", "end": "2026-12-02T10:00:00"}


@pytest.fixture
def tokens(app: App) -> dict[str, Any]:
    return app.connect(scope=f"openid {LIST} {EVENTS}")


def events(app: App, tokens: dict[str, Any], calendar: str = "primary", **asked: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    url = f"{app.google.url}/calendar/v3/calendars/{calendar}/events"
    return app.http.get(url, params=asked, headers=headers, timeout=15)


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_the_list_has_ones_own_and_what_is_shared(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.add_calendar("gina", id="shared", name="Hers", shared_with=["101000000000000000001"], they_write=False)
    answer = app.api(tokens, "GET", "calendar/v3/users/me/calendarList?minAccessRole=reader").json()
    roles = {one["id"]: (one["accessRole"], one.get("primary", False)) for one in answer["items"]}
    assert roles == {
        "will@example.org": ("owner", True),
        "team.will@group.calendar.example.com": ("owner", False),
        "shared": ("reader", False),
    }


def test_each_call_needs_its_scope(app: App) -> None:
    only_list, only_meet = app.connect(scope=f"openid {LIST}"), app.connect()
    assert app.api(only_list, "GET", "calendar/v3/users/me/calendarList").status_code == 200
    assert error(events(app, only_list)) == (403, "insufficientPermissions")
    assert error(app.api(only_meet, "GET", "calendar/v3/users/me/calendarList")) == (403, "insufficientPermissions")
    assert error(events(app, {"access_token": "none"})) == (401, "authError")


def test_a_series_is_expanded_only_on_demand(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.add_entries("will", NINE | {"rule": "FREQ=WEEKLY;COUNT=3"})
    [master] = events(app, tokens).json()["items"]
    assert master["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=3"]
    found = events(app, tokens, **SPAN).json()["items"]
    assert [one["start"]["dateTime"] for one in found] == [
        f"2026-12-{day}T09:00:00+01:00" for day in ("02", "09", "16")
    ]
    assert len({one["iCalUID"] for one in found}) == 1


def test_only_what_changed_comes_by_token(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    [single] = google.add_entries("will", NINE)
    [series] = google.add_entries("will", NINE | {"rule": "FREQ=WEEKLY;COUNT=2"})
    first = events(app, tokens, **SPAN).json()
    token = first["nextSyncToken"]
    assert len(first["items"]) == 3
    same = events(app, tokens, singleEvents="true", syncToken=token).json()
    assert same["items"] == []
    google.change_entry(single, is_cancelled=True)
    gone = NINE | {"series": series, "original": "2026-12-09T09:00:00", "is_cancelled": True}
    google.add_entries("will", gone)
    news = events(app, tokens, singleEvents="true", syncToken=same["nextSyncToken"]).json()["items"]
    by_id = {one["id"]: one["status"] for one in news}
    assert by_id == {
        single: "cancelled",
        f"{series}_20261202T080000Z": "confirmed",
        f"{series}_20261209T080000Z": "cancelled",
    }


@pytest.mark.parametrize(
    "wrong",
    [{"timeMin": SPAN["timeMin"]}, {"orderBy": "startTime"}, {"showDeleted": "false"}, {"singleEvents": "false"}],
)
def test_a_token_goes_with_the_same_parameters_and_no_others(
    app: App, tokens: dict[str, Any], wrong: dict[str, str]
) -> None:
    token = events(app, tokens, **SPAN).json()["nextSyncToken"]
    assert events(app, tokens, **({"singleEvents": "true", "syncToken": token} | wrong)).status_code == 400


def test_a_token_that_google_forgot(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    token = events(app, tokens, **SPAN).json()["nextSyncToken"]
    google.forget_sync_tokens()
    assert error(events(app, tokens, singleEvents="true", syncToken=token)) == (410, "fullSyncRequired")


def test_pages_and_chosen_fields(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.add_entries("will", *[NINE for _ in range(5)])
    fields = "nextPageToken,nextSyncToken,items(id,attendees(self))"
    first = events(app, tokens, maxResults="2", fields=fields, **SPAN).json()
    assert set(first) == {"nextPageToken", "items"}
    assert [set(one) for one in first["items"]] == [{"id"}] * 2
    rest = events(app, tokens, maxResults="9", fields=fields, pageToken=first["nextPageToken"], **SPAN).json()
    assert (len(rest["items"]), "nextSyncToken" in rest) == (3, True)


def test_writing_with_an_id_of_ones_own(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    path = "calendar/v3/calendars/primary/events"
    body = {
        "id": "0123456789abcdef",
        "summary": "Meeting",
        "start": {"dateTime": "2026-12-02T08:00:00Z"},
        "end": {"dateTime": "2026-12-02T09:00:00Z"},
    }
    made = app.api(tokens, "POST", path, body)
    assert made.status_code == 200
    assert made.json()["start"]["dateTime"] == "2026-12-02T09:00:00+01:00"
    assert error(app.api(tokens, "POST", path, body)) == (409, "duplicate")
    assert error(app.api(tokens, "POST", path, body | {"id": "okey"})) == (400, "invalid")
    one = f"{path}/{body['id']}"
    assert app.api(tokens, "PATCH", one, {"summary": "Moved"}).json()["summary"] == "Moved"
    assert app.api(tokens, "DELETE", one).status_code == 204
    assert error(app.api(tokens, "DELETE", one)) == (410, "deleted")
    assert error(app.api(tokens, "POST", path, body)) == (409, "duplicate")
    assert app.api(tokens, "PATCH", one, {"status": "confirmed"}).json()["status"] == "confirmed"
    read_only = app.connect(scope=f"openid {EVENTS}.readonly")
    assert error(app.api(read_only, "DELETE", one)) == (403, "insufficientPermissions")


def test_a_change_may_name_the_version_that_it_is_about(app: App, tokens: dict[str, Any]) -> None:
    path = "calendar/v3/calendars/primary/events"
    times = {"start": {"dateTime": "2026-12-02T08:00:00Z"}, "end": {"dateTime": "2026-12-02T09:00:00Z"}}
    made = app.api(tokens, "POST", path, {"id": "abcde", **times}).json()
    one, headers = f"{app.google.url}/{path}/abcde", {"Authorization": f"Bearer {tokens['access_token']}"}
    first = headers | {"If-Match": made["etag"]}
    assert app.http.patch(one, json={"summary": "Moved"}, headers=first, timeout=15).status_code == 200
    assert error(app.http.patch(one, json={"summary": "Late"}, headers=first, timeout=15)) == (412, "conditionNotMet")
    assert error(app.http.delete(one, headers=first, timeout=15)) == (412, "conditionNotMet")
    both = {"start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"}}
    assert error(app.http.patch(one, json=both, headers=headers, timeout=15)) == (400, "invalid")
    days = {name: value | {"dateTime": None} for name, value in both.items()}
    assert app.http.patch(one, json=days, headers=headers, timeout=15).json()["start"] == {"date": "2026-12-02"}


def test_an_id_is_one_calendars(app: App, tokens: dict[str, Any]) -> None:
    body = {
        "id": "abcde",
        "start": {"dateTime": "2026-12-02T08:00:00Z"},
        "end": {"dateTime": "2026-12-02T09:00:00Z"},
    }
    for calendar in ("primary", "team.will@group.calendar.example.com"):
        made = app.api(tokens, "POST", f"calendar/v3/calendars/{calendar}/events", body)
        assert (made.status_code, made.json()["id"]) == (200, "abcde")
        assert app.api(tokens, "GET", f"calendar/v3/calendars/{calendar}/events/abcde").status_code == 200
        assert error(app.api(tokens, "POST", f"calendar/v3/calendars/{calendar}/events", body)) == (409, "duplicate")


def test_owned_is_for_ones_own_calendars(app: App, google: GoogleSimulator) -> None:
    google.add_calendar("gina", id="shared", name="Hers", shared_with=["101000000000000000001"])
    owned = app.connect(scope=f"openid {EVENTS}.owned")
    body = {"start": {"dateTime": "2026-12-02T08:00:00Z"}, "end": {"dateTime": "2026-12-02T09:00:00Z"}}
    assert app.api(owned, "POST", "calendar/v3/calendars/primary/events", body).status_code == 200
    refused = app.api(owned, "POST", "calendar/v3/calendars/shared/events", body)
    assert error(refused) == (403, "insufficientPermissions")


def test_limits_are_403(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.settings(calendar_calls_a_minute=1)
    assert events(app, tokens).status_code == 200
    assert error(events(app, tokens)) == (403, "rateLimitExceeded")


def test_what_is_not_shared_any_more_is_not_there(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    google.add_calendar("gina", id="shared", name="Hers", shared_with=["101000000000000000001"])
    assert events(app, tokens, "shared").status_code == 200
    google.change_calendar("shared", shared_with=[])
    assert error(events(app, tokens, "shared")) == (404, "notFound")


def test_somebody_puts_in_an_appointment_on_the_page(app: App, google: GoogleSimulator, tokens: dict[str, Any]) -> None:
    form = {"calendar": "will@example.org", "title": "Dentist", "start": "2026-12-02T09:00", "end": "2026-12-02T10:00"}
    assert app.http.post(f"{google.url}/switches/entries", data=form, timeout=15).status_code == 200
    [one] = events(app, tokens, **SPAN).json()["items"]
    assert (one["summary"], one["start"]["dateTime"]) == ("Dentist", "2026-12-02T09:00:00+01:00")
    home = app.http.get(google.url, timeout=15).text
    assert f"/switches/entries/{one['id']}/delete" in home
    app.http.post(f"{google.url}/switches/entries/{one['id']}/delete", timeout=15)
    assert events(app, tokens, **SPAN).json()["items"] == []
