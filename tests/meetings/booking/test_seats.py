"""A type with seats: several people come into one meeting, and none of them learns of another."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from meetings import groups, scheduling
from meetings.booking import bookings, confirming, rate_limits
from meetings.booking.bookings import HasSeat, Wish
from meetings.booking.rate_limits import TO_A_MAILBOX, Origin
from meetings.client import actions
from meetings.entries import standing
from meetings.hours import availability
from meetings.invitations import words as client_words
from meetings.invitations.mails import compose
from meetings.invitations.steps import Mail as Owed
from meetings.invitations.steps import next_step
from meetings.models import Invitation, Meeting, MeetingSettings, MeetingType
from meetings.personal import erasing
from meetings.types import editing
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem
from tests.row_locks import meet

pytestmark = pytest.mark.django_db

#: How a page says of a meeting that was moved when it was to be.
WAS = "It was to be on "
YUKI, BEN, CAS = "yuki@client.example", "ben@client.example", "cas@client.example"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(alice: Owner) -> MeetingType:
    bookable(alice)
    connect_zoom(alice)
    return editing.add(alice, name="Workshop", lengths=[60], seats=3)


def wanted(workshop: MeetingType, email: str = YUKI, **changes: Any) -> Wish:
    name = email.split("@", maxsplit=1)[0].title()
    return wish(**{"name": name, "email": email, "meeting_type": workshop, "minutes": 60, **changes})


def book(workshop: MeetingType, email: str = YUKI, *, is_confirmed: bool = False, **changes: Any) -> Invitation:
    key = changes.pop("key", sha256(f"{email} {changes}".encode()).hexdigest())
    made = bookings.book(
        workshop.owner, wanted(workshop, email, **changes), request_key=key, is_address_confirmed=is_confirmed
    )
    return fresh(made)


def fresh(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_related("meeting__owner", "meeting__link_job", "contact").get(pk=invitation.pk)


def seats_left(workshop: MeetingType) -> int | None:
    now = MeetingType.objects.get(pk=workshop.pk)
    slot = availability.slot_at(workshop.owner, FIRST, minutes=60, meeting_type=now)
    return slot.seats_left if slot else None


def told(invitation: Invitation) -> Invitation:
    """As it is once its mail went out."""
    values: dict[str, Any] = {
        "told_revision": invitation.meeting.revision,
        "told_resends": invitation.resends,
        "told_title": invitation.meeting.title,
        "told_starts_at": invitation.meeting.starts_at,
        "told_minutes": invitation.meeting.minutes,
        "told_cancelled": invitation.is_off,
        "told_at": NOW,
        "invited_at": NOW,
    }
    Invitation.objects.filter(pk=invitation.pk).update(**values)
    return fresh(invitation)


def owed(invitation: Invitation) -> Owed | None:
    return next_step(fresh(invitation), MeetingSettings(), NOW + timedelta(minutes=3)).mail


# --- Booking ------------------------------------------------------------------------------------------------


def test_people_who_book_one_time_come_into_one_meeting_each_by_an_invitation_of_their_own(
    workshop: MeetingType,
) -> None:
    first, second = book(workshop, YUKI, note="My salary"), book(workshop, BEN)
    meeting = Meeting.objects.get()
    assert first.meeting == second.meeting == meeting
    assert (meeting.title, meeting.agenda, meeting.answers, meeting.is_group) == ("Workshop", "", None, True)
    assert first.token != second.token
    assert [one["answer"] for one in first.answers] == ["My salary"]
    assert Mail.objects.filter(to=workshop.owner.email).count() == 2
    assert "2 of 3 seats are taken." in Mail.objects.filter(subject__startswith="Ben").get().text


def test_a_time_is_on_offer_while_seats_are_left(workshop: MeetingType, alice: Owner) -> None:
    assert seats_left(workshop) == 3
    book(workshop, YUKI)
    assert seats_left(workshop) == 2
    book(workshop, BEN)
    book(workshop, CAS)
    assert seats_left(workshop) is None
    with pytest.raises(scheduling.SlotTaken) as taken:
        book(workshop, "dan@client.example")
    assert taken.value.next_free[0].seats_left == 3
    assert FIRST not in [slot.starts_at for slot in availability.next_free(alice, after=NOW)]


def test_times_with_seats_left_stand_in_order_among_the_others(workshop: MeetingType, alice: Owner) -> None:
    book(workshop, YUKI, starts_at=FIRST + timedelta(hours=1))
    asked: dict[str, Any] = {"minutes": 60, "meeting_type": workshop}
    slots = availability.next_free(alice, after=NOW, limit=3, **asked)
    assert [(slot.starts_at, slot.seats_left) for slot in slots] == [
        (FIRST, 3),
        (FIRST + timedelta(hours=1), 2),
        (FIRST + timedelta(hours=2), 3),
    ]


def test_other_types_do_not_come_into_it_nor_does_it_take_in_one_that_was_booked_alone(
    workshop: MeetingType, alice: Owner
) -> None:
    editing.change(alice, workshop.pk, seats=1)
    book(workshop, YUKI)
    editing.change(alice, workshop.pk, seats=3)
    assert seats_left(workshop) is None
    with pytest.raises(scheduling.SlotTaken):
        book(workshop, BEN)


def test_the_same_request_again_is_the_same_seat(workshop: MeetingType) -> None:
    book(workshop, BEN)
    assert book(workshop, YUKI, key="one") == book(workshop, YUKI, key="one")
    assert Invitation.objects.count() == 2
    editing.change(workshop.owner, workshop.pk, seats=1)
    assert book(workshop, YUKI, key="one").email == YUKI


def test_an_address_that_has_a_seat_is_not_given_another_and_whoever_types_it_gets_no_way_in(
    workshop: MeetingType,
) -> None:
    seat = book(workshop, YUKI)
    with pytest.raises(HasSeat):
        book(workshop, "YUKI@client.example", key="again")
    assert Invitation.objects.get().token == seat.token


def test_who_shows_that_the_address_is_theirs_gets_the_seat_that_somebody_took_with_it(workshop: MeetingType) -> None:
    typed = book(workshop, YUKI)
    waiting = confirming.ask(workshop.owner, wanted(workshop, YUKI), request_key="by mail")
    mine = confirming.confirm(waiting)
    assert mine.pk == typed.pk
    assert mine.token != typed.token
    assert mine.is_address_confirmed
    assert confirming.confirm(waiting).token == mine.token


def test_whoever_asks_again_and_again_who_comes_is_held_off(workshop: MeetingType) -> None:
    book(workshop, YUKI)
    refused = []
    for number in range(TO_A_MAILBOX + 1):
        with pytest.raises((HasSeat, rate_limits.HeldOff)) as error:
            rate_limits.book(
                workshop.owner, wanted(workshop, YUKI), request_key=f"{number}", origin=Origin("192.0.2.1")
            )
        refused.append(error.type)
    assert refused == [*[HasSeat] * TO_A_MAILBOX, rate_limits.HeldOff]


def test_seats_the_owner_takes_away_throw_nobody_out(workshop: MeetingType, alice: Owner) -> None:
    for email in (YUKI, BEN, CAS):
        book(workshop, email)
    editing.change(alice, workshop.pk, seats=2)
    assert seats_left(workshop) is None
    assert Meeting.objects.get().invitations.filter(left_at=None).count() == 3
    editing.change(alice, workshop.pk, seats=5)
    assert seats_left(workshop) == 2


# --- Leaving, moving, cancelling -----------------------------------------------------------------------------


def test_who_leaves_frees_a_seat_and_the_others_meeting_stays(workshop: MeetingType) -> None:
    first, second = told(book(workshop, YUKI)), told(book(workshop, BEN))
    actions.cancel(first, reason="Ill")
    meeting = Meeting.objects.get()
    assert not meeting.is_cancelled
    assert meeting.contact == second.contact
    assert seats_left(workshop) == 2
    assert owed(first) is Owed.CANCELLATION
    assert owed(second) is None
    said = Mail.objects.filter(subject__startswith="Yuki does not come").get().text
    assert "The others still come" in said
    assert "Ill" in said
    actions.cancel(first)
    assert Mail.objects.filter(subject__startswith="Yuki does not come").count() == 1


def test_the_last_who_leaves_cancels_it(workshop: MeetingType) -> None:
    first, second = book(workshop, YUKI), book(workshop, BEN)
    actions.cancel(first)
    actions.cancel(second)
    assert Meeting.objects.get().is_cancelled
    assert seats_left(workshop) == 3


def test_who_left_hears_nothing_of_what_becomes_of_the_others_meeting(workshop: MeetingType, alice: Owner) -> None:
    first, second = told(book(workshop, YUKI)), told(book(workshop, BEN))
    actions.cancel(first)
    told(fresh(first))
    plan = scheduling.Plan("Workshop", FIRST + timedelta(hours=3), 60)
    scheduling.reschedule(owner=alice, meeting_id=first.meeting_id, plan=plan)
    assert owed(first) is None
    scheduling.cancel(owner=alice, meeting_id=first.meeting_id)
    assert owed(first) is None
    assert owed(second) is Owed.CANCELLATION


def test_who_left_may_come_again_by_another_address_of_the_page(workshop: MeetingType) -> None:
    book(workshop, BEN)
    first = told(book(workshop, YUKI))
    actions.cancel(first)
    again = book(workshop, YUKI, key="again")
    assert again.pk == first.pk
    assert again.token != first.token
    assert not again.is_off
    assert owed(again) is Owed.INVITATION
    assert client_words.entry(again).sequence > client_words.entry(first).sequence + 1
    assert seats_left(workshop) == 1


def test_the_owner_moves_and_cancels_it_for_all(workshop: MeetingType, alice: Owner) -> None:
    ways = [told(book(workshop, email)) for email in (YUKI, BEN)]
    plan = scheduling.Plan("Workshop", FIRST + timedelta(hours=3), 60)
    scheduling.reschedule(owner=alice, meeting_id=ways[0].meeting_id, plan=plan)
    assert [owed(one) for one in ways] == [Owed.CHANGE] * 2
    scheduling.cancel(owner=alice, meeting_id=ways[0].meeting_id)
    assert [owed(one) for one in ways] == [Owed.CANCELLATION] * 2


def moved(seat: Invitation, hours: int) -> Meeting:
    plan = scheduling.Plan("Workshop", FIRST + timedelta(hours=hours), 60)
    return scheduling.reschedule(owner=seat.meeting.owner, meeting_id=seat.meeting_id, plan=plan)


def test_it_is_not_moved_onto_another_of_its_type_which_would_be_fuller_than_it_may(
    workshop: MeetingType, alice: Owner
) -> None:
    for email in (YUKI, BEN, CAS):
        full = book(workshop, email)
    other = book(workshop, "dan@client.example", starts_at=FIRST + timedelta(hours=2))
    words = "Another group of this type meets at that time already. Choose another time."
    with pytest.raises(ValidationError, match=words):
        moved(full, 2)
    with pytest.raises(ValidationError, match=words):
        moved(other, 0)
    body = {"starts_at": (FIRST + timedelta(hours=2)).isoformat(), "any_time": True}
    assert words in str(problem(Caller(alice).patch(f"/meetings/{full.meeting_id}", body), 422, "invalid"))
    assert fresh(full).meeting.starts_at == FIRST
    assert moved(full, 4).starts_at == FIRST + timedelta(hours=4)
    assert moved(other, 0).starts_at == FIRST, "that is free now"


def test_of_two_that_were_moved_onto_one_time_people_come_into_the_emptier(
    workshop: MeetingType, traveller: Any
) -> None:
    for email in (YUKI, BEN, CAS):
        full = book(workshop, email)
    traveller.shift(60)
    other = book(workshop, "dan@client.example", starts_at=FIRST + timedelta(hours=2))
    Meeting.objects.filter(pk=other.meeting_id).update(starts_at=FIRST, ends_at=full.meeting.ends_at)
    assert seats_left(workshop) == 2
    assert book(workshop, "eve@client.example").meeting_id == other.meeting_id
    assert seats_left(workshop) == 1


@pytest.mark.django_db(transaction=True)
def test_who_books_while_a_group_comes_to_that_time_comes_into_it(workshop: MeetingType) -> None:
    seat = book(workshop, YUKI)
    met = meet(
        groups, "check_apart", lambda: moved(seat, 2), lambda: book(workshop, BEN, starts_at=FIRST + timedelta(hours=2))
    )
    assert met[1].meeting_id == met[0].pk == Meeting.objects.get().pk


def test_who_joins_a_moved_one_never_had_its_old_time(workshop: MeetingType, client: Client, traveller: Any) -> None:
    first = book(workshop, YUKI, is_confirmed=True)
    traveller.shift(60)
    moved(first, 2)
    traveller.shift(60)
    second = book(workshop, BEN, is_confirmed=True, starts_at=FIRST + timedelta(hours=2))
    traveller.shift(60)
    plan = scheduling.Plan("Workshop", FIRST + timedelta(hours=2), 90)
    scheduling.reschedule(owner=workshop.owner, meeting_id=first.meeting_id, plan=plan)
    pages = [client.get(reverse("client_meeting", args=[one.token])).content.decode() for one in (first, second)]
    assert [WAS in page for page in pages] == [True, False]


def test_none_of_them_moves_it_or_asks_for_another_time_of_all(workshop: MeetingType) -> None:
    seat = book(workshop, YUKI)
    with pytest.raises(scheduling.Conflict):
        actions.move(seat, FIRST + timedelta(hours=3))
    with pytest.raises(scheduling.Conflict):
        actions.ask_for_another_time(seat, "Later?")
    for name in ("client_move", "client_ask"):
        answer = Client().get(reverse(name, args=[seat.token]))
        assert answer["Location"] == reverse("client_meeting", args=[seat.token])


# --- Who learns what ------------------------------------------------------------------------------------------


def test_nobody_of_them_reads_of_another(workshop: MeetingType, client: Client) -> None:
    ways = [
        book(workshop, YUKI, is_confirmed=True, note="Secret of Yuki"),
        book(workshop, BEN, is_confirmed=True, note="Secret of Ben"),
    ]
    for mine, other in (ways, ways[::-1]):
        page = client.get(reverse("client_meeting", args=[mine.token])).content.decode()
        file = client.get(reverse("client_calendar", args=[mine.token])).content.decode()
        mail = compose(mine, Owed.INVITATION, None).message().as_string()  # type: ignore[arg-type]
        for text in (page, file, mail):
            assert "Workshop" in text
            for theirs in (other.email, other.contact.name, other.token, "Secret of"):
                assert theirs not in text


def test_it_stands_in_the_owners_calendar_once_and_as_the_same_entry_whoever_comes_and_goes(
    workshop: MeetingType,
) -> None:
    first = book(workshop, YUKI)
    mine = Meeting.objects.prefetch_related("invitations__contact").select_related("owner")
    before = standing.digest(standing.entry_of(mine.get()))
    book(workshop, BEN)
    actions.cancel(first)
    assert standing.digest(standing.entry_of(mine.get())) == before
    uids = set()
    for mail in Mail.objects.exclude(calendar=""):
        [event] = Calendar.from_ical(mail.calendar).walk("VEVENT")
        uids.add(str(event["UID"]))
    assert uids == {str(first.meeting_id)}


def test_who_is_erased_leaves_the_others_their_meeting(workshop: MeetingType, traveller: Any) -> None:
    first, second = book(workshop, YUKI), book(workshop, BEN)
    with pytest.raises(erasing.HasUpcomingMeetings):
        erasing.erase(contact=second.contact)
    Invitation.objects.update(due_at=None)
    traveller.move_to(FIRST + timedelta(days=1))
    Meeting.objects.get().link_job.__class__.objects.update(due_at=None)
    erasing.erase(contact=first.contact)
    assert not Contact.objects.filter(email=YUKI).exists()
    assert Meeting.objects.get().contact == second.contact
    assert not Meeting.objects.get().events.filter(text__contains="Yuki").exists()


# --- Pages ----------------------------------------------------------------------------------------------------


def test_the_page_says_how_many_seats_are_left(workshop: MeetingType, client: Client) -> None:
    book(workshop, YUKI)
    book(workshop, BEN)
    page = client.get("/book/alice-archer/workshop/", {"day": "2026-11-25"}).content.decode()
    assert page.count("1 seat left") == 1
    assert "3 seats left" in page
    form = client.get("/book/alice-archer/workshop/details/", {"at": "2026-11-25T08:00Z"}).content.decode()
    assert "1 seat left" in form
    assert "Others may come to this meeting" in form


def test_the_form_names_the_address_that_has_a_seat(workshop: MeetingType, client: Client) -> None:
    book(workshop, YUKI)
    address = "/book/alice-archer/workshop/details/"
    form = client.get(address, {"at": "2026-11-25T08:00Z"})
    token, seen = form.context["token"], form.context["seen"]
    sent = {"at": "2026-11-25T08:00Z", "token": token, "seen": seen, "name": "Yuki", "email": YUKI, "minutes": "60"}
    answer = client.post(address, sent)
    assert answer.status_code == 409
    assert "email" in answer.context["form"].errors
    assert Invitation.objects.get().token not in answer.content.decode()


def test_the_owner_sees_who_comes(workshop: MeetingType, alice: Owner, client: Client) -> None:
    first = book(workshop, YUKI, note="I am new")
    book(workshop, BEN)
    client.force_login(alice)
    page = client.get(reverse("meeting", args=[first.meeting_id])).content.decode()
    for text in ("2 of 3 seats", "Yuki", "Ben", YUKI, BEN, "I am new"):
        assert text in page
    for contact in Contact.objects.filter(owner=alice):
        assert "Workshop" in client.get(contact.get_absolute_url()).content.decode()


def test_who_gives_a_seat_back_books_another_time_from_the_page(workshop: MeetingType, client: Client) -> None:
    seat = book(workshop, YUKI)
    book(workshop, BEN)
    asked = client.get(reverse("client_cancel", args=[seat.token])).content.decode()
    assert "Give your seat back?" in asked
    page = client.post(reverse("client_cancel", args=[seat.token]), {"reason": ""}, follow=True).content.decode()
    assert "You gave your seat back." in page
    assert "Book another time" in page
