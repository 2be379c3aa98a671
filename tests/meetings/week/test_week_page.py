"""The page of an owner's week: what stands where, what overlaps, what is free, and what is said of its calendars."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from integrations.calendars.models import BusyTime
from meetings.hours import rules
from meetings.models import Invitation
from meetings.week.placing import LANES, ROWS, Rows, cells, lanes
from meetings.week.weeks import Block, Day, Week, first_weekday, week_of
from okey.owners.models import Owner
from tests.meetings.page_cast import meeting_of
from tests.meetings.week.cast import HOUR, NINE, NOW, busy_in, calendar_of

WEDNESDAY = date(2026, 12, 2)


@pytest.fixture(autouse=True)
def _tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def day_of(owner: Owner, day: date = WEDNESDAY) -> Day:
    return next(one for one in week_of(owner, day).days if one.date == day)


def of_kind(day: Day, kind: str) -> list[Block]:
    return [one for one in day.blocks if one.kind == kind]


def at_hour(owner: Owner, hour: float, **fields: object) -> object:
    """A meeting on Wednesday, at that hour of Berlin's clocks."""
    return meeting_of(owner, hours=hour + 17, **fields)


def test_meetings_and_busy_times_stand_on_their_day_at_their_hour(alice: Owner) -> None:
    at_hour(alice, 11, minutes=45, title="Kick-off")
    busy_in(calendar_of(alice), NINE)

    day = day_of(alice)

    [meeting], [busy] = of_kind(day, "meeting"), of_kind(day, "busy")
    assert (meeting.words, meeting.rows) == ("11:00–11:45", Rows(12, 15))
    assert (busy.words, busy.names, busy.rows) == ("09:00–10:00", "Work", Rows(4, 8))
    assert [one.date.isoformat() for one in week_of(alice, WEDNESDAY).days] == [
        *("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", "2026-12-05", "2026-12-06")
    ]
    assert [one.is_today for one in week_of(alice, WEDNESDAY).days].index(True) == 1


def test_the_page_shows_them_with_no_title_of_the_calendar(alice_client: Client, alice: Owner) -> None:
    at_hour(alice, 11, title="Kick-off")
    busy_in(calendar_of(alice), NINE, uid="Dentist at Dr. Smith")
    page = alice_client.get("/week/?day=2026-12-02")
    assertContains(page, "11:00–11:30")
    assertContains(page, "Kick-off")
    assertContains(page, "Ann Lee")
    assertContains(page, '<span class="nowrap">09:00–10:00</span> busy: Work')
    assertNotContains(page, "Dentist")
    assertContains(page, "30 Nov – 6 Dec 2026")


def test_nobody_sees_anothers_week(charlie_client: Client, client: Client, alice: Owner) -> None:
    at_hour(alice, 11, title="Kick-off")
    busy_in(calendar_of(alice), NINE)
    page = charlie_client.get("/week/?day=2026-12-02")
    assertNotContains(page, "Kick-off")
    assertNotContains(page, "09:00–10:00 busy")
    assert client.get("/week/").status_code == 302


@pytest.mark.parametrize("day", ["", "nonsense", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_a_day_that_is_none_is_today(alice_client: Client, day: str) -> None:
    assert alice_client.get("/week/", {"day": day}).context["week"].chosen == NOW.date()


@pytest.mark.parametrize("day", ["2000-01-01", "2199-12-31"])
def test_the_first_and_the_last_week_are_shown(alice_client: Client, day: str) -> None:
    assert alice_client.get("/week/", {"day": day}).status_code == 200


@pytest.mark.parametrize(
    ("zone", "weekday"),
    [("Europe/Berlin", 0), ("America/New_York", 6), ("Africa/Cairo", 5), ("Asia/Tokyo", 6), ("UTC", 0)],
)
def test_the_week_begins_as_is_usual_where_its_owner_is(zone: str, weekday: int) -> None:
    assert first_weekday(ZoneInfo(zone)) == weekday


def test_times_are_in_the_owners_zone(alice: Owner) -> None:
    at_hour(alice, 11)
    Owner.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    alice.refresh_from_db()
    assert of_kind(day_of(alice), "meeting")[0].words == "19:00–19:30"


def test_working_hours_are_shaded_and_the_grid_holds_everything(alice: Owner) -> None:
    rules.set_weekly_hours(owner=alice, weekly={2: [(datetime(1, 1, 1, 7, 30).time(), datetime(1, 1, 1, 12).time())]})  # noqa: DTZ001
    at_hour(alice, 22.5, minutes=60)
    week = week_of(alice, WEDNESDAY)
    assert (week.hours[0], week.hours[-1]) == ((0, "07:00"), (64, "23:00"))
    assert [one.open for one in week.days] == [[], [], [Rows(2, 20)], [], [], [], []]
    assert week.rows == 68


def test_what_goes_past_midnight_is_on_both_days(alice: Owner) -> None:
    busy_in(calendar_of(alice), NINE + 13 * HOUR, 4 * HOUR)
    week = week_of(alice, WEDNESDAY)
    assert [of_kind(one, "busy")[0].words for one in week.days[2:4]] == ["22:00–24:00", "00:00–02:00"]
    assert (week.hours[0], week.hours[-1]) == ((0, "01:00"), (84, "22:00")), "the night is left out"
    assert [of_kind(one, "busy")[0].rows for one in week.days[2:4]] == [Rows(84, 88), Rows(0, 4)]


def test_a_whole_day_stands_above_the_hours_and_leaves_nothing_free(alice: Owner) -> None:
    busy_in(calendar_of(alice), NINE - 9 * HOUR, 36 * HOUR, kind="all_day")
    week = week_of(alice, WEDNESDAY)
    assert [[one.names for one in day.whole] for day in week.days] == [[], [], ["Work"], [], [], [], []]
    assert of_kind(week.days[2], "free") == []
    assert of_kind(week.days[3], "busy")[0].words == "00:00–12:00"


def test_busy_times_that_overlap_are_one_with_the_names_of_both(alice: Owner) -> None:
    busy_in(calendar_of(alice), NINE)
    busy_in(calendar_of(alice, "Private"), NINE + HOUR / 2)
    [one] = of_kind(day_of(alice), "busy")
    assert (one.words, one.names) == ("09:00–10:30", "Private, Work")


def test_an_entry_of_okeys_own_is_not_shown_beside_its_meeting(alice: Owner) -> None:
    meeting = meeting_of(alice, hours=28)
    uid = Invitation.objects.create(meeting=meeting, contact=meeting.contact).pk
    busy_in(calendar_of(alice), meeting.starts_at, uid=str(uid), uid_of_okey=uid)
    assert of_kind(day_of(alice), "busy") == []
    assert week_of(alice, WEDNESDAY).conflicts == []


# --- Conflicts --------------------------------------------------------------------------------------------


def said(week: Week) -> dict[str, list[str]]:
    return {one.meeting.title: one.with_what for one in week.conflicts}


def test_a_meeting_over_a_busy_time_or_another_meeting_is_marked_and_said(alice: Owner, alice_client: Client) -> None:
    at_hour(alice, 9.5, title="One")
    at_hour(alice, 9.75, title="Two")
    at_hour(alice, 10.25, title="Three")
    at_hour(alice, 12, title="Off", cancelled_at=NOW)
    at_hour(alice, 12, title="Alone")
    busy_in(calendar_of(alice), NINE - HOUR)

    week = week_of(alice, WEDNESDAY)

    assert said(week) == {
        "One": ["“Two” with Ann Lee (09:45–10:15)"],
        "Two": ["“One” with Ann Lee (09:30–10:00)"],
    }
    busy_in(calendar_of(alice, "Private"), NINE + HOUR)
    week = week_of(alice, WEDNESDAY)
    assert said(week)["Three"] == ["a busy time in Private (10:00–11:00)"]
    assert len(said(week)["Two"]) == 2
    page = alice_client.get("/week/?day=2026-12-02").content.decode()
    assert "3 meetings overlap something else" in page
    assert page.count("Overlaps something else:") == page.count("agenda__meeting--conflict") == 3


def test_a_busy_time_below_a_meeting_is_read_aloud_and_shown_without_words(alice: Owner, alice_client: Client) -> None:
    at_hour(alice, 9.5, title="Over it")
    busy_in(calendar_of(alice), NINE)
    busy_in(calendar_of(alice, name="Home"), NINE + 3 * HOUR)
    assert [one.is_covered for one in of_kind(day_of(alice), "busy")] == [True, False]
    page = alice_client.get("/week/?day=2026-12-02").content.decode()
    hidden, shown = (page.index(f"busy: {name}") for name in ("Work", "Home"))
    assert page.rindex("visually-hidden", 0, hidden) > page.rindex("agenda__busy", 0, hidden)
    assert page.rindex("visually-hidden", 0, shown) < page.rindex("agenda__busy", 0, shown)


def test_who_only_touches_does_not_overlap(alice: Owner) -> None:
    at_hour(alice, 10, title="One")
    at_hour(alice, 10.5, title="Two")
    busy_in(calendar_of(alice), NINE)
    busy_in(calendar_of(alice, "Private"), NINE + 2 * HOUR)
    assert said(week_of(alice, WEDNESDAY)) == {}


def test_what_lies_on_another_day_is_said_with_its_day(alice: Owner) -> None:
    at_hour(alice, 11, title="One")
    busy_in(calendar_of(alice), NINE - 12 * HOUR, 24 * HOUR)
    [line] = said(week_of(alice, WEDNESDAY))["One"]
    assert "Tue 1 Dec 2026, 21:00" in line


def test_what_is_over_is_no_conflict_any_more(alice: Owner) -> None:
    meeting_of(alice, hours=-20, title="One")
    meeting_of(alice, hours=-20, title="Two")
    week = week_of(alice, WEDNESDAY)
    assert week.conflicts == []
    assert [(one.lane, one.lanes) for one in of_kind(week.days[0], "meeting")] == [(1, 2), (2, 2)]


def test_a_day_that_is_taken_conflicts_with_its_meetings(alice: Owner) -> None:
    at_hour(alice, 11, title="One")
    busy_in(calendar_of(alice), NINE - 9 * HOUR, 24 * HOUR, kind="all_day")
    assert list(said(week_of(alice, WEDNESDAY))) == ["One"]


# --- Free times -------------------------------------------------------------------------------------------


def test_free_times_lead_to_a_meeting_at_that_time(alice_client: Client, alice: Owner) -> None:
    at_hour(alice, 11)
    page = alice_client.get("/week/?day=2026-12-02")
    assertContains(page, 'href="/meetings/new/?at=2026-12-02T09:30"')
    assertNotContains(page, 'href="/meetings/new/?at=2026-12-02T11:00"')
    assertContains(page, "Free 11:30–18:00: schedule a meeting at")

    choosing = alice_client.get("/meetings/new/?at=2026-12-02T09:30")
    assertContains(choosing, "Who are you meeting on Wed 2 Dec 2026, 09:30?")
    contact = alice.contacts.get()
    assertContains(choosing, f"?contact={contact.pk}&amp;at=2026-12-02T09:30")
    assertContains(choosing, '<input type="hidden" name="at" value="2026-12-02T09:30">')
    form = alice_client.get(f"/meetings/new/?contact={contact.pk}&at=2026-12-02T09:30").context["form"]
    assert (str(form.initial["date"]), str(form.initial["time"])) == ("2026-12-02", "09:30")


@pytest.mark.parametrize("asked", ["at=", "at=x", "at=2026-12-02T25:00", "at=9999-12-02T09:30"])
def test_a_time_that_nobody_can_read_is_none(alice_client: Client, alice: Owner, asked: str) -> None:
    meeting_of(alice)
    contact = alice.contacts.get()
    assertContains(alice_client.get(f"/meetings/new/?{asked}"), "Who are you meeting?")
    form = alice_client.get(f"/meetings/new/?contact={contact.pk}&{asked}").context["form"]
    assert "date" not in form.initial


def test_nothing_is_free_in_what_is_over(alice: Owner) -> None:
    with time_machine.travel(NINE + 2 * HOUR + timedelta(minutes=20), tick=False):
        week = week_of(alice, WEDNESDAY)
    assert [bool(of_kind(one, "free")) for one in week.days] == [False, False, True, True, True, True, True]
    today = week.days[2]
    assert of_kind(today, "free")[0].at == "11:30"
    assert today.now == 13


def test_an_hour_that_the_clocks_skip_is_not_free(alice: Owner) -> None:
    sunday = date(2027, 3, 28)
    busy_in(calendar_of(alice), datetime(2027, 3, 28, 0, 30, tzinfo=UTC), HOUR)
    free = [one.at for one in of_kind(day_of(alice, sunday), "free")]
    assert of_kind(day_of(alice, sunday), "busy")[0].words == "01:30–03:30"
    assert not {"01:30", "02:00", "02:30", "03:00"} & set(free)
    assert {"01:00", "03:30"} <= set(free)


def test_an_hour_that_comes_twice_still_has_its_place(alice: Owner) -> None:
    busy_in(calendar_of(alice), datetime(2026, 10, 25, 0, 45, tzinfo=UTC), HOUR / 2)
    [one] = of_kind(day_of(alice, date(2026, 10, 25)), "busy")
    assert (one.words, one.rows.count) == ("02:45–02:15", 1)


# --- What is said of calendars ----------------------------------------------------------------------------


def test_an_empty_week_says_so_and_without_calendars_how_to_add_one(alice_client: Client) -> None:
    page = alice_client.get("/week/")
    assertContains(page, "Nothing stands in this week yet.")
    assertContains(page, "Only your O-Key meetings are shown")


def test_a_calendar_that_cannot_be_read_is_shown_with_its_age(alice_client: Client, alice: Owner) -> None:
    busy_in(calendar_of(alice, read_at=NOW - 5 * HOUR, trouble="unreachable", failing_since=NOW - 4 * HOUR), NINE)
    page = alice_client.get("/week/")
    assertContains(page, "Cannot be read")
    assertContains(page, "shown as it was 5\N{NO-BREAK SPACE}hours ago (Tue 1 Dec, 02:00)")
    assertContains(page, '<span class="nowrap">09:00–10:00</span> busy: Work')


def test_a_calendar_that_is_not_read_yet_is_said(alice_client: Client, alice: Owner) -> None:
    calendar_of(alice, read_at=None, covers_until=None)
    page = alice_client.get("/week/")
    assertContains(page, "Work is being read for the first time")
    assertNotContains(page, "Nothing stands in this week yet.")


@pytest.mark.parametrize(("day", "is_known"), [("2026-12-02", True), ("2026-11-25", False), ("2028-03-01", False)])
def test_a_week_that_calendars_are_not_read_for_says_so(
    alice_client: Client, alice: Owner, day: str, is_known: bool
) -> None:
    calendar_of(alice)
    page = alice_client.get("/week/", {"day": day})
    assert ("those of your calendars are missing here" in page.content.decode()) is not is_known


def test_more_than_the_page_holds_is_said(alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meetings.week.weeks.BUSY_MAX", 2)
    calendar = calendar_of(alice)
    for number in range(3):
        assert week_of(alice, WEDNESDAY).is_all
        busy_in(calendar, NINE + 2 * number * HOUR)
    week = week_of(alice, WEDNESDAY)
    assert not week.is_all
    assert len(of_kind(week.days[2], "busy")) == 2


# --- What it costs, and how it is drawn -------------------------------------------------------------------


def test_a_full_week_costs_as_many_statements_as_an_empty_one(alice: Owner, alice_client: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get("/week/?day=2026-12-02").status_code == 200
        return len(queries)

    calendar_of(alice, "Work")
    before = statements()
    for name in "abcde":
        calendar = calendar_of(alice, name)
        BusyTime.objects.bulk_create(
            BusyTime(calendar=calendar, owner=alice, starts_at=at, ends_at=at + HOUR, kind="busy", uid=str(at))
            for at in (NOW + number * HOUR for number in range(0, 120, 3))
        )
    for hour in range(9, 17):
        at_hour(alice, hour)
    assert statements() == before
    # Session and owner, six of the week, two banners, and two counts in the navigation.
    assert before == 12


def test_meetings_at_one_time_share_the_width() -> None:
    places = [Rows(0, 4), Rows(0, 2), Rows(2, 6), Rows(6, 8), *(Rows(8, 9) for _ in range(6))]
    assert lanes(places)[:4] == [(1, 2), (2, 2), (2, 2), (1, 1)]
    assert lanes(places)[4:] == [(1, 4), (2, 4), (3, 4), (4, 4), (4, 4), (4, 4)]


def test_a_quarter_goes_with_the_half_hour_beside_it() -> None:
    found = list(cells({0, 7, 9}, Rows(0, 12)))
    assert [(one.first, one.end) for one, _stretch in found] == [(1, 4), (4, 7), (10, 12)]
    assert {(stretch.first, stretch.end) for _one, stretch in found} == {(1, 7), (10, 12)}


def test_the_stylesheet_has_every_place() -> None:
    css = (Path(settings.BASE_DIR) / "static/css/week.css").read_text()
    assert set(re.findall(r"^\.at-(\d+) \{ grid-row-start", css, re.MULTILINE)) == {str(row) for row in range(ROWS)}
    assert set(re.findall(r"^\.for-(\d+) \{", css, re.MULTILINE)) == {str(row) for row in range(1, ROWS + 1)}
    shares = {f"{lane}-{of}" for of in range(1, LANES + 1) for lane in range(1, of + 1)}
    assert set(re.findall(r"> \.lane-(\d-\d) \{", css)) == shares
