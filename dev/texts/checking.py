"""What is wrong with a translation as the program sees it: its names, its tags, its forms, its ends."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

from dev.texts.catalogs import Said
from dev.texts.finding import Text

#: A name may be said twice in one language and once in another; what has no name goes by its place.
NAMES = re.compile(r"%\(\w+(?:\.\w+)*\)[sd]|\{\w+\}")
PLACES = re.compile(r"%[sd]|\{\}|%%")


def missing(said: Said) -> list[Text]:
    return [text for text, forms in said.items() if not all(forms)]


def faults(said: Said) -> Iterator[str]:
    """Of each text that is translated."""
    for text, forms in said.items():
        if not all(forms):
            continue
        for form in forms:
            originals = [text.single, text.plural] if text.plural else [text.single]
            yield from (f"{form!r}: {what}, unlike {text.single!r}" for what in _differs(form, originals))
        if text.plural and NAMES.findall(forms[-1]).count("%(count)s") < text.plural.count("%(count)s"):
            yield f"{forms[-1]!r} does not say how many, unlike {text.plural!r}"


def _differs(form: str, originals: list[str]) -> Iterator[str]:
    """A form says what one of the originals says: *one meeting* names no number."""
    if _filled(form) not in [_filled(original) for original in originals]:
        yield "other names are filled in"
    if _tags(form) not in [_tags(original) for original in originals]:
        yield "other tags"
    for end, has in (("begins", str.startswith), ("ends", str.endswith)):
        if has(form, "\n") not in [has(original, "\n") for original in originals]:
            yield f"{end} with another line break"
    if form != form.strip() and originals[0] == originals[0].strip():
        yield "space around it"


def _filled(text: str) -> tuple[set[str], list[str]]:
    return set(NAMES.findall(text)), PLACES.findall(text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[f"<{tag} {sorted(attrs, key=str)}>"] += 1

    def handle_endtag(self, tag: str) -> None:
        self.found[f"</{tag}>"] += 1


def _tags(text: str) -> Counter[str]:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser.found
