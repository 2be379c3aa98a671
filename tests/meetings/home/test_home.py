from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import scheduling
from meetings.booking import settings as booking_settings
from meetings.bot.models import Conversation
from meetings.client import actions
from meetings.hours import rules
from meetings.models import LinkJob, Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import Schedule
from tests.meetings.page_cast import LINK, connect_zoom, contact_of, meeting_of, ready_meeting

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    return client.get("/").content.decode()


def wish(meeting: Meeting, words: str = "Tuesday, please.") -> None:
    actions.ask_for_another_time(meeting.invitations.get(), words)


def waiting(owner: Owner, name: str = "Zoë") -> Conversation:
    return Conversation.objects.create(owner=owner, handed_over_at=timezone.now(), state={"name": name})


def test_the_next_meeting_is_joined_from_home(alice: Owner, alice_client: Client) -> None:
    zoom = connect_zoom(alice)
    ready_meeting(alice, zoom, title="Later", hours=30)
    ready_meeting(alice, zoom, title="Sooner", hours=2)
    shown = page(alice_client)

    assert shown.index("Sooner") < shown.index("Later")
    assert f'href="{LINK.replace("&", "&amp;")}"' in shown
    assert "Join" in shown


def test_somebody_elses_things_are_not_there(alice: Owner, bob_client: Client, schedule: Schedule) -> None:
    wish(schedule(title="Secret plan", provider=""))
    waiting(alice)
    shown = page(bob_client)

    assert "Secret plan" not in shown
    assert "Needs you" not in shown
    assert "tabs__count" not in shown


def test_a_new_owner_reads_the_first_steps_until_they_are_done(alice: Owner, alice_client: Client) -> None:
    shown = page(alice_client)
    assert "Nothing is coming up" in shown
    for step in ("Connect a meeting provider", "Add a contact", "Check your hours", "Switch on your booking page"):
        assert step in shown

    connect_zoom(alice)
    contact_of(alice)
    booking_settings.change(owner=alice, is_page_on=True)
    assert page(alice_client).count("home__step--done") == 3

    rules.set_weekly_hours(owner=alice, weekly={})
    assert "First steps" not in page(alice_client)


def test_who_may_not_connect_is_not_asked_to(alice: Owner, alice_client: Client) -> None:
    Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)

    assert "Connect a meeting provider" not in page(alice_client)


def test_a_wish_for_another_time_waits_until_it_is_answered(alice_client: Client, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    wish(meeting)
    shown = page(alice_client)
    assert "Ann Lee asks for another time" in shown
    assert "Tuesday, please." in shown
    assert "Tuesday, please." in alice_client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "Kick-off" in alice_client.get("/meetings/?show=asked").content.decode()

    alice_client.post(f"/meetings/{meeting.pk}/answer/", {"word": "Sorry, Tuesday is full."})

    assert "Needs you" not in page(alice_client)
    [mail] = Mail.objects.filter(to="ann@example.com")
    assert "keeps the time" in mail.subject
    assert "Sorry, Tuesday is full." in mail.text
    history = [event.text for event in meeting.events.all()]
    assert "You said to the client: “Sorry, Tuesday is full.”" in history


def test_the_history_says_from_what_to_what(alice: Owner, schedule: Schedule) -> None:
    plan = scheduling.Plan("Hand-over", datetime(2030, 5, 6, 14, tzinfo=UTC), 30)
    with time_machine.travel(datetime(2030, 5, 1, tzinfo=UTC), tick=False):
        meeting = schedule(provider="", starts_at=datetime(2030, 5, 6, 13, 15, tzinfo=UTC))
        scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan)

    moved = "Moved from Mon 6 May 2030, 15:15–15:45 to Mon 6 May 2030, 16:00–16:30."
    renamed = "Title changed from “Kick-off” to “Hand-over”."
    assert meeting.events.get(kind="rescheduled").text == f"{moved} {renamed}"


def test_an_answer_twice_is_once(alice_client: Client, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    wish(meeting)
    for _time in range(2):
        assert alice_client.post(f"/meetings/{meeting.pk}/answer/", {"word": ""}).status_code == 302

    assert Mail.objects.filter(to="ann@example.com").count() == 1


def test_nobody_answers_for_somebody_else(bob_client: Client, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    wish(meeting)

    assert bob_client.post(f"/meetings/{meeting.pk}/answer/", {"word": "No"}).status_code == 404
    assert Meeting.objects.get(pk=meeting.pk).asked_at is not None


@pytest.mark.parametrize("move", [True, False])
def test_moving_or_cancelling_answers_a_wish(alice: Owner, schedule: Schedule, move: bool) -> None:
    meeting = schedule(provider="")
    wish(meeting)
    if move:
        plan = scheduling.Plan(meeting.title, meeting.starts_at + timedelta(hours=1), meeting.minutes)
        scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan)
    else:
        scheduling.cancel(owner=alice, meeting_id=meeting.pk)

    assert Meeting.objects.get(pk=meeting.pk).asked_at is None


def test_another_title_answers_no_wish(alice: Owner, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    wish(meeting)
    plan = scheduling.Plan("Another title", meeting.starts_at, meeting.minutes)
    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan)

    assert Meeting.objects.get(pk=meeting.pk).asked_words == "Tuesday, please."


def test_who_waits_and_which_links_need_a_hand_is_there(alice: Owner, alice_client: Client) -> None:
    connect_zoom(alice)
    waiting(alice)
    meeting_of(alice, title="Stuck", job={"problem": LinkJob.Problem.REFUSED})
    meeting_of(alice, title="Too many", provider="", no_link=Meeting.NoLink.PUBLIC_LIMIT)
    meeting_of(alice, title="All is well", provider="")
    needs = page(alice_client).partition("Needs you")[2].partition("</section>")[0]

    assert "Zoë waits for your answer" in needs
    assert "Stuck" in needs
    assert "Too many" in needs
    assert "All is well" not in needs


def test_the_navigation_counts_who_waits(alice: Owner, alice_client: Client, schedule: Schedule) -> None:
    wish(schedule(provider=""))
    for _one in range(2):
        waiting(alice)
    waiting(alice).delete()
    shown = alice_client.get("/contacts/").content.decode()

    assert shown.count("tabs__count") == 2
    assert '<span class="tabs__count">2<' in shown


def test_home_asks_as_often_for_many_rows_as_for_one(alice: Owner, alice_client: Client, schedule: Schedule) -> None:
    connect_zoom(alice)

    def fill(count: int) -> int:
        for number in range(count):
            wish(schedule(title=f"Wish {number}"))
            waiting(alice)
            meeting_of(alice, job={"problem": LinkJob.Problem.REFUSED})
        with CaptureQueriesContext(connection) as captured:
            page(alice_client)
        return len(captured)

    fill(2)
    assert fill(0) == fill(12)


def test_no_count_looks_at_more_than_a_hundred(alice: Owner, alice_client: Client) -> None:
    now = timezone.now()
    Conversation.objects.bulk_create(Conversation(owner=alice, handed_over_at=now) for _one in range(120))

    assert '<span class="tabs__count">99+<' in alice_client.get("/contacts/").content.decode()


def test_home_is_for_owners(client: Client) -> None:
    assert client.get("/")["Location"] == "/accounts/login/?next=/"
