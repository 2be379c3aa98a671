"""Moments at which what depends on the clock has to hold: `make test` runs the time-bound tests at each of them
(hours of a Thursday, clock changes, the ends of a year and of February).

All other unit tests stand at one moment for each database that they run on: what passes at one hour of one day passes
at any. Processes of their own (browser, chaos) have the machine's clock.
"""

from datetime import UTC, datetime, timedelta

#: A Thursday; at each of these hours the owner's, the client's and UTC's day differ in another way.
THURSDAY = datetime(2026, 11, 26, tzinfo=UTC)
THURSDAYS = tuple(THURSDAY + timedelta(hours=hour, minutes=15) for hour in (0, 2, 7, 12, 17, 23))
MOMENTS = (
    *THURSDAYS,
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # half an hour before Europe's clocks go forward
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # and back
    datetime(2026, 12, 31, 22, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 11, 0, tzinfo=UTC),
)
#: At two in the morning, when Berlin, New York and UTC have three different days before them; and on a weekend.
UNITS_ON_SQLITE, UNITS_ON_POSTGRESQL = THURSDAYS[1], datetime(2026, 11, 28, 12, 15, tzinfo=UTC)
#: Set, the tests stand at this moment, unless they set the clock themselves.
VARIABLE = "OKEY_TEST_NOW"
#: Set, the time-bound tests run at each of the moments instead.
EVERY_MOMENT = "OKEY_TEST_EVERY_MOMENT"
#: Files whose tests look at the clock and do not set it.
TIME_BOUND = (
    "tests/meetings/bot/test_chat_pages.py",
    "tests/meetings/bot/test_owners_conversations.py",
    "tests/meetings/pages/test_meeting.py",
)
