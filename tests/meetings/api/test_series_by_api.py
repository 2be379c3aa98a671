"""A program schedules a series: all of it or nothing, once for a key, each meeting an ordinary one."""

from typing import Any
from uuid import uuid4

import pytest

from meetings.models import Invitation, Meeting, Series
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, wanted
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


def body(ann: Contact, **changes: Any) -> dict[str, Any]:
    repeat = {"every_weeks": 1, "count": 6}
    return wanted(ann, "2026-03-03T10:30+01:00", any_time=True, repeat=repeat) | changes


def test_a_series_is_at_the_owners_time_of_day_and_its_meetings_are_ordinary(program: Caller, ann: Contact) -> None:
    response = program.post("/series", body(ann, external_id="deal-42"))
    said, series = read(response, 201), Series.objects.get()
    assert response["Location"].endswith(f"/api/v1/series/{series.pk}")
    assert (said["id"], said["every_weeks"]) == (str(series.pk), 1)
    starts = [one["starts_at"] for one in said["meetings"]]
    assert starts[::4] == ["2026-03-03T09:30:00Z", "2026-03-31T08:30:00Z"], "the clocks go forward on 29 March"
    assert {(one["series_id"], one["external_id"], one["source"]) for one in said["meetings"]} == {
        (str(series.pk), "deal-42", "automation")
    }
    assert Invitation.objects.count() == 6
    assert read(program.get(f"/series/{series.pk}")) == said
    listed = read(program.get(f"/meetings?series_id={series.pk}&limit=100"))["items"]
    assert listed == said["meetings"]
    assert read(program.get(f"/meetings/{listed[0]['id']}"))["series_id"] == str(series.pk)
    read(program.post(f"/meetings/{listed[0]['id']}/cancel"))
    assert Meeting.objects.filter(cancelled_at=None).count() == 5


def test_the_same_key_is_the_same_series(program: Caller, ann: Contact) -> None:
    first, again = (program.post("/series", body(ann), idempotency_key="once") for _time in range(2))
    assert read(first, 201) == read(again, 201)
    problem(program.post("/series", body(ann, title="Other"), idempotency_key="once"), 422, "idempotency_key_reused")
    assert (Series.objects.count(), Meeting.objects.count()) == (1, 6)


@pytest.mark.parametrize("count", [0, 1, 53, -1, 10**9, 10**30, "6", "many", None, 2.5, True])
def test_wrong_counts_make_nothing(program: Caller, ann: Contact, count: Any) -> None:
    problem(program.post("/series", body(ann, repeat={"every_weeks": 1, "count": count})), 422, "invalid")
    assert (Series.objects.count(), Meeting.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "repeat", [None, {}, [], "weekly", {"every_weeks": 0, "count": 3}, {"every_weeks": 13, "count": 3}]
)
def test_wrong_repeats_make_nothing(program: Caller, ann: Contact, repeat: Any) -> None:
    problem(program.post("/series", body(ann, repeat=repeat)), 422, "invalid")
    assert Series.objects.count() == 0


def test_one_that_is_not_on_offer_refuses_all(program: Caller, ann: Contact) -> None:
    wanted_times = body(ann, any_time=False, repeat={"every_weeks": 12, "count": 9})
    refused = problem(program.post("/series", wanted_times), 409, "slot_taken")
    assert "next_free" in refused
    assert (Series.objects.count(), Meeting.objects.count()) == (0, 0)


def starts(program: Caller, series: dict[str, Any]) -> list[str]:
    """Of those that stand, without the year and the seconds."""
    shown = read(program.get(f"/series/{series['id']}"))["meetings"]
    return [one["starts_at"][5:16] for one in shown if one["status"] == "scheduled"]


def test_those_that_follow_are_moved_too_or_none(program: Caller, ann: Contact) -> None:
    series = read(program.post("/series", body(ann, repeat={"every_weeks": 1, "count": 3})), 201)
    second = series["meetings"][1]["id"]
    later = {"starts_at": "2026-03-10T11:30+01:00"}
    read(program.post("/meetings", wanted(ann, "2026-03-17T11:30+01:00")), 201)
    problem(program.patch(f"/meetings/{second}?reach=following", later), 409, "slot_taken")
    assert starts(program, series) == ["03-03T09:30", "03-10T09:30", "03-17T09:30"]
    read(program.patch(f"/meetings/{second}?reach=following", later | {"any_time": True, "external_id": "one"}))
    assert starts(program, series) == ["03-03T09:30", "03-10T10:30", "03-17T10:30"]
    assert Meeting.objects.filter(external_id="one").count() == 1
    back = {"starts_at": "2026-03-10T10:30+01:00"}
    read(program.patch(f"/meetings/{second}", back))
    assert starts(program, series) == ["03-03T09:30", "03-10T09:30", "03-17T10:30"]
    problem(program.patch(f"/meetings/{second}?reach=all", back), 422, "invalid")


@pytest.mark.parametrize(("reach", "left"), [("one", 2), ("following", 1), ("all", 0)])
def test_one_of_them_is_cancelled_or_several(program: Caller, ann: Contact, reach: str, left: int) -> None:
    series = read(program.post("/series", body(ann, repeat={"every_weeks": 1, "count": 3})), 201)
    for _twice in range(2):
        read(program.post(f"/meetings/{series['meetings'][1]['id']}/cancel?reach={reach}"))
    assert len(starts(program, series)) == left


def test_five_years_are_the_end_and_that_is_said(program: Caller, ann: Contact) -> None:
    refused = problem(program.post("/series", body(ann, repeat={"every_weeks": 12, "count": 52})), 422, "invalid")
    assert [one["field"] for one in refused["errors"]] == ["repeat.count"]
    assert Series.objects.count() == 0


def test_a_strangers_series_is_not_found(program: Caller, ann: Contact, charlie: Owner) -> None:
    series = read(program.post("/series", body(ann)), 201)["id"]
    his = Caller(charlie)
    problem(his.get(f"/series/{series}"), 404, "not_found")
    problem(his.get(f"/series/{uuid4()}"), 404, "not_found")
    assert read(his.get(f"/meetings?series_id={series}"))["items"] == []
    problem(Caller(charlie).post("/series", body(ann)), 422, "invalid")
    assert problem(Caller(charlie, scopes=["read"]).post("/series", body(ann)), 403, "scope_missing")
