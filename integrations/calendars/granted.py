"""Asking a calendar that its owner signs in to: with a token that lives, and in words for what comes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils import timezone

from integrations import diary, registry, resting
from integrations.access import Access, access, heeding, renew_refused
from integrations.calendars.base import CannotRead, Marks, Reading, Why
from integrations.calendars.expansion.events import Question
from integrations.calendars.models import Calendar
from integrations.calendars.signed_in import Key, Listed
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Challenged, Misconfigured, Outcome, ReconnectNeeded, Refused, Unavailable
from integrations.refreshing import Busy, NotLive, Suspected
from okey.lib.sealing import CannotOpen

#: After a refresh by somebody else that was not waited for.
SOON = timedelta(seconds=10)

T = TypeVar("T")


def read(calendar: Calendar, marks: Marks, question: Question, *, seconds: float) -> Reading:
    """Raises CannotRead, as a source does."""
    source = registry.calendars(calendar.source)
    return _asked(
        calendar.connection_id,
        lambda opened: source.read(_key(calendar, opened), marks, question, seconds=seconds),
    )


def entered(calendar: Calendar, call: Callable[[str], T]) -> T:
    """What comes of a call about an entry, which is given what opens the calendar.

    It is not made without the permission to write. Raises CannotRead.
    """
    source = registry.calendars(calendar.source)

    def permitted(opened: Access) -> T:
        if not source.may_write(opened.scopes):
            raise CannotRead(Why.SCOPE_MISSING)
        return call(_key(calendar, opened))

    return _asked(calendar.connection_id, permitted)


def asked(calendar: Calendar, call: Callable[[str], T]) -> T:
    """What comes of any other call about it, which is given what opens it. Raises CannotRead."""
    return _asked(calendar.connection_id, lambda opened: call(_key(calendar, opened)))


def must_be_allowed(calendar: Calendar) -> bool:
    """Whether its owner has to sign in, with a permission more, before meetings can be entered there."""
    if calendar.connection is None:
        return False
    account = calendar.connection.account
    if account is None or calendar.connection.ended_at or account.state != ProviderAccount.State.LIVE:
        return True
    return not registry.calendars(calendar.source).may_write(account.scope_set)


def secret(calendar: Calendar) -> str:
    """What opens it now, for a source that is asked on another thread. Raises CannotRead and CannotOpen."""
    if calendar.connection_id is None:
        return calendar.access()
    return _asked(calendar.connection_id, lambda opened: _key(calendar, opened), proves=False)


def listed(connection: Connection, *, seconds: float) -> list[Listed]:
    """The calendars that the owner may choose among. Raises CannotRead."""
    source = registry.calendars(connection.provider)
    return _asked(connection.pk, lambda opened: source.calendars(opened.token, seconds=seconds))


def _key(calendar: Calendar, opened: Access) -> str:
    return Key(opened.token, calendar.external_id).secret


def _asked(connection_id: Any, call: Callable[[Access], T], *, proves: bool = True) -> T:
    """Once more with a new token where the one that looked fresh is refused."""
    try:
        opened = access(connection_id)
        rests = resting.rests_until(opened.connection)
        if rests is not None:
            raise CannotRead(Why.LIMITED, retry_at=rests)
        try:
            with heeding(opened, proves=proves):
                return call(opened)
        except ReconnectNeeded:
            renew_refused(opened)
            opened = access(connection_id)
        try:
            with heeding(opened, proves=proves):
                return call(opened)
        except Challenged:
            renew_refused(opened)  # a new token is not enough: NotLive
            raise
    except Outcome as outcome:
        raise _told(connection_id, outcome) from None
    except (NotLive, CannotOpen):
        raise CannotRead(Why.RECONNECT) from None
    except Busy:
        raise CannotRead(Why.UNREACHABLE, retry_at=timezone.now() + SOON) from None


def _told(connection_id: Any, outcome: Outcome) -> CannotRead:
    if isinstance(outcome, ReconnectNeeded):
        return CannotRead(Why.RECONNECT)
    if isinstance(outcome, Refused):
        return CannotRead(
            {"scope_missing": Why.SCOPE_MISSING, "gone": Why.UNSHARED}.get(outcome.reason, Why.NOT_ALLOWED)
        )
    if isinstance(outcome, Misconfigured):
        provider = Connection.objects.values_list("provider", flat=True).get(pk=connection_id)
        diary.tell_administrators(provider, outcome.detail)
        return CannotRead(Why.MISCONFIGURED)
    if isinstance(outcome, Suspected):
        return CannotRead(Why.UNREACHABLE, retry_at=outcome.retry_at)
    retry_at: datetime | None = outcome.retry_at if isinstance(outcome, Unavailable) else None
    return CannotRead(Why.LIMITED if retry_at else Why.UNREACHABLE, retry_at=retry_at)
