"""A type says until how long before it begins clients change it by themselves."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from meetings import scheduling
from meetings.booking import bookings
from meetings.client import actions
from meetings.client.actions import TooLate
from meetings.models import Invitation, Meeting, MeetingType
from meetings.types import editing
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

LATER = FIRST + timedelta(days=2)
LAST = LATER - timedelta(hours=24)


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    bookable(alice)
    return editing.add(alice, name="Talk", lengths=[30], change_notice_minutes=24 * 60, guests=1)


def book(talk: MeetingType, *, is_confirmed: bool = True, **changes: Any) -> Invitation:
    wanted = wish(**{"meeting_type": talk, "minutes": 30, "starts_at": LATER, **changes})
    return bookings.book(talk.owner, wanted, request_key="a click", is_address_confirmed=is_confirmed)


def at(invitation: Invitation, name: str = "client_meeting") -> str:
    return reverse(name, args=[invitation.token])


def test_until_then_they_cancel_and_read_until_when(talk: MeetingType, client: Client, traveller: Any) -> None:
    mine = book(talk)
    assert "You can move or cancel it until Thu 26 Nov 2026, 09:00." in client.get(at(mine)).content.decode()
    traveller.move_to(LAST - timedelta(seconds=1))
    client.post(at(mine, "client_cancel"), {})
    assert Meeting.objects.get().is_cancelled


def test_after_that_nothing_changes_and_the_page_leads_to_the_owner(
    talk: MeetingType, client: Client, traveller: Any
) -> None:
    mine = book(talk)
    traveller.move_to(LAST)
    html = client.get(at(mine)).content.decode()
    assert "Until Thu 26 Nov 2026, 09:00 you could move or cancel this by yourself." in html
    assert at(mine, "client_ask") in html
    assert at(mine, "client_cancel") not in html
    assert "Move it" not in html
    assert client.get(at(mine, "client_cancel"))["Location"] == at(mine)
    assert client.get(at(mine, "client_move"))["Location"] == at(mine)
    client.post(at(mine, "client_cancel"), {})
    with pytest.raises(TooLate):
        actions.move(mine, LATER + timedelta(hours=2))
    assert not Meeting.objects.get().is_cancelled
    client.post(at(mine, "client_ask"), {"message": "I am ill"})
    assert "I am ill" in Mail.objects.filter(to=talk.owner.email).latest("created_at").text


def test_the_owner_still_changes_it(talk: MeetingType, traveller: Any) -> None:
    mine = book(talk)
    traveller.move_to(LAST)
    scheduling.cancel(owner=talk.owner, meeting_id=mine.meeting_id)
    assert Meeting.objects.get().is_cancelled


def test_a_guest_declines_and_who_never_asked_for_it_ends_it_all_the_same(talk: MeetingType, traveller: Any) -> None:
    mine = book(talk, guests=("ben@guest.example",))
    traveller.move_to(LAST)
    actions.cancel(Invitation.objects.get(is_guest=True))
    assert Invitation.objects.get(is_guest=True).left_at is not None
    actions.cancel(mine, is_unasked=True)
    assert Meeting.objects.get().is_cancelled


def test_what_held_when_it_was_booked_holds(talk: MeetingType, traveller: Any) -> None:
    mine = book(talk)
    editing.change(talk.owner, talk.pk, change_notice_minutes=None)
    traveller.move_to(LAST)
    with pytest.raises(TooLate):
        actions.cancel(mine)


def test_the_bot_says_that_it_is_too_late_and_asks_the_owner(talk: MeetingType, traveller: Any) -> None:
    first = editing.own(talk.owner)[0]
    editing.change(talk.owner, first.pk, is_on=False)
    bot = Talk(talk.owner)
    bot.say("tomorrow at 10", "Yuki Tanaka", "yuki@client.example", "yes")
    assert Meeting.objects.count() == 1
    bot.say("cancel my meeting")
    said = bot.say("yes")
    assert "too late" in str(said)
    assert not Meeting.objects.get().is_cancelled
