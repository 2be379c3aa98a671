"""The same random events at an address (ICS), on a CalDAV server, in Google Calendar and in Outlook: each source takes
the minutes of the reference.

A reading is of several random calendars at once, which are told apart by their UIDs. OKEY_RANDOM_CALENDARS=1000 makes
so many (some minutes); without it there are few.
"""

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time

import pytest

from integrations.calendars import granted
from integrations.calendars.base import Marks, Reading, Source
from integrations.calendars.caldav import CalDav
from integrations.calendars.expansion.events import Question
from integrations.calendars.google import GoogleCalendar
from integrations.calendars.ics import IcsAddress
from integrations.calendars.models import Calendar
from integrations.calendars.outlook import OutlookCalendar
from integrations.calendars.signed_in import Key
from okey.owners.models import Owner
from tests import google_fixtures, microsoft_fixtures
from tests.calendar_servers import CalendarServer
from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.publishing import Publisher
from tests.integrations.calendars.random_events import BEGINNINGS, DAY, ME, ZONES, Event
from tests.integrations.calendars.test_expansion import calendar
from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulator import Simulator

CALENDARS = int(os.environ.get("OKEY_RANDOM_CALENDARS") or 20)
AT_ONCE = 5 if CALENDARS <= 20 else 25
SEED = 13
SECONDS = 60
COUNTS = ["marked", "marked", "marked", "always", "never"]


def minutes(reading: Reading, question: Question) -> dict[str, set[int]]:
    """That the busy times of each calendar take within the question's span; its UIDs begin with its number."""
    assert reading.found is not None
    assert reading.found.skipped == 0
    first, last = (int(one.timestamp() // 60) for one in (question.since, question.until))
    found: dict[str, set[int]] = defaultdict(set)
    for one in reading.found.busy:
        starts, ends = (int(moment.timestamp() // 60) for moment in (one.starts_at, one.ends_at))
        found[one.uid.partition(" ")[0]] |= set(range(max(starts, first), min(ends, last)))
    return found


class SignedIn:
    """A person at a vendor's, who has another calendar for each case."""

    def __init__(self, there: Simulator, source: Source, mine: Calendar, user: str) -> None:
        self._there, self._source, self._mine, self._user = there, source, mine, user

    def read(self, events: list[Event], question: Question) -> Reading:
        name = str(self._there.add_calendar(self._user, name="Random", zone=question.zone)["id"])
        for event in events:
            series, *changed = event.entries()
            has_rule = bool(series.get("rule"))
            [made] = self._there.add_entries(name, series)
            if changed:
                more = [one | {"series": made} for one in changed] if has_rule else changed
                self._there.add_entries(name, *more)
        token = Key.of(granted.secret(self._mine)).token
        return self._source.read(Key(token, name).secret, Marks(), question, seconds=SECONDS)


def publish(publisher: Publisher, events: Iterable[Event], question: Question) -> Reading:
    publisher.body = calendar(*(text for one in events for text in one.texts()))
    return IcsAddress().read(f"{publisher.url}/basic.ics", Marks(), question, seconds=SECONDS)


def put(dav: CalendarServer, events: Iterable[Event], question: Question) -> Reading:
    dav.empty()
    for one in events:
        dav.put(f"{one.uid.replace(' ', '-')}.ics", calendar(*one.texts()))
    return CalDav().read(dav.secret, Marks(), question, seconds=SECONDS)


@pytest.fixture
def readers(
    alice: Owner,
    publisher: Publisher,
    radicale: CalendarServer,
    google: GoogleSimulator,
    microsoft: MicrosoftSimulator,
) -> dict[str, Callable[[list[Event], Question], Reading]]:
    google_fixtures.authorize(google, alice, service=google_fixtures.CALENDAR)
    microsoft_fixtures.authorize(microsoft, alice, service=microsoft_fixtures.CALENDAR)
    at_google, at_microsoft = (
        Calendar.objects.get(source=one.CALENDAR) for one in (google_fixtures, microsoft_fixtures)
    )
    signed_in = {
        "Google": SignedIn(google, GoogleCalendar(base_url=google.url), at_google, google.first_user),
        "Outlook": SignedIn(microsoft, OutlookCalendar(base_url=microsoft.url), at_microsoft, microsoft.first_user),
    }
    return {
        "ICS": lambda events, question: publish(publisher, events, question),
        "CalDAV": lambda events, question: put(radicale, events, question),
        **{name: one.read for name, one in signed_in.items()},
    }


@pytest.mark.django_db
@pytest.mark.one_database
def test_all_sources_take_the_minutes_of_the_reference(
    readers: dict[str, Callable[[list[Event], Question], Reading]],
) -> None:
    dice, wrong, taken = random.Random(SEED), [], 0
    for first in range(0, CALENDARS, AT_ONCE):
        home, around = ZONES[first // AT_ONCE * 5 % len(ZONES)], dice.choice(BEGINNINGS)
        calendars = {
            str(number): [Event(dice, f"{number} {one}", around, home) for one in range(dice.randrange(1, 7))]
            for number in range(first, min(first + AT_ONCE, CALENDARS))
        }
        since = datetime.combine(around - 20 * DAY, time(), UTC)
        counts = {"all_day": dice.choice(COUNTS), "tentative": dice.choice(COUNTS)}
        question = Question(home, since, since + 80 * DAY, frozenset({ME}), **counts)
        expected = {name: set().union(*(one.minutes(question) for one in mine)) for name, mine in calendars.items()}
        taken += sum(map(len, expected.values()))
        events = [one for mine in calendars.values() for one in mine]
        for source, read in readers.items():
            found = minutes(read(events, question), question)
            for name, mine in calendars.items():
                if differs := sorted(found[name] ^ expected[name]):
                    at = datetime.fromtimestamp(differs[0] * 60, UTC)
                    wrong.append((name, source, counts, at, [one.texts() for one in mine]))
    print(f"{CALENDARS} calendars, {taken} busy minutes, four sources: {len(wrong)} differences")
    assert not wrong, f"{len(wrong)}, the first: {wrong[0]}"
