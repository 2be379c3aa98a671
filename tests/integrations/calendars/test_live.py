"""When a client books, the owner's calendars are asked for exactly that time; and what did not answer is said."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from integrations.calendars import choosing, live, mirror
from integrations.calendars.expansion import running
from integrations.calendars.models import Answer, BusyTime, Calendar
from meetings import scheduling
from meetings.booking import confirming
from meetings.hours import asking, availability, rules
from meetings.models import Meeting
from meetings.scheduling import Plan
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.calendars.publishing import HOUR, NINE, NOW, Publisher, read
from tests.integrations.providers.sockets import SocketServer
from tests.meetings.assistant.assistant import Assistant, make_token
from tests.meetings.booking.cast import bookable, wish
from tests.meetings.bot.talking import Talk
from tests.meetings.page_cast import contact_of
from tests.okey.api.caller import Caller

pytestmark = pytest.mark.django_db
#: At nine in Berlin, for half an hour; and an entry that takes it.
THURSDAY = NINE + timedelta(days=2)
TAKEN = HOUR.format(3)
NOTICE, DAY = "This time may not be free", timedelta(days=1)
AT = f"{THURSDAY:%Y-%m-%dT%H:%MZ}"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def known(alice: Owner, mine: Calendar) -> Calendar:
    """As it was read: on Thursday there is nothing."""
    bookable(alice)
    return read(mine)


def elsewhere(owner: Owner) -> Meeting:
    """One on Friday, that may be moved."""
    plan = Plan("Kick-off", THURSDAY + timedelta(days=1), 30)
    return scheduling.schedule(owner=owner, contact=contact_of(owner), plan=plan, source=Meeting.Source.BOT)


def by_page(_owner: Owner) -> None:
    client, where = Client(), "/book/alice-archer/details/"
    html = client.get(where, {"at": AT}).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    client.post(where, {**hidden, "name": "Yuki Tanaka", "email": "yuki@client.example"})


def by_mailed_link(owner: Owner) -> None:
    waiting = confirming.ask(owner, wish(starts_at=THURSDAY), request_key="link")
    with suppress(scheduling.SlotTaken):
        confirming.confirm(waiting)


def by_bot(owner: Owner) -> None:
    Talk(owner).book("on thursday at 9")


def by_moving_with_the_bot(owner: Owner) -> None:
    invitation = elsewhere(owner).invitations.get()
    Talk(owner, opened_by=invitation).say("move it to thursday at 9", "yes")


def by_moving_on_the_calendar(owner: Owner) -> None:
    client, where = Client(), f"/m/{elsewhere(owner).invitations.get().token}/move/"
    html = client.get(where, {"at": AT}).content.decode()
    client.post(where, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)))


def by_api(owner: Owner) -> None:
    body = {"contact_id": str(contact_of(owner).pk), "title": "Kick-off", "starts_at": AT}
    Caller(owner).post("/meetings", body)


def by_moving_with_the_api(owner: Owner) -> None:
    Caller(owner).patch(f"/meetings/{elsewhere(owner).pk}", {"starts_at": AT})


def by_assistant(owner: Owner) -> None:
    about = {"contact_id": str(contact_of(owner).pk), "title": "Kick-off", "starts_at": AT, "wait_seconds": 0}
    Assistant(make_token(owner)).ask("tools/call", name="schedule_meeting", arguments=about)


def by_moving_with_the_assistant(owner: Owner) -> None:
    about = {"meeting_id": str(elsewhere(owner).pk), "starts_at": AT}
    Assistant(make_token(owner)).ask("tools/call", name="reschedule_meeting", arguments=about)


#: The library of MCP opens savepoints where a test's own transaction is open.
ALONE = pytest.mark.django_db(transaction=True)
WAYS = [
    by_page,
    by_mailed_link,
    by_bot,
    by_moving_with_the_bot,
    by_moving_on_the_calendar,
    by_api,
    by_moving_with_the_api,
    pytest.param(by_assistant, marks=ALONE),
    pytest.param(by_moving_with_the_assistant, marks=ALONE),
]
#: Of these the owner gets a mail.
BY_CLIENTS = {by_page, by_mailed_link, by_bot, by_moving_with_the_bot, by_moving_on_the_calendar}


def booked() -> Meeting | None:
    return Meeting.objects.filter(starts_at=THURSDAY).first()


@pytest.mark.parametrize("way", WAYS)
def test_what_has_just_been_entered_takes_the_time(
    way: Callable[[Owner], None], alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    publisher.publish(HOUR.format(2), TAKEN)
    assert availability.is_free(alice, THURSDAY)
    way(alice)
    assert booked() is None
    assert not availability.is_free(alice, THURSDAY)
    assert len(publisher.asked) == 2
    assert Calendar.objects.get().due_at == NOW


@pytest.mark.parametrize("way", WAYS)
def test_where_nothing_has_changed_it_is_booked_and_nothing_is_said(
    way: Callable[[Owner], None],
    alice: Owner,
    publisher: Publisher,
    known: Calendar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "expanded", None)
    way(alice)
    meeting = booked()
    assert meeting is not None
    assert "If-None-Match" in publisher.asked[1]
    assert len(publisher.asked) == 2
    assert not meeting.events.filter(kind="calendar_unsure").exists()
    assert not Mail.objects.filter(text__contains="did not answer").exists()


@pytest.mark.parametrize("way", WAYS)
def test_where_it_does_not_answer_it_is_booked_and_the_owner_reads_so(
    way: Callable[[Owner], None], alice: Owner, alice_client: Client, publisher: Publisher, known: Calendar
) -> None:
    publisher.status, publisher.headers = "500 Oops", []
    way(alice)
    meeting = booked()
    assert meeting is not None
    words = "Look whether you have this time: Work did not answer when it was booked."
    assert meeting.events.get(kind="calendar_unsure").text == words
    where = f"/meetings/{meeting.pk}/"
    assert NOTICE in alice_client.get(where).content.decode()
    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=Plan("New title", THURSDAY, meeting.minutes))
    assert NOTICE in alice_client.get(where).content.decode(), "it is about the time, which has not changed"
    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=Plan("Kick-off", THURSDAY + DAY, meeting.minutes))
    page = alice_client.get(where).content.decode()
    assert NOTICE not in page
    assert words in page, "the history keeps it"
    mails = Mail.objects.filter(to=alice.email, text__contains=words).count()
    assert mails == (1 if way in BY_CLIENTS else 0)


def test_whoever_says_nothing_is_waited_for_no_longer_than_the_time_allows(
    alice: Owner, publisher: Publisher, known: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    with SocketServer(lambda _connection: (over.wait(90), None)[1]) as silent:
        other = choosing.add_address(owner=alice, url=f"{silent.url}/a.ics", name="Silent")
        monkeypatch.setattr(live, "SECONDS", 0.3)
        live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
        over.set()
    assert [one.calendar_id for one in Answer.objects.all()] == [known.pk]
    assert "Silent did not" in asking.unsure_words(alice, THURSDAY, THURSDAY + timedelta(minutes=30))
    assert other.read_at is None


def test_free_time_around_the_meeting_is_asked_for_too(alice: Owner, publisher: Publisher, known: Calendar) -> None:
    rules.change_rules(owner=alice, buffer_after_minutes=30)
    publisher.publish("DTSTART:20261203T085000Z|DURATION:PT10M")
    asking.ask(alice, THURSDAY)
    assert not availability.is_free(alice, THURSDAY)


def test_nobody_asks_while_a_transaction_is_open(alice: Owner, publisher: Publisher, known: Calendar) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    assert len(publisher.asked) == 1


def test_of_a_time_that_is_not_on_offer_nobody_is_asked(alice: Owner, publisher: Publisher, known: Calendar) -> None:
    by_api(alice)
    by_api(alice)
    asking.ask(alice, NOW.replace(hour=3))
    assert len(publisher.asked) == 2


def _series(owner: Owner, **more: Any) -> Any:
    """This Thursday and the five after it."""
    repeat = {"every_weeks": 1, "count": 6}
    body = {"title": "Weekly", "starts_at": THURSDAY.isoformat(), "minutes": 30, "repeat": repeat, **more}
    return Caller(owner).post("/series", {"contact_id": str(contact_of(owner).pk), **body})


def test_for_a_series_it_is_asked_once_and_what_takes_a_later_date_refuses_all(
    alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    publisher.publish(f"DTSTART:{THURSDAY + timedelta(weeks=4):%Y%m%dT%H%M%SZ}|DURATION:PT30M")
    assert _series(alice).status_code == 409
    assert len(publisher.asked) == 2
    assert not Meeting.objects.exists()


def test_a_series_whose_calendar_does_not_answer_says_so_of_each(
    alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    publisher.status, publisher.headers = "500 Oops", []
    assert _series(alice).status_code == 201
    assert [one.events.filter(kind="calendar_unsure").count() for one in Meeting.objects.all()] == [1] * 6
    assert len(publisher.asked) == 2


def test_a_series_that_is_on_offer_throughout_is_sure_of_each_and_one_at_any_time_asks_nobody(
    alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    assert _series(alice).status_code == 201
    assert not Meeting.objects.filter(events__kind="calendar_unsure").exists()
    assert _series(alice, any_time=True).status_code == 201
    assert _series(alice).status_code == 409, "it is not on offer any more"
    assert len(publisher.asked) == 2


def test_an_answer_is_good_for_seconds_and_for_its_time_alone(alice: Owner, known: Calendar, clock: Any) -> None:
    half_an_hour = timedelta(minutes=30)
    live.ask(alice.pk, THURSDAY, THURSDAY + half_an_hour)
    assert not asking.unsure_words(alice, THURSDAY, THURSDAY + half_an_hour)
    assert asking.unsure_words(alice, THURSDAY, THURSDAY + 2 * half_an_hour)
    clock.shift(timedelta(seconds=16))
    assert asking.unsure_words(alice, THURSDAY, THURSDAY + half_an_hour)


def test_an_answer_to_somebody_else_is_none_to_whoever_got_none(
    alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    publisher.status, publisher.headers = "503 Busy", []
    live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    assert asking.unsure_words(alice, THURSDAY, THURSDAY + timedelta(minutes=30))


def test_a_calendar_that_cannot_be_read_is_not_waited_for(alice: Owner, publisher: Publisher, known: Calendar) -> None:
    publisher.status, publisher.headers = "500 Oops", []
    read(known)
    by_page(alice)
    assert len(publisher.asked) == 2
    meeting = booked()
    assert meeting is not None
    assert meeting.events.filter(kind="calendar_unsure").exists()


def test_a_calendar_that_comes_empty_has_not_answered(alice: Owner, publisher: Publisher, known: Calendar) -> None:
    publisher.publish(*[HOUR.format(day) for day in range(7, 14)])
    read(known)
    publisher.publish()
    live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    assert not Answer.objects.exists()


def test_strangers_cannot_have_it_asked_without_end(
    alice: Owner, publisher: Publisher, known: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "AN_HOUR", 1)
    for _time in range(3):
        live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    assert len(publisher.asked) == 2
    assert not Answer.objects.exists()


def test_what_is_read_while_somebody_asks_does_not_undo_the_answer(
    alice: Owner, publisher: Publisher, known: Calendar
) -> None:
    """The reading began before the entry was there, and ends after the question."""
    Calendar.objects.update(due_at=NOW)
    claim = claims.take(Calendar, known.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    publisher.publish(HOUR.format(2), TAKEN)
    live.ask(alice.pk, THURSDAY, THURSDAY + timedelta(minutes=30))
    publisher.publish(HOUR.format(2))
    mirror.work_on(claim)
    assert BusyTime.objects.filter(starts_at=THURSDAY).exists()
    assert Calendar.objects.get().due_at == NOW
