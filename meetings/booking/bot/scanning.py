"""Looking through a text for patterns, each word used once."""

import re

#: What stands where words were taken out: no pattern matches across it, and positions stay.
TAKEN = "\x1f"

NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3,
}  # fmt: skip
#: For patterns: what `number` reads.
ANY_NUMBER = r"\d{1,3}|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))


def number(words: str) -> int:
    """What an ANY_NUMBER group caught."""
    return int(words) if words.isdigit() else NUMBER_WORDS[words]


class Scan:
    """A text from which what was understood is taken out."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, taken out."""
        match = pattern.search(self.text)
        if match is not None:
            self.remove(match.start(), match.end())
        return match

    def remove(self, start: int, end: int) -> None:
        self.text = self.text[:start] + TAKEN * (end - start) + self.text[end:]

    @property
    def rest(self) -> str:
        """What was not taken."""
        return " ".join(self.text.replace(TAKEN, " ").split())
