"""A time as the owner types it: "tue 3pm", "in two weeks 10-11", "tomorrow 9:30 for 45 min".

It is read by the bot's grammars, and shown before anything is scheduled; but an owner means one time, so whatever is
left open or was not used is asked about.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.bot.understanding import lexing
from meetings.bot.understanding.cleaning import clean
from meetings.bot.understanding.reading import corrected
from meetings.bot.understanding.scanning import Scan
from meetings.bot.understanding.wanted_times import WHOLE_DAY, Days, Hours, Window
from meetings.bot.understanding.windows import Times, find_times

#: "10-11" beside a weekday: hours, and no date. Before seven the afternoon is meant.
SPAN = re.compile(r"(?<![\d.:/-])(?P<since>\d{1,2}) ?- ?(?P<until>\d{1,2})(?![\d.:/-])(?! ?(?:am|pm|[a-z]{3,} ?\d|\d))")
AFTERNOON_BEFORE = 7
#: A day so many weeks from today, and not any of that week.
IN_WEEKS = re.compile(r"\bin (?:a|an|one|two|three|four|five|six|seven|eight|\d{1,2}) (?:weeks?|fortnights?)\b")
#: A part of a day is no time.
PARTS = re.compile(r"\b(?:morning|afternoon|evening|night|tonight|lunch|lunchtime|day)s?\b")
#: Said between what counts.
FILLER = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "meet", "meeting", "of", "on", "please", "the", "then"}
    | {"to", "until"}
)


@dataclass(frozen=True)
class Typed:
    """What was understood; `question` asks for what was not, and is "" where nothing is missing."""

    day: date | None = None
    at: time | None = None
    minutes: int | None = None
    question: str = ""


def read(text: str, now: datetime) -> Typed:
    """Of any text at all; `now` on the owner's clock."""
    scan = Scan(SPAN.sub(_hours_of_span, corrected(clean(text).read.lower())))
    said = scan.text
    times = find_times(scan, now)
    if times.unclear:
        one, other = (date_format(day, "D j M Y") for day in times.unclear[:2])
        return Typed(question=_("Do you mean %(one)s or %(other)s?") % {"one": one, "other": other})
    if times.wish is not None and len(times.wish.windows) > 1:
        return Typed(question=_("That is more than one time. Write the one that the meeting gets."))
    passed_over = _passed_over(said, scan)
    if passed_over or times.wish is None or times.wish.main.unwanted:
        return Typed(question=_not_understood(passed_over or text.strip()))
    return _of_window(times, times.wish.main, said, now)


def _of_window(times: Times, window: Window, said: str, now: datetime) -> Typed:
    if window.since is not None:  # "in two hours"
        local = window.since.astimezone(now.tzinfo)
        return Typed(local.date(), local.time().replace(second=0, microsecond=0), times.minutes)
    begins, minutes = _time_of(window.hours, said)
    if begins is None and window.days is None:
        return Typed(question=_not_understood(said))
    day = _first_day(begins, now) if window.days is None else _one_day(window.days, said)
    if day is None:
        return Typed(None, begins, times.minutes or minutes, _("Which day? Write one, such as “tue” or “2 dec”."))
    if begins is None:
        question = _("At what time on %(day)s?") % {"day": date_format(day, "D j M Y")}
        return Typed(day, None, times.minutes, question)
    return Typed(day, begins, times.minutes or minutes)


def _time_of(hours: Hours | None, said: str) -> tuple[time | None, int | None]:
    """When it begins, and how long it takes where an end was named, too."""
    if hours is None:
        return None, None
    if hours.near is not None:
        return _clock(hours.near), None
    is_range = 0 < hours.since < hours.until < WHOLE_DAY and not PARTS.search(said)
    return (_clock(hours.since), hours.until - hours.since) if is_range else (None, None)


def _one_day(days: Days, said: str) -> date | None:
    return days.first if days.is_one or IN_WEEKS.search(said) else None


def _first_day(begins: time | None, now: datetime) -> date:
    """Of a time without a day: today while it is to come."""
    is_to_come = begins is not None and begins > now.time()
    return now.date() if is_to_come else now.date() + timedelta(days=1)


def _clock(minute: int) -> time:
    return time(*divmod(minute % WHOLE_DAY, 60))


def _hours_of_span(match: re.Match[str]) -> str:
    since, until = int(match["since"]), int(match["until"])
    if since < AFTERNOON_BEFORE and until <= AFTERNOON_BEFORE + 5:
        since, until = since + 12, until + 12
    return f"{since:02}:00-{until:02}:00" if 0 <= since < until < 24 else match[0]


def _passed_over(said: str, scan: Scan) -> str:
    """The words that nothing was made of."""
    unclaimed = lexing.unclaimed(said, scan)
    left = [word for word in re.split(r"[\s,;!?-]+", scan.rest) if word.strip(".'\"") not in {"", *FILLER}]
    return ", ".join(dict.fromkeys([*unclaimed, *left]))


def _not_understood(words: str) -> str:
    text = _(
        "“%(words)s” was not understood. Write it like “tue 3pm”, “in two weeks 10-11” or “tomorrow 9:30 for 45 min”."
    )
    return text % {"words": words[:80]}
