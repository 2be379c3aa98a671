"""The form that makes a series, and those that move and cancel meetings of one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from integrations.calendars.models import BusyTime, Calendar
from meetings import scheduling
from meetings.models import DateOverride, Meeting, Series
from meetings.scheduling import Plan
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.page_cast import contact_of, send_anyway
from tests.meetings.series.cast import schedule_series

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
START = datetime(2027, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _one_in_berlin() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return contact_of(alice)


def page_for(contact: Contact) -> str:
    return f"/meetings/new/?contact={contact.pk}"


def answers(**changes: Any) -> dict[str, Any]:
    given = {
        "title": "Weekly", "date": "2027-03-01", "time": "10:00", "minutes": "30", "every": "1", "times": "6",
        "provider": "none", "agenda": "", "request_key": str(uuid4()),
    }  # fmt: skip
    return given | changes


def dates_of(response: Any) -> list[Any]:
    found: list[Any] = response.context["choice"].chosen.dates
    return found


def test_the_dates_are_read_before_any_is_made(alice_client: Client, ann: Contact) -> None:
    given = answers()
    response = alice_client.post(page_for(ann), given)
    assert Meeting.objects.count() == 0
    assert [one.mine for one in dates_of(response)][::5] == [
        "Mon 1 Mar 2027, 10:00–10:30",
        "Mon 5 Apr 2027, 10:00–10:30",
    ]
    assertContains(response, "Schedule the series")
    key = response.context["choice"].chosen.key

    response = alice_client.post(page_for(ann), given | {"anyway": key})

    series = Series.objects.get()
    assertRedirects(response, f"/meetings/series/{series.pk}/")
    assert [one.starts_at.astimezone(BERLIN).hour for one in series.meetings.all()] == [10] * 6


def test_what_speaks_against_each_is_said_of_it(alice_client: Client, alice: Owner, ann: Contact) -> None:
    Contact.objects.update(timezone=ZoneInfo("America/Los_Angeles"))
    DateOverride.objects.create(owner=alice, date=date(2027, 3, 8))
    busy = Calendar.objects.create(owner=alice, source="ics", name="Mine")
    ends = START + timedelta(weeks=2, hours=1)
    BusyTime.objects.create(calendar=busy, owner=alice, starts_at=START + timedelta(weeks=2), ends_at=ends)
    lee = contact_of(alice, "Lee")
    scheduling.schedule(owner=alice, contact=lee, plan=Plan("Lunch", START + timedelta(weeks=3), 60))

    dates = dates_of(alice_client.post(page_for(ann), answers(times="4", time="10:00")))

    said = [" ".join(one.cautions) for one in dates]
    assert all("It is night for Ann Lee then" in words for words in said)
    assert "is a day off in your meeting times" in said[1]
    assert "Your calendar has something then" in said[2]
    assert "You meet Lee then: “Lunch”" in said[3]


def test_a_time_that_the_clocks_skip_is_said(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(date="2027-03-21", time="02:30", times="2"))
    assertContains(response, "The clocks skip 02:30 that day: it starts at 03:30.")


def test_what_is_ticked_is_left_out_and_stays_ticked(alice_client: Client, ann: Contact) -> None:
    given = answers(times="3")
    second = dates_of(alice_client.post(page_for(ann), given))[1].value

    looked = alice_client.post(page_for(ann) + "&look=1", given | {"leave_out": [second]})
    assert [one.is_left_out for one in dates_of(looked)] == [False, True, False]
    send_anyway(alice_client, page_for(ann), given | {"leave_out": [second]})

    assert [one.starts_at.astimezone(BERLIN).day for one in Meeting.objects.order_by("starts_at")] == [1, 15]


def test_all_left_out_makes_none_and_says_so(alice_client: Client, ann: Contact) -> None:
    given = answers(times="2")
    every = [one.value for one in dates_of(alice_client.post(page_for(ann), given))]
    response: Any = send_anyway(alice_client, page_for(ann), given | {"leave_out": every})
    assertContains(response, "All dates are left out")
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("ticks", [["nonsense"], ["2027-03-01T10:00"], ["\0"], ["x" * 5000], [""] * 500])
def test_ticks_that_name_no_date_leave_none_out(alice_client: Client, ann: Contact, ticks: list[str]) -> None:
    send_anyway(alice_client, page_for(ann), answers(times="2", leave_out=ticks))
    assert Meeting.objects.count() == 2


@pytest.mark.parametrize("times", ["0", "1", "53", "-4", "many", "1e3", "1000000000", "", "２,5"])
def test_wrong_numbers_are_named(alice_client: Client, ann: Contact, times: str) -> None:
    response = alice_client.post(page_for(ann), answers(times=times))
    assert list(response.context["form"].errors) == ["times"]
    assertContains(response, "A series has 2 to 52 meetings.")
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("every", ["0", "5", "-1", "weekly"])
def test_wrong_spaces_are_named(alice_client: Client, ann: Contact, every: str) -> None:
    response = alice_client.post(page_for(ann), answers(every=every))
    assert list(response.context["form"].errors) == ["every"]
    assert Meeting.objects.count() == 0


def test_a_number_without_a_repeat_is_nobodys_business(alice_client: Client, ann: Contact) -> None:
    alice_client.post(page_for(ann), answers(every="", times="many"))
    assert Meeting.objects.get().series is None


def test_the_end_of_the_calendar(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(date="9999-12-28"))
    assert response.status_code == 200
    assert Meeting.objects.count() == 0


def test_a_double_click_and_a_second_tab_make_one_series(alice_client: Client, ann: Contact) -> None:
    given = answers(times="3")
    key = alice_client.post(page_for(ann), given).context["choice"].chosen.key
    addresses = {alice_client.post(page_for(ann), given | {"anyway": key})["Location"] for _click in range(3)}
    assert len(addresses) == 1
    assert (Series.objects.count(), Meeting.objects.count()) == (1, 3)


def test_the_same_form_with_something_else_in_it_says_what_it_made(alice_client: Client, ann: Contact) -> None:
    given = answers(times="3")
    send_anyway(alice_client, page_for(ann), given)
    for other in ({"times": "4"}, {"every": ""}, {"title": "Another"}):
        response: Any = alice_client.post(page_for(ann), given | other)
        assertContains(response, "Scheduled already", status_code=409)
    assert Meeting.objects.count() == 3


def test_one_meeting_and_then_a_series_by_the_same_form(alice_client: Client, ann: Contact) -> None:
    given = answers(every="")
    alice_client.post(page_for(ann), given)
    response = alice_client.post(page_for(ann), given | {"every": "1"})
    assertContains(response, "Scheduled already", status_code=409)
    assert Meeting.objects.count() == 1


def test_what_came_up_meanwhile_is_said_before_it_is_made(alice_client: Client, alice: Owner, ann: Contact) -> None:
    given = answers(times="3")
    key = alice_client.post(page_for(ann), given).context["choice"].chosen.key
    scheduling.schedule(owner=alice, contact=contact_of(alice, "Lee"), plan=Plan("Lunch", START, 60))
    response = alice_client.post(page_for(ann), given | {"anyway": key})
    assertContains(response, "Lunch")
    assert Series.objects.count() == 0


# --- The series' page -------------------------------------------------------------------------------------


def test_the_page_lists_them_and_a_meeting_says_where_it_stands(
    alice_client: Client, bob_client: Client, alice: Owner, ann: Contact
) -> None:
    made = schedule_series(alice, ann, times=3, every_weeks=2)
    response = alice_client.get(f"/meetings/series/{made[0].series_id}/")
    assertContains(response, "Every 2 weeks with Ann Lee: 3 meetings")
    assert [row.meeting for row in response.context["rows"]] == made
    assertContains(alice_client.get(f"/meetings/{made[1].pk}/"), "2 of 3")
    assert bob_client.get(f"/meetings/series/{made[0].series_id}/").status_code == 404
    assert alice_client.get(f"/meetings/series/{uuid4()}/").status_code == 404


# --- Moving and cancelling --------------------------------------------------------------------------------


def change(meeting: Meeting, **changes: Any) -> dict[str, Any]:
    wall = meeting.starts_at.astimezone(BERLIN)
    given = {"title": meeting.title, "date": f"{wall:%Y-%m-%d}", "time": f"{wall:%H:%M}", "minutes": "30"}
    return given | changes


def test_those_that_follow_are_shown_before_they_are_moved(alice_client: Client, alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=4)
    page = f"/meetings/{made[1].pk}/reschedule/"
    given = change(made[1], time="14:00", reach="following")

    response = alice_client.post(page, given)

    dates = dates_of(response)
    assert [(one.mine, one.was) for one in dates] == [
        ("Mon 15 Mar 2027, 14:00–14:30", "Mon 15 Mar 2027, 10:00–10:30"),
        ("Mon 22 Mar 2027, 14:00–14:30", "Mon 22 Mar 2027, 10:00–10:30"),
    ]
    assert [one.cautions for one in dates] == [[], []], "they do not stand in their own way"
    key = response.context["choice"].chosen.key
    alice_client.post(page, given | {"anyway": key, "leave_out": [dates[1].value]})
    hours = [one.starts_at.astimezone(BERLIN).hour for one in Meeting.objects.order_by("starts_at")]
    assert hours == [10, 14, 14, 10]


def test_a_move_by_a_week_does_not_meet_itself(alice_client: Client, alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=3)
    given = change(made[0], date="2027-03-08", reach="following")
    response = alice_client.post(f"/meetings/{made[0].pk}/reschedule/", given)
    chosen = response.context["choice"].chosen
    assert chosen.cautions == []
    assert [one.cautions for one in chosen.dates] == [[], []]


def test_one_alone_is_the_default(alice_client: Client, alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=3)
    alice_client.post(f"/meetings/{made[0].pk}/reschedule/", change(made[0], time="14:00"))
    assert [one.revision for one in Meeting.objects.order_by("starts_at")] == [2, 1, 1]


@pytest.mark.parametrize(("reach", "cancelled"), [("", 1), ("one", 1), ("following", 3), ("all", 4)])
def test_cancelling_one_the_following_or_all(
    alice_client: Client, alice: Owner, ann: Contact, reach: str, cancelled: int
) -> None:
    made = schedule_series(alice, ann, times=4)
    page = f"/meetings/{made[1].pk}/cancel/"
    assertContains(alice_client.get(page), "This one and those that follow")
    alice_client.post(page, {"reach": reach, "word": "Done."})
    alice_client.post(page, {"reach": reach, "word": "Done."})
    assert Meeting.objects.exclude(cancelled_at=None).count() == cancelled


def test_a_single_meeting_asks_nothing_of_this(alice_client: Client, alice: Owner, ann: Contact) -> None:
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=Plan("Once", START, 30))
    for page in (f"/meetings/{meeting.pk}/cancel/", f"/meetings/{meeting.pk}/reschedule/"):
        assertNotContains(alice_client.get(page), "Which meetings")
    response = alice_client.post(f"/meetings/{meeting.pk}/cancel/", {"reach": "all"})
    assertRedirects(response, f"/meetings/{meeting.pk}/")
