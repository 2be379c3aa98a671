"""What a client typed, made safe to keep and plain to read.

Nothing here escapes: pages autoescape, and texts go into no log. What a database or a JSON encoder refuses (NUL,
lone surrogates) and what makes a transcript lie (control characters, overrides of the writing direction) is left out.
"""

import re
import unicodedata
from dataclasses import dataclass

#: Longer texts are kept up to here and not read: nobody asks for a meeting in so many words.
KEPT_LENGTH = 2000
READ_LENGTH = 400
#: More of a hostile megabyte is not even looked at.
LOOKED_AT = 20_000
#: More is not written out in plain letters: a single sign can become eighteen.
PLAIN_LENGTH = 2 * READ_LENGTH

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-_])")
SPACES = re.compile(r"\s+")

#: Signs that are words. The others are left out when reading.
SIGNS = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-",
        "👍": " yes ", "👌": " yes ", "✅": " yes ", "✔": " yes ", "👎": " no ", "❌": " no ", "👋": " hello ",
        "🙏": " thanks ",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """`kept` for the transcript; `read` (one line, lower case kept apart in `folded`) for understanding."""

    kept: str
    read: str
    is_too_long: bool = False

    @property
    def folded(self) -> str:
        return self.read.lower()


def clean(text: str) -> Heard:
    """Of any text at all."""
    start = text[:LOOKED_AT]
    kept = _storable(start).strip()
    read = _readable(start)
    is_too_long = len(text) > LOOKED_AT or len(read) > READ_LENGTH
    return Heard(_cut(kept), "" if is_too_long else read, is_too_long)


def _storable(text: str) -> str:
    text = ANSI.sub("", text).encode("utf-8", "ignore").decode()
    return "".join(letter for letter in text if letter in "\n\t" or not _is_invisible(letter))


def _is_invisible(letter: str) -> bool:
    """Control characters, and format characters but for the joiner that emoji are made with."""
    category = unicodedata.category(letter)
    return category == "Cc" or (category == "Cf" and letter != "\u200d")


def _readable(text: str) -> str:
    spaced = _storable(text).translate(SIGNS)
    spaced = SPACES.sub(" ", spaced).strip()
    if len(spaced) > PLAIN_LENGTH:
        return spaced
    plain = unicodedata.normalize("NFKC", spaced)
    letters = (letter for letter in plain if not _is_ornament(letter))
    return SPACES.sub(" ", "".join(letters)).strip()


def _is_ornament(letter: str) -> bool:
    """Emoji and what modifies them. The marks that scripts write vowels with are letters."""
    return unicodedata.category(letter) in {"Cf", "Me", "So", "Sk", "Co"} or "\ufe00" <= letter <= "\ufe0f"


def _cut(text: str) -> str:
    return text if len(text) <= KEPT_LENGTH else text[: KEPT_LENGTH - 1] + "…"
