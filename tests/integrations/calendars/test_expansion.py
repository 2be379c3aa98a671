"""What a calendar's text takes, case by case: the expected minutes are written by hand, in UTC.

The owner is in Berlin (UTC+1, and UTC+2 from 28 March to 31 October 2027) and looks at December 2026 unless it says so.
"""

import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.calendars.expansion import child, running
from integrations.calendars.expansion.events import Found, NoCalendar, Question, TooMuch, busy_times


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


DECEMBER = ("2026-12-01 00:00", "2026-12-31 00:00")


def ask(window: tuple[str, str] = DECEMBER, **more: object) -> Question:
    since, until = map(moment, window)
    return Question("Europe/Berlin", since, until, frozenset({"alice@example.com"}), **more)  # type: ignore[arg-type]


def calendar(*events: str, head: str = "") -> bytes:
    """Each event by its lines but BEGIN, END and DTSTAMP; "|" ends a line."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//EN", *filter(None, head.split("|"))]
    for number, event in enumerate(events):
        parts = event.split("|")
        uid = [] if any(one.startswith("UID") for one in parts) else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20260101T000000Z", *parts, "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def spans(found: Found) -> list[str]:
    return [f"{one.starts_at:%Y-%m-%d %H:%M} {one.ends_at:%Y-%m-%d %H:%M}" for one in sorted(found.busy)]


BERLIN = "DTSTART;TZID=Europe/Berlin:"
WEEKLY = f"UID:s|{BERLIN}20261201T100000|DTEND;TZID=Europe/Berlin:20261201T110000|RRULE:FREQ=WEEKLY"
OVERRIDE = "UID:s|RECURRENCE-ID;TZID=Europe/Berlin:20261208T100000|"
ME, OTHER = "ATTENDEE;PARTSTAT={}:mailto:Alice@Example.com", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com"
FOUR_WEEKS = [f"2026-12-{day:02} 09:00 2026-12-{day:02} 10:00" for day in (1, 8, 15, 22, 29)]
WITHOUT_THE_8TH = [FOUR_WEEKS[0], *FOUR_WEEKS[2:]]
TIMES = [(day, hour) for day in range(1, 10) for hour in range(8, 19)]

CASES: dict[str, tuple[bytes, tuple[str, str], list[str]]] = {
    "an endless weekly series three years on": (
        calendar(WEEKLY),
        ("2029-12-03 00:00", "2029-12-10 00:00"),
        ["2029-12-04 09:00 2029-12-04 10:00"],
    ),
    "a date left out": (calendar(f"{WEEKLY}|EXDATE;TZID=Europe/Berlin:20261208T100000"), DECEMBER, WITHOUT_THE_8TH),
    "an occurrence moved": (
        calendar(WEEKLY, f"{OVERRIDE}{BERLIN}20261209T150000|DTEND;TZID=Europe/Berlin:20261209T163000"),
        DECEMBER,
        [FOUR_WEEKS[0], "2026-12-09 14:00 2026-12-09 15:30", *FOUR_WEEKS[2:]],
    ),
    "an occurrence cancelled": (
        calendar(WEEKLY, f"{OVERRIDE}{BERLIN}20261208T100000|DURATION:PT1H|STATUS:CANCELLED"),
        DECEMBER,
        WITHOUT_THE_8TH,
    ),
    "an occurrence made free": (
        calendar(WEEKLY, f"{OVERRIDE}{BERLIN}20261208T100000|DURATION:PT1H|TRANSP:TRANSPARENT"),
        DECEMBER,
        WITHOUT_THE_8TH,
    ),
    "a free series with one occurrence that is busy": (
        calendar(f"{WEEKLY}|TRANSP:TRANSPARENT", f"{OVERRIDE}{BERLIN}20261208T100000|DURATION:PT1H|TRANSP:OPAQUE"),
        DECEMBER,
        [FOUR_WEEKS[1]],
    ),
    "a declined series with one that was accepted": (
        calendar(
            f"{WEEKLY}|{ME.format('DECLINED')}|{OTHER}",
            f"{OVERRIDE}{BERLIN}20261208T100000|DURATION:PT1H|{ME.format('ACCEPTED')}|{OTHER}",
        ),
        DECEMBER,
        [FOUR_WEEKS[1]],
    ),
    "somebody else declined": (
        calendar(f"{WEEKLY}|ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com"),
        DECEMBER,
        FOUR_WEEKS,
    ),
    "a whole day in UTC+13": (
        calendar("DTSTART;VALUE=DATE:20261210|DTEND;VALUE=DATE:20261211", head="X-WR-TIMEZONE:Pacific/Auckland"),
        DECEMBER,
        ["2026-12-09 11:00 2026-12-10 11:00"],
    ),
    "a whole day in UTC-8": (
        calendar("DTSTART;VALUE=DATE:20261210|DTEND;VALUE=DATE:20261211", head="X-WR-TIMEZONE:America/Los_Angeles"),
        DECEMBER,
        ["2026-12-10 08:00 2026-12-11 08:00"],
    ),
    "a whole day of the owner's, as long as the clocks make it": (
        calendar("DTSTART;VALUE=DATE:20270328"),
        ("2027-03-01 00:00", "2027-04-01 00:00"),
        ["2027-03-27 23:00 2027-03-28 22:00"],
    ),
    "across midnight and the change of the clocks": (
        calendar(f"{BERLIN}20270327T230000|DTEND;TZID=Europe/Berlin:20270328T040000"),
        ("2027-03-28 00:00", "2027-04-01 00:00"),
        ["2027-03-27 22:00 2027-03-28 02:00"],
    ),
    "a change of the clocks inside a series": (
        calendar(f"{BERLIN}20270324T100000|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=2"),
        ("2027-03-01 00:00", "2027-05-01 00:00"),
        ["2027-03-24 09:00 2027-03-24 10:00", "2027-03-31 08:00 2027-03-31 09:00"],
    ),
    "floating: the owner's zone": (
        calendar("DTSTART:20261210T090000|DTEND:20261210T100000"),
        DECEMBER,
        ["2026-12-10 08:00 2026-12-10 09:00"],
    ),
    "a zone that nobody knows: the owner's": (
        calendar('DTSTART;TZID="Customized Time Zone":20261210T090000|DURATION:PT30M'),
        DECEMBER,
        ["2026-12-10 08:00 2026-12-10 08:30"],
    ),
    "a zone by Windows' name": (
        calendar("DTSTART;TZID=Pacific Standard Time:20261210T090000|DURATION:PT30M"),
        DECEMBER,
        ["2026-12-10 17:00 2026-12-10 17:30"],
    ),
    "no end: a moment takes nothing, a whole day one day": (
        calendar("DTSTART:20261210T090000Z", "DTSTART;VALUE=DATE:20261215"),
        DECEMBER,
        ["2026-12-14 23:00 2026-12-15 23:00"],
    ),
    "one of a hundred without a beginning": (
        calendar("SUMMARY:broken", *[f"DTSTART:202612{day:02}T{hour:02}0000Z|DURATION:PT15M" for day, hour in TIMES]),
        DECEMBER,
        [f"2026-12-{day:02} {hour:02}:00 2026-12-{day:02} {hour:02}:15" for day, hour in TIMES],
    ),
    "every second beside one that is well": (
        calendar(
            "DTSTART:20200101T000000Z|DURATION:PT1S|RRULE:FREQ=SECONDLY", "DTSTART:20261210T090000Z|DURATION:PT1H"
        ),
        DECEMBER,
        ["2026-12-10 09:00 2026-12-10 10:00"],
    ),
    "every second by another name": (
        calendar(
            "DTSTART:20200101T000000Z|DURATION:PT1S|RRULE:FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7;BYSECOND=0,1,2,3,4,5,6,7,8,9",
            "DTSTART:20261210T090000Z|DURATION:PT1H",
        ),
        DECEMBER,
        ["2026-12-10 09:00 2026-12-10 10:00"],
    ),
    "begun long before": (
        calendar("DTSTART:20261101T000000Z|DTEND:20270201T000000Z"),
        DECEMBER,
        ["2026-11-01 00:00 2027-02-01 00:00"],
    ),
    "marked free in Outlook": (calendar(f"{WEEKLY}|X-MICROSOFT-CDO-BUSYSTATUS:FREE"), DECEMBER, []),
}


@pytest.mark.parametrize("name", CASES)
def test_each_case_takes_these_minutes(name: str) -> None:
    text, window, expected = CASES[name]
    assert spans(busy_times(text, ask(window))) == expected


@pytest.mark.parametrize(
    ("zone", "taken"),
    [
        ("Pacific/Tongatapu", "2026-12-09 11:00 2026-12-10 11:00"),
        ("America/Los_Angeles", "2026-12-10 08:00 2026-12-11 08:00"),
    ],
)
def test_a_whole_day_of_a_calendar_that_names_no_zone_is_one_of_its_owners(zone: str, taken: str) -> None:
    text = calendar("DTSTART;VALUE=DATE:20261210|DTEND;VALUE=DATE:20261211")
    assert spans(busy_times(text, replace(ask(), zone=zone))) == [taken]


def test_what_cannot_be_understood_is_counted() -> None:
    found = busy_times(calendar("SUMMARY:broken", "DTSTART:20261210T090000Z|RRULE:FREQ=MINUTELY"), ask())
    assert (found.events, found.skipped, found.busy) == (2, 2, set())
    zoneless = busy_times(calendar("DTSTART;TZID=Nowhere:20261210T090000|DURATION:PT1H"), ask())
    assert (zoneless.zoneless, zoneless.skipped) == (1, 0)


@pytest.mark.parametrize(
    ("lines", "choice"),
    [
        ("DTSTART;VALUE=DATE:20261210", "all_day"),
        (f"{BERLIN}20261210T090000|DURATION:PT1H|STATUS:TENTATIVE", "tentative"),
    ],
)
def test_the_owner_says_how_whole_days_and_what_is_tentative_count(lines: str, choice: str) -> None:
    busy, free = calendar(lines), calendar(f"{lines}|TRANSP:TRANSPARENT")

    def count(text: bytes, how: str) -> int:
        return len(busy_times(text, ask(**{choice: how})).busy)

    assert [count(busy, how) for how in ("marked", "always", "never")] == [1, 1, 0]
    assert [count(free, how) for how in ("marked", "always", "never")] == [0, 1, 0]


def test_of_a_tentative_whole_day_both_choices_are_heeded() -> None:
    both = "DTSTART;VALUE=DATE:20261210|STATUS:TENTATIVE"

    def counts(all_day: str, tentative: str, lines: str = both) -> bool:
        return bool(busy_times(calendar(lines), ask(all_day=all_day, tentative=tentative)).busy)

    assert counts("marked", "marked")
    assert not counts("always", "never")
    assert not counts("never", "always")
    free = f"{both}|TRANSP:TRANSPARENT"
    assert not counts("marked", "marked", free)
    assert counts("always", "marked", free)
    assert counts("marked", "always", free)
    assert not counts("never", "always", free)


@pytest.mark.parametrize(
    "text", [b"", b"<!doctype html><html><body>Sign in</body></html>", b"BEGIN:VCARD\r\nEND:VCARD"]
)
def test_what_is_no_calendar_is_never_an_empty_one(text: bytes) -> None:
    with pytest.raises(NoCalendar):
        busy_times(text, ask())
    with pytest.raises(NoCalendar):
        running.expanded(text, ask(), seconds=60)


def test_a_byte_order_mark_and_blank_lines_are_no_matter() -> None:
    text = b"\xef\xbb\xbf\r\n" + calendar("DTSTART:20261210T090000Z|DURATION:PT1H")
    assert len(busy_times(text, ask()).busy) == 1


def test_more_events_than_anybody_has_are_refused() -> None:
    with pytest.raises(TooMuch):
        busy_times(calendar(*["DTSTART:20261210T090000Z"] * 20_001), ask())


def test_another_process_says_the_same() -> None:
    text = calendar(WEEKLY, "SUMMARY:broken")
    assert running.expanded(text, ask(), seconds=60) == busy_times(text, ask())


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        running.expanded(calendar(WEEKLY), ask(), seconds=0.01)


@pytest.mark.parametrize(
    ("ends", "error"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", TooMuch),
        ("raise ImportError('of what the calendar says')", running.Failed),
    ],
)
def test_a_process_that_fails_is_told_apart_from_one_that_was_ended(
    monkeypatch: pytest.MonkeyPatch, ends: str, error: type[Exception]
) -> None:
    monkeypatch.setattr(running, "COMMAND", (sys.executable, "-c", ends))
    with pytest.raises(error) as caught:
        running.expanded(calendar(WEEKLY), ask(), seconds=60)
    assert str(caught.value) == ("ImportError" if error is running.Failed else "")


def test_an_entry_has_its_time_of_the_processor_and_not_of_the_clock() -> None:
    """Or a machine that is busy with something else would leave it out."""
    before = signal.signal(signal.SIGPROF, child._too_long)
    try:
        with child.in_time():
            assert (signal.getitimer(signal.ITIMER_REAL)[0], signal.getitimer(signal.ITIMER_PROF)[0] > 0) == (0, True)
        with pytest.raises(TimeoutError), child.in_time():
            signal.raise_signal(signal.SIGPROF)
        assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    finally:
        signal.signal(signal.SIGPROF, before)
