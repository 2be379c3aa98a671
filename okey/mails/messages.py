"""A mail as O-Key writes each of them, whatever it is about."""

import re
from email.header import Header
from email.utils import formataddr, parseaddr
from typing import Any
from unicodedata import category, normalize

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

#: No out-of-office answers come back (RFC 3834).
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
FROM_NAME_MAX = 200
#: A line with encoded words has no more letters (RFC 2047).
LINE_MAX = 76
#: They turn what stands beside them around.
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: A name that poses as O-Key's own, whatever stands between the letters; or an address.
POSING = re.compile(r"(?<![^\W_])o[\W_]*k[\W_]*e[\W_]*y|@")


class Message(EmailMultiAlternatives):
    """One mail. `unasked_url`: its link *I did not ask for this*, also as a mail program's own button (RFC 8058).

    `from_name`: what stands before O-Key's own address in place of O-Key's name.
    """

    def __init__(
        self,
        *args: Any,
        from_name: str = "",
        unasked_url: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.from_name = from_name
        button = {}
        if unasked_url:
            button = {"List-Unsubscribe": f"<{unasked_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        super().__init__(*args, headers=AUTOMATIC | button | (headers or {}), **more)

    def message(self, *args: Any, **more: Any) -> Any:
        """Django folds what it encodes without a thought of the header's name, and leaves the first line empty."""
        written = super().message(*args, **more)
        written.policy = written.policy.clone(max_line_length=LINE_MAX)
        if not self.subject.isascii():
            subject: Any = Header(str(self.subject), "utf-8", header_name="Subject")
            written.replace_header("Subject", subject)
        if self.from_name:
            written.replace_header("From", _sender(self.from_name))
        return written

    def attach_calendar(self, calendar: str, method: str) -> None:
        """Once as an alternative, for programs that draw it, and once as a file for those that do not."""
        self.attach_alternative(calendar, f"text/calendar; method={method}")
        self.attach("invite.ics", calendar.encode(), "application/ics")


def _sender(name: str) -> Any:
    address = sanitize_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], "utf-8")
    if name.isascii() and name.isprintable() and "=?" not in name:
        whole = formataddr((name, address))
        if len(f"From: {whole}") <= LINE_MAX:
            return whole
    header = Header(name, "utf-8", header_name="From")
    header.append(f"<{address}>", "us-ascii")
    return header


def sent_for(owner_name: str) -> str:
    """The name of the sender of what O-Key mails to an owner's client, in the language of the mail.

    "", which leaves O-Key's own, where the owner has no name, or one that reads as another's: clients may get these
    mails without having asked for any.
    """
    kept = (letter for letter in owner_name if letter.isspace() or not _is_unseen(letter))
    name = " ".join("".join(kept).split())
    if not name or POSING.search(normalize("NFKC", name).casefold()):
        return ""
    return (_("%(owner)s via O-Key") % {"owner": name})[:FROM_NAME_MAX]


def _is_unseen(letter: str) -> bool:
    """Not all that is unseen: scripts need their joiners."""
    return category(letter) == "Cc" or letter in DIRECTIONS


def message_id(name: str) -> str:
    """A Message-ID with our domain; the same for the same `name`, so that a mail sent twice is shown once."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return f"<{name}@{punycode(domain)}>"
