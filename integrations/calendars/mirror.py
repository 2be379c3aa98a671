"""Reading a calendar into its mirror: the only writer of busy times, and of how a calendar is doing."""

from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from integrations.calendars import granted, subscribing, words
from integrations.calendars.base import CannotRead, Marks, Reading
from integrations.calendars.expansion.events import Busy, Found, Question
from integrations.calendars.models import BusyTime, Calendar
from integrations.calendars.sources import source
from integrations.signals import calendar_read
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen
from okey.mails import outbox
from okey.owners.models import Owner

READ_SECONDS = 40.0
LEASE_SECONDS = 90
EVERY, JITTER = timedelta(minutes=15), timedelta(minutes=5)
#: Where the vendor tells of changes: it says itself that it does not tell of each.
SELDOM, SELDOM_JITTER = timedelta(minutes=45), timedelta(minutes=30)
#: When it is read after the vendor has told of a change, and how often at most: changes come in crowds.
AFTER_NEWS, BETWEEN_NEWS = timedelta(seconds=2), timedelta(seconds=20)
#: How far ahead it is read, and how little of that may be left before it is read anew.
AHEAD, LEAST_AHEAD = timedelta(days=400), timedelta(days=374)
BEHIND = timedelta(days=7)
FIRST_SECONDS, LONGEST_SECONDS = 60, 3600
LONGEST_WAIT = timedelta(days=1)
#: A calendar that cannot be read for so long is mailed about.
TELL_AFTER = timedelta(minutes=30)
#: A password that was refused is tried once more by then, and seldom from then on: servers lock out who tries often.
PASSWORD_AGAIN, PASSWORD_SELDOM = timedelta(minutes=35), timedelta(hours=3)
#: One that had so many entries and comes without any is not believed for so long.
MANY, BELIEVE_AFTER = 5, timedelta(days=1)
UID_MAX = 255

Trouble = Calendar.Trouble
Key = tuple[datetime, datetime, str, str, str]


def work_on(claim: Claim[Calendar]) -> None:
    """Read it. No transaction is open while anybody is asked."""
    calendar = Calendar.objects.select_related("owner", "account").filter(pk=claim.pk).first()
    if calendar is None:
        return  # removed meanwhile
    if not calendar.owner.is_active:
        claim.release(due_at=_later(EVERY, JITTER), attempts=0)
        return
    now = timezone.now()
    asked = question(calendar, now)
    try:
        reading = _read(calendar, marks(calendar, now), asked)
    except CannotRead as error:
        _failed(claim, calendar, Trouble(error.why), error.retry_at)
    except CannotOpen:
        _failed(claim, calendar, Trouble.NOT_OPENED)
    else:
        if is_emptied(calendar, reading.found, now):
            _failed(claim, calendar, Trouble.EMPTIED)
        else:
            _keep(claim, calendar, asked, reading)


def _read(calendar: Calendar, known: Marks, asked: Question) -> Reading:
    if calendar.connection_id is not None:
        return granted.read(calendar, known, asked, seconds=READ_SECONDS)
    return source(calendar.source).read(calendar.access(), known, asked, seconds=READ_SECONDS)


def question(calendar: Calendar, now: datetime) -> Question:
    """For a full reading."""
    mine = {calendar.owner.email, *calendar.addresses.split()}
    return Question(
        zone=str(calendar.owner.timezone),
        since=now - BEHIND,
        until=now + AHEAD,
        addresses=frozenset(address.lower() for address in mine),
        all_day=calendar.all_day,
        tentative=calendar.tentative,
    )


def marks(calendar: Calendar, now: datetime) -> Marks:
    """Empty where it is to be read in full: it does not reach far enough any more, or the owner's zone has changed."""
    reaches = calendar.covers_until is not None and calendar.covers_until >= now + LEAST_AHEAD
    if not (reaches and calendar.zone == str(calendar.owner.timezone)):
        return Marks()
    return Marks(**calendar.marks)


def is_emptied(calendar: Calendar, found: Found | None, now: datetime) -> bool:
    """Whether it had many entries and came without any, which is not believed at once."""
    if found is None or found.events or calendar.events < MANY or source(calendar.source).believes_empty:
        return False
    since = calendar.failing_since if calendar.trouble == Trouble.EMPTIED else None
    return since is None or since > now - BELIEVE_AFTER


@transaction.atomic
def _keep(claim: Claim[Calendar], calendar: Calendar, asked: Question, reading: Reading) -> None:
    """In one transaction: whoever asks meanwhile reads the mirror as it was, or as it is now."""
    now, found = timezone.now(), reading.found
    facts: dict[str, Any] = {"marks": asdict(reading.marks)}
    if found is not None:
        facts |= {"events": found.events, "skipped": found.skipped, "zoneless": found.zoneless}
        facts |= {"covers_until": asked.until, "zone": asked.zone}
    well = {"trouble": "", "failing_since": None, "told_at": None}
    # Where it was made due meanwhile, there may be news that this reading was too early for.
    due_at = Case(When(due_at=calendar.due_at, then=Value(_next_look(calendar))), default=F("due_at"))
    if not claim.release(due_at=due_at, attempts=0, read_at=now, tried_at=now, **well, **facts):
        return
    mine = BusyTime.objects.filter(calendar=calendar)
    if found is not None:
        _replace(calendar, mine, found.busy)
    refs = sorted(reading.changes)
    for first in range(0, len(refs), 500):
        some = refs[first : first + 500]
        _replace(calendar, mine.filter(ref__in=some), set().union(*(reading.changes[ref] for ref in some)))
    if calendar.trouble == Trouble.PASSWORD:
        _alike(calendar).update(due_at=now)
    # An entry that was made and deleted between two readings leaves no trace there.
    may_miss = calendar.takes_meetings and not source(calendar.source).sees_what_came_and_went
    has_news = found is not None or bool(reading.changes) or may_miss
    said = {"is_recovered": bool(calendar.trouble), "has_news": has_news}
    calendar_read.send(Calendar, calendar_id=calendar.pk, **said)


def add(calendar: Calendar, busy: set[Busy]) -> None:
    """What takes a time by the live question. Where that is news, whoever reads at this moment has read what was."""
    spans = {_key(one) for one in busy}
    if not spans:
        return
    since, until = min(one[0] for one in spans), max(one[1] for one in spans)
    known = BusyTime.objects.filter(calendar=calendar, starts_at__gte=since, ends_at__lte=until)
    news = spans - {row.key for row in known}
    if news:
        _insert(calendar, news)
        look(calendar)


def has_changed(calendar: Calendar) -> None:
    """So its vendor says; read it soon. Whoever reads it at this moment may have read what was, and it is read again.

    A thousand such messages write what one does. One that is in trouble is read at its time, which may be the vendor's.
    """
    now = timezone.now()
    soon = max(now + AFTER_NEWS, (calendar.tried_at or now - BETWEEN_NEWS) + BETWEEN_NEWS)
    waits = Q(due_at__gt=soon)
    is_read = Q(claim__isnull=False, claimed_until__gt=now, due_at__lte=now)
    Calendar.objects.filter(waits | is_read, pk=calendar.pk, trouble="").update(due_at=soon)


def look(calendar: Calendar, **more: Any) -> None:
    """Have it read now: the claim is taken from whoever reads it at this moment."""
    free = claims.given_up(Calendar)
    Calendar.objects.filter(pk=calendar.pk).update(due_at=timezone.now(), attempts=0, **free, **more)
    Calendar.wake_on_commit()


def _replace(calendar: Calendar, rows: "QuerySet[BusyTime]", busy: set[Busy]) -> None:
    """Only what differs is written."""
    wanted = {_key(one) for one in busy}
    gone = []
    for row in rows:
        if row.key in wanted:
            wanted.discard(row.key)
        else:
            gone.append(row.pk)
    for first in range(0, len(gone), 500):
        BusyTime.objects.filter(pk__in=gone[first : first + 500]).delete()
    _insert(calendar, wanted)


def _insert(calendar: Calendar, wanted: set[Key]) -> None:
    new = partial(BusyTime, calendar=calendar, owner_id=calendar.owner_id)
    rows = [
        new(starts_at=starts, ends_at=ends, kind=kind, uid=uid, ref=ref, uid_of_okey=_uuid(uid))
        for starts, ends, kind, uid, ref in sorted(wanted)
    ]
    BusyTime.objects.bulk_create(rows, batch_size=500)


def _key(one: Busy) -> Key:
    return one.starts_at, one.ends_at, one.kind, one.uid[:UID_MAX], one.ref


def _uuid(uid: str) -> UUID | None:
    try:
        return UUID(uid)
    except ValueError:
        return None


@transaction.atomic
def _failed(claim: Claim[Calendar], calendar: Calendar, trouble: str, retry_at: datetime | None = None) -> None:
    """What the mirror holds stays: the calendar is neither free nor full."""
    now = timezone.now()
    due_at = now + claims.backoff(calendar.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
    if retry_at is not None:
        due_at = min(max(due_at, retry_at), now + LONGEST_WAIT)
    if trouble == Trouble.PASSWORD:
        due_at = now + (PASSWORD_SELDOM if calendar.trouble == trouble else PASSWORD_AGAIN)
    since = Coalesce("failing_since", now)
    if claim.release(due_at=due_at, tried_at=now, trouble=trouble, failing_since=since):
        if trouble == Trouble.PASSWORD:
            _share(calendar, due_at)
        _tell_once(calendar.pk)


def _share(calendar: Calendar, due_at: datetime) -> None:
    """What opens one calendar of an account opens the others: they need not ask."""
    others = Calendar.objects.filter(account=calendar.account_id, claim=None).exclude(pk=calendar.pk)
    since = Coalesce("failing_since", timezone.now())
    others.update(trouble=Trouble.PASSWORD, due_at=due_at, failing_since=since)


def _alike(calendar: Calendar) -> QuerySet[Calendar]:
    """Those of the same account with the same trouble."""
    others = Calendar.objects.exclude(pk=calendar.pk).exclude(account=None)
    return others.filter(account=calendar.account_id, trouble=calendar.trouble)


def _tell_once(pk: UUID) -> None:
    now = timezone.now()
    calendar = Calendar.objects.select_related("owner").get(pk=pk)
    if calendar.told_at is not None or calendar.failing_since is None or calendar.failing_since > now - TELL_AFTER:
        return
    Calendar.objects.filter(pk=pk).update(told_at=now)
    is_told = calendar.trouble == Trouble.PASSWORD and _alike(calendar).exclude(told_at=None).exists()
    if not is_told:  # one password is one mail, however many calendars it opens
        _mail(calendar, calendar.owner)


def _mail(calendar: Calendar, owner: Owner) -> None:
    with translation.override(owner.language), timezone.override(owner.timezone):
        context = {"owner": owner, "calendar": calendar, "consequence": words.consequence(calendar)}
        outbox.write(to=owner.email, template="integrations/calendars/mails/unread", context=context)


def _next_look(calendar: Calendar) -> datetime:
    return _later(SELDOM, SELDOM_JITTER) if subscribing.follow(calendar) else _later(EVERY, JITTER)


def _later(wait: timedelta, jitter: timedelta) -> datetime:
    return claims.jittered(timezone.now() + wait, within=jitter)
