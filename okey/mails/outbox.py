"""Writing mails and sending them."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone

from okey import figures
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.patience import insist
from okey.mails import limits, refusals
from okey.mails.limits import Held
from okey.mails.messages import Message, message_id
from okey.mails.models import Mail

#: Longer than connecting and each command can take (okey.mails.smtp), and kept while the server looks at the mail.
LEASE_SECONDS = 90
GIVE_UP_AFTER = timedelta(days=3)
ERROR_MAX = 300
#: In the counters; mails to clients are another.
KIND = "mail"


def write(*, to: str, template: str, context: dict[str, Any], **more: str) -> Mail:
    """Queue a mail; it goes out after the surrounding transaction, and only if that commits.

    `template` is a folder of templates/ with subject.txt and text.txt. `more`: see Mail. With an `unasked_url`, which
    the text shows too, it goes to an address that nobody has confirmed.
    """
    return _queued(_rendered(to=to, template=template, context={**context, **more}, **more))


def write_once(*, within: timedelta, to: str, template: str, context: dict[str, Any]) -> Mail | None:
    """The same, unless a mail with this subject was written to this address within that time."""
    mail = _rendered(to=to, template=template, context=context)
    if Mail.objects.filter(to=to, subject=mail.subject, created_at__gt=timezone.now() - within).exists():
        return None
    return _queued(mail)


def write_secret(*, to: str, subject: str, text: str) -> Mail:
    """One whose text opens an account: kept no longer than until it is sent or given up."""
    return _queued(Mail(to=to, subject=subject[:250], text=text.strip() + "\n", is_secret=True))


def _rendered(*, to: str, template: str, context: dict[str, Any], **more: str) -> Mail:
    everything = {"base_url": settings.OKEY_BASE_URL, "support_email": settings.SUPPORT_EMAIL, **context}
    subject = " ".join(render_to_string(f"{template}/subject.txt", everything).split())
    text = render_to_string(f"{template}/text.txt", everything).strip() + "\n"
    return Mail(to=to, subject=subject[:250], text=text, **more)


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
    try:
        with get_connection(keep=partial(keep, claim)) as server:
            _send(claim, server)
    except refusals.SENDING_FAILED as error:
        _failed(claim, error)


def turn_of(address: str) -> str:
    """Mails to one domain go one at a time: a server that is slow to take those must not hold all seats."""
    return address.rpartition("@")[2].strip().lower()


def keep(claim: Claim[Any]) -> bool:
    """Hold it for longer. False: somebody else has taken over."""
    return claim.update(claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS))


def _send(claim: Claim[Mail], server: BaseEmailBackend) -> None:
    """With the server connected, which may have taken its time."""
    if not keep(claim):
        return
    mail = claim.row()
    place = limits.take(mail.to, is_confirmed=not mail.unasked_url, account=mail.account)
    if isinstance(place, Held):
        claim.release(due_at=None, not_sent=place.reason)
        figures.note(figures.MAILS, kind=KIND, outcome=f"held_{place.reason}", mail=mail.pk)
        return
    try:
        _message(mail, server).send()
    except refusals.NOT_TAKEN:
        place.give_back()
        raise
    insist(partial(claim.release, due_at=None, sent_at=timezone.now(), last_error="", **_forgotten(mail)))
    figures.note(figures.MAILS, kind=KIND, outcome="sent", mail=mail.pk)


def _forgotten(mail: Mail) -> dict[str, str]:
    """What is not kept of a mail that is done with."""
    return {"text": ""} if mail.is_secret else {}


def _message(mail: Mail, server: BaseEmailBackend) -> Message:
    message = Message(
        mail.subject,
        mail.text,
        to=[mail.to],
        from_name=mail.from_name,
        reply_to=[mail.reply_to] if mail.reply_to else [],
        headers={"Message-ID": message_id(str(mail.pk))},
        unasked_url=mail.unasked_url,
        connection=server,
    )
    if mail.calendar:
        message.attach_calendar(mail.calendar, mail.calendar_method)
    return message


def _failed(claim: Claim[Mail], error: Exception) -> None:
    mail, now = claim.row(), timezone.now()
    is_hopeless = refusals.is_final(error) or now - mail.created_at > GIVE_UP_AFTER
    due_at = None if is_hopeless else now + refusals.pause(error, mail.attempts)
    forgotten = _forgotten(mail) if is_hopeless else {}
    claim.release(due_at=due_at, last_error=refusals.words_of(error)[:ERROR_MAX], **forgotten)
    note_failure(KIND, error, is_hopeless=is_hopeless, mail=mail.pk, attempt=mail.attempts)


def note_failure(kind: str, error: Exception, *, is_hopeless: bool, **facts: Any) -> None:
    """Without the server's words, which may name the address; they are in the row."""
    outcome, level = ("given_up", logging.ERROR) if is_hopeless else ("retry", logging.WARNING)
    code = getattr(error, "smtp_code", "")
    figures.note(figures.MAILS, level=level, kind=kind, outcome=outcome, error=type(error).__name__, code=code, **facts)
