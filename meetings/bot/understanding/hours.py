"""Which times of day a text speaks of: "after 3", "between 2 and 4", "tomorrow afternoon", "half past ten", "noon".

A bare hour from 1 to 6 is in the afternoon; "3" at night has to be said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from meetings.bot.understanding.scanning import NUMBER_WORDS, TAKEN, Scan
from meetings.bot.understanding.wanted_times import WHOLE_DAY, Hours

NOON = 12 * 60
#: How far "around 3" reaches to both sides, in minutes.
AROUND = 60


@dataclass(frozen=True)
class FoundHours:
    """Where in the text, and which hours."""

    start: int
    end: int
    hours: Hours


@dataclass(frozen=True)
class Clock:
    """A time of day as it was said. `is_open`: neither am nor pm, nor an hour that tells."""

    minute: int
    is_open: bool

    @property
    def by_day(self) -> int:
        """The likelier half of the day."""
        return self.minute + NOON if self.is_open and self.minute < 7 * 60 else self.minute

    @property
    def both(self) -> tuple[int, ...]:
        """Every minute of the day that it may mean, the likelier first."""
        return (self.by_day, (self.by_day + NOON) % WHOLE_DAY) if self.is_open else (self.minute,)


HOUR_WORD = "|".join(name for name in NUMBER_WORDS if len(name) > 2 and " " not in name and name != "few")
#: A time of day. Groups by name, `_2` for the second in a range.
CLOCK = (
    r"(?:(?P<word>noon|midday|midnight)"
    rf"|half(?: past)? (?P<half>\d\d?|{HOUR_WORD})"
    rf"|(?:a )?quarter (?P<quarter>past|to|after|before) (?P<of>\d\d?|{HOUR_WORD})"
    r"|(?P<military>[01]\d|2[0-3])(?P<military_minute>[0-5]\d)(?!\d)"
    rf"|(?P<hour>\d\d?|{HOUR_WORD})(?!\d)(?:[:.h](?P<minute>[0-5]\d)(?!\d)"
    r"| (?P<spoken>fifteen|thirty|forty-five|forty five|15|30|45)\b)?)"
    r"(?: ?(?P<half_day>am|pm|a\.m\.?|p\.m\.?|a|p)(?![a-z])| ?(?P<h>h|hrs|hours)\b(?!\d)| ?o'? ?clock\b)?"
    r"(?: sharp)?(?: in the (?P<day_part>morning|afternoon|evening)| at (?P<night>night))?"
)
SECOND = CLOCK.replace("(?P<", "(?P<second_")
SPOKEN = {"fifteen": 15, "thirty": 30, "forty-five": 45, "forty five": 45, None: 0}
FIXED = {"noon": NOON, "midday": NOON, "midnight": 0}


def read_clock(match: re.Match[str], prefix: str = "") -> Clock | None:
    """The time that a CLOCK caught; None for "25" or "10:75"."""
    part = {name[len(prefix) :]: value for name, value in match.groupdict().items() if name.startswith(prefix)}
    if part["word"]:
        return Clock(FIXED[part["word"]], is_open=False)
    if part["military"] and part["military_minute"]:
        return Clock(int(part["military"]) * 60 + int(part["military_minute"]), is_open=False)
    hour, minute = _hour_and_minute(part)
    if hour > 24 or (hour == 24 and minute):
        return None
    half_day = _half_day(part)
    if half_day and 1 <= hour <= 12:
        return Clock((hour % 12 + (12 if half_day == "pm" else 0)) * 60 + minute, is_open=False)
    tells = hour > 12 or hour == 0 or bool(part["h"]) or (part["hour"] or "").startswith("0")
    return Clock(hour * 60 + minute, is_open=not tells)


def _hour_and_minute(part: dict[str, str | None]) -> tuple[int, int]:
    if part["half"]:
        return _figure(part["half"]), 30
    if part["quarter"] and part["of"]:
        hour = _figure(part["of"])
        return (hour, 15) if part["quarter"] in {"past", "after"} else ((hour - 1) or 12, 45)
    minute = part["minute"] or part["spoken"]
    return _figure(part["hour"] or ""), int(minute) if minute and minute.isdigit() else SPOKEN[minute]


def _figure(word: str) -> int:
    return int(word) if word.isdigit() else NUMBER_WORDS[word]


def _half_day(part: dict[str, str | None]) -> str:
    said = (part["half_day"] or "").replace(".", "")
    if said.startswith(("a", "p")):
        return said[0] + "m"
    return {"morning": "am", "afternoon": "pm", "evening": "pm"}.get(
        part["day_part"] or "", "pm" if part["night"] else ""
    )


# --- What is said of a time ----------------------------------------------------------------------------------

Reader = Callable[[re.Match[str]], Hours | None]


def _between(match: re.Match[str]) -> Hours | None:
    first, last = read_clock(match), read_clock(match, "second_")
    if first is None or last is None or last.minute == WHOLE_DAY:  # "12-24" is a date as likely
        return None
    until = last.by_day or WHOLE_DAY
    since = first.by_day
    if first.is_open and not last.is_open and first.minute < NOON:  # 2-4pm, but 11-1pm
        since = first.minute + NOON if first.minute + NOON < until else first.minute
    if until <= since and last.is_open:  # 10 to 7
        until = last.minute + NOON
    return Hours(since, min(until, WHOLE_DAY)) if since < until else None


def _after(match: re.Match[str]) -> Hours | None:
    clock = read_clock(match)
    return Hours(since=clock.by_day) if clock else None


def _before(match: re.Match[str]) -> Hours | None:
    clock = read_clock(match)
    return Hours(until=clock.by_day or WHOLE_DAY) if clock else None


def _around(match: re.Match[str]) -> Hours | None:
    clock = read_clock(match)
    if clock is None:
        return None
    near = clock.by_day
    return Hours(max(0, near - AROUND // 2), min(WHOLE_DAY, near + AROUND), near)


def _at(match: re.Match[str]) -> Hours | None:
    clock = read_clock(match)
    return Hours.at(clock.by_day % WHOLE_DAY, is_half_told=not clock.is_open) if clock else None


def _beside(match: re.Match[str]) -> Hours | None:
    """A bare figure beside a time or a day: "10 or 11 tomorrow"."""
    return _at(match)


def _telling(match: re.Match[str]) -> Hours | None:
    """A time that needs no word before it to be one: "10:30", "3pm", "noon", "half past ten"."""
    parts = ("word", "half", "quarter", "minute", "spoken", "half_day", "h", "day_part", "night")
    if match["military"]:
        return None  # may be anything
    is_told = any(match[name] for name in parts) or "clock" in match[0] or "sharp" in match[0]
    return _at(match) if is_told else None


#: Hours of the parts of a day.
PARTS = {
    "early morning": (6, 9),
    "late morning": (10, 12),
    "morning": (6, 12),
    "early afternoon": (12, 15),
    "mid afternoon": (14, 16),
    "late afternoon": (15, 18),
    "afternoon": (12, 18),
    "early evening": (17, 20),
    "evening": (17, 22),
    "lunch": (11.5, 14),
    "tonight": (17, 24),
    "mid morning": (9, 11),
    "post lunch": (13, 18),
    "night": (19, 24),
    "end of the day": (15, 19),
    "first thing": (0, 10.5),
    "last thing": (14, 24),
    "after lunch": (13, 24),
    "before lunch": (0, 13),
    "after work": (17, 24),
    "before work": (0, 10),
    "business hours": (9, 18),
}  # fmt: skip
SAME_PART = {
    "end of day": "end of the day",
    "eod": "end of the day",
    "cob": "end of the day",
    "arvo": "afternoon",
    "midmorning": "mid morning",
    "midafternoon": "mid afternoon",
    "close of business": "end of the day",
    "teatime": "late afternoon",
    "aft": "afternoon",
    "lunchtime": "lunch",
    "lunch time": "lunch",
    "lunch break": "lunch",
    "office hours": "business hours",
    "working hours": "business hours",
}


def _part(match: re.Match[str]) -> Hours:
    name = " ".join(match["part"].replace("-", " ").split())
    name = SAME_PART.get(name, name.removesuffix("s") if name not in PARTS and name not in SAME_PART else name)
    since, until = PARTS[SAME_PART.get(name, name)]
    return Hours(int(since * 60), int(until * 60))


def _half(match: re.Match[str]) -> Hours:
    """ "Thursday pm" """
    return Hours(until=NOON) if match["half"].startswith("a") else Hours(since=NOON)


def _edge(match: re.Match[str]) -> Hours:
    """ "Early tomorrow" """
    return Hours(6 * 60, 11 * 60) if (match["edge"] or match["edge2"]) == "early" else Hours(since=15 * 60)


def _ago(match: re.Match[str]) -> Hours | None:
    """ "I work until five" leaves what comes after it."""
    return _after(match)


def _any(_: re.Match[str]) -> Hours:
    return Hours()


ALL_PARTS = "|".join(sorted({*PARTS, *SAME_PART}, key=len, reverse=True)).replace(" ", "[ -]")
PART = rf"(?P<part>(?:{ALL_PARTS})s?)\b"
NOT_MORE = (
    r"(?!\s*(?:ahead|behind|minutes|mins?|min|days?|weeks?|months?|people|persons?|options?|slots?|times?"
    r"|ones?|%)\b)(?![\d/])"
)

#: A figure that counts what follows is no time.
NO_WORD = r"(?! (?:of|more|people|other|different|questions?|things?)\b)"
BUSY = (
    r"(?:(?:i|we) (?:only )?(?:work|teach|am busy|'m busy|have (?:class|school|work|meetings?)|(?:'m|am) (?:working"
    r"|in meetings?|at work))"
    r"|i'm (?:busy|working|in meetings?|at work|teaching|not free|not available|unavailable)"
    r"|(?:i )?(?:can't|cannot|cant)(?: do)?(?: it| any(?:thing)?)?|busy|not (?:free|available))"
)

GRAMMAR: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"\b(?:between|from) {CLOCK} ?(?:-|to|and|n|until) ?{SECOND}{NOT_MORE}", _between),
        (rf"\b{CLOCK} ?(?:-|to|until|till|til|through) ?{SECOND}{NOT_MORE}", _between),
        (
            rf"\b(?:not|no|never)(?: any(?:thing)?)? (?:before|earlier than|sooner than|until) (?:about )?"
            rf"{CLOCK}{NOT_MORE}",
            _after,
        ),
        (
            rf"\b(?:not|no|never|nothing)(?: any(?:thing)?)? (?:after|later than|past) (?:about )?{CLOCK}{NOT_MORE}",
            _before,
        ),
        (rf"\b(?:ends?|finish(?:es)?|is over|am done|i'm done) at {CLOCK}", _ago),
        (rf"\b{BUSY}(?: \w+)? (?:until|till|til|up to) (?:about )?{CLOCK}(?:,? so)?(?: only)?(?: after that)?", _ago),
        (
            r"(?<!half )(?<!quarter )\b(?:after|from|past|later than|any ?time after|starting(?: at)?|since"
            r"|no earlier than|not earlier than|onwards? from|beyond) "
            rf"(?:about )?{CLOCK}{NOT_MORE}",
            _after,
        ),
        (rf"\b{CLOCK} (?:or|and) (?:later|after|onwards?)\b", _after),
        (rf"\b{CLOCK} onwards?\b", _after),
        (
            r"(?<!quarter )\b(?:any ?time before|before|until|till|til|by|no later than|not later than"
            rf"|at the latest|earlier than|up to|ending by) (?:about )?{CLOCK}{NOT_MORE}",
            _before,
        ),
        (rf"\b{CLOCK} (?:or|and) (?:earlier|before)\b", _before),
        (
            r"(?:\b(?:around|about|roughly|approximately|approx|circa|near|close to|at about|sometime around)"
            r"|~) ?(?:at )?"
            rf"{CLOCK}{NOT_MORE}",
            _around,
        ),
        (rf"\b{CLOCK}(?:-| )?ish\b", _around),
        (
            r"(?:(?<!quarter )\b(?:at|for|to|make it|make that|meant|let's say|say|maybe|perhaps|about) "
            rf"|(?<![\w@])[@~] ?){CLOCK}{NOT_MORE}",
            _at,
        ),
        (r"\b(?:any ?time|any hours?|whenever|24/7|flexible)\b(?! (?:after|before|between|from)\b)", _any),
        (rf"(?:(?<=\bnot )|(?<=\bexcept )){CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"\b(?P<edge>early|late)(?:(?: on)? ?(?={TAKEN})| in the day\b)|(?<={TAKEN}) (?P<edge2>early|late)\b", _edge),
        (rf"\b{CLOCK}{NOT_MORE}", _telling),
        (rf"(?<={TAKEN}) ?(?:or|and|,|/|&) ?(?:at )?{CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"(?<={TAKEN}),? (?!one\b(?! (?:thirty|fifteen|o'))){CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"(?<={TAKEN}) ?(?:or|and|,|/|&) ?(?:at )?{CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"(?<={TAKEN}) ?(?:or|and|,|/|&) ?(?:at )?{CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"\b{CLOCK}(?= (?:or|and|,) ?{TAKEN}| {TAKEN})", _beside),
        (rf"\b{CLOCK}(?= (?:or|and|,) ?{TAKEN}| {TAKEN})", _beside),
        (rf"(?<=no, ){CLOCK}{NOT_MORE}{NO_WORD}", _at),
        (rf"(?:(?<={TAKEN})|\bin the|\bthis),? ?\b(?P<half>am|pm|a\.m\.?|p\.m\.?)(?![a-z])", _half),
        (r"(?<![\d'])\b(?<!i )(?P<half>pm)\b", _half),
        (rf"\b{PART}", _part),
    )
)


def find_hours(scan: Scan) -> list[FoundHours]:
    """Every mention of a time of day, in the order of the text, taken out of the scan."""
    found: list[FoundHours] = []
    for pattern, reader in GRAMMAR:
        for match in pattern.finditer(scan.text):
            hours = reader(match)
            if hours is not None:
                scan.remove(match.start(), match.end())
                found.append(FoundHours(match.start(), match.end(), hours))
    return sorted(found, key=lambda one: one.start)


BARE_CLOCK = re.compile(
    rf"^(?:at |the )?{CLOCK}(?: (?:one|slot|please|works|is (?:fine|good|ok|okay|great|perfect)))*$"
)


def whole_clock(text: str) -> Clock | None:
    """The time, where the text is nothing else: "10:30", "3", "at noon please"."""
    match = BARE_CLOCK.match(text)
    return read_clock(match) if match else None
