"""Entries go into an owner's calendar, whichever source it is of. No transaction is open meanwhile."""

from integrations.calendars.base import CannotRead, Entry, Outcome, Standing, Why, WritableSource, Written
from integrations.calendars.models import Calendar
from integrations.calendars.sources import source as source_of
from okey.lib import deadlines
from okey.lib.sealing import CannotOpen

#: Of one call in all: whatever it was to do has reached the other side by then, or never will.
SECONDS = 15.0


def write(calendar: Calendar, entry: Entry, known: Standing | None) -> Written:
    """As WritableSource.write. Raises nothing."""
    try:
        source, secret = _opened(calendar)
    except CannotRead as error:
        return Written(Outcome.REFUSED, why=error.why)
    with deadlines.within(SECONDS):
        return source.write(secret, entry, known, seconds=SECONDS)


def remove(calendar: Calendar, uid: str, known: Standing | None) -> Written:
    """As WritableSource.remove. Raises nothing."""
    try:
        source, secret = _opened(calendar)
    except CannotRead as error:
        return Written(Outcome.REFUSED, why=error.why)
    with deadlines.within(SECONDS):
        return source.remove(secret, uid, known, seconds=SECONDS)


def look(calendar: Calendar, uid: str, known: Standing | None) -> Standing | None:
    """As WritableSource.look. Raises CannotRead."""
    source, secret = _opened(calendar)
    with deadlines.within(SECONDS):
        return source.look(secret, uid, known, seconds=SECONDS)


def _opened(calendar: Calendar) -> tuple[WritableSource, str]:
    """Raises CannotRead."""
    source = source_of(calendar.source)
    if not isinstance(source, WritableSource):
        raise CannotRead(Why.NOT_ALLOWED)
    try:
        return source, calendar.access()
    except CannotOpen:  # what is entered anew is kept so that it can be opened
        raise CannotRead(Why.PASSWORD) from None
