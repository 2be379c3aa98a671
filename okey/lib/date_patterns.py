"""How dates are written in each language, by CLDR: made from the way they are written in English pages.

The program says `"D j M Y, H:i"`, as it says its texts in English; for another language Django finds here what CLDR
writes for the same parts: `"D, j. M Y, H:i"`.
"""

import re

from babel import Locale

#: By the English pattern: which parts of a date it shows, as CLDR's skeletons name them.
SKELETONS = {
    "D j M Y": "yMMMEd",
    "D j M": "MMMEd",
    "j M Y": "yMMMd",
    "j M": "MMMd",
    "l j F Y": "yMMMMEEEEd",
    "l j F": "MMMMEEEEd",
    "j F Y": "yMMMMd",
    "j F": "MMMMd",
    "F Y": "yMMMM",
    "D j": "Ed",
}
#: CLDR's letters in Django's.
LETTERS = {
    **dict.fromkeys(("EEEE", "cccc"), "l"),
    **dict.fromkeys(("E", "EE", "EEE", "ccc"), "D"),
    **dict.fromkeys(("MMMM", "LLLL"), "F"),
    "M": "n",
    "L": "n",
    "MM": "m",
    "LL": "m",
    "y": "Y",
    "d": "j",
    "dd": "d",
}
PART = re.compile(r"'([^']*)'|([A-Za-z])\2*")


def patterns(language: str) -> dict[str, str]:
    """Django's pattern of this language for each English one, alone and with what follows a date."""
    locale = Locale.parse(language, sep="-")
    dates = {english: _pattern(locale, skeleton) for english, skeleton in SKELETONS.items()}
    behind = ("", ",", ", ", ", H:i", ", H:i:s", ", H:i T", ", H:i:s T")
    found = {english + end: pattern + end for english, pattern in dates.items() for end in behind}
    names = {
        "DATE_FORMAT": dates["j M Y"],
        "TIME_FORMAT": "H:i",
        "DATETIME_FORMAT": found["D j M Y, H:i"],
        "SHORT_DATE_FORMAT": dates["j M Y"],
        "SHORT_DATETIME_FORMAT": found["j M Y, H:i"],
    }
    return found | names


def _short_month(locale: Locale) -> str:
    """Django has three: Nov, nov, and Nov. with a full stop."""
    name = str(locale.months["format"]["abbreviated"][11])
    return "N" if name.endswith(".") and not name.islower() else "b" if name.islower() else "M"


def _pattern(locale: Locale, skeleton: str) -> str:
    known, short_month = locale.datetime_skeletons, _short_month(locale)
    if skeleton in known:
        return _djangos(str(known[skeleton].pattern), short_month)
    # CLDR lists a weekday in full with none of its skeletons: the shorter one's pattern, with longer parts.
    short = skeleton.replace("EEEE", "E").replace("MMMM", "MMM")
    nearest = skeleton.replace("EEEE", "E")
    found = str((known.get(nearest) or known[short]).pattern)
    if "MMMM" in skeleton:
        found = re.sub(r"(?<![ML])([ML])\1\1(?![ML])", r"\1\1\1\1", found)
    return _djangos(re.sub(r"[Ec]+", "EEEE", found) if "EEEE" in skeleton else found, short_month)


def _djangos(pattern: str, short_month: str) -> str:
    """What stands between quotes is written letter by letter."""

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return "".join(f"\\{letter}" for letter in found[1])
        return short_month if found[0] in {"MMM", "LLL"} else LETTERS[found[0]]

    return PART.sub(part, pattern)
