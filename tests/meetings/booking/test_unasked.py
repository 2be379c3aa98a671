"""*I did not ask for this*: one button that stops all further mails to a mailbox, and undoes nothing else."""

from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from meetings.booking import confirming, rate_limits
from meetings.booking.bookings import Wish
from meetings.booking.models import UnconfirmedBooking
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting
from okey.contacts.editing import add_contact
from okey.mails import outbox, unasked
from okey.mails.models import Mail, NotSent
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable, wish

pytestmark = pytest.mark.django_db

VICTIM = "victim@third.example"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def booked(owner: Owner, wanted: Wish | None = None, *, key: str = "key") -> Invitation:
    invitation = rate_limits.book(
        owner, wanted or wish(email=VICTIM), request_key=key, origin=rate_limits.Origin("198.51.100.1")
    )
    inviting.work(invitation.pk)
    return Invitation.objects.select_related("meeting").get(pk=invitation.pk)


def path_in(message: Any) -> str:
    address = str(message.message()["List-Unsubscribe"]).strip("<>")
    return address.removeprefix("http://testserver.localhost:8000")


def test_opening_it_changes_nothing(alice: Owner, client: Client) -> None:
    """Mail scanners open every address."""
    booked(alice)
    path = path_in(mail.outbox[0])
    html = client.get(path).content.decode()
    client.head(path)
    assert "I did not ask for this" in html
    main = html[html.index("<main") : html.index("</main>")]  # the language is chosen below it
    assert main.count("<button") == 1
    assert not Meeting.objects.get().is_cancelled
    booked(alice, wish(slots=1, email=VICTIM), key="other")
    assert len(mail.outbox) == 2


def test_the_button_cancels_the_booking_and_stops_all_further_mails(alice: Owner, bob: Owner, client: Client) -> None:
    invitation = booked(alice)
    page = client.post(path_in(mail.outbox[0]))
    assert "You get no more of these mails" in page.content.decode()
    assert Meeting.objects.get().is_cancelled
    inviting.work(invitation.pk)
    again = booked(bob, wish(email="Victim+2@third.example"), key="again")
    assert len(mail.outbox) == 1, "not even the cancellation, and nothing by another owner's page"
    assert (again.held, again.due_at) == (NotSent.STOPPED, None)
    told = Mail.objects.get(to=alice.email, subject__contains="cancelled")
    assert "says that they did not ask for this meeting" in told.text
    assert Meeting.objects.get(owner=alice).events.filter(kind="unasked").exists()


def test_a_mail_programs_own_button_needs_no_page_and_no_cookie(alice: Owner) -> None:
    booked(alice)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path_in(mail.outbox[0]), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Meeting.objects.get().is_cancelled


def test_twice_is_once(alice: Owner, client: Client) -> None:
    booked(alice)
    for _click in range(2):
        assert client.post(path_in(mail.outbox[0])).status_code == 200
    assert Mail.objects.filter(subject__contains="cancelled").count() == 1


def test_it_cancels_no_other_meeting(alice: Owner, client: Client) -> None:
    booked(alice)
    other = booked(alice, wish(slots=1, email=VICTIM), key="other")
    client.post(path_in(mail.outbox[0]))
    assert not Meeting.objects.get(pk=other.meeting_id).is_cancelled


def test_after_the_owner_put_the_address_right_it_cancels_nothing(alice: Owner, client: Client) -> None:
    invitation = booked(alice)
    path = path_in(mail.outbox[0])
    invitation.contact.email = "right@client.example"
    invitation.contact.save()
    inviting.send_again(owner=alice, invitation_id=invitation.pk)
    assert client.post(path).status_code == 200
    assert not Meeting.objects.get().is_cancelled


def test_invitations_of_people_who_know_them_still_come(alice: Owner, bob: Owner, client: Client) -> None:
    booked(alice)
    client.post(path_in(mail.outbox[0]))
    contact = add_contact(owner=bob, name="Vic", email=VICTIM)
    meeting = Meeting.objects.create(
        owner=bob, contact=contact, title="Hello", starts_at=wish(slots=9).starts_at, minutes=30,
        ends_at=wish(slots=10).starts_at,
    )  # fmt: skip
    inviting.work(inviting.invite(meeting).pk)
    assert mail.outbox[-1].to == [VICTIM]
    assert len(mail.outbox) == 2


def test_a_booking_that_waits_for_its_link_is_gone(alice: Owner, client: Client) -> None:
    bookable(alice, confirms_addresses=True)
    waiting = confirming.ask(alice, wish(email=VICTIM), request_key="key")
    outbox.send(str(Mail.objects.get(to=VICTIM).pk))
    assert path_in(mail.outbox[0]) in str(mail.outbox[0].body)
    client.post(path_in(mail.outbox[0]))
    assert not UnconfirmedBooking.objects.exists()
    confirming.ask(alice, wish(slots=1, email=VICTIM), request_key="other")
    outbox.send(str(Mail.objects.get(to=VICTIM, sent_at=None).pk))
    assert len(mail.outbox) == 1
    assert waiting.email == VICTIM


@pytest.mark.parametrize("token", ["x", "invitation-1-2:bad", "a" * 4000, "%00"])
def test_what_is_none_of_ours_is_not_found(client: Client, db: None, token: str) -> None:
    assert client.get(f"/unasked/{token}/").status_code == 404
    assert client.post(f"/unasked/{token}/").status_code == 404


def test_its_address_is_not_anothers(alice: Owner) -> None:
    invitation = booked(alice)
    read = unasked.read(unasked.url("invitation", invitation.pk, VICTIM).rstrip("/").rpartition("/")[2])
    assert read is not None
    assert VICTIM not in unasked.url("invitation", invitation.pk, VICTIM)
    assert (read.kind, read.pk) == ("invitation", invitation.pk)
