"""Which mails are tried again, and which never."""

from collections.abc import Iterator
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from ssl import SSLCertVerificationError

import pytest
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from okey.mails import outbox
from okey.mails.models import Mail

pytestmark = pytest.mark.django_db

TO = "yuki@client.example"


class Refusing(EmailBackend):
    """A mail server that takes nothing, for the reason given."""

    reason: Exception | None = None

    def send_messages(self, _messages: object) -> int:
        assert Refusing.reason is not None
        raise Refusing.reason


@pytest.fixture
def server(settings: Settings) -> Iterator[type[Refusing]]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    yield Refusing
    Refusing.reason = None


def sent(to: str = TO) -> Mail:
    mail = Mail.objects.create(to=to, subject="Hello", text="Hello")
    outbox._queued(mail)
    outbox.send(str(mail.pk))
    mail.refresh_from_db()
    return mail


@pytest.mark.parametrize(
    ("reason", "is_tried_again"),
    [
        (SMTPRecipientsRefused({TO: (550, b"No such user")}), False),
        (SMTPRecipientsRefused({TO: (450, b"Greylisted")}), True),
        (SMTPRecipientsRefused({TO: (550, b"5.1.1 No such user")}), False),
        (SMTPRecipientsRefused({TO: (552, b"5.2.2 Mailbox full")}), False),
        (SMTPDataError(550, b"5.1.1 No such user"), False),
        (SMTPRecipientsRefused({TO: (554, b"5.7.1 Relaying denied")}), True),
        (SMTPRecipientsRefused({TO: (550, b"5.1.8 Bad sender's system address")}), True),
        (SMTPDataError(554, b"5.7.1 refused by policy"), True),
        (SMTPDataError(554, b"Looks like spam"), True),
        (SMTPSenderRefused(550, b"5.7.1 not you", "okey@example.com"), True),
        (SMTPDataError(451, b"Try again"), True),
        (SMTPServerDisconnected("gone"), True),
        (ConnectionRefusedError("no"), True),
        (SSLCertVerificationError("certificate has expired"), True),
        (ValueError("Invalid address; address parts cannot contain newlines."), False),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(
    server: type[Refusing], reason: Exception, is_tried_again: bool
) -> None:
    server.reason = reason
    mail = sent()
    assert (mail.due_at is not None, mail.claim, mail.sent_at) == (is_tried_again, None, None)
    assert mail.last_error.startswith(type(reason).__name__)


def test_an_address_that_no_mail_can_be_written_to_is_given_up() -> None:
    mail = sent(f"yuki@{'ü' * 60}.example")
    assert (mail.due_at, mail.claim, mail.sent_at) == (None, None, None)
    assert mail.last_error.startswith("UnicodeError")
