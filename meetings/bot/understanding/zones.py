"""Which time zone a text speaks of: "my time zone is Madrid", "I'm in New York", "CET", "UTC+2", "3pm london time"."""

import difflib
import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from meetings.bot.understanding import lexing
from meetings.bot.understanding.places import ABBREVIATIONS, ALSO_WORDS, ODD_OFFSETS, PLACES, SEVERAL
from meetings.bot.understanding.scanning import Scan
from okey.lib.folding import fold
from okey.owners.zones import REGIONS

#: How like a known name a mistyped one must be.
LIKENESS = 0.82
LONGEST_NAME = 5  # words


@dataclass(frozen=True)
class Zone:
    """One zone; or several of which one is meant; or a place that is not known."""

    zone: ZoneInfo | None = None
    choices: tuple[ZoneInfo, ...] = ()
    unknown: str = ""


NAME = r"[^\W\d_][\w.'-]*(?:[ ,/]+[^\W\d_][\w.'-]*){0,4}"
OFFSET = re.compile(r"(?<![\w:.])(?:utc|gmt)? ?(?P<sign>[+-]) ?(?P<hours>\d\d?)(?::?(?P<minutes>[0-5]\d))?(?!\d)")
FULL_KEY = re.compile(r"\b[a-z]+/[a-z_-]+(?:/[a-z_-]+)?\b")
#: Says that a zone follows, whatever it is.
EXPLICIT = re.compile(
    rf"\b(?:my |our |the )?time ?zone(?: is| =|:| would be| to| should be)? (?:in )?(?P<place>{NAME}|[+-]\d[\d:]*)"
    rf"|\b(?:(?:i am |i'm |we're |we are )?(?:based|located|living)|i live) (?:here )?in (?P<place2>{NAME})"
    rf"|\b(?:use|switch to|show(?: me)?(?: times)? in) (?P<place3>{NAME}) time\b"
)
#: May be followed by a place, or by anything else ("I'm in a meeting").
PERHAPS = re.compile(
    rf"\b(?:i'm|i am|im|we're|we are|calling|writing|here) (?:currently |now )?(?:in|from|at) (?P<place>{NAME})"
    rf"|\b(?:it's|it is) (?P<place2>{NAME}) time\b"
)
PLACE_TIME = re.compile(rf"(?P<place>{NAME}) (?:standard |daylight |local )?time\b")
WORD = re.compile(r"[^\W\d_]+")


def find_zone(scan: Scan, *, is_expected: bool = False, is_open: bool = False) -> Zone | None:
    """The zone that the text names, taken out of the scan. None: it names none.

    `is_expected`: it was asked for. `is_open`: it may be said by the way, as a place and nothing else.
    """
    for look in (_offset, _full_key, _now_in, _after_lead, _before_time, _abbreviation, _by_the_way):
        found = look(scan, is_expected)
        if found is not None:
            return found
    return _whole_text(scan, is_expected, is_open)


def named(text: str) -> Zone | None:
    """The zone that these words name, and nothing else."""
    words = " ".join(fold(text).replace("_", " ").replace(",", " ").strip(" .!?").split())
    words = re.sub(r" (?:standard |daylight |local )?time$|^(?:the )?city of ", "", words)
    if words in SEVERAL:
        return Zone(choices=tuple(ZoneInfo(key) for key in SEVERAL[words]))
    key = ABBREVIATIONS.get(words) or _names().get(words)
    return Zone(ZoneInfo(key)) if key else None


def resembling(text: str) -> Zone | None:
    """The same for a mistyped name: "madird"."""
    words = fold(text).strip(" .!?")
    close = difflib.get_close_matches(words, [name for name in _names() if len(name) > 4], n=1, cutoff=LIKENESS)
    return Zone(ZoneInfo(_names()[close[0]])) if close and len(words) > 4 else None


ADJECTIVES = {
    "german": "Europe/Berlin", "french": "Europe/Paris", "british": "Europe/London", "spanish": "Europe/Madrid",
    "italian": "Europe/Rome", "dutch": "Europe/Amsterdam", "swiss": "Europe/Zurich", "indian": "Asia/Kolkata",
    "japanese": "Asia/Tokyo", "chinese": "Asia/Shanghai", "irish": "Europe/Dublin", "polish": "Europe/Warsaw",
}  # fmt: skip


@cache
def _names() -> dict[str, str]:
    """Every name in lower case, and its zone's key."""
    keys = {key for key in available_timezones() if key.partition("/")[0] in REGIONS}
    names = {key.rpartition("/")[2].replace("_", " ").lower(): key for key in sorted(keys)}
    for key, places in PLACES.items():
        names.update({place.strip(): key for place in places.split(",")})
    return names | ADJECTIVES


@cache
def _keys() -> dict[str, str]:
    return {key.lower(): key for key in available_timezones() if key.partition("/")[0] in REGIONS}


# --- Where to look ---------------------------------------------------------------------------------------------


def _offset(scan: Scan, is_expected: bool) -> Zone | None:
    match = OFFSET.search(scan.text)
    has_name = match is not None and match[0].lstrip().startswith(("utc", "gmt"))
    if match is None or not (has_name or (is_expected and len(match[0]) >= len(scan.rest) - 1)):
        return None
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    zone = _at_offset(minutes if match["sign"] == "+" else -minutes)
    scan.remove(match.start(), match.end())
    return zone or Zone(unknown=match[0].strip())


def _at_offset(minutes: int) -> Zone | None:
    if minutes == 0:
        return Zone(ZoneInfo("UTC"))
    if minutes % 60 == 0 and -12 * 60 <= minutes <= 14 * 60:
        return Zone(ZoneInfo(f"Etc/GMT{-minutes // 60:+d}"))  # POSIX counts the other way round
    key = ODD_OFFSETS.get(minutes)
    return Zone(ZoneInfo(key)) if key else None


def _full_key(scan: Scan, _is_expected: bool) -> Zone | None:
    match = FULL_KEY.search(scan.text)
    key = _keys().get(match[0]) if match else None
    if match is None or key is None:
        return None
    scan.remove(match.start(), match.end())
    return Zone(ZoneInfo(key))


#: Where they are now counts more than where they come from.
NOW_IN = re.compile(
    rf"(?:\b(?:i'm|i am|im|we're|we are) from (?P<home>{NAME}?)[ ,]+(?:but |and )?(?:i'm |i am |we're )?)?"
    rf"\b(?:currently |now |today )?(?:in|at) (?P<place>{NAME}?) (?:now|at the moment|right now|today|currently"
    r"|this week|these days)\b"
)


def _now_in(scan: Scan, _is_expected: bool) -> Zone | None:
    match = NOW_IN.search(scan.text)
    found = named(match["place"]) if match else None
    if match is None or found is None:
        return None
    scan.remove(match.start(), match.end())
    return found


def _after_lead(scan: Scan, is_expected: bool) -> Zone | None:
    for pattern, is_certain in ((EXPLICIT, True), (PERHAPS, is_expected)):
        match = pattern.search(scan.text)
        if match is None:
            continue
        group = next(name for name, value in match.groupdict().items() if value)
        found, length = _longest(match[group], is_certain=is_certain)
        if found is not None:
            # "use London time": the word that follows belongs to it.
            scan.remove(match.start(), match.end() if group == "place3" else match.start(group) + length)
            return found
        if is_certain:
            scan.remove(match.start(), match.end())
            return Zone(unknown=_first_words(match[group]))
    return None


def _longest(text: str, *, is_certain: bool) -> tuple[Zone | None, int]:
    """The zone that the first words name, as many of them as possible, and how long those are."""
    ends = [word.end() for word in WORD.finditer(text)][:LONGEST_NAME] or [len(text)]
    for read in (named, resembling) if is_certain else (named,):
        for end in reversed(ends):
            found = read(text[:end])
            if found is not None:
                return found, end
    return None, 0


def _first_words(text: str) -> str:
    return " ".join(text.split()[:3]).strip(" ,.!?")


def _before_time(scan: Scan, _is_expected: bool) -> Zone | None:
    """ "3pm london time", "eastern standard time" """
    match = PLACE_TIME.search(scan.text)
    if match is None:
        return None
    words = list(WORD.finditer(match["place"]))[-LONGEST_NAME:]
    for word in words:
        found = named(match["place"][word.start() :])
        if found is not None:
            scan.remove(match.start("place") + word.start(), match.end())
            return found
    return None


AFTER_CLOCK = re.compile(r"\d ?(?:am|pm)? ?\(?$")


def _abbreviation(scan: Scan, _is_expected: bool) -> Zone | None:
    for match in WORD.finditer(scan.text):
        word = match[0]
        if word not in ABBREVIATIONS and word != "ist":
            continue
        if word in ALSO_WORDS and not AFTER_CLOCK.search(scan.text[: match.start()]):
            continue
        found = named(word)
        scan.remove(match.start(), match.end())
        return found
    return None


BESIDE_TIME = re.compile(r"(?:\d ?(?:am|pm)?|\bnoon|\bo'?clock|(?<!\bbe)(?<!\b is) in|^(?:hi|hello|hey)?[ ,]*)[ ,]*$")
HERE = re.compile(r"^ (?:here|based|time)\b")
FIRST_WORD = re.compile(r"^[,.!]")
#: Names of places that are said for other reasons.
NO_PLACES = frozenset(
    {"nice", "reading", "cork", "bath", "mobile", "jordan", "georgia", "victoria", "java", "split", "bergen"}
)
WITH_A_TIME = frozenset({"pacific", "eastern", "central", "mountain"})


def _by_the_way(scan: Scan, _is_expected: bool) -> Zone | None:
    """ "Tomorrow 5pm Istanbul", "new york here", "noon in Nairobi" """
    words = list(WORD.finditer(scan.text))
    for size in (3, 2, 1):
        for first in range(len(words) - size + 1):
            start, end = words[first].start(), words[first + size - 1].end()
            name = scan.text[start:end]
            if name in NO_PLACES or len(name) < 4 or (name in ALSO_WORDS and name not in WITH_A_TIME):
                continue
            if not _stands_as_a_zone(scan.text, start, end, name):
                continue
            found = named(name)
            if found is not None:
                here = HERE.match(scan.text[end:])
                scan.remove(start, end + (here.end() if here else 0))
                return found
    return None


def _stands_as_a_zone(text: str, start: int, end: int, name: str) -> bool:
    if HERE.match(text[end:]):
        return True
    before = BESIDE_TIME.search(text[:start])
    if before is None:
        return False
    is_first = not text[:start].strip(" ,") or text[:start].strip(" ,") in {"hi", "hello", "hey"}
    return bool(FIRST_WORD.match(text[end:])) and name not in WITH_A_TIME if is_first else True


LITTLE_WORDS = re.compile(
    r"^(?:(?:i'm|i am|im|we're|it's|in|from|at|the|near|close to|around|hi|hello|sorry|please)[ ,]+)*"
)


def _whole_text(scan: Scan, is_expected: bool, is_open: bool) -> Zone | None:
    """A place and nothing else: "madrid", "Madrid, Spain"; where one is expected, a mistyped or an unknown one too."""
    text = LITTLE_WORDS.sub("", scan.rest.strip(" .!?"))
    found = _whole(text, is_expected, is_open)
    if found is not None:
        scan.remove(0, len(scan.text))
    return found


def _whole(text: str, is_expected: bool, is_open: bool) -> Zone | None:
    parts = [part.strip() for part in re.split(r"[,/]", text) if part.strip()]
    if any(one.kind != "zone" for part in parts for one in lexing.tokens(part)):
        return None  # more than a place
    if not parts or len(text) > 60 or len(parts) > 3 or (text in ALSO_WORDS and not (is_expected or is_open)):
        return None
    known = (found for part in (text, *parts) if (found := named(part)))
    return next(known, None) or (resembling(parts[0]) if is_expected else None)
