"""Moving and cancelling carry a word: the owner's to the client, the client's reason to the owner."""

from datetime import timedelta

import pytest
from django.core.mail import get_connection
from django.test import Client
from django.utils import timezone

from meetings.invitations import mails
from meetings.invitations.steps import Mail as Kind
from meetings.models import Invitation, Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import Schedule
from tests.meetings.page_cast import send_anyway

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(schedule: Schedule) -> Meeting:
    """A meeting of which the client has had a mail."""
    meeting = schedule(provider="")
    Invitation.objects.filter(meeting=meeting).update(
        told_revision=1, told_title=meeting.title, told_starts_at=meeting.starts_at, told_minutes=meeting.minutes
    )
    return meeting


def mail_of(meeting: Meeting, kind: Kind) -> str:
    invitation = Invitation.objects.select_related("meeting__owner", "contact").get(meeting=meeting)
    message = mails.compose(invitation, kind, get_connection())
    html = str(message.alternatives[0][0])
    assert ("What Alice Archer says" in html) == ("What Alice Archer says" in str(message.body))
    return str(message.body)


def form_of(meeting: Meeting, **changes: str) -> dict[str, str]:
    berlin = timezone.localtime(meeting.starts_at + timedelta(days=1), meeting.owner.timezone)
    return {
        "title": meeting.title,
        "date": f"{berlin:%Y-%m-%d}",
        "time": f"{berlin:%H:%M}",
        "minutes": "30",
        "agenda": "",
        **changes,
    }


def test_a_cancellation_carries_the_owners_word(alice_client: Client, told: Meeting) -> None:
    path = f"/meetings/{told.pk}/"
    assert 'name="word"' in alice_client.get(path).content.decode()
    assert 'name="word"' in alice_client.get(path + "cancel/").content.decode()

    alice_client.post(path + "cancel/", {"word": "I am ill, sorry."})

    assert "What Alice Archer says:\nI am ill, sorry." in mail_of(told, Kind.CANCELLATION)
    assert "You said to the client: “I am ill, sorry.”" in [event.text for event in told.events.all()]


def test_a_move_carries_the_owners_word(alice_client: Client, told: Meeting) -> None:
    send_anyway(alice_client, f"/meetings/{told.pk}/reschedule/", form_of(told, word="The train is late."))

    assert "The train is late." in mail_of(told, Kind.CHANGE)


def test_a_reminder_says_it_no_more(alice_client: Client, told: Meeting) -> None:
    send_anyway(alice_client, f"/meetings/{told.pk}/reschedule/", form_of(told, word="The train is late."))

    assert "The train is late." not in mail_of(told, Kind.DAY_REMINDER)


def test_a_word_that_was_not_sent_yet_is_not_lost(alice_client: Client, told: Meeting) -> None:
    path = f"/meetings/{told.pk}/reschedule/"
    send_anyway(alice_client, path, form_of(told, word="The train is late."))
    alice_client.post(path, form_of(told, title="Another title"))

    assert "The train is late." in mail_of(told, Kind.CHANGE)


def test_a_word_that_no_mail_would_carry_is_asked_about(alice_client: Client, told: Meeting) -> None:
    berlin = timezone.localtime(told.starts_at, told.owner.timezone)
    same = form_of(told, date=f"{berlin:%Y-%m-%d}", agenda="New agenda", word="Look at this.")
    page = alice_client.post(f"/meetings/{told.pk}/reschedule/", same).content.decode()

    assert "would not be sent" in page
    assert "Look at this." in page
    assert Meeting.objects.get(pk=told.pk).agenda == ""


def test_who_gets_no_mails_is_written_no_word(alice_client: Client, schedule: Schedule) -> None:
    meeting = schedule(provider="", by_mail=False)

    assert 'name="word"' not in alice_client.get(f"/meetings/{meeting.pk}/cancel/").content.decode()
    assert 'name="word"' not in alice_client.get(f"/meetings/{meeting.pk}/reschedule/").content.decode()


def test_the_owner_reads_why_the_client_cancelled(alice: Owner, client: Client, told: Meeting) -> None:
    path = f"/m/{told.invitations.get().token}/cancel/"
    assert 'name="reason"' in client.get(path).content.decode()

    client.post(path, {"reason": "My flight was moved."})

    assert "My flight was moved." in Mail.objects.get(to=alice.email).text
    assert told.events.filter(text="Cancelled by the client: “My flight was moved.”").exists()


def test_too_long_a_reason_cancels_nothing_and_is_kept(client: Client, told: Meeting) -> None:
    page = client.post(f"/m/{told.invitations.get().token}/cancel/", {"reason": "x" * 501}).content.decode()

    assert "x" * 501 in page
    assert not Meeting.objects.get(pk=told.pk).is_cancelled
