"""Questions on the booking page: asked, stored with the meeting in the words of then, shown to the owner."""

import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from meetings.booking.models import UnconfirmedBooking
from meetings.models import Invitation, Meeting, MeetingType
from meetings.types import editing, questions
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable

pytestmark = pytest.mark.django_db

DETAILS = "/book/alice-archer/talk/details/"
AT = "2026-11-25T08:00Z"
PHONE = questions.question(text="Your phone?", kind="phone", is_required=True)
WHICH = questions.question(text="Which?", kind="choice", choices=["One", "Two"])
WHY = questions.question(text="Why?")


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    bookable(alice)
    return editing.add(alice, name="Talk", questions=[PHONE, WHICH, WHY])


def words(response: Any) -> str:
    return str(response.content.decode())


def filled(client: Client, **said: str) -> dict[str, str]:
    html = words(client.get(DETAILS, {"at": AT}))
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    return {**hidden, "website": "", "name": "Yuki Tanaka", "email": "yuki@client.example", "note": "", **said}


def answering(phone: str = "+49 30 1234567", which: str = "Two", why: str = "") -> dict[str, str]:
    given = {PHONE["id"]: phone, WHICH["id"]: which, WHY["id"]: why}
    return {f"answer-{key}": value for key, value in given.items()}


def test_answers_stay_with_the_meeting_and_are_read_by_the_owner(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    hostile = "<script>alert(1)</script>\n{{ owner }} \u202eevil\u2066 %(x)s " + "س" * 800
    assert client.post(DETAILS, filled(client, **answering(why=hostile))).status_code == 302
    editing.change(alice, talk.pk, questions=[])
    meeting = Meeting.objects.get()
    assert [one["question"] for one in meeting.answers] == ["Your phone?", "Which?", "Why?"]
    assert "\u202e" not in meeting.answers[2]["answer"]
    owner = Client()
    owner.force_login(alice)
    html = words(owner.get(f"/meetings/{meeting.pk}/"))
    assert "+49 30 1234567" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    mail = Mail.objects.get(to="alice@example.com").text
    assert "Your phone?\n+49 30 1234567" in mail
    assert "{{ owner }} evil %(x)s" in mail
    client_page = words(client.get(f"/m/{Invitation.objects.get().token}/"))
    assert "1234567" not in client_page, "whoever merely typed an address reads nothing of it"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"phone": ""}, "Answer this, please."),
        ({"phone": "call me"}, "Write a phone number"),
        ({"phone": "+++---"}, "Write a phone number"),
        ({"which": "Three"}, "Choose one of the answers."),
        ({"why": "x" * 1001}, "1000 characters"),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_it(
    client: Client, talk: MeetingType, said: dict[str, str], why: str
) -> None:
    response = client.post(DETAILS, filled(client, note="About the roof", **answering(**said)))
    assert response.status_code == 200
    assert why in words(response)
    assert "About the roof" in words(response)
    assert not Meeting.objects.exists()


def test_a_question_that_came_meanwhile_is_asked_before_anything_is_booked(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    form = filled(client, **answering())
    new = questions.question(text="Who else?", is_required=True)
    editing.change(alice, talk.pk, questions=[PHONE, new])
    response = client.post(DETAILS, form)
    assert "Who else?" in words(response)
    assert 'value="+49 30 1234567"' in words(response)
    assert not Meeting.objects.exists()
    assert client.post(DETAILS, {**form, f"answer-{new['id']}": "Bob"}).status_code == 302


def test_answers_wait_with_a_booking_until_its_address_is_confirmed(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    bookable(alice, confirms_addresses=True)
    form = filled(client, **answering())
    assert client.post(DETAILS, form).status_code == 200
    assert client.post(DETAILS, form).status_code == 200
    assert UnconfirmedBooking.objects.count() == 1
    client.post(re.findall(r"(/booking/\S+)", Mail.objects.get().text)[0])
    assert Meeting.objects.get().answers[0]["answer"] == "+49 30 1234567"


def test_after_booking_the_page_leads_on_to_the_owners(client: Client, alice: Owner, talk: MeetingType) -> None:
    editing.change(alice, talk.pk, leads_to="https://www.example.com/thanks?a=1&b=2")
    booked = client.post(DETAILS, filled(client, **answering()))
    response = client.get(booked["Location"])
    assert 'href="https://www.example.com/thanks?a=1&amp;b=2"' in words(response)
    assert "Go on to www.example.com" in words(response)
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "wrong",
    [
        [questions.question(text=f"{number}?") for number in range(11)],
        [questions.question(text="")],
        [questions.question(text="x" * 201)],
        [questions.question(text="?", kind="odd")],
        [questions.question(text="?", kind="choice", choices=["One", " One"])],
        [questions.question(text="?", kind="choice", choices=["One", "x" * 101])],
    ],
)
def test_questions_that_cannot_be_are_refused(alice: Owner, wrong: list[questions.Question]) -> None:
    with pytest.raises(ValidationError):
        editing.add(alice, name="Talk", questions=wrong)
