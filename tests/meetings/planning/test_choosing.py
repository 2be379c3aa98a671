"""Choosing a time: what is suggested, what is typed, and what is said before anything is sent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from integrations.calendars.models import BusyTime, Calendar
from meetings.hours import rules
from meetings.models import Meeting
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.page_cast import contact_of, meeting_of

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday, eleven in Berlin


@pytest.fixture(autouse=True)
def _eleven_in_berlin() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def zoe(alice: Owner) -> Contact:
    """In New York: six hours behind Berlin."""
    contact = contact_of(alice, "Zoe Bronte")
    contact.timezone = ZoneInfo("America/New_York")
    contact.save()
    return contact


def path_of(contact: Contact) -> str:
    return f"/meetings/new/?contact={contact.pk}"


def answers(**changes: Any) -> dict[str, Any]:
    given = {"title": "Kick-off", "date": "2026-03-05", "time": "15:00", "minutes": "30", "provider": "none"}
    return given | {"agenda": "Say hello", "by_mail": "on", "request_key": str(uuid4())} | changes


def cautions_of(client: Client, contact: Contact, **changes: Any) -> list[str]:
    """What is said of it; nothing was scheduled or mailed."""
    before = Meeting.objects.count()
    page = client.post(path_of(contact), answers(**changes))
    assert page.status_code == 200
    assert (Meeting.objects.count(), Mail.objects.count()) == (before, 0)
    cautions: list[str] = page.context["choice"].chosen.cautions
    assertContains(page, "Schedule anyway")
    return cautions


# --- Two clicks -------------------------------------------------------------------------------------------


def test_from_a_contact_it_is_two_clicks_and_nothing_to_type(alice_client: Client, zoe: Contact) -> None:
    contacts_page = alice_client.get(zoe.get_absolute_url())
    first = contacts_page.content.decode().split('class="chip" href="')[1].split('"')[0].replace("&amp;", "&")

    page = alice_client.get(first)
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"by_mail": "on"}
    assert alice_client.post(path_of(zoe), sent).status_code == 302

    meeting = Meeting.objects.get()
    # Fifteen in Berlin is nine in New York; four hours of notice are over then.
    assert meeting.starts_at == datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    assert meeting.title == "Zoe Bronte and Alice Archer"


def test_the_times_suit_both_and_are_on_both_clocks(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.get(path_of(zoe))

    shown = [(one.words, one.theirs) for one in page.context["choice"].suggestions]
    # Nothing before seven there, which is thirteen in Berlin.
    assert shown[:3] == [("Mon 2 Mar, 15:00", "09:00"), ("Tue 3 Mar, 13:00", "07:00"), ("Wed 4 Mar, 13:00", "07:00")]
    assertContains(page, "09:00 there")
    assertContains(page, "Next times that suit you and Zoe Bronte")


def test_what_is_taken_is_not_suggested(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    meeting_of(alice, hours=4)  # 15:00 in Berlin
    _busy(alice, datetime(2026, 3, 3, 12, 0, tzinfo=UTC), hours=2)

    page = alice_client.get(path_of(zoe))

    assert [one.words for one in page.context["choice"].suggestions][:2] == ["Mon 2 Mar, 15:30", "Tue 3 Mar, 15:00"]


def test_a_button_fills_in_its_time_and_keeps_what_was_typed(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe), answers(title="Review", date="", time="", pick="2026-03-03T12:00:00+00:00"))

    form = page.context["form"]
    assert [form[name].value() for name in ("date", "time", "title", "agenda")] == [
        "2026-03-03",
        "13:00",
        "Review",
        "Say hello",
    ]
    assertContains(page, "Tue 3 Mar 2026, 13:00–13:30, Europe/Berlin (GMT+1)")
    assertContains(page, "Tue 3 Mar 2026, 07:00–07:30, America/New York (GMT−5)")
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("pick", ["", "nonsense", "2026-03-03T12:00", "0001-01-01T00:00Z", "9999-12-31T23:59+14:00"])
def test_a_button_that_is_none_fills_in_nothing(alice_client: Client, zoe: Contact, pick: str) -> None:
    page = alice_client.post(path_of(zoe), answers(pick=pick))

    assert page.context["form"]["time"].value() == "15:00"
    assert alice_client.get(path_of(zoe), {"contact": str(zoe.pk), "at": pick}).status_code == 200


def test_a_length_is_one_click(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe), answers(length="60"))

    assert page.context["form"]["minutes"].value() == "60"
    assertContains(page, "15:00–16:00")


# --- In words ---------------------------------------------------------------------------------------------


def test_what_is_typed_is_shown_before_it_is_scheduled(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe), answers(date="", time="", when="tue 3pm for 45 min"))

    assert Meeting.objects.count() == 0
    assertContains(page, "Tue 3 Mar 2026, 15:00–15:45, Europe/Berlin (GMT+1)")
    form = page.context["form"]
    sent = answers(**{name: form[name].value() for name in ("date", "time", "minutes")}, when="")
    assert alice_client.post(path_of(zoe), sent).status_code == 302
    assert Meeting.objects.get().starts_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_what_is_not_understood_stays_and_is_asked_about(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe), answers(when="some time <soon>"))

    assertContains(page, "was not understood")
    assertContains(page, 'value="some time &lt;soon&gt;"')
    assert page.context["form"]["time"].value() == "15:00"
    assert Meeting.objects.count() == 0


def test_a_day_alone_is_filled_in_and_has_its_own_times(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe), answers(when="friday"))

    assert (page.context["form"]["date"].value(), page.context["form"]["time"].value()) == ("2026-03-06", "")
    assert page.context["choice"].suggestions[0].words == "Fri 6 Mar, 13:00"
    assertContains(page, "At what time on Fri 6 Mar 2026?")


# --- Before the mail goes ---------------------------------------------------------------------------------


def test_a_night_of_the_contact_is_said(alice_client: Client, zoe: Contact) -> None:
    night = "It is night for Zoe Bronte then: Thu 5 Mar 2026, 04:00–04:30, America/New York (GMT−5)."
    assert cautions_of(alice_client, zoe, time="10:00") == [night]


def test_a_meeting_then_is_said(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    meeting_of(alice, title="Talk", hours=76.25)  # Thursday, 15:15 in Berlin
    meeting_of(alice, title="Gone", hours=76.25, cancelled_at=NOW)

    assert cautions_of(alice_client, zoe) == ["You meet Ann Lee then: “Talk”, Thu 5 Mar 2026, 15:15–15:45."]


def test_what_stands_in_the_owners_calendar_is_said(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    _busy(alice, datetime(2026, 3, 5, 13, 30, tzinfo=UTC), hours=1)

    assert cautions_of(alice_client, zoe) == ["Your calendar has something then: Thu 5 Mar 2026, 14:30–15:30."]


def test_what_lies_outside_the_owners_hours_is_said(alice_client: Client, zoe: Contact) -> None:
    said = cautions_of(alice_client, zoe, time="16:45")
    assert said == ["Your meeting times on Thu 5 Mar 2026 are 09:00–17:00."]


def test_a_day_off_is_said(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    rules.override_dates(owner=alice, first=date(2026, 3, 4), last=date(2026, 3, 5), ranges=[])

    assert cautions_of(alice_client, zoe) == ["Thu 5 Mar 2026 is a day off in your meeting times."]


def test_a_second_meeting_with_them_on_that_day_is_said(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    meeting_of(alice, contact=zoe, title="Talk", hours=73)  # Thursday, noon
    meeting_of(alice, contact=zoe, title="The day before", hours=49)

    said = cautions_of(alice_client, zoe)
    assert said == ["You meet Zoe Bronte on that day already: “Talk”, Thu 5 Mar 2026, 12:00–12:30."]


def test_who_has_read_it_schedules_anyway(alice_client: Client, zoe: Contact) -> None:
    given = answers(time="10:00")
    key = alice_client.post(path_of(zoe), given).context["choice"].chosen.key

    assert alice_client.post(path_of(zoe), given | {"anyway": key}).status_code == 302
    assert alice_client.post(path_of(zoe), given | {"anyway": key}).status_code == 302
    assert Meeting.objects.count() == 1


def test_who_has_read_something_else_is_told_again(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    given = answers(time="10:00")
    key = alice_client.post(path_of(zoe), given).context["choice"].chosen.key
    meeting_of(alice, hours=71)  # Thursday, ten o'clock: taken meanwhile

    page = alice_client.post(path_of(zoe), given | {"anyway": key})

    assertContains(page, "You meet Ann Lee then")
    assert Meeting.objects.filter(contact=zoe).count() == 0


def test_nobody_hears_what_is_in_another_owners_calendar(
    alice_client: Client, charlie: Owner, alice: Owner, zoe: Contact
) -> None:
    meeting_of(charlie, hours=76)
    _busy(charlie, datetime(2026, 3, 5, 14, 0, tzinfo=UTC), hours=1)

    assert alice_client.post(path_of(zoe), answers()).status_code == 302


def test_it_is_said_live(alice_client: Client, zoe: Contact) -> None:
    page = alice_client.post(path_of(zoe) + "&look=1", answers(time="10:00", title=""))

    assertContains(page, "It is night for Zoe Bronte then")
    assertNotContains(page, "Give the meeting a title.")
    assertContains(page, "Schedule anyway")
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"date": "9999-12-31"}, {"time": "99"}, {"minutes": "x"}, {"date": "2020-01-01"}, {"length": "0" * 9}]
)
def test_nothing_is_said_of_a_time_that_is_none(alice_client: Client, zoe: Contact, changes: dict[str, str]) -> None:
    page = alice_client.post(path_of(zoe) + "&look=1", answers(**changes))

    assert page.status_code == 200
    assert page.context["choice"].chosen is None


# --- Moving -----------------------------------------------------------------------------------------------


def test_moving_says_it_too_and_not_of_the_meeting_itself(alice_client: Client, alice: Owner, zoe: Contact) -> None:
    meeting = meeting_of(alice, contact=zoe, hours=76)  # Thursday, fifteen in Berlin
    path = f"/meetings/{meeting.pk}/reschedule/"

    page = alice_client.post(path, answers(time="10:00"))
    assert [one[:12] for one in page.context["choice"].chosen.cautions] == ["It is night "]
    assertContains(page, "Save anyway")
    assert Meeting.objects.get().starts_at == meeting.starts_at

    assert alice_client.post(path, answers(time="15:15")).status_code == 302
    assert Meeting.objects.get().starts_at == meeting.starts_at + timedelta(minutes=15)


def test_what_speaks_against_a_time_that_stays_is_not_said_again(
    alice_client: Client, alice: Owner, zoe: Contact
) -> None:
    meeting = meeting_of(alice, contact=zoe, hours=71)  # night for Zoe
    given = answers(time="10:00", title="Another title")

    assert alice_client.post(f"/meetings/{meeting.pk}/reschedule/", given).status_code == 302


# --- Whose, and at what cost ------------------------------------------------------------------------------


def test_a_step_of_another_owners_contact_is_not_found(charlie_client: Client, zoe: Contact) -> None:
    assert charlie_client.post(path_of(zoe) + "&look=1", answers()).status_code == 404


def test_it_costs_the_same_however_much_there_is(
    alice_client: Client, alice: Owner, zoe: Contact, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        meeting_of(alice, contact=zoe, hours=70 + number / 2)
        _busy(alice, datetime(2026, 3, 5, 6, 0, tzinfo=UTC) + timedelta(hours=number), hours=1)

    with django_assert_max_num_queries(40):
        alice_client.post(path_of(zoe) + "&look=1", answers(time="10:00"))


def _busy(owner: Owner, starts_at: datetime, *, hours: float) -> None:
    calendar = Calendar.objects.filter(owner=owner).first() or _calendar_of(owner)
    BusyTime.objects.create(
        owner=owner, calendar=calendar, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours)
    )


def _calendar_of(owner: Owner) -> Calendar:
    return Calendar.objects.create(owner=owner, source="ics", name="Private", trouble="unreachable")


def test_the_clocks_are_right_where_they_change(alice_client: Client, zoe: Contact) -> None:
    """New York is on summer time from the 8th, Berlin from the 29th: five hours lie between them meanwhile."""
    page = alice_client.post(path_of(zoe) + "&look=1", answers(date="2026-03-10", time="15:00"))

    assertContains(page, "Tue 10 Mar 2026, 10:00–10:30, America/New York (GMT−4)")
