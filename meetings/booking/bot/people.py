"""Who a client says they are, and what the meeting is about: names, e-mail addresses, notes."""

import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from meetings.booking.bot.scanning import Scan

NAME_LENGTH = 100
NAME_WORDS = 5
NOTE_LENGTH = 500


@dataclass(frozen=True)
class Address:
    """An e-mail address; or something that was meant to be one (`text` is "")."""

    text: str = ""


ADDRESS = re.compile(r"(?:mailto:)?[<(\"']*(?P<address>[^\s@<>()\",;:]+@[^\s@<>()\",;]+)[>)\"'.,;!?]*")


def find_address(scan: Scan) -> Address | None:
    """The first e-mail address, taken out. An Address("") where there is an @ and no address."""
    match = scan.take(ADDRESS)
    if match is None:
        return Address() if re.search(r"\S@(?!\d)|@\w+\.\w", scan.text) else None
    text = match["address"].strip(".'")
    try:
        validate_email(text)
    except ValidationError:
        return Address()
    return Address(text) if len(text) <= 254 else Address()


# --- Names -------------------------------------------------------------------------------------------------------

#: What ends a name: "I'm Ann from Acme".
ENDS_NAME = re.compile(
    r"[,;:!?()\n\x1f]|\.\s|\.$| -|\b(?:and|from|with|at|of|in|my|here|but|i|i'm|can|could|we|is|please|the|e-?mail|mail"
    r"|by|speaking|who|for|to|or|so|would|want|looking|hoping|trying|on|not|thanks)\b",
    re.IGNORECASE,
)
CERTAIN = re.compile(
    r"\b(?:my|the|full|client'?s?) name(?:'s| is|:| should be)|\bname ?(?:is|:|=|to)"
    r"|\b(?:call me|i am called|i'm called)|\bsigned,?",
    re.IGNORECASE,
)
PERHAPS = re.compile(r"\b(?:i'm|i am|im|this is|it's|it is|here is|here's)\b", re.IGNORECASE)
#: What follows "I'm" and "this is" without being anybody's name.
NOT_NAMES = frozenset(
    """
    a about address afraid after afternoon agent all almost already also always an any anytime anyway asking
    available away back bad before better book booked bot busy bye calling cancel coming confused cool correct
    day done down earlier early email evening everything excited fine first flexible free friday fun glad going
    good great happy having hello help hey hi home hot how human hungry interested it just keen late later lost
    mail me meeting monday more morning much my name never next nice no nobody none noon nope not nothing now ok
    okay old on one open out over perfect person quite ready really right robot running saturday second sick so
    some someone sorry still stop stuck sunday sure test testing thank thanks that there third this thursday
    time tired today tomorrow tonight too traveling travelling tuesday unavailable unsure up urgent using very
    waiting wednesday week well what when where which why wondering working wrong yeah yep yes yesterday yet you
    your
    """.split()  # noqa: SIM905 -- a paragraph is read more easily than a column of a hundred and sixty words
)


def find_name(scan: Scan, *, is_expected: bool = False) -> str:
    """The client's name as they wrote it, taken out; "" where none was said.

    Behind "I'm" only where it begins with a capital, or where a name is expected.
    """
    for lead in (CERTAIN, PERHAPS):
        for match in lead.finditer(scan.text):
            name = _name_at(scan.text[match.end() :])
            if name and (lead is CERTAIN or is_expected or _is_capital(name)):
                scan.remove(match.start(), match.end() + scan.text[match.end() :].index(name) + len(name))
                return tidied(name)
    return ""


def whole_name(text: str) -> str:
    """The name, where the text is nothing but one; "" otherwise."""
    words = text.strip(" .,!?\"'<>-")
    return tidied(words) if is_name(words) else ""


def is_name(text: str) -> bool:
    """Whether this could be a person's name in any script: letters, few words, none that says something else."""
    words = text.split()
    if not words or len(words) > NAME_WORDS or len(text) > NAME_LENGTH:
        return False
    if any(word.lower().strip(".,'") in NOT_NAMES for word in words):
        return False
    return all(_is_of_names(letter) for letter in text) and sum(letter.isalpha() for letter in text) >= 2


def tidied(name: str) -> str:
    """Single spaces; capitals where somebody typed none."""
    plain = " ".join(name.split())
    return plain if plain != plain.lower() else " ".join(word[:1].upper() + word[1:] for word in plain.split())


def _name_at(text: str) -> str:
    start = text.lstrip(" :=")
    end = ENDS_NAME.search(start)
    name = start[: end.start()] if end else start
    return name.strip() if is_name(name.strip()) else ""


def _is_capital(name: str) -> bool:
    return all(word[0].isupper() or not word[0].isascii() for word in name.split())


def _is_of_names(letter: str) -> bool:
    return unicodedata.category(letter)[0] in {"L", "M"} or letter in " .'-"


# --- Notes -------------------------------------------------------------------------------------------------------

NOTE = re.compile(r"\b(?:note|topic|subject|agenda|message)(?: to \w+)? ?: ?(?P<note>.+)$", re.IGNORECASE)
#: Ends where a time is named: "to discuss the offer next tuesday".
ABOUT = re.compile(
    r"\b(?:it's about|it is about|this is about|regarding|concerning|(?:discuss|talk about|speak about|go over|review))"
    r" (?P<note>(?:(?!\b(?:tomorrow|today|tonight|next|this (?:week|morning|afternoon|evening)|(?:on|at|between"
    r"|after|before)"
    r" (?:mon|tue|wed|thu|fri|sat|sun|the \d|\d))\b|\b(?:on )?(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day)[^.!?;\x1f]){3,})",
    re.IGNORECASE,
)


def find_note(scan: Scan) -> str:
    """What the meeting is about, taken out."""
    match = scan.take(NOTE) or scan.take(ABOUT)
    return " ".join(match["note"].split())[:NOTE_LENGTH] if match else ""
