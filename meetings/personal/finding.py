"""Whether a text speaks of a person: by an address of theirs, or by their whole name where it is not part of another
person's.

"Ann" is not in "Annabel", and in "Ann Lee booked" only where no other contact is called so.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

#: A line of a calendar goes on behind these (RFC 5545, 3.1), and what is written in one is escaped (3.3.11).
FOLD = re.compile(r"\r?\n[ \t]")
#: Somebody's who may be called otherwise.
ADDRESS = re.compile(r"[^\s<>:,;]+@[^\s<>,;]+")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Person:
    """`names`, `addresses`: theirs now and before. `others`: names of other people, of which these may be part."""

    def __init__(self, *, names: Collection[str], addresses: Iterable[str], others: Iterable[str] = ()) -> None:
        any_address = "|".join(re.escape(one.casefold()) for one in addresses)
        self._address = re.compile(rf"(?<![a-z0-9._%+-])(?:{any_address})(?![a-z0-9-]|\.[a-z0-9])")
        self._name = re.compile("|".join(_words(name).pattern for name in names))
        folded = {name.casefold() for name in names}
        longer = sorted({one for one in others if one.casefold() not in folded}, key=len, reverse=True)
        self._others = [_words(one) for one in longer if self._name.search(one.casefold())]

    def is_in(self, text: str) -> bool:
        text = text.casefold()
        if self._address.search(text):
            return True
        text = ADDRESS.sub(" ", text)
        for other in self._others:
            text = other.sub(" ", text)
        return bool(self._name.search(text))

    def is_in_calendar(self, text: str) -> bool:
        """As it stands in the file, folded and escaped."""
        return self.is_in(ESCAPED.sub(_unescaped, FOLD.sub("", text)))


def _words(name: str) -> "re.Pattern[str]":
    """Wherever the lines break between them."""
    words = r"\s+".join(map(re.escape, name.casefold().split()))
    return re.compile(rf"(?<!\w){words}(?!\w)")


def _unescaped(found: "re.Match[str]") -> str:
    escaped: Any = found[1]
    return "\n" if escaped in "nN" else escaped
