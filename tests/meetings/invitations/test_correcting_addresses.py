"""The owner puts a contact's address right and sends the invitation again: whoever has the old one is out."""

from typing import Any

import pytest
from django.test import Client

from meetings.invitations import inviting
from meetings.models import Invitation, Meeting
from okey.contacts.editing import change_contact
from okey.contacts.models import Contact
from okey.mails import outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import calendar_of, deliver, event_of, invitation_of, sent, subject, text
from tests.meetings.invitations.test_sending import START, traveller
from tests.meetings.linking import Schedule

__all__ = ["traveller"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(traveller: Any, schedule: Schedule) -> Meeting:
    return schedule(provider="", starts_at=START, title="Secret salary talk")


def corrected(meeting: Meeting) -> Invitation:
    change_contact(contact=meeting.contact, email="right@example.com")
    inviting.send_again(owner=meeting.owner, invitation_id=invitation_of(meeting).pk)
    return deliver(meeting)


def withdrawals() -> list[Mail]:
    found = list(Mail.objects.filter(to="ann@example.com"))
    for mail in found:
        outbox.send(str(mail.pk))
    return found


def test_the_old_address_has_no_key_any_more(meeting: Meeting, client: Client) -> None:
    old = deliver(meeting).token
    new = corrected(meeting).token
    assert new != old
    for path in ("", "join/", "meeting.ics", "state/", "cancel/", "ask/"):
        assert client.get(f"/m/{old}/{path}").status_code == 404
    assert client.post(f"/m/{old}/cancel/").status_code == 404
    assert not Meeting.objects.get().is_cancelled
    assert client.get(f"/m/{new}/").status_code == 200


def test_the_entry_goes_out_of_the_old_calendar_and_into_the_new_one(meeting: Meeting) -> None:
    deliver(meeting)
    corrected(meeting)
    withdrawals()
    first, again, off = sent()
    assert (first["To"], again["To"], off["To"]) == ("ann@example.com", "right@example.com", "ann@example.com")
    assert subject(again).startswith("Invitation: ")
    assert calendar_of(off)["METHOD"] == "CANCEL"
    assert event_of(off)["UID"] == event_of(first)["UID"]
    numbers = [event_of(mail)["SEQUENCE"] for mail in (first, off, again)]
    assert numbers == sorted(set(numbers)), "where both lead to one calendar, the new one wins"
    assert invitation_of(meeting).token not in off.as_string() + text(off) + str(event_of(off))
    assert "went to this address by mistake" in text(off)
    assert (off["Auto-Submitted"], off["Reply-To"]) == ("auto-generated", "alice@example.com")


def test_who_was_told_nothing_hears_nothing(meeting: Meeting) -> None:
    corrected(meeting)
    assert withdrawals() == []
    assert [mail["To"] for mail in sent()] == ["right@example.com"]


def test_a_strangers_words_stay_withheld_from_the_address_that_they_typed(meeting: Meeting) -> None:
    Invitation.objects.update(is_address_confirmed=False)
    deliver(meeting)
    corrected(meeting)
    withdrawals()
    off = sent()[-1]
    assert off["To"] == "ann@example.com"
    assert "salary" not in off.as_string() + text(off)
    assert off["List-Unsubscribe"] is not None
    assert [part.get_content_type() for part in off.walk()] == ["text/plain"]


def test_the_same_address_in_other_letters_keeps_its_page(meeting: Meeting, ann: Contact) -> None:
    old = deliver(meeting).token
    change_contact(contact=ann, email="Ann@Example.com")
    inviting.send_again(owner=meeting.owner, invitation_id=invitation_of(meeting).pk)
    assert deliver(meeting).token == old
    assert withdrawals() == []


def test_a_mail_that_is_on_its_way_to_the_old_address_counts_for_nothing(
    meeting: Meeting, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = inviting.invitation_mails.compose

    def slow(*arguments: Any) -> Any:
        monkeypatch.undo()
        written = compose(*arguments)
        change_contact(contact=meeting.contact, email="right@example.com")
        inviting.send_again(owner=alice, invitation_id=invitation_of(meeting).pk)
        return written

    monkeypatch.setattr(inviting.invitation_mails, "compose", slow)
    deliver(meeting)
    assert invitation_of(meeting).told_revision is None
    deliver(meeting)
    withdrawals()
    assert [mail["To"] for mail in sent()] == ["ann@example.com", "right@example.com", "ann@example.com"]
