"""Vendors are asked to tell of a calendar's changes: the only writer of subscriptions.

A calendar that is read has one wanted (`follow`), where its vendor could reach O-Key. Nothing hangs on it: where it is
refused, or ends, the calendar is read every quarter of an hour, as it is without. What a vendor says is in pushes.py.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.urls import reverse
from django.utils import timezone

from integrations import access, grants, registry
from integrations.calendars import granted
from integrations.calendars.base import CannotRead, Why
from integrations.calendars.models import Calendar, Subscription
from integrations.calendars.pushing import Made, Wanted
from integrations.models import ProviderAccount
from integrations.providers.base import Outcome, Refused
from integrations.refreshing import Busy, NotLive
from okey.lib import claims, deadlines
from okey.lib.claims import Claim
from okey.lib.environment import LOOPBACK_HOSTS
from okey.lib.sealing import CannotOpen

#: Of one call in all, a new token for it included.
SECONDS = 20.0
LEASE_SECONDS = 60
FIRST_SECONDS, LONGEST_SECONDS = 60, 6 * 3600
#: After a refusal.
REFUSED_AGAIN, JITTER = timedelta(days=1), timedelta(hours=6)

State = Subscription.State
T = TypeVar("T")


def is_tried(service: str) -> bool:
    """Whether this vendor could reach O-Key: by https, or as a stand-in on this machine."""
    hosts = [urlsplit(url).hostname for url in registry.vendor_of(service).base_urls]
    return settings.IS_HTTPS or all(host in LOOPBACK_HOSTS for host in hosts)


def follow(calendar: Calendar) -> bool:
    """See to it that its vendor tells of its changes. Whether it does already. In the caller's transaction."""
    if calendar.connection_id is None or not is_tried(calendar.source):
        return False
    rows = list(Subscription.objects.filter(calendar=calendar, state__in=Subscription.CURRENT))
    if not rows:
        _want(calendar)
    now = timezone.now()
    return any(row.tells(now) for row in rows)


def forget(calendar: Calendar) -> None:
    """It does not count any more. In the caller's transaction, which removes it."""
    mine = Subscription.objects.filter(calendar=calendar)
    if mine.update(state=State.OVER, due_at=timezone.now(), attempts=0):
        Subscription.wake_on_commit()


def look_again(owner_id: Any, service: str) -> None:
    """A connection has changed: what was made by an older grant may have ended with it, and what was refused may go."""
    mine = Subscription.objects.filter(calendar__owner=owner_id, calendar__connection__provider=service)
    if mine.filter(state__in=[State.WANTED, State.LIVE]).update(due_at=timezone.now(), attempts=0):
        Subscription.wake_on_commit()


def are_ending(account: ProviderAccount) -> bool:
    """Whether its vendor is still to be told that it shall send no more."""
    known = Subscription.objects.filter(connection__account=account, calendar=None).exclude(external_id="")
    return known.filter(due_at__lte=timezone.now()).exists()


def hashed(secret: str) -> str:
    """Of whatever a message says, half a character included."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def work_on(claim: Claim[Subscription]) -> None:
    """Whatever is due. No transaction is open while anybody is asked."""
    with_all = Subscription.objects.select_related("connection__account", "calendar__connection")
    row = with_all.filter(pk=claim.pk).first()
    if row is None:
        return
    if row.calendar is None or row.state == State.OVER or not is_tried(row.connection.provider):
        _end(claim, row)
    elif row.state == State.WANTED:
        _ask(claim, row, row.calendar)
    elif row.state == State.ASKED:
        _lost(claim, row, row.calendar)
    elif row.expires_at is None or row.expires_at <= timezone.now():
        _replace(claim, row.calendar)
    elif registry.calendars(row.connection.provider).renews:
        _renew(claim, row, row.calendar)
    else:
        _prepare_successor(claim, row, row.calendar)


# --- One is made ---------------------------------------------------------------------------------------------


def _ask(claim: Claim[Subscription], row: Subscription, calendar: Calendar) -> None:
    """What will come in is known before the vendor is asked: its first message may be faster than its answer."""
    source, secret, now = registry.calendars(calendar.source), secrets.token_urlsafe(32), timezone.now()
    asked = {"state": State.ASKED, "secret_hash": hashed(secret), "asked_at": now, "connection": calendar.connection}
    if not claim.update(**asked, due_at=claim.until):
        return
    path = reverse("integrations:push", args=[calendar.source, row.pk])
    wanted = Wanted(str(row.pk), settings.OKEY_BASE_URL + path, secret, until=now + source.tells_for)
    called: list[bool] = []

    def subscribe(opened: str) -> Made:
        called.append(True)
        return source.subscribe(opened, wanted, seconds=SECONDS)

    try:
        made = _called(calendar, subscribe)
    except CannotRead as error:
        if called and error.why == Why.UNREACHABLE:
            _lost(claim, row, calendar)
        else:
            _put_off(claim, row, error)
    else:
        if isinstance(made, Refused):
            due_at = claims.jittered(now + REFUSED_AGAIN, within=JITTER)
            _wait(claim, due_at, made.detail or made.reason)
        else:
            _keep(claim, row, made)


def _put_off(claim: Claim[Subscription], row: Subscription, error: CannotRead) -> None:
    """Nobody has made anything."""
    due_at = timezone.now() + claims.backoff(row.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
    _wait(claim, max(due_at, error.retry_at or due_at), error.why)


def _wait(claim: Claim[Subscription], due_at: datetime, problem: str) -> None:
    problem = problem[: Subscription.PROBLEM_MAX]
    claim.release(state=State.WANTED, secret_hash="", due_at=_or_now(due_at), problem=problem)


@transaction.atomic
def _lost(claim: Claim[Subscription], row: Subscription, calendar: Calendar) -> None:
    """It may have been made, and nobody knows its name there. Another one is asked for; what this one sends is known
    for what it is, until it ends by itself.
    """
    ends = (row.asked_at or timezone.now()) + registry.calendars(row.connection.provider).tells_for
    if claim.release(state=State.OVER, expires_at=ends, due_at=ends):
        wait = claims.backoff(row.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
        _want(calendar, due_at=timezone.now() + wait, attempts=row.attempts)


@transaction.atomic
def _keep(claim: Claim[Subscription], row: Subscription, made: Made) -> None:
    """It is made, or renewed. Whatever has changed before is read now."""
    now = timezone.now()
    heard = {"heard_at": now} if made.is_heard else {}
    well = {"state": State.LIVE, "problem": "", "attempts": 0} | heard
    facts = {"external_id": made.external_id, "expires_at": made.expires_at}
    if not claim.release(due_at=_or_now(_renewal(made, now)), **well, **facts) or row.state == State.LIVE:
        return
    older = Subscription.objects.filter(calendar=row.calendar, state=State.LIVE).exclude(pk=row.pk)
    older.update(state=State.OVER, due_at=now, attempts=0)
    Calendar.objects.filter(subscriptions=row, due_at__gt=now).update(due_at=now)
    Subscription.wake_on_commit()


def _renewal(made: Made, now: datetime) -> datetime:
    """Between half and three quarters of its life: time enough to try again, and not all on one day."""
    life = made.expires_at - now
    return claims.jittered(now + life / 2, within=life / 4)


def _or_now(due_at: datetime) -> Case:
    """Its calendar may have been removed while the vendor was asked."""
    return Case(When(calendar=None, then=Value(timezone.now())), default=Value(due_at))


def _want(calendar: Calendar, **more: Any) -> None:
    row = Subscription(calendar=calendar, connection=calendar.connection, turn=str(calendar.owner_id))
    row.due_at = timezone.now()
    for name, value in more.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    Subscription.wake_on_commit()


# --- It goes on, or ends -------------------------------------------------------------------------------------


def _renew(claim: Claim[Subscription], row: Subscription, calendar: Calendar) -> None:
    source, now = registry.calendars(calendar.source), timezone.now()
    if not claim.update(asked_at=now):
        return
    until = now + source.tells_for
    try:
        made = _called(
            calendar,
            lambda opened: source.renew(opened, row.external_id, until, seconds=SECONDS),
        )
    except CannotRead as error:
        due_at = now + claims.backoff(row.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
        claim.release(due_at=_or_now(max(due_at, error.retry_at or due_at)))
    else:
        if isinstance(made, Refused):
            _replace(claim, calendar)
        else:
            _keep(claim, row, made)


@transaction.atomic
def _prepare_successor(claim: Claim[Subscription], row: Subscription, calendar: Calendar) -> None:
    """Both live for a moment, and nothing that happens between them is missed."""
    if claim.release(due_at=_or_now(row.expires_at or timezone.now()), attempts=0):
        others = Subscription.objects.filter(calendar=calendar, state__in=[State.WANTED, State.ASKED])
        if not others.exists():
            _want(calendar)


@transaction.atomic
def _replace(claim: Claim[Subscription], calendar: Calendar) -> None:
    """It has ended, by itself or by the vendor's will."""
    if _gone(claim) and not Subscription.objects.filter(calendar=calendar, state__in=Subscription.CURRENT).exists():
        _want(calendar)


def _gone(claim: Claim[Subscription]) -> bool:
    return bool(Subscription.objects.filter(pk=claim.pk, claim=claim.token).delete()[0])


def _end(claim: Claim[Subscription], row: Subscription) -> None:
    """The vendor is told, as long as there is somebody as whom to tell it; else it sends until it ends by itself."""
    now = timezone.now()
    is_past = row.expires_at is None or row.expires_at <= now
    if row.calendar is not None and is_past and is_tried(row.connection.provider):
        _replace(claim, row.calendar)
    elif is_past:
        _gone(claim)
    elif not row.external_id:
        claim.release(due_at=row.expires_at)
    else:
        _stop(claim, row, now)


def _stop(claim: Claim[Subscription], row: Subscription, now: datetime) -> None:
    source = registry.calendars(row.connection.provider)
    try:
        with deadlines.within(SECONDS):
            source.unsubscribe(_token(row), str(row.pk), row.external_id, seconds=SECONDS)
    except (NotLive, CannotOpen, Refused):
        claim.release(due_at=F("expires_at"))
    except (Outcome, Busy):
        again = now + claims.backoff(row.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
        claim.release(due_at=again)
    else:
        _gone(claim)


def _token(row: Subscription) -> str:
    """The account's, though its owner may not use it any more: until it is given back. Raises NotLive and CannotOpen,
    and the outcomes of a refresh.
    """
    account = row.connection.account
    if account is None or account.tokens is None or account.state != ProviderAccount.State.LIVE:
        raise NotLive
    if not access.is_fresh(account):
        account = access.refresh(account.pk)
    return grants.tokens_of(account)[0]


def _called(calendar: Calendar, call: Callable[[str], T]) -> T | Refused:
    """What comes of it; a refusal is an answer, too, unless it is about the permission. Raises CannotRead."""

    def answered(opened: str) -> T | Refused:
        try:
            return call(opened)
        except Refused as outcome:
            return outcome

    with deadlines.within(SECONDS):
        return granted.asked(calendar, answered)
