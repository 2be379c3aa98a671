"""Mails of the table: at least once, with one Message-ID, and not at all where nobody wants them."""

from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from pytest_django import Settings

from okey.mails import limits, outbox
from okey.mails.models import Mail, NotSent

pytestmark = pytest.mark.django_db

VICTIM = "victim@third.example"
STOP = "https://okey.example.com/unasked/x/"


class Losing(EmailBackend):
    """Takes mails, and may break off instead of saying so; or says no."""

    is_lost = False
    no: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if Losing.no:
            raise Losing.no
        count = super().send_messages(messages)
        if Losing.is_lost:
            raise SMTPServerDisconnected("lost")
        return count


@pytest.fixture(autouse=True)
def server(settings: Settings) -> Iterator[type[Losing]]:
    settings.EMAIL_BACKEND = f"{__name__}.Losing"
    Losing.is_lost, Losing.no = False, None
    yield Losing
    Losing.is_lost, Losing.no = False, None


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def written(**fields: Any) -> Mail:
    return outbox._queued(Mail(**{"to": VICTIM, "subject": "Hello", "text": "Hello\n", **fields}))


def sent(row: Mail) -> Mail:
    outbox.send(str(row.pk))
    return Mail.objects.get(pk=row.pk)


def test_a_mail_whose_answer_was_lost_goes_again_with_the_same_message_id(server: type[Losing], traveller: Any) -> None:
    row = written()
    server.is_lost = True
    lost = sent(row)
    assert lost.due_at is not None
    server.is_lost = False
    traveller.move_to(lost.due_at)
    assert sent(row).sent_at is not None
    ids = [str(one.message()["Message-ID"]) for one in mail.outbox]
    assert ids == [f"<{row.pk}@example.com>"] * 2


def test_its_headers_say_where_answers_go_and_that_no_person_wrote_it() -> None:
    sent(written(reply_to="ann@example.com"))
    headers = mail.outbox[0].message()
    assert (headers["Reply-To"], headers["Auto-Submitted"]) == ("ann@example.com", "auto-generated")
    assert headers["List-Unsubscribe"] is None


def test_to_an_address_that_nobody_confirmed_six_go_in_a_day_and_the_others_not_at_all() -> None:
    rows = [sent(written(unasked_url=STOP)) for _mail in range(8)]
    assert len(mail.outbox) == 6
    assert {(row.not_sent, row.due_at) for row in rows[6:]} == {(NotSent.MAILBOX, None)}
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_that_the_server_refuses_for_now_does_not_count(server: type[Losing], traveller: Any) -> None:
    row = written(unasked_url=STOP)
    server.no = SMTPDataError(451, b"Try again")
    for _try in range(8):
        due_at = sent(row).due_at
        assert due_at is not None
        traveller.move_to(due_at)
    server.no = None
    assert sent(row).sent_at is not None


def test_one_whose_answer_is_lost_each_time_counts_each_time(server: type[Losing], traveller: Any) -> None:
    row = written(unasked_url=STOP)
    server.is_lost = True
    for _try in range(20):
        row = sent(row)
        traveller.shift(timedelta(minutes=20))
    assert len(mail.outbox) == limits.TO_A_STRANGER
    assert row.not_sent == NotSent.MAILBOX


def test_an_account_sends_so_many_a_day(settings: Settings) -> None:
    settings.OKEY_MAILS_A_DAY = 2
    rows = [sent(written(to=f"c{number}@client.example", account="alice")) for number in range(3)]
    assert [row.not_sent for row in rows] == ["", "", NotSent.OWNER]
