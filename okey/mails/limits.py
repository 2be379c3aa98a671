"""How many mails go out: counted in this one place, just before the mail server gets them, whoever caused them.

Whoever books types an address, and it may be anybody's. So a mailbox that nobody has confirmed gets six mails in any 24
hours, whatever is booked, moved, cancelled or asked, with however many owners and from wherever; and none once
somebody there has said that they did not ask for it. Counted in the database, so that no restart forgets it.
An account has a limit a day, too, so that a stolen token or password is no cannon.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from okey.limits import limits
from okey.mails.addresses import mailbox_of
from okey.mails.models import Mail, Mailbox, NotSent

TO_A_STRANGER = 6
DAY = timedelta(hours=24)
#: So many old rows are deleted for each one that is made.
FORGOTTEN_AT_ONCE = 20
SALT = "okey.mails.limits.Mailbox"


@dataclass(frozen=True)
class Place:
    """The right to send one mail. `mailbox`: the key of an unconfirmed one, whose count it is in; else ""."""

    mailbox: str = ""
    at: float = 0

    @transaction.atomic
    def give_back(self) -> None:
        """The server did not take it."""
        box = Mailbox.objects.select_for_update(no_key=True).filter(pk=self.mailbox).first()
        if box is not None and self.at in box.sent:
            box.sent.remove(self.at)
            box.save(update_fields=["sent"])


@dataclass(frozen=True)
class Held:
    """It does not go out; `until`: then it might, None for never."""

    reason: NotSent
    until: datetime | None = None


def key_of(address: str) -> str:
    """What stands for the mailbox: nobody finds the address by it who has not the SECRET_KEY."""
    return salted_hmac(SALT, mailbox_of(address), algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def take(address: str, *, is_confirmed: bool, account: str = "") -> Place | Held:
    """A place for one more mail to this address, counted with the account's mails of the day."""
    box = None if is_confirmed else _locked(key_of(address))
    now = timezone.now()
    if box is not None and (held := _held(box, now)):
        return held
    if account:
        verdict = limits.hit("mails a day", account, limit=settings.OKEY_MAILS_A_DAY, seconds=int(DAY.total_seconds()))
        if not verdict.allowed:
            return Held(NotSent.OWNER, now + timedelta(seconds=verdict.retry_seconds))
    if box is None:
        return Place()
    place = Place(box.key, now.timestamp())
    Mailbox.objects.filter(pk=box.pk).update(sent=[*box.sent, place.at], last_at=now)
    return place


def look(address: str, *, account: str) -> Held | None:
    """Why a mail to this unconfirmed address would not go out now; what waits to be sent counts too. Counts nothing."""
    now = timezone.now()
    key = key_of(address)
    box = Mailbox.objects.filter(pk=key).first() or Mailbox(key=key)
    waiting = Mail.objects.filter(to=address, sent_at=None, due_at__isnull=False).exclude(unasked_url="").count()
    box.sent = [*box.sent, *([now.timestamp()] * waiting)]
    if held := _held(box, now):
        return held
    verdict = limits.look("mails a day", account, limit=settings.OKEY_MAILS_A_DAY, seconds=int(DAY.total_seconds()))
    return None if verdict.allowed else Held(NotSent.OWNER, now + timedelta(seconds=verdict.retry_seconds))


def stop(key: str) -> None:
    """Nothing more goes to this mailbox that nobody there has confirmed. Twice is once."""
    Mailbox.objects.get_or_create(key=key)
    Mailbox.objects.filter(key=key, stopped_at=None).update(stopped_at=timezone.now())


def _locked(key: str) -> Mailbox:
    if Mailbox.objects.get_or_create(key=key)[1]:
        _forget_old()
    return Mailbox.objects.select_for_update(no_key=True).get(pk=key)


def _held(box: Mailbox, now: datetime) -> Held | None:
    """Why it gets nothing now; of what was sent, what is older than a day is forgotten."""
    if box.stopped_at is not None:
        return Held(NotSent.STOPPED)
    box.sent = sorted(at for at in box.sent if at > (now - DAY).timestamp())
    if len(box.sent) < TO_A_STRANGER:
        return None
    return Held(NotSent.MAILBOX, datetime.fromtimestamp(box.sent[-TO_A_STRANGER], UTC) + DAY)


def _forget_old() -> None:
    """Rows that mean nothing any more; not those that somebody is counting in."""
    old = Mailbox.objects.filter(stopped_at=None, last_at__lte=timezone.now() - DAY)
    found = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]
    Mailbox.objects.filter(pk__in=list(found)).delete()
