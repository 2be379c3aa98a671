"""The mail server may have taken a mail, and nobody learns it: the connection breaks, the worker dies, the database is
away. Whatever comes next builds on the client perhaps knowing it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError
from pytest_django import Settings

from meetings import scheduling
from meetings.invitations import inviting
from meetings.models import Meeting
from okey.lib import patience
from tests.meetings.invitations.inviting import deliver, deliver_when_due, event_of, invitation_of, sent, subject
from tests.meetings.invitations.test_sending import START, meeting, traveller
from tests.meetings.linking import edit

__all__ = ["meeting", "traveller"]

pytestmark = pytest.mark.django_db
Lost = Callable[[Meeting], None]


class Server(EmailBackend):
    """Takes the mail, and then this happens; or it happens before."""

    then: BaseException | None = None
    instead: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if Server.instead:
            raise Server.instead
        count = super().send_messages(messages)
        if Server.then:
            raise Server.then
        return count


@pytest.fixture(autouse=True)
def server(settings: Settings) -> Iterator[None]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.then = Server.instead = None
    yield
    Server.then = Server.instead = None


@contextmanager
def after_taking(error: BaseException) -> Iterator[None]:
    Server.then = error
    yield
    Server.then = None


def connection_breaks(meeting: Meeting) -> None:
    with after_taking(SMTPServerDisconnected("lost")):
        deliver(meeting)


def answer_takes_too_long(meeting: Meeting) -> None:
    with after_taking(TimeoutError("timed out")):
        deliver(meeting)


def worker_dies(meeting: Meeting) -> None:
    with after_taking(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        deliver(meeting)


def database_goes_away(meeting: Meeting) -> None:
    def gone(_sent: Any) -> None:
        raise OperationalError("gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inviting, "_told", gone)
        patch.setattr(patience, "PAUSES", ())  # for longer than anybody insists
        with pytest.raises(OperationalError):
            deliver(meeting)


@pytest.fixture(params=[connection_breaks, answer_takes_too_long, worker_dies, database_goes_away])
def lost(request: Any) -> Lost:
    happens: Lost = request.param
    return happens


def delivered(meeting: Meeting, traveller: Any) -> None:
    """Workers come by until nothing is due soon."""
    for _worker in range(3):
        traveller.shift(inviting.LEASE_SECONDS + 1)
        deliver(meeting)


def kinds() -> list[str]:
    return [subject(mail).partition(":")[0] for mail in sent()]


def test_it_is_sent_again_as_it_was(meeting: Meeting, traveller: Any, lost: Lost) -> None:
    lost(meeting)
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Invitation"]
    assert len({mail["Message-ID"] for mail in sent()}) == 1
    assert [event_of(mail)["SEQUENCE"] for mail in sent()] == [0, 0]
    told = invitation_of(meeting)
    assert (told.told_revision, told.telling_mail, told.last_error) == (1, "", "")


def test_a_meeting_that_is_cancelled_then_is_cancelled_by_mail(meeting: Meeting, traveller: Any, lost: Lost) -> None:
    lost(meeting)
    scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk)
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Cancelled"]
    first, cancelled = sent()
    assert event_of(first)["UID"] == event_of(cancelled)["UID"]
    assert event_of(cancelled)["SEQUENCE"] > event_of(first)["SEQUENCE"]


def test_a_meeting_that_is_moved_then_is_a_change_of_the_same_entry(
    meeting: Meeting, traveller: Any, lost: Lost
) -> None:
    lost(meeting)
    edit(meeting.owner, meeting, starts_at=START + timedelta(hours=3))
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Changed"]
    first, changed = sent()
    assert event_of(first)["UID"] == event_of(changed)["UID"]
    assert event_of(changed)["SEQUENCE"] > event_of(first)["SEQUENCE"]


def test_what_only_the_owner_sees_makes_no_second_invitation(meeting: Meeting, traveller: Any, lost: Lost) -> None:
    lost(meeting)
    edit(meeting.owner, meeting, agenda="Be brief.")
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Invitation"]
    assert len({mail["Message-ID"] for mail in sent()}) == 1


def test_a_change_that_is_taken_back_then_is_told(meeting: Meeting, traveller: Any, lost: Lost) -> None:
    deliver(meeting)
    edit(meeting.owner, meeting, starts_at=START + timedelta(hours=3))
    traveller.shift(31)
    lost(meeting)
    edit(meeting.owner, Meeting.objects.get(), starts_at=START)
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Changed", "Changed"]
    assert event_of(sent()[-1])["DTSTART"].dt == START
    numbers = [event_of(mail)["SEQUENCE"] for mail in sent()]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "no",
    [
        SMTPDataError(451, b"Try again"),
        SMTPRecipientsRefused({"ann@example.com": (450, b"Greylisted")}),
        ConnectionRefusedError("no"),
    ],
)
def test_where_the_server_said_no_a_cancelled_meeting_owes_nothing(
    meeting: Meeting, traveller: Any, no: Exception
) -> None:
    Server.instead = no
    deliver(meeting)
    Server.instead = None
    scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk)
    delivered(meeting, traveller)
    assert kinds() == []


def test_a_no_to_the_next_try_does_not_make_it_forgotten(meeting: Meeting, traveller: Any) -> None:
    connection_breaks(meeting)
    Server.instead = SMTPDataError(451, b"Try again")
    deliver_when_due(meeting, traveller)
    Server.instead = None
    scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk)
    delivered(meeting, traveller)
    assert kinds() == ["Invitation", "Cancelled"]


def test_a_database_that_restarts_while_it_is_written_down_sends_no_second_mail(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, tries = inviting._told, iter([OperationalError("restarting"), None])

    def restarting(sent_mail: Any) -> None:
        if error := next(tries):
            raise error
        told(sent_mail)

    monkeypatch.setattr(inviting, "_told", restarting)
    monkeypatch.setattr(patience, "PAUSES", (0.0,))
    monkeypatch.setattr("okey.lib.patience.connection.close", lambda: None)  # the test's own transaction stays
    deliver(meeting)
    deliver(meeting)
    assert kinds() == ["Invitation"]
    assert invitation_of(meeting).told_revision == 1
