"""Who and what: from a time to a meeting, and kind answers to everything else."""

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from integrations.models import ProviderAccount
from meetings.booking import bookings
from meetings.hours import availability
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.page_cast import connect_zoom, contact_of

pytestmark = pytest.mark.django_db

DETAILS = "/book/alice-archer/details/"
AT, NEXT = "2026-11-25T08:00Z", "Wed 25 Nov 2026, 09:30–10:00"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice)


@pytest.fixture
def client() -> Client:
    """As strict as in production: no test may pass for want of a check."""
    return Client(enforce_csrf_checks=True)


def filled(client: Client, *, opened: str = AT, **changes: str) -> dict[str, str]:
    """What a browser sends once the form is filled in."""
    html = client.get(DETAILS, {"at": opened, "zone": "Europe/Madrid"}).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    return {**hidden, "website": "", "name": "Yuki Tanaka", "email": "yuki@client.example", "note": "", **changes}


def send(client: Client, data: dict[str, str], **headers: str) -> Any:
    return client.post(DETAILS, data, headers=headers)


def words(response: HttpResponse) -> str:
    return response.content.decode()


# --- Booked -----------------------------------------------------------------------------------------------


def test_the_form_reads_the_time_and_its_zone_back(client: Client) -> None:
    html = words(client.get(DETAILS, {"at": AT, "zone": "America/New_York"}))
    assert "Wed 25 Nov 2026, 03:00–03:30" in html
    assert "America/New York (GMT\N{MINUS SIGN}5)" in html
    assert "That is at night for you: 03:00 your time; 09:00 for Alice Archer." in html
    assert re.search(r'href="[^"]*\?day=2026-11-25&amp;[^"]*">Choose another time', html), "to the day they chose"


def test_sent_it_is_a_meeting_and_leads_to_its_page(client: Client, alice: Owner) -> None:
    response = send(client, filled(client, note="The roof"))
    invitation = Invitation.objects.get()
    assert response["Location"] == f"/m/{invitation.token}/"
    assert (invitation.meeting.owner, invitation.meeting.starts_at) == (alice, FIRST)
    assert not invitation.is_address_confirmed
    assert "Meeting with Alice Archer" in words(client.get(response["Location"]))
    assert list(client.cookies) == ["okey_booked"]


def test_the_meetings_page_says_that_it_went_through_for_some_minutes(client: Client, traveller: Any) -> None:
    address = send(client, filled(client))["Location"]
    assert "You’re booked" in words(client.get(address))
    traveller.shift(601)
    assert "You’re booked" not in words(client.get(address))


def test_a_double_click_is_one_meeting(client: Client) -> None:
    data = filled(client)
    first, second = send(client, data), send(client, data)
    assert first["Location"] == second["Location"]
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize("connected", [True, False])
def test_it_says_before_whether_there_will_be_a_video_link(client: Client, alice: Owner, connected: bool) -> None:
    if connected:
        connect_zoom(alice)
    html = words(client.get(DETAILS, {"at": AT}))
    assert ("You meet by video." in html) is connected
    assert ("This meeting has no video link yet." in html) is not connected


def test_while_the_owner_has_to_reconnect_it_promises_no_link_at_once(client: Client, alice: Owner) -> None:
    connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)
    html = words(client.get(DETAILS, {"at": AT}))
    assert "the link will come later: Alice Archer has to put something right first." in html
    assert "You meet by video. The link is" not in html


def test_hostile_text_is_only_text(client: Client) -> None:
    hostile = "<script>alert(1)</script>{{ 7*7 }}{% now 'Y' %}"
    response = send(client, filled(client, name=hostile, note=hostile, email="wrong"))
    html = words(response)
    assert "<script>alert" not in html
    assert "{{ 7*7 }}" in html
    assert send(client, filled(client, name=hostile, note=hostile)).status_code == 302


def test_marks_that_turn_the_direction_of_text_are_taken_out(client: Client) -> None:
    send(client, filled(client, name="Yuki \u202eakanaT", note="a\u2066b"))
    meeting = Meeting.objects.get()
    assert meeting.contact.name == "Yuki akanaT"
    assert meeting.agenda == "ab"


@pytest.mark.parametrize("name", ["田中 裕紀", "علي", "Łukasz Ž", "نیم‌فاصله"])
def test_names_in_every_script_are_names(client: Client, name: str) -> None:
    assert send(client, filled(client, name=name)).status_code == 302
    assert Contact.objects.get().name == name


# --- Refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"name": ""}, "Write your name."),
        ({"name": " \u200b 🙂 "}, "Write your name."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "Win at https://evil.example"}, "Write your name without a link."),
        ({"name": "WWW.evil.example"}, "Write your name without a link."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"email": ""}, "Write your e-mail address."),
        ({"email": "yuki"}, "Enter a valid e-mail address."),
        ({"email": "a@b.example\nBcc: c@d.example"}, "Enter a valid e-mail address."),
        ({"email": "a@b.example, c@d.example"}, "Enter a valid e-mail address."),
        ({"email": "x" * 300 + "@client.example"}, "at most 254 characters"),
        ({"note": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_is_right_is_kept(client: Client, changes: dict[str, str], answer: str) -> None:
    response = send(client, filled(client, **{"note": "Keep me", **changes}))
    assert response.status_code == 200
    html = words(response)
    assert answer in html
    assert changes.get("note", "Keep me") in html
    assert not Meeting.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-23T08:00Z",  # past
        "2026-11-24T15:30Z",  # within the notice
        "2026-11-25T08:07Z",  # off the grid
        "2026-11-25T03:00Z",  # at night
        "2026-11-28T08:00Z",  # on a Saturday
        "2027-06-01T08:00Z",  # beyond the horizon
        "8999-12-31T23:59Z",
    ],
)
def test_a_time_that_is_not_on_offer_is_answered_with_those_that_are(client: Client, at: str) -> None:
    opened = client.get(DETAILS, {"at": at, "zone": "Europe/Madrid"})
    sent = send(client, filled(client, at=at))
    for response in (opened, sent):
        assert response.status_code == 409
        assert "The next free times" in words(response)
    assert "Nothing was booked" in words(sent)
    assert "Nothing was booked" not in words(opened), "who comes back to it may have booked it"
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    "at", ["", "tomorrow", "2026-11-25", "2026-11-25T08:00", "\0", "x" * 5000, "0001-01-01T00:00Z", "9999-12-31T23:59Z"]
)
def test_what_is_no_time_leads_back_to_the_times(client: Client, at: str) -> None:
    for response in (client.get(DETAILS, {"at": at}), send(client, filled(client, at=at))):
        assert response.status_code == 302
        assert response["Location"].startswith("/book/alice-archer/?zone=")


def test_a_time_that_starts_this_moment_cannot_be_booked_any_more(client: Client, alice: Owner, traveller: Any) -> None:
    settings = availability.settings_of(alice)
    settings.notice_minutes = 0
    settings.save()
    traveller.move_to(FIRST - timedelta(minutes=5))
    data = filled(client)
    traveller.move_to(FIRST)
    response = send(client, data)
    assert response.status_code == 409
    assert NEXT in words(response)
    assert not Meeting.objects.exists()


def test_a_time_that_begins_while_it_is_booked_is_booked(alice: Owner, traveller: Any) -> None:
    settings = availability.settings_of(alice)
    settings.notice_minutes = 0
    settings.save()
    look = availability.is_free

    def late(*args: Any, **more: Any) -> bool:
        found = look(*args, **more)
        traveller.move_to(FIRST)
        return found

    traveller.move_to(FIRST - timedelta(seconds=1))
    with mock.patch.object(availability, "is_free", late):
        bookings.book(alice, wish(), request_key="x", is_address_confirmed=False)
    assert Meeting.objects.get().starts_at == FIRST


def test_taken_meanwhile_what_was_typed_stays_and_one_more_click_books_another(client: Client, alice: Owner) -> None:
    data = filled(client, note="The roof")
    bookings.book(alice, wish(email="faster@client.example"), request_key="x", is_address_confirmed=False)
    response = send(client, data)
    html = words(response)
    assert response.status_code == 409
    assert "This time is not free" in html
    assert NEXT in html
    assert 'value="Yuki Tanaka"' in html
    assert "The roof</textarea>" in html
    others = re.findall(r'type="radio" name="at" value="([^"]+)"', html)
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    again = send(client, {**data, "at": others[0], "token": token})
    assert again.status_code == 302
    assert Meeting.objects.order_by("starts_at").last().starts_at == FIRST + timedelta(minutes=30)  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [{"is_page_on": False}, {"public_name": "elsewhere"}])
def test_a_page_that_was_closed_meanwhile_books_nothing(client: Client, alice: Owner, change: dict[str, Any]) -> None:
    data = filled(client)
    bookable(alice, **change)
    response = send(client, data)
    assert response.status_code == 404
    assert "There is no booking page here" in words(response)
    assert not Meeting.objects.exists()


def test_an_owner_who_left_meanwhile_is_not_booked(client: Client, alice: Owner) -> None:
    data = filled(client)
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert send(client, data).status_code == 404


# --- Held off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\0", "x" * 5000])
def test_a_form_without_our_token_is_shown_once_more_and_books_nothing(client: Client, token: str) -> None:
    response = send(client, filled(client, token=token))
    assert response.status_code == 400
    assert "Look it through and send it once more." in words(response)
    assert 'value="Yuki Tanaka"' in words(response)
    assert not Meeting.objects.exists()


def test_the_token_of_another_owners_page_is_none(client: Client, bob: Owner) -> None:
    bookable(bob)
    html = words(client.get("/book/bob-archer/details/", {"at": AT}))
    theirs = re.findall(r'name="token" value="([^"]+)"', html)[0]
    assert send(client, filled(client, token=theirs)).status_code == 400


def test_a_form_that_lay_open_for_hours_is_shown_once_more(client: Client, traveller: Any) -> None:
    data = filled(client)
    traveller.shift(timedelta(hours=4, seconds=1))
    response = send(client, data)
    assert response.status_code == 400
    fresh = re.findall(r'name="token" value="([^"]+)"', words(response))[0]
    assert send(client, {**data, "token": fresh}).status_code == 302


def test_a_program_that_fills_in_every_box_books_nothing(client: Client) -> None:
    response = send(client, filled(client, website="https://spam.example"))
    assert response.status_code == 400
    assert "a box that people do not see" in words(response)
    assert 'name="website" value=""' in words(response), "a person whom it happens to sends it once more"
    assert not Meeting.objects.exists()


def test_one_network_address_books_ten_times_an_hour(client: Client) -> None:
    statuses = [
        send(client, filled(client, email=f"c{number}@client.example", opened=at_slot(number))).status_code
        for number in range(11)
    ]
    assert statuses == [302] * 10 + [429]
    last = send(client, filled(client, note="Keep me", opened=at_slot(12)))
    assert "Keep me" in words(last)
    assert int(last["Retry-After"]) > 0


def test_whoever_comes_back_after_booking_does_not_read_that_nothing_was_booked(client: Client) -> None:
    send(client, filled(client))
    html = words(client.get(DETAILS, {"at": AT, "zone": "Europe/Madrid"}))
    assert "You have this time already" in html
    assert f"/m/{Invitation.objects.get().token}/" in html


def test_another_browser_that_comes_to_a_booked_time_learns_of_no_meeting(client: Client) -> None:
    send(client, filled(client))
    html = words(Client().get(DETAILS, {"at": AT, "zone": "Europe/Madrid"}))
    assert "If you have just booked it, it is yours: the mail has your meeting’s address." in html
    assert "/m/" not in html


def test_a_second_tab_that_books_the_same_time_is_told_that_it_is_theirs(client: Client) -> None:
    first, second = filled(client), filled(client)
    send(client, first)
    html = words(send(client, second))
    assert Meeting.objects.count() == 1
    assert "You have this time already" in html
    assert "Nothing was booked twice" in html
    assert f"/m/{Invitation.objects.get().token}/" in html


def test_so_it_is_no_more_once_the_meeting_is_cancelled_or_the_way_in_closed(client: Client, alice: Owner) -> None:
    first, second = filled(client), filled(client)
    send(client, first)
    Invitation.objects.update(token="x" * 32)
    assert "You have this time already" not in words(send(client, second))


def test_a_cookie_of_ones_own_making_opens_nothing(client: Client, alice: Owner) -> None:
    bookings.book(alice, wish(), request_key="x", is_address_confirmed=False)
    client.cookies["okey_booked"] = f'["{Invitation.objects.get().token}"]'
    assert "You have this time already" not in words(client.get(DETAILS, {"at": AT, "zone": "Europe/Madrid"}))


def test_the_cookie_is_for_this_page_only_and_for_no_script(client: Client) -> None:
    cookie = send(client, filled(client)).cookies["okey_booked"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/book/alice-archer/", True, "Lax")


def test_nobody_keeps_a_person_from_booking_by_booking_under_their_address(client: Client) -> None:
    networks = [Client(REMOTE_ADDR=f"198.51.{100 + number}.7") for number in range(8)]
    statuses = [send(one, filled(one, opened=at_slot(number))).status_code for number, one in enumerate(networks)]
    assert statuses == [302] * 8


@pytest.mark.parametrize(
    "email",
    [
        "a@localhost", "a@[127.0.0.1]", "a@[IPv6:::1]", '"a b"@client.example', '"\x0bz"@client.example',
        "a@127.0.0.1", "a\u0000@client.example", "a@client.example.", "a@-client.example",
    ],
)  # fmt: skip
def test_what_is_no_clients_address_is_refused(client: Client, email: str) -> None:
    assert "Enter a valid e-mail address." in words(send(client, filled(client, email=email)))
    assert not Meeting.objects.exists()


@pytest.mark.parametrize("name", ["www.evil.com", "See https://evil.example", "Rich at evil.com"])
def test_a_name_with_a_link_is_refused(client: Client, name: str) -> None:
    assert "Write your name without a link." in words(send(client, filled(client, name=name)))
    assert not Meeting.objects.exists()


def at_slot(number: int) -> str:
    return f"{FIRST + number * timedelta(minutes=30):%Y-%m-%dT%H:%MZ}"


# --- Nothing known is shown -------------------------------------------------------------------------------


def test_a_known_address_gets_the_answer_of_an_unknown_one(client: Client, alice: Owner) -> None:
    contact_of(alice, "Ann Secret")
    for number, email in enumerate(("ann@client.example", "eve@client.example")):
        response = send(client, filled(client, name="Eve", email=email, opened=at_slot(number)))
        assert response.status_code == 302
        assert "Secret" not in words(client.get(response["Location"]))


def test_mails_to_the_typed_address_hold_no_typed_word(client: Client) -> None:
    send(client, filled(client, name="Buy pills now", note="evil.example"))
    assert {mail.to for mail in Mail.objects.all()} == {"alice@example.com"}, "the client's comes from the invitation"


def test_a_domain_that_no_mail_can_be_sent_to_is_no_address(client: Client) -> None:
    html = words(send(client, filled(client, email=f"yuki@{'ü' * 60}.example")))
    assert "Enter a valid e-mail address." in html
    assert not Meeting.objects.exists()


def test_an_address_that_merely_looks_different_is_the_same_mailbox(client: Client) -> None:
    send(client, filled(client, email="yuki@www\u3002client.example"))
    assert Invitation.objects.get().email == "yuki@www.client.example"
