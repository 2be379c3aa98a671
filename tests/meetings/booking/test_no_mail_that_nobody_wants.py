"""Somebody tries everything to flood a third person, or an owner: forms, bot, API, moves, asks, from many networks."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from meetings.booking import form_tokens, rate_limits
from meetings.bot import escalation
from meetings.bot.models import Conversation
from meetings.client import actions as client_actions
from meetings.hours import availability
from meetings.hours import rules as hours_rules
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting
from okey.api import tokens
from okey.api.models import Scope
from okey.mails import outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish

pytestmark = pytest.mark.django_db

VICTIM = "victim@gmail.com"
SPELLINGS = ("victim@gmail.com", "Vic.Tim@gmail.com", "victim+{}@gmail.com", "v.ictim@googlemail.com")
MOVE = timedelta(minutes=60)
SOMEWHERE = rate_limits.Origin("a")


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def no_bookings_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What limits bookings is not what is asked here: whatever gets by, mails are few."""
    monkeypatch.setattr(rate_limits, "_check", lambda _counts: None)


def work_everything() -> None:
    """All that workers do."""
    for pk in Mail.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True):
        outbox.send(str(pk))
    for pk in Invitation.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True):
        inviting.work(pk)


def to_the_victim() -> list[Any]:
    return [one for one in mail.outbox if "tim" in one.to[0]]


class Attacker:
    """Comes from so many networks, and writes the one address in ever other ways."""

    def __init__(self, owner: Owner, networks: int) -> None:
        self.owner, self.page = owner, f"/book/{bookable(owner).public_name}/"
        self.networks, self.tries = networks, 0
        _token, self.secret = tokens.make(owner=owner, name="stolen", scopes=[Scope.SCHEDULE, Scope.READ])

    @property
    def client(self) -> Client:
        self.tries += 1
        return Client(REMOTE_ADDR=f"198.51.{self.tries % self.networks}.7")

    @property
    def email(self) -> str:
        return SPELLINGS[self.tries % len(SPELLINGS)].format(self.tries)

    def by_form(self) -> None:
        slot = availability.next_free(self.owner, after=timezone.now(), limit=1)[0]
        data = {
            "at": f"{slot.starts_at:%Y-%m-%dT%H:%MZ}",
            "zone": "UTC",
            "name": "Vic",
            "email": self.email,
            "note": "",
        }
        self.client.post(f"{self.page}details/", {**data, "token": form_tokens.make(self.owner)})

    def by_bot(self) -> None:
        client = self.client
        answer = client.post(f"{self.page}chat/", {"text": "The soonest"}, follow=True)
        if not answer.redirect_chain:  # this network has begun enough conversations
            return
        talk = answer.redirect_chain[-1][0].partition("#")[0]
        for text in ("1", "My name is Vic Tim", self.email, "Yes, book it", "I want to talk to a person"):
            client.post(talk, {"text": text})

    def by_api(self) -> None:
        begin = {"Authorization": f"Bearer {self.secret}"}
        answer = self.client.post(
            "/api/v1/conversations", {"text": "The soonest"}, content_type="application/json", headers=begin
        )
        talk = answer.json()["conversation"]["id"]
        for text in ("1", "My name is Vic Tim", self.email, "Yes, book it"):
            self.client.post(
                f"/api/v1/conversations/{talk}/messages", {"text": text}, content_type="application/json", headers=begin
            )

    def moves_asks_and_cancels(self) -> None:
        for invitation in Invitation.objects.filter(meeting__owner=self.owner).select_related("meeting")[:3]:
            free = availability.next_free(self.owner, after=timezone.now() + MOVE * (self.tries % 7), limit=1)
            with_bot = self.client.post(f"{self.page}chat/about/", {"invitation": invitation.token})
            if with_bot.status_code == 302 and free:
                words = f"move it to {free[0].starts_at.astimezone(self.owner.timezone):%d %B %Y at %H:%M}"
                for text in (words, "Yes, move it"):
                    self.client.post(with_bot["Location"], {"text": text})
            self.client.post(f"/m/{invitation.token}/ask/", {"message": "Another time?"})
        last = Invitation.objects.filter(meeting__owner=self.owner, meeting__cancelled_at=None).last()
        if last is not None:
            self.client.post(f"/m/{last.token}/cancel/")

    def answered(self) -> None:
        """The owner answers whoever asked for them."""
        for talk in Conversation.objects.filter(owner=self.owner).exclude(handed_over_at=None, done_at=None)[:5]:
            escalation.answer(talk, "How can I help?")


@pytest.mark.parametrize("networks", [1, 50])
def test_whatever_is_tried_one_mailbox_that_nobody_confirmed_gets_six_mails_a_day(
    alice: Owner, bob: Owner, traveller: Any, networks: int
) -> None:
    attackers = [Attacker(alice, networks), Attacker(bob, networks)]
    hours_rules.change_rules(owner=alice, notice_minutes=15)
    for round_number in range(4):
        for attacker in attackers:
            bookable(attacker.owner, confirms_addresses=round_number == 3)
            for deed in (attacker.by_form, attacker.by_bot, attacker.by_api, attacker.moves_asks_and_cancels):
                deed()
                work_everything()
                traveller.shift(timedelta(minutes=4))
                work_everything()
            attacker.answered()
            work_everything()
    assert timezone.now() - NOW < timedelta(hours=24)
    assert Meeting.objects.count() > 10, "it was really tried"
    assert Meeting.objects.exclude(moved_from=None).exists()
    assert Conversation.objects.exclude(handed_over_at=None).exists()
    assert len(to_the_victim()) == 6
    for owner in (alice, bob):
        assert Mail.objects.filter(to=owner.email).count() < 200


def test_fifty_moves_of_one_booking_are_three_an_hour_and_ten_in_all(alice: Owner, traveller: Any) -> None:
    bookable(alice)
    booked = rate_limits.book(alice, wish(email=VICTIM), request_key="key", origin=rate_limits.Origin("198.51.100.1"))
    moved_at = []
    for _try in range(100):
        invitation = Invitation.objects.select_related("meeting__owner", "contact").get(pk=booked.pk)
        with suppress(client_actions.MovedTooOften):
            client_actions.move(invitation, FIRST + MOVE if invitation.meeting.starts_at == FIRST else FIRST)
            moved_at.append(timezone.now())
        traveller.shift(timedelta(minutes=6))
        work_everything()
    assert len(moved_at) == client_actions.MOVES
    for first, fourth in zip(moved_at, moved_at[3:], strict=False):
        assert fourth - first >= timedelta(hours=1)
    assert len(to_the_victim()) <= 6
    assert Mail.objects.filter(to=alice.email, subject__contains="moved").count() == client_actions.MOVES


def test_the_owner_reads_what_was_not_sent_and_why_and_the_clients_page_works(
    alice: Owner, alice_client: Client, client: Client, traveller: Any
) -> None:
    bookable(alice)
    for number in range(8):
        in_two_days = wish(starts_at=FIRST + timedelta(days=2, minutes=30 * number), email=VICTIM)
        rate_limits.book(alice, in_two_days, request_key=str(number), origin=rate_limits.Origin(str(number)))
    work_everything()
    assert len(to_the_victim()) == 6
    held = Invitation.objects.exclude(held="").select_related("meeting").first()
    assert held is not None
    html = alice_client.get(f"/meetings/{held.meeting_id}/").content.decode()
    assert "Nobody has confirmed this address, and it got six mails within 24 hours." in html
    assert "goes out on" in html
    assert client.get(f"/m/{held.token}/").status_code == 200
    traveller.shift(timedelta(hours=24))
    work_everything()
    assert Invitation.objects.get(pk=held.pk).told_at == timezone.now()
    assert Invitation.objects.get(pk=held.pk).held == ""


def test_asks_fill_no_owners_mailbox_and_are_all_in_the_history(alice: Owner, client: Client) -> None:
    bookable(alice)
    asks = 0
    for number in range(10):
        one = rate_limits.book(
            alice,
            wish(slots=number, email=f"c{number}@x.example"),
            request_key=str(number),
            origin=SOMEWHERE,
        )
        for words in range(5):
            asks += client.post(f"/m/{one.token}/ask/", {"message": f"Ask {words}"}).status_code == 302
    assert asks == 50
    assert Mail.objects.filter(subject__contains="asks for another time").count() == client_actions.ASKS_A_DAY
    last = Meeting.objects.order_by("-starts_at")[0]
    assert last.events.filter(kind="asked_by_client").count() == 5
    assert last.events.filter(kind="ask_not_mailed").exists()


def test_a_token_causes_half_of_the_days_mails_and_changes_nothing_beyond(alice: Owner, settings: Any) -> None:
    settings.OKEY_MAILS_A_DAY = 6
    _token, secret = tokens.make(owner=alice, name="stolen", scopes=[Scope.SCHEDULE, Scope.READ])
    booked = rate_limits.book(alice, wish(), request_key="key", origin=SOMEWHERE)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    answers = []
    for number in range(5):
        body = {"title": f"Spam {number}"}
        answers.append(
            client.patch(f"/api/v1/meetings/{booked.meeting_id}", body, content_type="application/json").status_code
        )
    assert answers == [200] * 3 + [429] * 2
    assert Meeting.objects.get().title == "Spam 2"
    assert (
        client.post(f"/api/v1/meetings/{booked.meeting_id}/cancel", content_type="application/json").status_code == 429
    )
    assert not Meeting.objects.get().is_cancelled


def test_mails_about_an_owners_meetings_are_so_many_a_day(alice: Owner, settings: Any) -> None:
    settings.OKEY_MAILS_A_DAY = 4
    for number in range(6):
        invitation = rate_limits.book(
            alice,
            wish(slots=number, email=f"c{number}@x.example"),
            request_key=str(number),
            origin=SOMEWHERE,
        )
        inviting.work(invitation.pk)
    assert len(mail.outbox) == 4
    held = Invitation.objects.filter(held="owner")
    assert held.count() == 2
    assert all(one.due_at is not None for one in held)


def test_what_clients_say_to_owners_is_answered_by_a_reply(alice: Owner, client: Client) -> None:
    bookable(alice)
    one = rate_limits.book(alice, wish(), request_key="key", origin=SOMEWHERE)
    client.post(f"/m/{one.token}/ask/", {"message": "Later?"})
    client_actions.move(Invitation.objects.get(), FIRST + MOVE)
    client.post(f"/m/{one.token}/cancel/")
    found = Mail.objects.filter(to=alice.email)
    assert found.count() == 4
    assert {row.reply_to for row in found} == {"yuki@client.example"}
