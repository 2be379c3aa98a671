"""Mails administrators when beat or the workers have stopped, or links wait too long: once, and once when it is over.

Nobody who may be what is dead takes part: each web process looks every minute, and `manage.py okey_watch` does where
a timer starts it. The mail goes straight to the mail server, under a claim in the database, so of all watchers one
sends it. Where the database is away there is no claim and no mail.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection
from django.db.models import F, Min, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from meetings.links import late
from okey.mails import refusals
from okey.pulse.models import Pulse, Trouble

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
#: Found by each look for so long; restarts are no trouble.
LASTS = timedelta(minutes=4)
PULSE_STOPPED = timedelta(minutes=1)
LINKS_WAIT = timedelta(minutes=6)
#: Between the mail that says it is over and one that it is there again.
QUIET = timedelta(hours=1)
#: Longer than the mail server may take (okey.mails.smtp).
CLAIM = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=1)
#: Some seven hours.
ATTEMPTS = 12


@dataclass(frozen=True)
class Kind:
    """`find`: in words, what is wrong at this moment; "" for nothing. `alert`: its chapter in docs/operations.md."""

    name: str
    alert: str
    find: Callable[[datetime], str]


def _pulse(now: datetime) -> str:
    pulse = Pulse.last()
    if pulse is None:
        return _("Beat, the broker and a worker have never shown that they live.")
    if now - pulse.at < PULSE_STOPPED:
        return ""
    return _("Beat, the broker or the workers have stopped: no sign of life for %(ago)s.") % {
        "ago": timesince(pulse.at, now)
    }


def _links(now: datetime) -> str:
    """While nobody works at all, that is what is told."""
    since = late.pressing(now).aggregate(first=Min("wanted_at"))["first"]
    if since is None or now - since < LINKS_WAIT or _pulse(now):
        return ""
    values = {"count": late.pressing(now).count(), "ago": timesince(since, now)}
    return _("Meetings that wait for their link: %(count)d, the oldest for %(ago)s.") % values


KINDS = (Kind("pulse", "OKeyPulseStopped", _pulse), Kind("links", "OKeyLinksWait", _links))


def look() -> dict[str, str]:
    """Look once, and send what is due. What is wrong, in words, by kind; "" where nothing is."""
    with translation.override(settings.LANGUAGE_CODE):
        return {kind.name: _look_at(kind, timezone.now()) for kind in KINDS}


def _look_at(kind: Kind, now: datetime) -> str:
    words = kind.find(now)
    row = Trouble.objects.get_or_create(name=kind.name)[0]
    one = Trouble.objects.filter(name=kind.name)
    if words and row.since is None:
        one.filter(since=None).update(since=now, attempts=0)
    elif not words and row.since is not None:
        one.update(since=None)
    if _is_due(row, now, is_there=bool(words)) and _claim(row, now):
        _send(kind, row, words)
    return words


def _is_due(row: Trouble, now: datetime, *, is_there: bool) -> bool:
    """The row as it was before this look."""
    if not is_there:
        return row.is_told
    if row.is_told or row.since is None:
        return False
    was_told_lately = row.mailed_at is not None and now - row.mailed_at < QUIET
    return now - row.since >= LASTS and not was_told_lately


def _claim(row: Trouble, now: datetime) -> bool:
    """Whether it is this watcher that sends."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = Trouble.objects.filter(free, name=row.name, is_told=row.is_told, mailed_at=row.mailed_at)
    return bool(mine.update(claimed_until=now + CLAIM, attempts=F("attempts") + 1))


def _send(kind: Kind, row: Trouble, words: str) -> None:
    """No transaction is open meanwhile. A watcher that dies here leaves the mail to the next, after the claim."""
    one = Trouble.objects.filter(name=kind.name)
    context = {"kind": kind, "words": words, "base_url": settings.OKEY_BASE_URL}
    subject = " ".join(render_to_string("seeing/trouble/subject.txt", context).split())
    text = render_to_string("seeing/trouble/text.txt", context)
    attempts = row.attempts + 1
    try:
        EmailMessage(subject, text, to=[settings.ADMIN_EMAIL]).send()
    except refusals.SENDING_FAILED as error:
        is_hopeless = attempts >= ATTEMPTS
        logger.log(
            logging.ERROR if is_hopeless else logging.WARNING,
            "Administrators could not be mailed of %s (%s), attempt %d.",
            kind.name,
            type(error).__name__,
            attempts,
        )
        if not is_hopeless:
            pause = min(timedelta(minutes=2**attempts), LONGEST_PAUSE)
            one.update(claimed_until=timezone.now() + pause)
            return
    else:
        logger.warning("Administrators were mailed of %s: %s", kind.name, words or "over")
    one.update(is_told=bool(words), mailed_at=timezone.now(), claimed_until=None, attempts=0)


def begin() -> None:
    """Look every minute from a thread of its own, as long as this process lives."""
    threading.Thread(target=_watch, args=(threading.Event(),), name="watch", daemon=True).start()


def _watch(is_over: threading.Event) -> None:
    while not is_over.wait(EVERY_SECONDS):
        try:
            look()
        except DatabaseError as error:
            logger.warning("Nobody can be told of trouble: the database does not answer (%s).", type(error).__name__)
        except Exception:
            logger.exception("Looking for trouble failed.")
        finally:
            connection.close()
