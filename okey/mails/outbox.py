"""Writing mails and sending them."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails.models import Mail

#: Longer than EMAIL_TIMEOUT, which limits each step of the mail server's dialogue.
LEASE_SECONDS = 90
GIVE_UP_AFTER = timedelta(days=3)
#: An address that is none on the wire, such as one whose domain has no ASCII form.
UNSENDABLE = (UnicodeError, BadHeaderError)
#: What a mail server's bad hour looks like, and a mail that cannot be written as one.
SENDING_FAILED = (SMTPException, OSError, *UNSENDABLE)


def write(*, to: str, template: str, context: dict[str, Any]) -> Mail:
    """Queue a mail; it goes out after the surrounding transaction, and only if that commits.

    `template` is a folder of templates/ with subject.txt and text.txt.
    """
    return _queued(_rendered(to=to, template=template, context=context))


def write_once(*, within: timedelta, to: str, template: str, context: dict[str, Any]) -> Mail | None:
    """The same, unless a mail with this subject was written to this address within that time."""
    mail = _rendered(to=to, template=template, context=context)
    if Mail.objects.filter(to=to, subject=mail.subject, created_at__gt=timezone.now() - within).exists():
        return None
    return _queued(mail)


def _rendered(*, to: str, template: str, context: dict[str, Any]) -> Mail:
    everything = {"base_url": settings.OKEY_BASE_URL, "support_email": settings.SUPPORT_EMAIL, **context}
    subject = " ".join(render_to_string(f"{template}/subject.txt", everything).split())
    text = render_to_string(f"{template}/text.txt", everything).strip() + "\n"
    return Mail(to=to, subject=subject[:250], text=text)


def _queued(mail: Mail) -> Mail:
    mail.due_at, mail.turn = timezone.now(), turn_of(mail.to)
    mail.save()
    Mail.wake_on_commit()
    return mail


def send(pk: str) -> None:
    """Send this mail if it is due."""
    claim = claims.take(Mail, pk, seconds=LEASE_SECONDS)
    if claim is not None:
        send_claimed(claim)


def send_claimed(claim: Claim[Mail]) -> None:
    """At least once, always with the same Message-ID."""
    mail = claim.row()
    headers = {"Message-ID": message_id(str(mail.pk))}
    message = EmailMessage(mail.subject, mail.text, to=[mail.to], headers=headers)
    try:
        message.send()
    except SENDING_FAILED as error:
        is_hopeless = is_refused(error) or timezone.now() - mail.created_at > GIVE_UP_AFTER
        due_at = None if is_hopeless else timezone.now() + claims.backoff(mail.attempts, first=10, longest=3600)
        claim.release(due_at=due_at, last_error=f"{type(error).__name__}: {error}"[:300])
    else:
        claim.release(due_at=None, sent_at=timezone.now(), last_error="")


def turn_of(address: str) -> str:
    """Mails to one domain go one at a time: a server that is slow to take those must not hold all seats."""
    return address.rpartition("@")[2].strip().lower()


def is_refused(error: Exception) -> bool:
    """For good: there is no such address, or the server takes no mail for it, or not this one."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    return isinstance(error, UNSENDABLE) or (isinstance(error, SMTPDataError) and error.smtp_code >= 500)


def message_id(name: str) -> str:
    """A Message-ID with our domain; the same for the same `name`, so that a mail sent twice is shown once."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return f"<{name}@{domain}>"
