"""What a mail server's answers mean: whether the mail may have gone out, and whether it ever will.

Enhanced status codes: RFC 3463. What is wrong with the mailbox itself (5.1, 5.2) stays so. All else may be put right,
by the server or by its operator: a server that refuses by policy (5.7) is tried again like one that is away.
"""

import re
from datetime import timedelta
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from socket import gaierror

from okey.lib import claims

#: What cannot be written as a mail, such as an address whose domain has no ASCII form, or a header of two lines.
UNSENDABLE = (ValueError,)
#: What a mail server's bad hour looks like, and a mail that cannot be written as one.
SENDING_FAILED = (SMTPException, OSError, *UNSENDABLE)
#: The server has said no, or was not reached: it has not taken the mail.
NOT_TAKEN = (
    SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError, ConnectionRefusedError, gaierror, *UNSENDABLE,
)  # fmt: skip

STATUS = re.compile(rb"\s*5\.(\d{1,3})\.(\d{1,3})\b")
#: 5.1.x that are about the sender's address, not the recipient's.
ABOUT_THE_SENDER = {7, 8}
#: To a recipient, from a server without such codes: unknown, not here, full, no such name.
NO_MAILBOX = {550, 551, 552, 553}


def is_final(error: Exception) -> bool:
    """Whether it will be refused again however often it is tried: there is no such mailbox."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(_is_no_mailbox(code, words, to_recipient=True) for code, words in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return _is_no_mailbox(error.smtp_code, error.smtp_error, to_recipient=False)
    # A certificate that is not right is a ValueError too, and the server's affair.
    return isinstance(error, UNSENDABLE) and not isinstance(error, OSError)


def pause(error: Exception, attempts: int) -> timedelta:
    """How long to wait after the so-many-th try: up to a quarter of an hour for a server that is away.

    One that says no is asked up to every two hours: it takes a person to change its mind.
    """
    has_said_no = isinstance(error, (SMTPResponseException, SMTPRecipientsRefused))
    return claims.backoff(attempts, first=10, longest=7200 if has_said_no else 900)


def words_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "")


def _is_no_mailbox(code: int, words: bytes | str, *, to_recipient: bool) -> bool:
    if code < 500:
        return False
    status = STATUS.match(words if isinstance(words, bytes) else words.encode())
    if status is None:
        return to_recipient and code in NO_MAILBOX
    subject, detail = int(status[1]), int(status[2])
    return subject == 2 or (subject == 1 and detail not in ABOUT_THE_SENDER)
