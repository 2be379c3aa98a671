"""Looking through a text for patterns, each word used once; and keeping account of which words were used."""

import re

#: What stands where words were taken out: no pattern matches across it, and positions stay.
TAKEN = "\x1f"

NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3,
    "couple": 2, "a couple": 2,
}  # fmt: skip
#: For patterns: what `number` reads.
ANY_NUMBER = r"\d{1,3}|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))


def number(words: str) -> int:
    """What an ANY_NUMBER group caught."""
    return int(words) if words.isdigit() else NUMBER_WORDS[words]


class Scan:
    """A text from which what was understood is taken out.

    Words may also be claimed: used, but left where they are for other grammars to read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._used = bytearray(letter == TAKEN for letter in text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, taken out."""
        match = pattern.search(self.text)
        if match is not None:
            self.remove(match.start(), match.end())
        return match

    def remove(self, start: int, end: int) -> None:
        self.text = self.text[:start] + TAKEN * (end - start) + self.text[end:]
        self.claim(start, end)

    def claim(self, start: int, end: int) -> None:
        self._used[start:end] = b"\1" * (end - start)

    def release(self, start: int, end: int) -> None:
        """What was taken there meant nothing after all."""
        self._used[start:end] = bytes(end - start)

    def is_used(self, start: int, end: int) -> bool:
        """Whether every letter there was taken or claimed."""
        return all(self._used[start:end])

    @property
    def rest(self) -> str:
        """What was not taken."""
        return " ".join(self.text.replace(TAKEN, " ").split())

    def tidy(self) -> "Tidy":
        return Tidy(self)


class Tidy:
    """What a scan has left, in single spaces and without the signs around it; matches are claimed in the scan."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        kept = [(letter, at) for at, letter in enumerate(scan.text.replace(TAKEN, " "))]
        single = [one for at, one in enumerate(kept) if one[0] != " " or (at > 0 and kept[at - 1][0] != " ")]
        text = "".join(letter for letter, _at in single)
        begin = len(text) - len(text.lstrip(EDGES))
        self.text = text.strip(EDGES)
        self._places = [at for _letter, at in single[begin : begin + len(self.text)]]

    def claim(self, start: int, end: int) -> None:
        for place in self._places[start:end]:
            self._scan.claim(place, place + 1)

    def claim_all(self) -> None:
        self.claim(0, len(self.text))


EDGES = " .,;!-"
