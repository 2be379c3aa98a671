"""A mail as O-Key writes each of them, whatever it is about."""

from email.header import Header
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

#: No out-of-office answers come back (RFC 3834).
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
FROM_NAME_MAX = 200


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
        button = {}
        if from_name:
            more["from_email"] = formataddr((from_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
        if unasked_url:
            button = {"List-Unsubscribe": f"<{unasked_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        super().__init__(*args, headers=AUTOMATIC | button | (headers or {}), **more)

    def message(self, *args: Any, **more: Any) -> Any:
        written = super().message(*args, **more)
        if not self.subject.isascii():
            # Django folds it without a thought of the header's name, and leaves the first line empty.
            header: Any = Header(str(self.subject), "utf-8", header_name="Subject")
            written.replace_header("Subject", header)
        return written

    def attach_calendar(self, calendar: str, method: str) -> None:
        """Once as an alternative, for programs that draw it, and once as a file for those that do not."""
        self.attach_alternative(calendar, f"text/calendar; method={method}")
        self.attach("invite.ics", calendar.encode(), "application/ics")


def sent_for(owner_name: str) -> str:
    """The name of the sender of what O-Key mails to an owner's client, in the language of the mail."""
    name = " ".join(owner_name.split())
    return (_("%(owner)s via O-Key") % {"owner": name})[:FROM_NAME_MAX] if name else ""


def message_id(name: str) -> str:
    """A Message-ID with our domain; the same for the same `name`, so that a mail sent twice is shown once."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return f"<{name}@{domain}>"
