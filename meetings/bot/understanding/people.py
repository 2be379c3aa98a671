"""Whom the text speaks of, where a client can be reached, and what the meeting is about."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from meetings.bot.understanding.lexing import tokens
from meetings.bot.understanding.names import NOT_NAMES, SENTENCE
from meetings.bot.understanding.scanning import Scan

NOTE_LENGTH = 500
#: What the grammars read where the owner is named.
OWNER = "theowner"


def with_owner(text: str, name: str) -> str:
    """`text`, in lower case, with OWNER in place of the owner's name, whole or the first of it.

    A name that is a word of ordinary sentences ("Will", "May") stays: only the whole name is told then.
    """
    parts = name.lower().split()
    is_plain = bool(parts) and len(parts[0]) > 1 and not tokens(parts[0]) and parts[0] not in SENTENCE | NOT_NAMES
    for known in [" ".join(parts), *(parts[:1] if is_plain else [])]:
        if len(known) > 1:
            text = re.sub(rf"(?<![\w@.-]){re.escape(known)}(?![\w@-])", OWNER, text)
    return text


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


def other_addresses(scan: Scan) -> tuple[str, ...]:
    """Those after the first, taken out: whose they are has to be asked."""
    others = []
    while (match := scan.take(ADDRESS)) is not None:
        others.append(match["address"].strip(".'"))
    return tuple(dict.fromkeys(others))


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
