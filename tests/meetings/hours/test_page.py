"""The page on which an owner says when clients can book them. Saturday, 1 August 2026 in Berlin."""

from datetime import date, datetime, time
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings.hours import availability
from meetings.hours import rules as hours_rules
from meetings.hours.words import Stretch
from meetings.models import DateOverride, MeetingSettings, WorkingHours
from okey.owners.models import Owner

PAGE = "/settings/meeting-times/"
RULES = {
    "slot_minutes": "45",
    "notice_minutes": "1440",
    "buffer_before_minutes": "10",
    "buffer_after_minutes": "0",
    "horizon_days": "30",
    "daily_maximum": "",
    "reminds_hour_before": "on",
}


@pytest.fixture(autouse=True)
def saturday() -> Any:
    with time_machine.travel(datetime(2026, 8, 1, 8, tzinfo=ZoneInfo("Europe/Berlin")), tick=False):
        yield


def ranges(prefix: str, *hours: tuple[str, str]) -> dict[str, str]:
    data = {f"{prefix}-TOTAL_FORMS": str(len(hours)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, (starts, ends) in enumerate(hours):
        data |= {f"{prefix}-{number}-starts": starts, f"{prefix}-{number}-ends": ends}
    return data


def week(**days: list[tuple[str, str]]) -> dict[str, str]:
    """`mon`, `tue` and so on; the others are days off."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return {key: value for n, name in enumerate(names) for key, value in ranges(f"day{n}", *days.get(name, [])).items()}


def text(response: Any) -> str:
    return unescape(response.content.decode())


def hours_of(owner: Owner) -> list[str]:
    return [str(row) for row in WorkingHours.objects.filter(owner=owner)]


def test_an_owner_who_decided_nothing_sees_the_default_hours_and_the_next_free_times(alice_client: Client) -> None:
    page = text(alice_client.get(PAGE))
    assert page.count('value="09:00"') == 5
    assert "Mon 3 Aug 2026, 09:00–09:30" in page


def test_several_ranges_a_day_are_saved_and_offered(alice: Owner, alice_client: Client) -> None:
    typed = week(mon=[("13:00", "17:00"), ("09:00", "12:00"), ("", "")], sun=[("22:00", "00:00")])
    answer = alice_client.post(f"{PAGE}hours/", typed, follow=True)
    assert "Your weekly hours are saved." in text(answer)
    assert hours_of(alice) == ["0 09:00–12:00", "0 13:00–17:00", "6 22:00–00:00"]
    assert "Sun 2 Aug 2026, 22:00–22:30" in text(answer)


def test_a_week_without_hours_stays_without(alice: Owner, alice_client: Client) -> None:
    answer = alice_client.post(f"{PAGE}hours/", week(), follow=True)
    assert "Clients find no free time in the next 60 days." in text(answer)
    assert hours_of(alice) == []


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ([("17:00", "09:00")], "day1-0-ends", "This is not after the start."),
        ([("09:00", "")], "day1-0-ends", "Say until when, or leave both empty."),
        ([("", "09:00")], "day1-0-starts", "Say from when, or leave both empty."),
        ([("9 o’clock", "17:00")], "day1-0-starts", "Type a time such as 09:30."),
        ([("09:00", "12:00"), ("11:00", "13:00")], "day1-1-starts", "This overlaps another range of the day."),
    ],
)
def test_a_wrong_range_is_named_at_its_field_and_nothing_is_saved(
    alice: Owner, alice_client: Client, typed: list[tuple[str, str]], field: str, words: str
) -> None:
    page = text(alice_client.post(f"{PAGE}hours/", week(tue=typed)))
    assert f'id="id_{field}_error"' in page
    assert words in page
    assert not MeetingSettings.objects.exists()
    assert hours_of(alice) == []


def test_a_range_is_added_and_removed_before_anything_is_saved(alice: Owner, alice_client: Client) -> None:
    typed = week(mon=[("09:00", "12:00"), ("13:00", "17:00")])
    more = text(alice_client.post(f"{PAGE}hours/", {**typed, "more": "0"}))
    assert 'name="day0-2-starts"' in more
    assert "Not saved yet." in more
    less = text(alice_client.post(f"{PAGE}hours/", {**typed, "less": "0-0"}))
    assert 'name="day0-1-starts"' not in less
    assert 'value="13:00"' in less
    assert hours_of(alice) == []


@pytest.mark.parametrize("odd", [{}, {"more": "9"}, {"less": "x"}, {"day0-TOTAL_FORMS": "100000"}])
def test_a_form_that_no_page_sent_saves_nothing(alice: Owner, alice_client: Client, odd: dict[str, str]) -> None:
    assert alice_client.post(f"{PAGE}hours/", odd).status_code == 200
    assert hours_of(alice) == []


def test_rules_and_reminders_are_saved(alice: Owner, alice_client: Client) -> None:
    assert "Your rules for meetings are saved." in text(alice_client.post(f"{PAGE}rules/", RULES, follow=True))
    saved = MeetingSettings.objects.get(owner=alice)
    assert (saved.slot_minutes, saved.notice_minutes, saved.buffer_before_minutes) == (45, 1440, 10)
    assert (saved.daily_maximum, saved.reminds_day_before, saved.reminds_hour_before) == (None, False, True)
    assert len(availability.weekly_hours_of(alice, saved)) == 5


@pytest.mark.parametrize(
    ("field", "value"), [("horizon_days", "367"), ("daily_maximum", "0"), ("slot_minutes", "7"), ("notice_minutes", "")]
)
def test_a_wrong_rule_is_named_at_its_field(alice_client: Client, field: str, value: str) -> None:
    assert f'id="id_{field}_error"' in text(alice_client.post(f"{PAGE}rules/", {**RULES, field: value}))
    assert not MeetingSettings.objects.exists()


def test_a_holiday_is_one_line_and_can_be_taken_back(alice: Owner, alice_client: Client) -> None:
    holiday = {"first": "2026-08-03", "last": "2026-08-14", **ranges("hours", ("", ""), ("", ""))}
    page = text(alice_client.post(f"{PAGE}dates/", holiday, follow=True))
    assert "Mon 3 Aug – Fri 14 Aug 2026" in page
    assert "Mon 17 Aug 2026, 09:00–09:30" in page
    alice_client.post(f"{PAGE}dates/forget/", {"first": "2026-08-03", "last": "2026-08-14"})
    assert not DateOverride.objects.exists()


def test_a_date_said_again_is_replaced(alice: Owner, alice_client: Client) -> None:
    day = date(2026, 8, 3)
    hours_rules.override_dates(owner=alice, first=day, last=day, ranges=[])
    other = {"first": "2026-08-03", "last": "", **ranges("hours", ("10:00", "11:00"), ("20:00", "21:00"))}
    alice_client.post(f"{PAGE}dates/", other)
    assert list(DateOverride.objects.values_list("starts", flat=True)) == [time(10), time(20)]


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("2026-07-31", "", "first", "This date is in the past."),
        ("2026-08-03", "2026-08-02", "last", "The last day is before the first."),
        ("2026-08-03", "2027-08-04", "last", "At most 366 days at once."),
        ("9999-12-31", "", "first", "This is more than five years ahead."),
        ("", "", "first", "Choose a date."),
    ],
)
def test_a_wrong_date_is_named_at_its_field(
    alice_client: Client, first: str, last: str, field: str, words: str
) -> None:
    typed = {"first": first, "last": last, **ranges("hours", ("", ""))}
    page = text(alice_client.post(f"{PAGE}dates/", typed))
    assert f'id="id_{field}_error"' in page
    assert words in page
    assert not DateOverride.objects.exists()


def test_a_strangers_times_stay_as_they_are(alice: Owner, charlie: Owner, charlie_client: Client) -> None:
    day = date(2026, 8, 3)
    hours_rules.override_dates(owner=alice, first=day, last=day, ranges=[(time(4), time(5))])
    assert "04:00" not in text(charlie_client.get(PAGE))
    charlie_client.post(f"{PAGE}dates/forget/", {"first": "2026-08-03", "last": "2026-08-03"})
    charlie_client.post(f"{PAGE}hours/", week(mon=[("09:00", "12:00")]))
    assert DateOverride.objects.filter(owner=alice).count() == 1
    assert hours_of(alice) == []


def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    for address in ("", "hours/", "rules/", "dates/", "dates/forget/"):
        answer = client.get(PAGE) if not address else client.post(PAGE + address)
        assert answer.headers["Location"].startswith("/accounts/login/")


def test_the_page_costs_the_same_with_one_override_and_with_fifty(alice: Owner, alice_client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            alice_client.get(PAGE)
        return len(queries)

    hours_rules.override_dates(owner=alice, first=date(2026, 8, 3), last=date(2026, 8, 3), ranges=[])
    one = cost()
    hours_rules.override_dates(owner=alice, first=date(2026, 8, 3), last=date(2026, 9, 21), ranges=[])
    assert cost() == one


# --- One page, one save -----------------------------------------------------------------------------------


def page_of(**days: list[tuple[str, str]]) -> dict[str, str]:
    """All that the page's form sends; `days` of the week."""
    return {**week(**days), **RULES, "first": "", "last": "", **ranges("hours", ("", ""), ("", ""))}


MONDAY = [("08:00", "12:00")]


@pytest.mark.parametrize("button", ["hours/", "rules/", "dates/"])
def test_whichever_button_saves_all_that_was_typed(alice: Owner, alice_client: Client, button: str) -> None:
    page = text(alice_client.post(PAGE + button, page_of(mon=MONDAY) | {"first": "2026-08-05"}, follow=True))

    assert hours_of(alice) == ["0 08:00–12:00"]
    assert MeetingSettings.objects.get(owner=alice).slot_minutes == 45
    assert DateOverride.objects.get(owner=alice).date == date(2026, 8, 5)
    for words in ("Your weekly hours are saved.", "Your rules for meetings are saved.", "These dates are saved."):
        assert words in page


def test_where_one_part_is_wrong_nothing_is_saved_and_all_is_kept(alice: Owner, alice_client: Client) -> None:
    typed = page_of(mon=MONDAY) | {"first": "2020-01-01", "hours-0-starts": "10:00", "hours-0-ends": "11:00"}

    page = text(alice_client.post(f"{PAGE}hours/", typed))

    assert "This date is in the past." in page
    for value in ("08:00", "12:00", "10:00", "11:00", "2020-01-01"):
        assert f'value="{value}"' in page
    assert '<option value="45" selected>' in page
    assert hours_of(alice) == []
    assert not MeetingSettings.objects.exists()


def test_hours_that_nobody_changed_are_not_made_the_owners_own(alice: Owner, alice_client: Client) -> None:
    workdays = {name: [("09:00", "17:00")] for name in ("mon", "tue", "wed", "thu", "fri")}
    alice_client.post(f"{PAGE}rules/", page_of(**workdays))

    assert MeetingSettings.objects.get(owner=alice).has_own_hours is False
    assert hours_of(alice) == []


def test_removing_dates_keeps_what_was_typed(alice: Owner, alice_client: Client) -> None:
    day = date(2026, 8, 3)
    hours_rules.override_dates(owner=alice, first=day, last=day, ranges=[])
    assert 'name="forget" value="2026-08-03/2026-08-03"' in text(alice_client.get(PAGE))

    typed = page_of(mon=MONDAY) | {"forget": "2026-08-03/2026-08-03"}
    page = text(alice_client.post(f"{PAGE}dates/forget/", typed))

    assert not DateOverride.objects.exists()
    assert 'value="08:00"' in page
    assert hours_of(alice) == []


@pytest.mark.parametrize("forget", ["", "2026-08-03", "x/y", "2026-08-03/2026-08-03/1"])
def test_dates_that_no_button_names_are_not_found(alice_client: Client, forget: str) -> None:
    assert alice_client.post(f"{PAGE}dates/forget/", {"forget": forget}).status_code == 404


def test_a_days_hours_are_copied_to_others_before_anything_is_saved(alice: Owner, alice_client: Client) -> None:
    lunch = [("09:00", "12:00"), ("13:00", "17:00")]
    typed = page_of(mon=lunch, sat=[("10:00", "11:00")]) | {"copy": "0", "copy0-1": "1", "copy0-4": "1", "copy3-5": "1"}

    answer = alice_client.post(f"{PAGE}hours/", typed)

    days = answer.context["week"].days
    shown = {day.weekday: [form["starts"].value() for form in day.ranges.forms] for day in days}
    starts = ["09:00", "13:00"]
    assert shown == {0: starts, 1: starts, 2: [], 3: [], 4: starts, 5: ["10:00"], 6: []}
    assert "Not saved yet." in text(answer)
    assert hours_of(alice) == []


@pytest.mark.parametrize("odd", ["9", "x", "-1", "00"])
def test_a_copy_of_no_day_changes_nothing(alice_client: Client, odd: str) -> None:
    answer = alice_client.post(f"{PAGE}hours/", page_of(mon=MONDAY) | {"copy": odd, f"copy{odd}-1": "1"})

    assert [len(day.ranges.forms) for day in answer.context["week"].days] == [1, 0, 0, 0, 0, 0, 0]


def test_dates_over_a_new_year_say_both_years() -> None:
    assert Stretch(date(2026, 12, 24), date(2027, 1, 3), ()).dates == "Thu 24 Dec 2026 – Sun 3 Jan 2027"
    assert Stretch(date(2026, 12, 24), date(2026, 12, 27), ()).dates == "Thu 24 Dec – Sun 27 Dec 2026"
