"""From a greeting to a meeting, and what comes after it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from integrations.models import Connection
from meetings import scheduling
from meetings.booking import bookings, rate_limits
from meetings.booking.models import UnconfirmedBooking
from meetings.bot import engine
from meetings.bot.models import Conversation, Message
from meetings.client import actions as client_actions
from meetings.models import Meeting
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import MADRID, NOW, Talk
from tests.meetings.page_cast import connect_jitsi

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of March, on Berlin's clocks."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


# --- Booking ------------------------------------------------------------------------------------------------


def test_from_the_greeting_to_a_meeting(talk: Talk) -> None:
    assert "When would you like to meet?" in talk.conversation.messages.get().text
    assert "Which of these suits you?" in talk.say("tomorrow afternoon")
    assert talk.buttons == ["Tue 3 Mar, 12:00", "Tue 3 Mar, 12:30", "Tue 3 Mar, 13:00", "Tue 3 Mar, 13:30",
                            "Tue 3 Mar, 14:00", "Other times"]  # fmt: skip
    assert talk.say("the second one") == "Tue 3 Mar, 12:30, Europe/Berlin (GMT+1), is free. What is your name?"
    assert "e-mail" in talk.say("Yuki Tanaka")
    read_back = talk.say("yuki@client.example")
    assert "Tue 3 Mar 2026, 12:30–13:00, Europe/Berlin (GMT+1)" in read_back
    assert "Yuki Tanaka" in read_back
    assert "yuki@client.example" in read_back
    assert not Meeting.objects.exists(), "nothing is booked before they agree"
    answer = talk.hear("yes")
    (meeting,) = talk.meetings
    assert (meeting.starts_at, meeting.source) == (at(3, 12, 30), Meeting.Source.BOT)
    assert answer.url.endswith(f"/m/{meeting.invitations.get().token}/")


def test_a_button_is_the_same_as_its_words(talk: Talk) -> None:
    talk.say("tomorrow afternoon", "Tue 3 Mar, 13:30", "Yuki", "yuki@client.example", "Yes, book it")
    assert talk.meetings[0].starts_at == at(3, 13, 30)


def test_all_in_one_message_is_read_back_at_once(talk: Talk) -> None:
    answer = talk.say("Hi, I'm Yuki (yuki@client.example), could we meet tomorrow at 11?")
    assert "Shall I book it?" in answer
    assert "11:00–11:30" in answer


def test_the_times_are_those_of_the_clients_zone(talk: Talk) -> None:
    talk.say("my time zone is New York", "tomorrow at 9am", "Yuki", "yuki@client.example")
    assert "America/New York (GMT\N{MINUS SIGN}5)" in talk.say("what?")
    talk.say("yes")
    assert talk.meetings[0].starts_at == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert talk.meetings[0].invitations.get().timezone == ZoneInfo("America/New_York")


def test_the_devices_zone_counts_until_the_client_names_another(alice: Owner, clock: object) -> None:
    talk = Talk(alice)
    assert "Europe/Madrid" in talk.say("tomorrow", device_zone=MADRID)
    assert "Europe/London" in talk.say("I live in London", device_zone=MADRID)
    assert "Europe/London" in talk.say("wednesday", device_zone=MADRID)


def test_a_correction_instead_of_a_yes_is_read_back_anew(talk: Talk) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    assert "14:00–14:30" in talk.say("no, at 2pm")
    assert "Shall I book it?" in talk.say("my email is tanaka@client.example")
    assert not Meeting.objects.exists()
    talk.say("yes")
    assert talk.meetings[0].starts_at == at(3, 14)
    assert talk.meetings[0].contact.email == "tanaka@client.example"


def test_a_yes_with_more_to_it_is_no_agreement(talk: Talk) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example", "yes but at 4")
    assert not Meeting.objects.exists()


def test_a_yes_to_an_older_read_back_books_nothing(talk: Talk) -> None:
    talk.say("tomorrow at 11", "Yuki")
    older = talk.hear("yuki@client.example")
    talk.say("no, at 2pm")
    assert "14:00" in talk.say("yes", seen=older.pk), "it is read back again"
    assert not Meeting.objects.exists()


def test_a_second_yes_books_nothing_more(talk: Talk) -> None:
    talk.book()
    talk.say("yes", "Yes, book it", "ok")
    assert Meeting.objects.count() == 1


def test_the_same_message_twice_is_one(talk: Talk) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    first = talk.hear("yes", key="click")
    assert talk.hear("yes", key="click") == first
    assert Meeting.objects.count() == 1
    assert talk.conversation.messages.filter(text="yes").count() == 1


def test_a_second_meeting_in_the_same_talk(talk: Talk) -> None:
    talk.book()
    assert "Shall I book it?" in talk.say("book another meeting", "friday at 9")
    talk.say("yes")
    assert sorted(one.starts_at for one in talk.meetings) == [at(3, 10), at(6, 9)]


def test_a_time_that_was_taken_meanwhile_brings_the_next_ones(talk: Talk, alice: Owner) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    Talk(alice).book("tomorrow at 11", "Mo", "mo@client.example")
    answer = talk.say("yes")
    assert answer.startswith("Somebody has just taken that time")
    assert "Tue 3 Mar, 11:30" in talk.buttons
    assert not talk.meetings


def test_a_talk_goes_on_days_later(talk: Talk, clock: object) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    clock.move_to(NOW + timedelta(days=5))  # type: ignore[attr-defined]
    assert "just taken" in talk.say("yes"), "the time is over, so others are offered"
    assert not Meeting.objects.exists()
    talk.say("the first one", "yes")
    assert talk.meetings[0].starts_at == at(9, 9)


# --- Links and mails ----------------------------------------------------------------------------------------


def test_without_a_default_provider_it_says_so_and_the_owner_is_told(talk: Talk) -> None:
    assert "It has no video link; Alice Archer is told so." in talk.book()
    told = Mail.objects.get(to="alice@example.com")
    assert "No meeting provider was connected" in told.text


def test_with_a_default_provider_it_promises_the_page_and_no_link(talk: Talk, alice: Owner) -> None:
    connect_jitsi(alice, is_default=True)
    assert "Your meeting page shows how to join" in talk.book()
    assert talk.meetings[0].provider == "jitsi"


def test_after_thirty_links_a_day_it_books_without_one(
    talk: Talk, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.create(owner=alice, provider="zoom", is_default=True)
    monkeypatch.setattr(bookings, "LINKS_A_DAY", 0)
    assert "no video link" in talk.book()


def test_where_links_are_not_limited_every_booking_gets_one(
    talk: Talk, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_jitsi(alice, is_default=True)
    monkeypatch.setattr(bookings, "LINKS_A_DAY", 0)
    assert "Your meeting page shows how to join" in talk.book()
    assert talk.meetings[0].provider == "jitsi"


def test_a_typed_address_is_a_claim_and_no_proof(talk: Talk, alice: Owner) -> None:
    known = Contact.objects.create(owner=alice, name="Dr. Secret", email="yuki@client.example", phone="+1 555")
    answer = talk.book()
    (meeting,) = talk.meetings
    assert meeting.contact == known
    assert not meeting.invitations.get().is_address_confirmed
    assert "Secret" not in answer
    assert not any("Secret" in text for text in talk.conversation.messages.values_list("text", flat=True))


def test_where_addresses_are_confirmed_the_mails_link_books(talk: Talk, alice: Owner) -> None:
    bookable(alice, confirms_addresses=True)
    assert "The meeting is booked when you follow the link" in talk.book()
    assert not Meeting.objects.exists()
    assert UnconfirmedBooking.objects.get().email == "yuki@client.example"


def test_who_books_too_often_is_held_off(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "FOR_AN_OWNER", 0)
    assert "nothing was booked" in talk.book()
    assert not Meeting.objects.exists()


# --- Moving and cancelling ------------------------------------------------------------------------------------


def test_it_moves_after_a_read_back(talk: Talk) -> None:
    talk.book()
    answer = talk.say("can we move it to friday at 3pm?")
    assert "from Tue 3 Mar 2026, 10:00–10:30" in answer
    assert "to Fri 6 Mar 2026, 15:00–15:30" in answer
    assert talk.meetings[0].starts_at == at(3, 10)
    assert "Moved: Fri 6 Mar 2026, 15:00" in talk.say("yes")
    assert talk.meetings[0].starts_at == at(6, 15)
    assert Mail.objects.filter(to="alice@example.com", subject__contains="moved").count() == 1


def test_moving_without_a_day_offers_times(talk: Talk) -> None:
    talk.book()
    assert "Which of these" in talk.say("move it")
    talk.say(talk.buttons[1], "Yes, move it")
    assert talk.meetings[0].starts_at != at(3, 10)
    assert Meeting.objects.count() == 1


def test_who_moves_too_often_reads_why_it_stays(talk: Talk, clock: time_machine.Traveller) -> None:
    talk.book("friday at 10")
    for hour in (11, 12, 13):
        assert "Moved" in talk.say(f"move it to friday at {hour}:00", "yes")
    answer = talk.say("move it to friday at 15:00", "yes")
    assert "moved several times within an hour. It stays on Fri 6 Mar 2026, 13:00–13:30" in answer
    assert talk.meetings[0].starts_at == at(6, 13)
    clock.shift(timedelta(hours=2))
    assert "Moved" in talk.say("move it to friday at 15:00", "yes")


def test_who_has_moved_it_as_often_as_may_be_reads_that_the_owner_moves_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_actions, "MOVES", 1)
    talk.book("friday at 10")
    talk.say("move it to friday at 11:00", "yes")
    assert "only Alice Archer moves it now. It stays on Fri 6 Mar" in talk.say("move it to friday at 12:00", "yes")
    assert "Talk to a person" in talk.buttons


def test_it_cancels_after_a_read_back(talk: Talk) -> None:
    talk.book()
    assert "Shall I cancel your meeting on Tue 3 Mar" in talk.say("cancel")
    assert not talk.meetings[0].is_cancelled
    assert talk.say("Yes, cancel it").startswith("Cancelled")
    assert talk.meetings[0].is_cancelled


def test_no_keeps_the_meeting(talk: Talk) -> None:
    talk.book()
    assert "Nothing was changed" in talk.say("cancel", "No, keep it")
    talk.say("yes")
    assert not talk.meetings[0].is_cancelled


def test_of_several_meetings_it_asks_which(talk: Talk) -> None:
    talk.book()
    talk.say("book another meeting", "friday at 9", "yes")
    assert talk.say("cancel") == "Which meeting do you mean?\nTue 3 Mar: 10:00\nFri 6 Mar: 09:00"
    assert "Fri 6 Mar" in talk.say("the second one")
    talk.say("yes")
    assert [one.is_cancelled for one in sorted(talk.meetings, key=lambda one: one.starts_at)] == [False, True]


def test_a_meeting_that_the_owner_cancelled_meanwhile_is_not_moved(talk: Talk, alice: Owner) -> None:
    talk.book()
    talk.say("move it to friday at 9")
    scheduling.cancel(owner=alice, meeting_id=talk.meetings[0].pk)
    assert "cancelled or is over" in talk.say("yes")


def test_it_tells_when_the_meeting_is(talk: Talk) -> None:
    talk.book()
    answer = talk.hear("when is my meeting?")
    assert "Tue 3 Mar 2026, 10:00–10:30" in answer.text
    assert "/m/" in answer.url


# --- Whose meetings -------------------------------------------------------------------------------------------


def test_another_talk_with_the_same_address_neither_sees_nor_changes_the_meeting(talk: Talk, alice: Owner) -> None:
    talk.book()
    other = Talk(alice)
    other.say("I am Yuki Tanaka", "yuki@client.example")
    for text in ("cancel my meeting", "move my meeting to friday", "when is my meeting?"):
        answer = other.hear(text)
        assert "10:00" not in answer.text
        assert not answer.url
    assert not talk.meetings[0].is_cancelled


def test_a_talk_that_a_meeting_page_opened_changes_that_meeting(talk: Talk, alice: Owner) -> None:
    talk.book()
    invitation = talk.meetings[0].invitations.get()
    other = Talk(alice, opened_by=invitation)
    assert "Your meeting is on Tue 3 Mar 2026, 10:00" in other.conversation.messages.get().text
    other.say("cancel", "yes")
    assert talk.meetings[0].is_cancelled


def test_a_page_that_the_owner_closed_opens_nothing_any_more(talk: Talk, alice: Owner) -> None:
    talk.book()
    talk.meetings[0].invitations.update(token="x" * 32)
    assert "only see meetings that were booked in this conversation" in talk.say("cancel")


# --- Not understood, and people ---------------------------------------------------------------------------------


def test_nonsense_is_said_to_be_nonsense_with_buttons(talk: Talk) -> None:
    assert talk.say("asdf qwer").startswith("I did not understand that.")
    assert "Talk to a person" in talk.buttons


def test_who_is_not_understood_three_times_is_handed_over(talk: Talk) -> None:
    talk.say("asdf qwer", "zxcv", "🤷🤷")
    talk.conversation.refresh_from_db()
    assert talk.conversation.is_waiting
    assert Mail.objects.filter(to="alice@example.com").count() == 1


def test_who_asks_for_a_person_is_handed_over_once(talk: Talk) -> None:
    assert "Alice Archer" in talk.say("I'm Yuki", "can I talk to a human?")
    talk.say("Talk to a person")
    mail = Mail.objects.get(to="alice@example.com")
    assert "Yuki" in mail.subject
    assert "> can I talk to a human?" in mail.text


def test_a_very_long_text_is_kept_short_and_not_acted_on(talk: Talk) -> None:
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    assert "too long" in talk.say("yes " * 3000)
    assert not Meeting.objects.exists()
    assert max(len(text) for text in talk.conversation.messages.values_list("text", flat=True)) <= 2000


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\0", "{{ settings }}", "\u202e\u202d", "\ud800", "🎉", ""]
)
def test_hostile_text_is_answered_kindly(talk: Talk, text: str) -> None:
    assert talk.say(text).startswith("I did not understand")


def test_a_day_beyond_the_horizon_is_said_to_be(talk: Talk) -> None:
    assert "I can book as far as" in talk.say("in 9 months")


def test_a_day_that_is_over_is_said_to_be(talk: Talk) -> None:
    assert talk.say("yesterday").startswith("That day is over.")


def test_an_unknown_place_is_asked_for_again(talk: Talk) -> None:
    assert "narnia" in talk.say("my time zone is Narnia")
    assert "Europe/Madrid" in talk.say("Madrid")


def test_a_conversation_is_forgotten_after_ninety_days(talk: Talk, clock: object) -> None:
    talk.say("hello")
    clock.move_to(NOW + timedelta(days=89))  # type: ignore[attr-defined]
    engine.forget(str(talk.conversation.pk))
    assert Conversation.objects.exists()
    clock.move_to(NOW + timedelta(days=91))  # type: ignore[attr-defined]
    engine.forget(str(talk.conversation.pk))
    assert not Message.objects.exists()
