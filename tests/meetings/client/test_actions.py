"""What a client does on the page: cancel, or ask for another time. By a button only, and the owner hears of it."""

from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from meetings.models import Invitation, Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.linking import Schedule
from tests.meetings.page_cast import meeting_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(schedule: Schedule) -> Meeting:
    return schedule(provider="")


@pytest.fixture
def address(meeting: Meeting) -> str:
    return f"/m/{Invitation.objects.get().token}/"


def is_cancelled() -> bool:
    return Meeting.objects.get().is_cancelled


def test_opening_the_page_of_cancelling_cancels_nothing(client: Client, address: str) -> None:
    """Mail scanners follow every address in a mail, and those on its pages."""
    html = client.get(f"{address}cancel/").content.decode()
    client.head(f"{address}cancel/")
    assert "Cancel this meeting?" in html
    assert not is_cancelled()


def test_the_button_cancels_and_the_owner_hears_who_did(client: Client, address: str, meeting: Meeting) -> None:
    response = client.post(f"{address}cancel/")
    assert response["Location"] == address
    assert is_cancelled()
    assert meeting.events.filter(text="Cancelled by the client.").exists()
    mail = Mail.objects.get()
    assert mail.to == "alice@example.com"
    assert mail.subject.startswith("Ann Lee cancelled the meeting on ")
    assert "Kick-off" in mail.text
    assert Invitation.objects.get().due_at is not None, "the client's calendar is put right"
    calendar = Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["method"], mail.calendar_method, event["status"]) == ("PUBLISH", "PUBLISH", "CANCELLED")
    assert event["uid"] == str(Invitation.objects.get().pk)


def test_twice_is_once(client: Client, address: str) -> None:
    for _click in range(2):
        assert client.post(f"{address}cancel/").status_code == 302
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("path", ["cancel/", "ask/"])
def test_a_meeting_that_is_over_stays_as_it_was(client: Client, alice: Owner, path: str) -> None:
    meeting = meeting_of(alice, hours=-5)
    token = Invitation.objects.create(meeting=meeting, contact=meeting.contact, email="a@b.example").token
    assert client.get(f"/m/{token}/{path}")["Location"] == f"/m/{token}/"
    assert client.post(f"/m/{token}/{path}", {"message": "Later?"}).status_code == 302
    assert not is_cancelled()
    assert not Mail.objects.exists()


def test_a_wish_for_another_time_reaches_the_owner_and_changes_nothing(
    client: Client, address: str, meeting: Meeting
) -> None:
    response = client.post(f"{address}ask/", {"message": "Friday <b>after</b> 3?"}, follow=True)
    assert "Your message went to Alice Archer." in response.content.decode()
    mail = Mail.objects.get()
    assert mail.subject.startswith("Ann Lee asks for another time than ")
    assert "Friday <b>after</b> 3?" in mail.text
    assert f"/meetings/{meeting.pk}/" in mail.text
    assert "Friday <b>after</b> 3?" in meeting.events.get(kind="asked_by_client").text
    assert Meeting.objects.get().revision == 1


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("", "Write when it would suit you."),
        ("  \r\n ", "Write when it would suit you."),
        ("x" * 1001, "Ensure this value has at most 1000 characters"),
        ("a\0b", "Null characters are not allowed."),
    ],
    ids=["empty", "blank", "long", "nul"],
)
def test_a_message_that_is_none_is_asked_for_again(client: Client, address: str, message: str, words: str) -> None:
    response = client.post(f"{address}ask/", {"message": message})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Mail.objects.exists()


def test_nobody_floods_an_owner(client: Client, address: str) -> None:
    answers = [client.post(f"{address}ask/", {"message": f"Now {number}?"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert Mail.objects.count() == 5
    assert 1 <= int(answers[-1]["Retry-After"]) <= 3601
    words = answers[-1].content.decode()
    assert "You have written several times already. Send this in " in words
    assert "Now 5?</textarea>" in words, "their words are not lost"


def test_nobody_is_asked_who_does_not_use_okey_any_more(client: Client, address: str, alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    for path in ("", "cancel/"):
        assert f"{address}ask/" not in client.get(address + path).content.decode()
    assert client.get(f"{address}ask/")["Location"] == address
    assert client.post(f"{address}ask/", {"message": "Friday?"})["Location"] == address
    assert not Mail.objects.exists()
    client.post(f"{address}cancel/")
    assert is_cancelled()


@pytest.mark.parametrize("path", ["cancel/", "ask/"])
def test_the_buttons_need_a_token_of_the_page(address: str, path: str) -> None:
    strict: Any = Client(enforce_csrf_checks=True)
    assert strict.post(address + path, {"message": "Now?"}).status_code == 403
    token = strict.get(address + path).context["csrf_token"]
    origin = {"Origin": "http://testserver.localhost:8000"}
    answer = strict.post(address + path, {"message": "Now?", "csrfmiddlewaretoken": str(token)}, headers=origin)
    assert answer.status_code == 302


# --- After a cancellation ---------------------------------------------------------------------------------


def test_a_cancelled_meetings_page_leads_on(client: Client, address: str, alice: Owner) -> None:
    bookable(alice)
    client.post(f"{address}cancel/")
    html = client.get(address).content.decode()
    assert 'href="/book/alice-archer/"' in html
    assert "Book another time" in html
    assert f"{address}ask/" in html
    assert f"{address}cancel/" not in html


def test_another_time_is_booked_in_the_clients_zone(client: Client, address: str, alice: Owner) -> None:
    bookable(alice)
    Invitation.objects.update(timezone="Etc/GMT+5")
    client.post(f"{address}cancel/")
    assert 'href="/book/alice-archer/?zone=Etc%2FGMT%2B5"' in client.get(address).content.decode()


def test_without_a_booking_page_it_leads_to_the_owner(client: Client, address: str) -> None:
    client.post(f"{address}cancel/")
    html = client.get(address).content.decode()
    assert "Book another time" not in html
    assert f"{address}ask/" in html


def test_after_a_cancellation_the_client_can_ask_as_its_mail_says(
    client: Client, address: str, meeting: Meeting
) -> None:
    client.post(f"{address}cancel/")
    assert "This meeting stays cancelled." in client.get(f"{address}ask/").content.decode()
    page = client.post(f"{address}ask/", {"message": "Next week?"}, follow=True).content.decode()
    assert "The meeting stays cancelled." in page
    mail = Mail.objects.get(subject__contains="asks for another time")
    assert "The meeting is cancelled. Schedule another one with them" in mail.text
    assert meeting.events.filter(kind="asked_by_client").exists()
