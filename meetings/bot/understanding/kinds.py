"""Which of several kinds of meeting is meant, by the names that the owner gave them."""

import re
from collections.abc import Sequence

WORD = re.compile(r"\w+")
NUMBER = re.compile(r"\s*#?(?:number\s+|no\.?\s*)?(\d{1,2})\s*[.)]?\s*", re.IGNORECASE)
#: What is said before a name and means nothing: "a consultation, please".
AROUND = frozenset({"a", "an", "the", "please", "i", "want", "would", "like", "d", "book", "to", "take", "pls"})
#: A name that is none but these is said in any sentence: it counts only where nothing else is said.
EVERYDAY = frozenset({"meeting", "call", "talk", "appointment", "chat", "video", "phone"})
PREFIX_MIN = 3


def named(text: str, names: Sequence[str], *, is_asked: bool) -> tuple[int, str] | None:
    """Which one, by its place in the list, and what else was said; None where no one alone is meant.

    `is_asked`: they were just listed, so that a number, or the beginning of one name, is an answer.
    """
    said = _words(text)
    if not said:
        return None
    number = NUMBER.fullmatch(text)
    if is_asked and number and 1 <= int(number[1]) <= len(names):
        return int(number[1]) - 1, ""
    bare = [word for word in said if word not in AROUND] or said
    wanted = [_words(name) for name in names]
    whole = [index for index, name in enumerate(wanted) if name in (bare, said)]
    if len(whole) == 1:
        return (whole[0], "") if is_asked or not _is_everyday(wanted[whole[0]]) else None
    if is_asked and len(" ".join(bare)) >= PREFIX_MIN:
        begun = [index for index, name in enumerate(wanted) if " ".join(name).startswith(" ".join(bare))]
        if len(begun) == 1:
            return begun[0], ""
    return _within(text, wanted)


def _within(text: str, wanted: Sequence[list[str]]) -> tuple[int, str] | None:
    """A name in a sentence, to the letter, with what stands around it."""
    found = []
    for index, name in enumerate(wanted):
        if not name or _is_everyday(name):
            continue
        pattern = r"(?<!\w)" + r"\W+".join(map(re.escape, name)) + r"(?!\w)"
        if match := re.search(pattern, text, re.IGNORECASE):
            found.append((index, match))
    # "Consultation" in "Long consultation" is no name of its own.
    longest = [one for one in found if not any(_covers(other[1], one[1]) for other in found if other[0] != one[0])]
    if len(longest) != 1:
        return None
    index, match = longest[0]
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return index, "" if set(_words(rest)) <= AROUND else " ".join(rest.split())


def _covers(wide: "re.Match[str]", narrow: "re.Match[str]") -> bool:
    return wide.start() <= narrow.start() and narrow.end() <= wide.end() and wide.span() != narrow.span()


def _is_everyday(name: list[str]) -> bool:
    return set(name) <= EVERYDAY


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
