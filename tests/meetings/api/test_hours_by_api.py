"""Hours, rules and the booking page by programs: the same rules as on the pages, and errors that name the field."""

from typing import Any

import pytest

from meetings.booking import settings as booking_settings
from okey.owners.models import Owner
from tests.meetings.api.calls import read
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

MONDAY = [{"weekday": 0, "starts": "09:00", "ends": "12:00"}, {"weekday": 0, "starts": "13:00", "ends": "00:00"}]


def put(caller: Caller, path: str, body: Any) -> Any:
    return caller.call("PUT", path, body)


def test_the_week_is_replaced_as_a_whole(program: Caller) -> None:
    said = read(put(program, "/availability/hours", {"working_hours": MONDAY[::-1]}))
    assert said["working_hours"] == MONDAY
    assert read(program.get("/availability")) == said
    assert read(put(program, "/availability/hours", {"working_hours": []}))["working_hours"] == []
    assert read(program.get("/slots"))["items"] == []


def test_dates_have_hours_of_their_own_or_none(program: Caller) -> None:
    read(put(program, "/availability/overrides", {"first": "2026-12-24", "last": "2026-12-25"}))
    one = {"first": "2026-12-25", "ranges": [{"starts": "10:00", "ends": "12:00"}]}
    said = read(put(program, "/availability/overrides", one))
    assert said["date_overrides"] == [
        {"date": "2026-12-24", "starts": None, "ends": None},
        {"date": "2026-12-25", "starts": "10:00", "ends": "12:00"},
    ]
    assert read(program.get("/availability")) == said


def test_the_weekly_hours_hold_again(alice: Owner, charlie: Owner, program: Caller) -> None:
    for caller in (program, Caller(charlie)):
        read(put(caller, "/availability/overrides", {"first": "2026-12-24", "last": "2026-12-26"}))
    said = read(program.delete("/availability/overrides?first=2026-12-24&last=2026-12-25"))
    assert [one["date"] for one in said["date_overrides"]] == ["2026-12-26"]
    for _twice in range(2):
        assert read(program.delete("/availability/overrides?first=2026-12-26"))["date_overrides"] == []
    assert len(read(Caller(charlie).get("/availability"))["date_overrides"]) == 3
    for query, field in (("", "first"), ("?first=today", "first"), ("?first=2026-12-24&last=2026-12-23", "last")):
        refused = problem(program.delete(f"/availability/overrides{query}"), 422, "invalid")
        assert field in refused["errors"][0]["field"]


def test_rules_change_as_far_as_they_are_sent(program: Caller) -> None:
    before = read(program.get("/availability"))
    sent = {"minutes": 45, "buffer_after_minutes": 15, "daily_maximum": 6, "reminds_hour_before": False}
    said = read(program.patch("/availability", sent))
    assert said == before | sent
    assert read(program.patch("/availability", {"daily_maximum": None}))["daily_maximum"] is None
    assert read(program.patch("/availability", {}))["minutes"] == 45


def test_the_booking_page_is_switched_and_named(alice: Owner, program: Caller) -> None:
    said = read(program.get("/booking-page"))
    assert (said["is_page_on"], said["is_bot_on"]) == (False, True)
    sent = {"public_name": "meet-alice", "is_page_on": True, "embeds_on": ["https://www.example.com/"]}
    said = read(program.patch("/booking-page", sent))
    assert said["url"].endswith("/book/meet-alice/")
    assert said["embeds_on"] == ["https://www.example.com"]
    assert booking_settings.url_of(alice) == "/book/meet-alice/"
    assert read(program.patch("/booking-page", {"is_page_on": False})) == said | {"is_page_on": False}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        (
            "PUT",
            "/availability/hours",
            {"working_hours": [MONDAY[0] | {"weekday": 7}]},
            "weekday",
        ),
        ("PUT", "/availability/hours", {"working_hours": [MONDAY[0] | {"starts": "9"}]}, "starts"),
        (
            "PUT",
            "/availability/hours",
            {"working_hours": [MONDAY[0] | {"ends": "08:00"}]},
            "hours",
        ),
        ("PUT", "/availability/hours", {"working_hours": [MONDAY[0], MONDAY[0]]}, "working_hours"),
        ("PUT", "/availability/overrides", {"first": "2020-01-01"}, "first"),
        ("PUT", "/availability/overrides", {"first": 20000}, "first"),
        ("PUT", "/availability/overrides", {"first": "2026-12-24", "last": "2026-12-23"}, "last"),
        (
            "PUT",
            "/availability/overrides",
            {"first": "2026-12-24", "ranges": [{"starts": "10:00", "ends": "10:00"}]},
            "ranges",
        ),
        ("PATCH", "/availability", {"minutes": 4}, "minutes"),
        ("PATCH", "/availability", {"daily_maximum": 0}, "daily_maximum"),
        ("PATCH", "/availability", {"slot_minutes": 30}, "slot_minutes"),
        ("PATCH", "/booking-page", {"public_name": "No Name"}, "public_name"),
        ("PATCH", "/booking-page", {"public_name": "taken"}, "public_name"),
        ("PATCH", "/booking-page", {"embeds_on": ["http://example.com"]}, "embeds_on"),
        ("PATCH", "/booking-page", {"is_page_on": "yes"}, "is_page_on"),
    ],
)
def test_what_is_wrong_is_named(
    method: str, path: str, body: Any, field: str, program: Caller, bob: Owner, alice: Owner
) -> None:
    booking_settings.change(owner=bob, public_name="taken")
    before = [read(program.get("/availability")), read(program.get("/booking-page"))]
    refused = problem(program.call(method, path, body), 422, "invalid")
    assert field in refused["errors"][0]["field"]
    assert [read(program.get("/availability")), read(program.get("/booking-page"))] == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/availability"),
        ("PUT", "/availability/hours"),
        ("PUT", "/availability/overrides"),
        ("DELETE", "/availability/overrides?first=2026-12-24"),
        ("PATCH", "/booking-page"),
    ],
)
def test_changes_need_the_scope_connect(method: str, path: str, alice: Owner) -> None:
    caller = Caller(alice, scopes=["read", "schedule"])
    assert problem(caller.call(method, path, {}), 403, "scope_missing")["scope"] == "connect"
