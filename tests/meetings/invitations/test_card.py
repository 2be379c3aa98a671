"""What an owner reads of a client's invitation on the meeting's page, and the buttons there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from meetings import scheduling
from meetings.invitations.state import invitation_state
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import deliver, invitation_of
from tests.meetings.linking import Schedule
from tests.meetings.page_cast import meeting_of, send_anyway

pytestmark = pytest.mark.django_db

#: A Tuesday; in Berlin it is 11:00.
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PATHS = ("send", "close", "renew")


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meeting(schedule: Schedule) -> Meeting:
    return schedule(provider="")


def page(client: Client, meeting: Meeting) -> str:
    return str(client.get(f"/meetings/{meeting.pk}/").content.decode())


def press(client: Client, meeting: Meeting, path: str, **data: str) -> str:
    return str(client.post(f"/meetings/{meeting.pk}/invitation/{path}/", data, follow=True).content.decode())


# --- Words ------------------------------------------------------------------------------------------------


def test_it_is_being_sent_and_then_sent(meeting: Meeting, alice_client: Client) -> None:
    html = page(alice_client, meeting)
    assert "The invitation is being sent to ann@example.com." in html
    assert 'hx-trigger="every 3s"' in html
    token = deliver(meeting).token
    html = page(alice_client, meeting)
    assert "The invitation was sent to ann@example.com on Tue 24 Nov 2026, 11:00." in html
    assert f'value="{settings.OKEY_BASE_URL}/m/{token}/"' in html
    assert "hx-trigger" not in html


def test_the_open_page_learns_that_it_was_sent(meeting: Meeting, alice_client: Client) -> None:
    watch = alice_client.get(f"/meetings/{meeting.pk}/").context["watch"]
    address = f"/meetings/{meeting.pk}/link/?since={watch.since}&seen={watch.mark}"
    assert alice_client.get(address, headers={"HX-Request": "true"}).status_code == 204
    deliver(meeting)
    news = alice_client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="invitation" aria-labelledby="invitation-title" hx-swap-oob="true"' in news
    assert "The invitation was sent to ann@example.com" in news


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_mailed": False, "due_at": None}, "No invitation was sent. Send the page’s address yourself"),
        ({"revoked_at": NOW}, "The client’s page of this meeting is closed"),
        ({"failed_at": NOW, "due_at": None}, "The mail to ann@example.com could not be sent."),
        ({"failing_since": NOW, "last_error": "<b>no</b>"}, "What the mail server said: &lt;b&gt;no&lt;/b&gt;"),
        ({"told_revision": 1, "told_title": "Before"}, "An update is being sent to ann@example.com."),
    ],
    ids=["no mail", "closed", "failed", "failing", "changed"],
)
def test_each_state_is_said(meeting: Meeting, alice_client: Client, fields: dict[str, Any], words: str) -> None:
    Invitation.objects.update(**fields)
    assert words in page(alice_client, meeting)


def test_it_says_where_nobody_has_confirmed_the_address(meeting: Meeting, alice_client: Client) -> None:
    assert "nobody has confirmed" not in page(alice_client, meeting)
    Invitation.objects.update(is_address_confirmed=False)
    assert "Whoever booked typed this address; nobody has confirmed that it is theirs." in page(alice_client, meeting)


def test_while_the_link_is_awaited_it_says_so(meeting: Meeting, alice_client: Client) -> None:
    Meeting.objects.update(provider="zoom")
    assert "when the link is ready, or in two minutes without it" in page(alice_client, meeting)


def test_a_cancellation_is_being_sent_and_then_sent(meeting: Meeting, alice: Owner, alice_client: Client) -> None:
    deliver(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert "The cancellation is being sent to ann@example.com." in page(alice_client, meeting)
    deliver(meeting)
    assert "The cancellation was sent to ann@example.com on " in page(alice_client, meeting)


def test_one_cancelled_before_its_invitation_says_so(meeting: Meeting, alice: Owner, alice_client: Client) -> None:
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    deliver(meeting)
    assert "The meeting was cancelled before an invitation was sent." in page(alice_client, meeting)


def test_nothing_can_be_sent_any_more_when_it_is_over(meeting: Meeting, traveller: Any) -> None:
    deliver(meeting)
    traveller.shift(timedelta(days=2))
    state = invitation_state(Meeting.objects.get())
    assert state is not None
    assert (state.send_label, state.can_close) == ("", False)


def test_a_meeting_without_an_invitation_has_no_card(alice: Owner, alice_client: Client) -> None:
    assert 'id="invitation"' not in page(alice_client, meeting_of(alice))


# --- Buttons ----------------------------------------------------------------------------------------------


def test_send_again_sends_again(meeting: Meeting, alice_client: Client) -> None:
    deliver(meeting)
    assert "The invitation goes to ann@example.com." in press(alice_client, meeting, "send")
    assert invitation_of(meeting).resends == 1


def test_nobody_floods_a_client_from_there(meeting: Meeting, alice_client: Client) -> None:
    deliver(meeting)
    for _click in range(5):
        press(alice_client, meeting, "send")
    assert "Try again later." in press(alice_client, meeting, "send")


def test_closing_asks_first_and_names_what_follows(meeting: Meeting, alice_client: Client) -> None:
    html = alice_client.get(f"/meetings/{meeting.pk}/invitation/close/").content.decode()
    assert "stops working at once" in html
    assert invitation_of(meeting).revoked_at is None


def test_a_closed_page_can_be_opened_again_at_a_new_address(
    meeting: Meeting, alice_client: Client, client: Client
) -> None:
    old = invitation_of(meeting).token
    assert "Replace the link" in press(alice_client, meeting, "close")
    assert client.get(f"/m/{old}/").status_code == 404
    press(alice_client, meeting, "renew")
    new = invitation_of(meeting).token
    assert new != old
    assert client.get(f"/m/{old}/").status_code == 404
    assert client.get(f"/m/{new}/").status_code == 200


def test_it_can_be_closed_and_renewed_in_one(meeting: Meeting, alice_client: Client) -> None:
    old = invitation_of(meeting).token
    assert "it goes to ann@example.com" in press(alice_client, meeting, "close", renew="1")
    assert invitation_of(meeting).token != old


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_finds_nothing_and_nobody_signs_in_by_pressing(
    meeting: Meeting, charlie_client: Client, client: Client, path: str
) -> None:
    address = f"/meetings/{meeting.pk}/invitation/{path}/"
    assert charlie_client.post(address).status_code == 404
    assert client.post(address)["Location"].startswith("/accounts/login/")
    assert invitation_of(meeting).revoked_at is None


def test_a_stranger_does_not_see_the_question_either(meeting: Meeting, charlie_client: Client) -> None:
    assert charlie_client.get(f"/meetings/{meeting.pk}/invitation/close/").status_code == 404


@pytest.mark.parametrize("path", ["send", "renew"])
def test_they_are_buttons(meeting: Meeting, alice_client: Client, path: str) -> None:
    assert alice_client.get(f"/meetings/{meeting.pk}/invitation/{path}/").status_code == 405


# --- The form that schedules ------------------------------------------------------------------------------


def _schedule(client: Client, contact: Contact, **data: str) -> Meeting:
    when = timezone.now() + timedelta(days=1)
    fields = {"title": "Call", "date": f"{when:%Y-%m-%d}", "time": "12:00", "minutes": "30", "provider": "none"}
    assert send_anyway(client, f"/meetings/new/?contact={contact.pk}", fields | data).status_code == 302
    return Meeting.objects.get()


def test_the_form_offers_an_invitation_and_has_it_ticked(alice_client: Client, ann: Contact) -> None:
    html = alice_client.get(f"/meetings/new/?contact={ann.pk}").content.decode()
    assert "Send Ann Lee an invitation by e-mail" in html
    assert re.search(r'<input type="checkbox" name="by_mail"[^>]* checked', html)


def test_its_tick_decides(alice_client: Client, ann: Contact) -> None:
    assert invitation_of(_schedule(alice_client, ann, by_mail="on")).is_mailed


def test_without_it_nothing_is_sent(alice_client: Client, ann: Contact) -> None:
    assert not invitation_of(_schedule(alice_client, ann)).is_mailed


def test_changing_and_cancelling_say_that_the_client_hears_of_it(meeting: Meeting, alice_client: Client) -> None:
    for path, words in (("reschedule", "Ann Lee gets a mail if title"), ("cancel", "Ann Lee gets a mail at once.")):
        address = f"/meetings/{meeting.pk}/{path}/"
        assert words not in alice_client.get(address).content.decode()
    deliver(meeting)
    for path, words in (("reschedule", "Ann Lee gets a mail if title"), ("cancel", "Ann Lee gets a mail at once.")):
        assert words in alice_client.get(f"/meetings/{meeting.pk}/{path}/").content.decode()
