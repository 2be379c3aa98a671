"""Entries go into an owner's calendar, whichever source it is of. No transaction is open meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from integrations.calendars import granted
from integrations.calendars.base import CannotRead, Entry, Outcome, Standing, Why, WritableSource, Written
from integrations.calendars.models import Calendar
from integrations.calendars.sources import source as source_of
from okey.lib import deadlines
from okey.lib.sealing import CannotOpen

#: Of one call in all, a new token for it included: whatever it was to do has reached the other side by then, or never
#: will.
SECONDS = 15.0
#: What passes by itself.
PASSING = {Why.UNREACHABLE, Why.LIMITED}

T = TypeVar("T")


def write(calendar: Calendar, entry: Entry, known: Standing | None) -> Written:
    """As WritableSource.write. Raises nothing."""
    return _written(calendar, lambda source, secret: source.write(secret, entry, known, seconds=SECONDS))


def remove(calendar: Calendar, uid: str, known: Standing | None) -> Written:
    """As WritableSource.remove. Raises nothing."""
    return _written(calendar, lambda source, secret: source.remove(secret, uid, known, seconds=SECONDS))


def look(calendar: Calendar, uid: str, known: Standing | None) -> Standing | None:
    """As WritableSource.look. Raises CannotRead."""
    return _called(calendar, lambda source, secret: source.look(secret, uid, known, seconds=SECONDS))


def _written(calendar: Calendar, call: Callable[[WritableSource, str], Written]) -> Written:
    try:
        return _called(calendar, call)
    except CannotRead as error:
        outcome = Outcome.UNKNOWN if error.why in PASSING else Outcome.REFUSED
        return Written(outcome, why=error.why, retry_at=error.retry_at)


def _called(calendar: Calendar, call: Callable[[WritableSource, str], T]) -> T:
    """Raises CannotRead."""
    source = source_of(calendar.source)
    if not isinstance(source, WritableSource):
        raise CannotRead(Why.NOT_ALLOWED)
    with deadlines.within(SECONDS):
        if calendar.connection_id is not None:
            return granted.entered(calendar, lambda secret: call(source, secret))
        try:
            secret = calendar.access()
        except CannotOpen:  # what is entered anew is kept so that it can be opened
            raise CannotRead(Why.PASSWORD) from None
        return call(source, secret)
