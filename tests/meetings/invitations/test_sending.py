"""When mails to clients go out: once, in order, again after a crash, and not for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from meetings import scheduling
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting, MeetingSettings
from okey.contacts.editing import change_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import (
    deliver,
    deliver_when_due,
    event_of,
    invitation_of,
    sent,
    settled,
    subject,
    text,
)
from tests.meetings.linking import Schedule, edit, work
from tests.meetings.page_cast import connect_jitsi

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
START = datetime(2026, 8, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meeting(traveller: Any, schedule: Schedule) -> Meeting:
    return schedule(provider="", starts_at=START)


class Server(EmailBackend):
    """A mail server that refuses, breaks off after taking a mail, or is slow to connect; else it takes all."""

    on_open: Any = None
    refuses: Exception | None = None
    dies: bool = False

    def open(self) -> bool:
        if Server.on_open:
            Server.on_open()
        return True

    def send_messages(self, messages: Any) -> int:
        if Server.refuses:
            raise Server.refuses
        count = super().send_messages(messages)
        if Server.dies:
            raise KeyboardInterrupt  # as near to a kill as a test comes: nothing of ours runs any more
        return count


@pytest.fixture
def server(settings: Settings) -> Iterator[type[Server]]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.on_open, Server.refuses, Server.dies = None, None, False
    yield Server
    Server.on_open, Server.refuses, Server.dies = None, None, False


@contextmanager
def refusing(error: Exception) -> Iterator[None]:
    Server.refuses = error
    yield
    Server.refuses = None


# --- When -------------------------------------------------------------------------------------------------


def test_a_meeting_without_a_link_is_told_at_once_and_once(meeting: Meeting) -> None:
    deliver(meeting)
    deliver(meeting)
    assert [subject(one) for one in sent()] == ["Invitation: Kick-off, Mon 10 Aug 2026, 14:00"]


def test_the_mail_waits_for_the_link(alice: Owner, schedule: Schedule, traveller: Any) -> None:
    connect_jitsi(alice)
    meeting = schedule(provider="jitsi", starts_at=START)
    assert deliver(meeting).due_at == NOON + 2 * MINUTE
    assert mail.outbox == []
    work(meeting)
    assert invitation_of(meeting).due_at == NOON, "the link makes it due"
    deliver(meeting)
    assert "Join, change or cancel here." in text(sent()[0])


def test_without_the_link_one_mail_goes_after_two_minutes_and_the_link_sends_no_other(
    meeting: Meeting, traveller: Any
) -> None:
    Meeting.objects.update(provider="zoom")
    deliver(meeting)
    assert mail.outbox == []
    deliver_when_due(meeting, traveller)
    assert len(mail.outbox) == 1
    Meeting.objects.update(join_url="https://zoom.us/j/1")
    inviting.owe(meeting)
    settled(meeting, traveller)
    assert len(mail.outbox) == 1


def test_ten_quick_edits_owe_one_mail(meeting: Meeting, alice: Owner, traveller: Any) -> None:
    deliver(meeting)
    for number in range(10):
        edit(alice, meeting, title=f"Kick-off {number}")
        deliver(meeting)
        traveller.shift(2)
    settled(meeting, traveller)
    assert [subject(one)[:19] for one in sent()[1:]] == ["Changed: Kick-off 9"]


def test_an_edit_that_the_client_cannot_see_owes_none(meeting: Meeting, alice: Owner, traveller: Any) -> None:
    deliver(meeting)
    edit(alice, meeting, agenda="Be brief.")
    settled(meeting, traveller)
    assert len(mail.outbox) == 1


def test_a_meeting_cancelled_before_its_first_mail_owes_none(meeting: Meeting, alice: Owner) -> None:
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert deliver(meeting).due_at is None
    assert mail.outbox == []


def test_without_mails_nothing_is_sent_whatever_happens(schedule: Schedule, alice: Owner, traveller: Any) -> None:
    meeting = schedule(provider="", by_mail=False, starts_at=START)
    edit(alice, meeting, title="Other")
    settled(meeting, traveller)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    deliver(meeting)
    assert mail.outbox == []


def test_a_revoked_invitation_hears_nothing_more(meeting: Meeting, alice: Owner) -> None:
    deliver(meeting)
    inviting.revoke(owner=alice, invitation_id=invitation_of(meeting).pk)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert deliver(meeting).due_at is None
    assert len(mail.outbox) == 1


def test_reminders_come_in_their_time_and_again_after_a_move(meeting: Meeting, alice: Owner, traveller: Any) -> None:
    deliver(meeting)
    assert deliver_when_due(meeting, traveller).due_at == START - HOUR
    edit(alice, meeting, starts_at=START + 7 * DAY)
    settled(meeting, traveller)
    for _reminder in range(2):
        deliver_when_due(meeting, traveller)
    assert invitation_of(meeting).due_at is None
    assert [subject(one).partition(":")[0] for one in sent()] == [
        "Invitation", "Reminder", "Changed", "Reminder", "Reminder",
    ]  # fmt: skip
    assert len({one["Message-ID"] for one in sent()}) == 5


def test_reminders_that_are_switched_off_do_not_come(meeting: Meeting, alice: Owner, traveller: Any) -> None:
    MeetingSettings.objects.create(owner=alice, reminds_day_before=False, reminds_hour_before=False)
    deliver(meeting)
    deliver_when_due(meeting, traveller)
    deliver_when_due(meeting, traveller)
    assert invitation_of(meeting).due_at is None
    assert len(mail.outbox) == 1


def test_a_worker_that_was_away_leaves_out_what_is_of_no_use_any_more(meeting: Meeting, traveller: Any) -> None:
    deliver(meeting)
    traveller.move_to(START - MINUTE)
    assert deliver(meeting).due_at is None
    assert len(mail.outbox) == 1


# --- Crashes and order ------------------------------------------------------------------------------------


def test_a_worker_killed_after_the_mail_was_taken_sends_the_same_one_again(
    meeting: Meeting, server: type[Server], traveller: Any
) -> None:
    server.dies = True
    with pytest.raises(KeyboardInterrupt):
        deliver(meeting)
    server.dies = False
    deliver(meeting)
    assert len(mail.outbox) == 1, "the dead worker's claim still holds"
    traveller.shift(inviting.LEASE_SECONDS + 1)
    deliver(meeting)
    first, again = sent()
    assert first["Message-ID"] == again["Message-ID"]
    assert event_of(first)["SEQUENCE"] == event_of(again)["SEQUENCE"]
    assert deliver(meeting).told_at is not None
    assert len(mail.outbox) == 2


def test_a_change_made_while_the_server_was_slow_to_connect_is_in_the_mail(
    meeting: Meeting, alice: Owner, server: type[Server], traveller: Any
) -> None:
    server.on_open = lambda: edit(alice, meeting, title="The new title")
    deliver(meeting)
    server.on_open = None
    settled(meeting, traveller)
    assert [subject(one) for one in sent()] == ["Invitation: The new title, Mon 10 Aug 2026, 14:00"]


def test_a_worker_that_slept_past_its_claim_sends_nothing(
    meeting: Meeting, server: type[Server], traveller: Any
) -> None:
    def sleeps() -> None:
        server.on_open = None
        traveller.shift(inviting.LEASE_SECONDS + 1)
        deliver(meeting)  # somebody takes over

    server.on_open = sleeps
    deliver(meeting)
    assert len(mail.outbox) == 1


def test_a_change_made_while_a_mail_goes_out_is_told_by_the_next(
    meeting: Meeting, alice: Owner, server: type[Server], traveller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Server.send_messages

    def busy(self: Server, messages: Any) -> int:
        count = take(self, messages)
        monkeypatch.undo()
        edit(alice, meeting, title="The new title")
        return count

    monkeypatch.setattr(Server, "send_messages", busy)
    assert deliver(meeting).due_at is not None
    settled(meeting, traveller)
    assert [subject(one).partition(",")[0] for one in sent()] == ["Invitation: Kick-off", "Changed: The new title"]
    assert [event_of(one)["SEQUENCE"] for one in sent()] == [0, 1]


# --- A mail server's bad days -----------------------------------------------------------------------------


def test_a_broken_mail_server_is_tried_again_and_the_client_gets_one_mail(
    meeting: Meeting, server: type[Server], traveller: Any
) -> None:
    with refusing(SMTPServerDisconnected("gone")):
        failed = deliver(meeting)
        assert failed.due_at is not None
        assert failed.due_at > NOON
        assert failed.last_error == "SMTPServerDisconnected: gone"
        failed = deliver_when_due(meeting, traveller)
        assert failed.failing_since == NOON
    told = deliver_when_due(meeting, traveller)
    assert len(mail.outbox) == 1
    assert (told.last_error, told.failing_since, told.failed_at) == ("", None, None)


def test_after_three_days_it_gives_up_and_notes_so(meeting: Meeting, server: type[Server], traveller: Any) -> None:
    with refusing(ConnectionRefusedError("no")):
        deliver(meeting)
        traveller.shift(3 * DAY)
        failed = deliver(meeting)
    assert (failed.due_at, failed.failed_at) == (None, NOON + 3 * DAY)
    assert meeting.events.filter(text="A mail to ann@example.com could not be sent.").exists()


def test_at_the_start_of_the_meeting_it_gives_up(meeting: Meeting, server: type[Server], traveller: Any) -> None:
    traveller.move_to(START - HOUR)
    with refusing(ConnectionRefusedError("no")):
        deliver(meeting)
        traveller.move_to(START)
        failed = deliver(meeting)
    assert (failed.due_at, failed.failed_at) == (None, START)


def test_an_address_that_does_not_exist_is_not_tried_for_days(meeting: Meeting, server: type[Server]) -> None:
    with refusing(SMTPRecipientsRefused({"ann@example.com": (550, b"No such user")})):
        assert deliver(meeting).failed_at == NOON


def test_a_server_that_refuses_by_policy_is_tried_again_for_days_with_growing_pauses(
    meeting: Meeting, server: type[Server], traveller: Any
) -> None:
    pauses = []
    with refusing(SMTPDataError(554, b"5.7.1 refused by policy")):
        while (failed := deliver(meeting)).due_at is not None:
            pauses.append(failed.due_at - timezone.now())
            traveller.move_to(failed.due_at)
    assert failed.failed_at is not None
    assert failed.failed_at >= NOON + 3 * DAY
    assert pauses[0] < MINUTE
    assert max(pauses) > HOUR
    assert len(pauses) < 80


def test_an_address_that_no_mail_can_be_written_to_is_given_up(meeting: Meeting) -> None:
    Invitation.objects.filter(meeting=meeting).update(email=f"ann@{'ü' * 60}.example")
    failed = deliver(meeting)
    assert (failed.due_at, failed.claim, failed.failed_at) == (None, None, NOON)
    assert failed.last_error.startswith("UnicodeError")


def test_an_address_that_is_busy_is_tried_again(meeting: Meeting, server: type[Server]) -> None:
    with refusing(SMTPRecipientsRefused({"ann@example.com": (450, b"Greylisted")})):
        assert deliver(meeting).failed_at is None


def test_a_change_is_a_new_reason_to_try(meeting: Meeting, alice: Owner, server: type[Server], traveller: Any) -> None:
    with refusing(SMTPRecipientsRefused({"ann@example.com": (550, b"Mailbox full")})):
        deliver(meeting)
    edit(alice, meeting, title="Other")
    settled(meeting, traveller)
    assert len(mail.outbox) == 1


def test_administrators_find_the_mails_that_did_not_go_out_and_no_key(
    meeting: Meeting, server: type[Server], admin_client: Client
) -> None:
    with refusing(SMTPRecipientsRefused({"ann@example.com": (550, b"5.1.1 No such user")})):
        failed = deliver(meeting)
    pages = [
        admin_client.get("/admin/meetings/invitation/?failed_at__isempty=0").content.decode(),
        admin_client.get(f"/admin/meetings/invitation/{failed.pk}/change/").content.decode(),
    ]
    for page in pages:
        assert "5.1.1 No such user" in page
        assert failed.token not in page


# --- The owner's buttons ----------------------------------------------------------------------------------


def test_sending_again_is_a_new_mail_with_a_higher_sequence(meeting: Meeting, alice: Owner) -> None:
    deliver(meeting)
    inviting.send_again(owner=alice, invitation_id=invitation_of(meeting).pk)
    inviting.send_again(owner=alice, invitation_id=invitation_of(meeting).pk)  # a double click
    deliver(meeting)
    first, again = sent()
    assert first["Message-ID"] != again["Message-ID"]
    assert [event_of(one)["SEQUENCE"] for one in (first, again)] == [0, 1]
    assert subject(again).startswith("Invitation: ")


def test_it_goes_to_the_address_that_the_owner_has_put_right(meeting: Meeting, alice: Owner, ann: Contact) -> None:
    Invitation.objects.update(is_address_confirmed=False)
    change_contact(contact=ann, email="ann.lee@example.com")
    inviting.send_again(owner=alice, invitation_id=invitation_of(meeting).pk)
    assert deliver(meeting).is_address_confirmed
    assert sent()[0]["To"] == "ann.lee@example.com"


def test_sending_again_starts_mails_that_were_off(schedule: Schedule, alice: Owner) -> None:
    meeting = schedule(provider="", by_mail=False)
    inviting.send_again(owner=alice, invitation_id=invitation_of(meeting).pk)
    deliver(meeting)
    assert len(mail.outbox) == 1


def test_a_new_address_is_sent_to_the_client(meeting: Meeting, alice: Owner) -> None:
    old = deliver(meeting)
    inviting.renew(owner=alice, invitation_id=old.pk)
    new = deliver(meeting)
    assert new.token != old.token
    first, again = sent()
    assert new.token in event_of(again)["URL"]
    assert event_of(again)["UID"] == event_of(first)["UID"]
    assert event_of(again)["SEQUENCE"] > event_of(first)["SEQUENCE"]


@pytest.mark.parametrize("change", [inviting.send_again, inviting.revoke, inviting.renew])
def test_nobody_touches_another_owners_invitation(meeting: Meeting, charlie: Owner, change: Any) -> None:
    with pytest.raises(Invitation.DoesNotExist):
        change(owner=charlie, invitation_id=invitation_of(meeting).pk)
