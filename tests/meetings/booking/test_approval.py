"""A type of which the owner approves each booking: it holds the time and asks; nothing else is done before."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from meetings import approving, scheduling
from meetings.booking import bookings
from meetings.client import actions
from meetings.feed import feeds
from meetings.hours import availability
from meetings.invitations.steps import Mail as Owed
from meetings.invitations.steps import next_step
from meetings.models import Invitation, LinkJob, Meeting, MeetingEnd, MeetingSettings, MeetingType
from meetings.scheduling import APPROVE_WITHIN, Plan
from meetings.types import editing
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.bot.talking import Talk
from tests.meetings.page_cast import connect_zoom

pytestmark = pytest.mark.django_db

YUKI = "yuki@client.example"
DETAILS = "/book/alice-archer/talk/details/"
AT = "2026-11-25T08:00Z"
LATER = FIRST + timedelta(days=6)


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    bookable(alice)
    connect_zoom(alice)
    return editing.add(alice, name="Talk", lengths=[30], guests=1, needs_approval=True)


def ask(talk: MeetingType, *, is_confirmed: bool = True, **changes: Any) -> Meeting:
    wanted = wish(**{"meeting_type": talk, "minutes": 30, "starts_at": LATER, **changes})
    made = bookings.book(talk.owner, wanted, request_key="a click", is_address_confirmed=is_confirmed)
    return fresh(made.meeting)


def fresh(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_related("owner", "contact", "link_job").get(pk=meeting.pk)


def owed(meeting: Meeting, email: str = YUKI) -> Owed | None:
    row = Invitation.objects.select_related("meeting__owner", "meeting__link_job").get(meeting=meeting, email=email)
    return next_step(row, MeetingSettings(), NOW + timedelta(minutes=3)).mail


def token_of(meeting: Meeting) -> str:
    return meeting.invitations.get(contact=meeting.contact_id).token


def told() -> list[str]:
    return list(Event.objects.order_by("at", "pk").values_list("type", flat=True))


# --- Asking -------------------------------------------------------------------------------------------------


def test_the_page_says_that_it_asks_and_the_booking_holds_the_time(talk: MeetingType, client: Client) -> None:
    html = client.get(DETAILS, {"at": AT}).content.decode()
    assert "Ask for this time" in html
    assert "approves each meeting" in html
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "Europe/Madrid", "name": "Yuki Tanaka", "email": YUKI, "minutes": "30"}
    page = client.post(DETAILS, data, follow=True).content.decode()
    meeting = Meeting.objects.get()
    assert meeting.is_requested
    assert "has been asked and can answer until" in page
    assert "You’re booked" not in page
    assert "Calendar file" not in page
    assert "Move it now" not in page
    assert not availability.is_free(talk.owner, FIRST, minutes=30, meeting_type=talk)
    assert not availability.is_free(talk.owner, FIRST, minutes=30)


def test_no_link_no_invitation_no_calendar_and_no_webhook_before_it_is_approved(talk: MeetingType) -> None:
    meeting = ask(talk, guests=("ben@guest.example",))
    assert (meeting.provider, meeting.approved_provider) == ("", "zoom")
    assert LinkJob.objects.get().due_at is None
    assert owed(meeting) is owed(meeting, "ben@guest.example") is None
    assert "meeting.scheduled" not in told()
    feed, _changed = feeds.written(feeds.switch_on(talk.owner))
    assert b"VEVENT" not in feed
    to_owner, to_client = Mail.objects.get(to=talk.owner.email), Mail.objects.get(to=YUKI)
    assert to_owner.subject == "Yuki Tanaka asks for Tue 1 Dec, 09:00"
    assert reverse("meeting_approve", args=[meeting.pk]) in to_owner.text
    assert to_owner.calendar == ""
    assert "nothing is booked before Alice Archer has approved it" in to_client.text
    assert token_of(meeting) in to_client.text
    assert not Mail.objects.filter(to="ben@guest.example").exists()


def test_an_address_that_nobody_has_confirmed_reads_nothing_that_was_typed(talk: MeetingType) -> None:
    ask(talk, is_confirmed=False, name="Buy Now", note="Cheap")
    mail = Mail.objects.get(to=YUKI)
    assert "Buy Now" not in mail.text + mail.subject
    assert "Cheap" not in mail.text
    assert mail.unasked_url
    assert mail.reply_to == ""


def test_while_it_waits_nobody_moves_it_and_no_link_is_added(talk: MeetingType) -> None:
    meeting = ask(talk)
    mine = meeting.invitations.get()
    plan = Plan(meeting.title, LATER + timedelta(hours=1), 30)
    for do in (
        lambda: actions.move(mine, LATER + timedelta(hours=1)),
        lambda: actions.ask_for_another_time(mine, "Later?"),
        lambda: scheduling.reschedule(owner=talk.owner, meeting_id=meeting.pk, plan=plan),
        lambda: scheduling.add_link(owner=talk.owner, meeting_id=meeting.pk, provider="zoom"),
    ):
        with pytest.raises(scheduling.Conflict):
            do()


def test_the_client_withdraws_it(talk: MeetingType, client: Client) -> None:
    meeting = ask(talk)
    url = reverse("client_cancel", args=[token_of(meeting)])
    assert "Withdraw what you asked for?" in client.get(url).content.decode()
    client.post(url, {})
    assert fresh(meeting).was_refused
    assert availability.is_free(talk.owner, LATER, minutes=30, meeting_type=talk)
    assert "meeting.cancelled" not in told()
    assert Mail.objects.filter(to=YUKI).count() == 1, "only that it was asked"
    with pytest.raises(scheduling.Conflict):
        approving.approve(owner=talk.owner, meeting_id=meeting.pk)


# --- The owner's answer -------------------------------------------------------------------------------------


def test_the_owner_is_asked_at_home_and_on_the_meetings_page(talk: MeetingType, alice_client: Client) -> None:
    meeting = ask(talk)
    url = reverse("meeting_approve", args=[meeting.pk])
    assert url in alice_client.get("/").content.decode()
    assert (
        "Yuki Tanaka asks for this meeting" in alice_client.get(reverse("meeting", args=[meeting.pk])).content.decode()
    )
    assert "Approve" in alice_client.get(url).content.decode()
    assert "Waiting for you" in alice_client.get("/meetings/?show=requested").content.decode()


def test_approving_books_it_with_link_invitation_and_webhook(talk: MeetingType, alice_client: Client) -> None:
    meeting = ask(talk, guests=("ben@guest.example",))
    url = reverse("meeting_approve", args=[meeting.pk])
    for _twice in range(2):
        alice_client.post(url, {"answer": "approve", "word": "Glad to"})
    meeting = fresh(meeting)
    assert (meeting.is_requested, meeting.provider, meeting.no_link) == (False, "zoom", "")
    assert meeting.link_job.due_at is not None
    Meeting.objects.update(join_url="https://zoom.example/j/1")
    assert owed(meeting) is owed(meeting, "ben@guest.example") is Owed.INVITATION
    assert meeting.word == "Glad to"
    assert told().count("meeting.scheduled") == 1
    assert MeetingEnd.objects.get().due_at == meeting.ends_at
    assert url not in alice_client.get("/").content.decode()


def test_declining_frees_the_time_and_tells_the_client_in_the_owners_words(
    talk: MeetingType, alice_client: Client, client: Client
) -> None:
    meeting = ask(talk)
    url = reverse("meeting_approve", args=[meeting.pk])
    for _twice in range(2):
        alice_client.post(url, {"answer": "decline", "word": "I am away"})
    assert fresh(meeting).was_refused
    assert availability.is_free(talk.owner, LATER, minutes=30, meeting_type=talk)
    [mail] = Mail.objects.filter(to=YUKI, subject__startswith="Not booked")
    assert "could not agree to this time" in mail.text
    assert "I am away" in mail.text
    page = client.get(reverse("client_meeting", args=[token_of(meeting)])).content.decode()
    assert "Nothing was booked, and the time is free again." in page
    assert "I am away" in page
    assert owed(fresh(meeting)) is None
    assert "meeting.cancelled" not in told()


def test_a_page_that_lay_open_declines_nothing_that_was_approved(talk: MeetingType, alice_client: Client) -> None:
    meeting = ask(talk)
    approving.approve(owner=talk.owner, meeting_id=meeting.pk)
    alice_client.post(reverse("meeting_approve", args=[meeting.pk]), {"answer": "decline"})
    assert not fresh(meeting).is_cancelled


def test_an_owner_who_says_nothing_loses_the_request_and_the_client_hears_of_it(
    talk: MeetingType, traveller: Any
) -> None:
    meeting = ask(talk)
    end = MeetingEnd.objects.get()
    assert end.due_at == meeting.approval_until == NOW + APPROVE_WITHIN
    traveller.move_to(NOW + APPROVE_WITHIN)
    with pytest.raises(scheduling.Conflict):
        approving.approve(owner=talk.owner, meeting_id=meeting.pk)
    claim = claims.take(MeetingEnd, meeting.pk, seconds=30)
    assert claim is not None
    approving.work_on(claim)
    assert fresh(meeting).was_refused
    assert not MeetingEnd.objects.exists()
    [mail] = Mail.objects.filter(to=YUKI, subject__startswith="Not booked")
    assert "has not answered in time" in mail.text
    approving.expire(owner=talk.owner, meeting_id=meeting.pk)
    assert Mail.objects.filter(to=YUKI, subject__startswith="Not booked").count() == 1


def test_what_begins_sooner_is_held_until_it_would_begin(talk: MeetingType) -> None:
    assert ask(talk, starts_at=FIRST).approval_until == FIRST


def test_a_meeting_that_was_approved_ends_as_any(talk: MeetingType, traveller: Any) -> None:
    meeting = approving.approve(owner=talk.owner, meeting_id=ask(talk).pk)
    traveller.move_to(meeting.ends_at)
    claim = claims.take(MeetingEnd, meeting.pk, seconds=30)
    assert claim is not None
    approving.work_on(claim)
    assert not fresh(meeting).is_cancelled
    assert not MeetingEnd.objects.exists()


def test_a_provider_that_is_gone_by_then_is_said(talk: MeetingType) -> None:
    meeting = ask(talk)
    talk.owner.connections.update(ended_at=NOW, is_default=False)
    approved = approving.approve(owner=talk.owner, meeting_id=meeting.pk)
    assert (approved.provider, approved.no_link) == ("", Meeting.NoLink.NOT_CONNECTED)


def test_seats_are_not_approved_one_by_one(talk: MeetingType) -> None:
    with pytest.raises(Exception, match="nobody approves single seats"):
        editing.change(talk.owner, talk.pk, guests=0, seats=3)


def test_a_type_that_asks_by_now_is_not_booked_by_a_form_that_lay_open(talk: MeetingType, client: Client) -> None:
    editing.change(talk.owner, talk.pk, needs_approval=False)
    html = client.get(DETAILS, {"at": AT}).content.decode()
    token, seen = (re.findall(rf'name="{name}" value="([^"]+)"', html)[0] for name in ("token", "seen"))
    editing.change(talk.owner, talk.pk, needs_approval=True)
    data = {"token": token, "at": AT, "zone": "Europe/Madrid", "name": "Yuki", "email": YUKI, "seen": seen}
    said = client.post(DETAILS, {**data, "minutes": "30", "note": "My words"})
    assert said.status_code == 409
    assert "My words" in said.content.decode()
    assert not Meeting.objects.exists()


def test_the_bot_says_asked_and_not_booked(talk: MeetingType) -> None:
    first = editing.own(talk.owner)[0]
    editing.change(talk.owner, first.pk, is_on=False)
    talk_with = Talk(talk.owner)
    talk_with.say("The soonest", "the first one", "Yuki Tanaka", YUKI)
    said = talk_with.say("yes")
    assert "I have asked" in str(said)
    assert "not booked before they approve it" in str(said)
    assert Meeting.objects.get().is_requested


def test_the_client_hears_in_the_language_that_they_booked_in(talk: MeetingType) -> None:
    with translation.override("es"):
        meeting = ask(talk)
    scheduling.cancel(owner=talk.owner, meeting_id=meeting.pk)
    asked, refused = Mail.objects.filter(to=YUKI).order_by("created_at", "pk")
    for mail in (asked, refused):
        assert "1 dic 2026" in mail.text
        assert mail.text.startswith("Hola")
