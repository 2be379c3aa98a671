"""Guests: whoever books names more addresses. Each is invited by themselves, and nobody is mailed by strangers."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from meetings import diary, guests, scheduling
from meetings.booking import bookings, confirming, rate_limits
from meetings.booking.bookings import NotOffered, Wish
from meetings.booking.models import UnconfirmedBooking
from meetings.booking.rate_limits import GUESTS_FROM_A_NETWORK, HeldOff, Origin
from meetings.client import actions
from meetings.invitations.mails import compose
from meetings.invitations.steps import Mail as Owed
from meetings.invitations.steps import next_step
from meetings.models import Invitation, Meeting, MeetingSettings, MeetingType
from meetings.personal import erasing
from meetings.scheduling import Plan
from meetings.types import editing
from okey.contacts.editing import change_contact
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.page_cast import connect_zoom

pytestmark = pytest.mark.django_db

YUKI, BEN, CAS = "yuki@client.example", "ben@guest.example", "cas@guest.example"
DETAILS = "/book/alice-archer/talk/details/"
AT = "2026-11-25T08:00Z"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    bookable(alice)
    connect_zoom(alice)
    return editing.add(alice, name="Talk", lengths=[30], guests=2)


def wanted(talk: MeetingType, *named: str, **changes: Any) -> Wish:
    return wish(**{"meeting_type": talk, "minutes": 30, "guests": named, **changes})


def book(talk: MeetingType, *named: str, **changes: Any) -> Meeting:
    made = bookings.book(talk.owner, wanted(talk, *named, **changes), request_key="a click", is_address_confirmed=True)
    return made.meeting


def guest(email: str = BEN) -> Invitation:
    return Invitation.objects.select_related("meeting__owner", "meeting__link_job", "contact").get(email=email)


def told(invitation: Invitation) -> Invitation:
    """As it is once its mail went out."""
    Invitation.objects.filter(pk=invitation.pk).update(
        told_revision=invitation.meeting.revision,
        told_resends=invitation.resends,
        told_title="",
        told_starts_at=invitation.meeting.starts_at,
        told_minutes=invitation.meeting.minutes,
        told_at=NOW,
        invited_at=NOW,
    )
    return guest(invitation.email)


def owed(email: str = BEN) -> Owed | None:
    return next_step(guest(email), MeetingSettings(), NOW + timedelta(minutes=3)).mail


def fill_in(client: Client, **changes: str) -> Any:
    html = client.get(DETAILS, {"at": AT}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "Europe/Madrid", "name": "Yuki Tanaka", "email": YUKI, "minutes": "30"}
    return client.post(DETAILS, {**data, **changes})


# --- Named on the page --------------------------------------------------------------------------------------


def test_who_names_guests_confirms_their_own_address_before_anybody_is_mailed(
    talk: MeetingType, client: Client
) -> None:
    said = fill_in(client, guests=f"{BEN}, {CAS}")
    assert "Look into your mail" in said.content.decode()
    assert not Meeting.objects.exists()
    assert not Contact.objects.filter(email=BEN).exists()
    assert set(Mail.objects.values_list("to", flat=True)) == {YUKI}
    assert BEN not in Mail.objects.get().text
    confirming.confirm(UnconfirmedBooking.objects.get())
    meeting = Meeting.objects.get()
    assert [one.email for one in guests.of(meeting)] == [BEN, CAS]
    assert meeting.contact.email == YUKI
    assert f"Guests: {BEN}, {CAS}" in Mail.objects.get(to=talk.owner.email).text


def test_without_guests_the_time_is_booked_at_once(talk: MeetingType, client: Client) -> None:
    assert fill_in(client, guests=" ").status_code == 302
    assert Meeting.objects.get().invitations.count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (f"{BEN} {CAS} dan@guest.example", "Name at most 2 guests."),
        (f"{BEN}\nBEN@guest.example", "is named twice"),
        ("ben+a@guest.example ben+b@guest.example", "is named twice"),
        ("nobody", "“nobody” is no e-mail address."),
        ("a@localhost", "“a@localhost” is no e-mail address."),
        ("a@[127.0.0.1]", "is no e-mail address."),
        ('"<b>x"@guest.example', "is no e-mail address."),
        ("Yuki@client.example", "is the address of whoever books."),
        ("alice@example.com", "comes anyway."),
    ],
)
def test_what_is_no_guest_is_said_at_the_field_and_nothing_is_lost(
    talk: MeetingType, client: Client, typed: str, words: str
) -> None:
    said = fill_in(client, guests=typed, note="My words")
    html = said.content.decode()
    assert words in html
    assert "My words" in html
    assert 'aria-describedby="id_guests' in html
    assert "<b>x" not in html
    assert not Mail.objects.exists()


def test_a_type_without_guests_asks_for_none_and_takes_none(talk: MeetingType, client: Client) -> None:
    editing.change(talk.owner, talk.pk, guests=0)
    assert 'name="guests"' not in client.get(DETAILS, {"at": AT}).content.decode()
    assert fill_in(client, guests=BEN).status_code == 302
    assert not Invitation.objects.filter(email=BEN).exists()


def test_a_type_that_allows_fewer_by_then_is_not_booked(talk: MeetingType, client: Client) -> None:
    fill_in(client, guests=f"{BEN} {CAS}")
    editing.change(talk.owner, talk.pk, guests=1)
    with pytest.raises(NotOffered):
        confirming.confirm(UnconfirmedBooking.objects.get())
    assert not Meeting.objects.exists()


def test_a_booking_that_nobody_has_confirmed_invites_nobody(talk: MeetingType) -> None:
    with pytest.raises(ValueError, match="confirms their own address"):
        bookings.book(talk.owner, wanted(talk, BEN), request_key="a click", is_address_confirmed=False)


def test_one_network_names_so_many_guests_and_no_more(talk: MeetingType) -> None:
    origin = Origin("192.0.2.7", an_hour=1000, a_day=1000)

    def name_two(number: int) -> None:
        named = (f"a{number}@guest.example", f"b{number}@guest.example")
        mine = wanted(talk, *named, email=f"client{number}@client.example")
        rate_limits.ask_to_confirm(talk.owner, mine, request_key=f"click {number}", origin=origin)

    for number in range(GUESTS_FROM_A_NETWORK // 2):
        name_two(number)
    with pytest.raises(HeldOff):
        name_two(99)


def test_seats_and_guests_do_not_go_together(talk: MeetingType) -> None:
    with pytest.raises(Exception, match="A type with seats has no guests"):
        editing.change(talk.owner, talk.pk, seats=3)


# --- What guests get ----------------------------------------------------------------------------------------


def test_each_has_an_invitation_that_says_nothing_that_was_typed_and_asks_whether_they_come(talk: MeetingType) -> None:
    book(talk, BEN, CAS, name="Yuki <script>", note="A secret")
    mine, other = guest(BEN), guest(CAS)
    assert mine.token != other.token
    assert owed() is Owed.INVITATION
    mail = compose(mine, Owed.INVITATION, None)  # type: ignore[arg-type] # it is not sent
    assert mail.subject == "Invitation: Meeting with Alice Archer, Wed 25 Nov 2026, 09:00"
    assert f"{YUKI} booked a meeting with Alice Archer and asks you to come, too." in mail.body
    for typed in ("Yuki <", "secret", CAS, other.token, "Choose another time"):
        assert typed not in mail.body
    assert mine.token in mail.body
    [event] = Calendar.from_ical(_calendar_of(mail)).walk("VEVENT")
    assert str(event["uid"]) == str(mine.pk)
    assert event["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert event["attendee"] == f"mailto:{BEN}"


def test_what_a_guest_asked_not_to_get_can_be_ended(talk: MeetingType) -> None:
    book(talk, BEN)
    mail = compose(guest(), Owed.INVITATION, None)  # type: ignore[arg-type] # it is not sent
    assert "I did not ask for this" in mail.body


def _calendar_of(mail: Any) -> Any:
    parts = [one for one in mail.message().walk() if one.get_content_type() == "text/calendar"]
    return parts[0].get_payload(decode=True)


def test_a_guest_declines_by_themselves_and_the_meeting_stays(talk: MeetingType, client: Client) -> None:
    meeting = book(talk, BEN, CAS)
    page = client.get(reverse("client_meeting", args=[told(guest()).token])).content.decode()
    assert "You are a guest" in page
    assert "Move it now" not in page
    assert CAS not in page
    url = reverse("client_cancel", args=[guest().token])
    assert "Decline this meeting?" in client.get(url).content.decode()
    for _twice in range(2):
        client.post(url, {"reason": "Away"})
    meeting.refresh_from_db()
    assert not meeting.is_cancelled
    assert [one.email for one in guests.of(meeting)] == [CAS]
    assert owed() is Owed.CANCELLATION
    off = compose(guest(), Owed.CANCELLATION, None)  # type: ignore[arg-type] # it is not sent
    assert "You are not expected at the meeting with Alice Archer any more." in off.body
    [to_owner] = Mail.objects.filter(subject__contains="does not come")
    assert f"the guest {BEN} does not come to this meeting" in to_owner.text
    assert "Away" in to_owner.text
    gone = client.get(reverse("client_meeting", args=[guest().token])).content.decode()
    assert "You are not expected at this meeting any more." in gone
    assert "Book another time" not in gone


def test_a_guest_moves_nothing_and_asks_for_nothing(talk: MeetingType, client: Client) -> None:
    meeting = book(talk, BEN)
    for do in (
        lambda: actions.move(guest(), FIRST + timedelta(hours=1)),
        lambda: actions.ask_for_another_time(guest(), "Later?"),
    ):
        with pytest.raises(scheduling.Conflict):
            do()
    assert client.get(reverse("client_move", args=[guest().token])).status_code == 302
    assert Meeting.objects.get().starts_at == meeting.starts_at


def test_moves_and_cancellations_reach_them(talk: MeetingType) -> None:
    meeting = book(talk, BEN)
    told(guest())
    plan = Plan(meeting.title, FIRST + timedelta(hours=2), meeting.minutes, meeting.agenda, meeting.provider)
    scheduling.reschedule(owner=talk.owner, meeting_id=meeting.pk, plan=plan)
    assert owed() is Owed.CHANGE
    scheduling.cancel(owner=talk.owner, meeting_id=meeting.pk)
    assert owed() is Owed.CANCELLATION


def test_the_one_who_booked_sees_whom_they_named_and_cancels_for_all(talk: MeetingType, client: Client) -> None:
    meeting = book(talk, BEN)
    mine = meeting.invitations.get(contact=meeting.contact)
    assert f"You named as guests: {BEN}" in client.get(reverse("client_meeting", args=[mine.token])).content.decode()
    told(guest())
    client.post(reverse("client_cancel", args=[mine.token]), {})
    meeting.refresh_from_db()
    assert meeting.is_cancelled
    assert owed() is Owed.CANCELLATION


# --- The owner ----------------------------------------------------------------------------------------------


def test_the_owner_sees_them_and_removes_one_who_hears_of_it(talk: MeetingType, alice_client: Client) -> None:
    meeting = book(talk, BEN, CAS)
    told(guest())
    page = reverse("meeting", args=[meeting.pk])
    html = alice_client.get(page).content.decode()
    assert BEN in html
    assert CAS in html
    for _twice in range(2):
        alice_client.post(reverse("guest_remove", args=[meeting.pk, guest().pk]))
    assert [one.email for one in guests.of(meeting)] == [CAS]
    assert owed() is Owed.CANCELLATION
    assert meeting.events.filter(kind="guest_removed").count() == 1


def test_nobody_removes_whoever_booked_nor_another_owners_guest(
    talk: MeetingType, alice_client: Client, charlie_client: Client
) -> None:
    meeting = book(talk, BEN)
    mine = meeting.invitations.get(contact=meeting.contact)
    assert alice_client.post(reverse("guest_remove", args=[meeting.pk, mine.pk])).status_code == 404
    assert charlie_client.post(reverse("guest_remove", args=[meeting.pk, guest().pk])).status_code == 404
    assert meeting.invitations.filter(left_at=None).count() == 2


def test_a_guest_is_a_contact_and_can_be_erased_while_the_meeting_stays(
    talk: MeetingType, alice_client: Client, traveller: Any
) -> None:
    meeting = book(talk, BEN, CAS)
    contact = guest().contact
    assert meeting.title in alice_client.get(contact.get_absolute_url()).content.decode()
    with pytest.raises(erasing.HasUpcomingMeetings):
        erasing.erase(contact=contact)
    guests.remove(owner=talk.owner, invitation_id=guest().pk)
    Invitation.objects.filter(email=BEN).update(due_at=None)
    erasing.erase(contact=contact)
    assert [one.email for one in guests.of(meeting)] == [CAS]
    assert not Contact.objects.filter(email=BEN).exists()
    assert not any(BEN in text for text in meeting.events.values_list("text", flat=True))
    assert not Mail.objects.filter(text__contains=BEN).exists()


def test_who_is_erased_is_not_invited_by_a_booking_that_waits(talk: MeetingType, client: Client) -> None:
    fill_in(client, guests=f"{BEN} {CAS}")
    erasing.erase(contact=Contact.objects.create(owner=talk.owner, name="Ben", email=BEN))
    assert UnconfirmedBooking.objects.get().guests == [CAS]


def test_an_owners_answer_to_a_wish_goes_to_whoever_wished(talk: MeetingType) -> None:
    meeting = book(talk, BEN)
    actions.ask_for_another_time(meeting.invitations.get(contact=meeting.contact), "Later?")
    scheduling.answer_wish(owner=talk.owner, meeting_id=meeting.pk, word="No")
    assert not Mail.objects.filter(to=BEN).exists()
    assert Mail.objects.filter(to=YUKI).exists()


def test_what_the_owner_says_to_the_client_no_guest_reads(talk: MeetingType, client: Client) -> None:
    meeting = book(talk, BEN)
    told(guest())
    scheduling.cancel(owner=talk.owner, meeting_id=meeting.pk, word="Sorry about your divorce.")
    assert "divorce" in str(compose(guest(YUKI), Owed.CANCELLATION, get_connection()).body)
    assert "divorce" not in str(compose(guest(), Owed.CANCELLATION, get_connection()).body)
    assert "divorce" not in client.get(f"/m/{guest().token}/").content.decode()


def test_a_guest_who_declines_on_an_old_page_what_is_off_changes_nothing(talk: MeetingType) -> None:
    meeting = book(talk, BEN)
    told(guest())
    scheduling.cancel(owner=talk.owner, meeting_id=meeting.pk)
    actions.cancel(guest())
    guests.remove(owner=talk.owner, invitation_id=guest().pk)
    assert guest().left_at is None
    assert not meeting.events.filter(kind__in=["declined", "guest_removed"]).exists()


def test_a_guest_who_declines_brings_no_second_entry_into_the_owners_calendar(talk: MeetingType) -> None:
    book(talk, BEN)
    told(guest())
    Mail.objects.all().delete()
    actions.cancel(guest())
    assert [mail.calendar for mail in Mail.objects.filter(to=talk.owner.email)] == [""]


def test_erasing_knows_the_address_that_a_guest_had_and_no_longer_one_that_ends_like_it(
    talk: MeetingType, traveller: Any
) -> None:
    meeting = book(talk, BEN)
    told(guest())
    contact = guest().contact
    change_contact(contact=contact, name="B. Bee", email="bee@elsewhere.example")
    guests.decline(guest())
    diary.note(meeting.pk, "mail_invitation", f"The invitation was sent to ru{BEN}.")
    Invitation.objects.update(due_at=None)
    erasing.erase(contact=contact)
    texts = [event.text for event in meeting.events.all()]
    assert [text for text in texts if BEN in text] == [f"The invitation was sent to ru{BEN}."]
