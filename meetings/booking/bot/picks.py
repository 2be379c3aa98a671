"""Which of the offered times a client picks: "the second one", "2", "10:30", "the later one", "friday works"."""

import re
from datetime import datetime

from meetings.booking.bot.hours import whole_clock
from meetings.booking.bot.intents import Scene
from meetings.booking.bot.wishes import Wish
from meetings.booking.bot.words import time_label

#: A pick of one that was not offered: "the seventh" of five.
NOT_THERE = -1

ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7, "ninth": 8, "9th": 8, "tenth": 9, "10th": 9,
}  # fmt: skip
FIGURES = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}

LEAD = (
    r"(?:(?:yes|ok|okay|please|let's|lets|i'll|i|would|will|like|prefer|want|to|take|do|go|with|for|book"
    r"|choose|pick|and|i'd)[ ,]+)*"
)
TAIL = (
    r"(?:[ ,]*(?:please|thanks|one|is|works|work|would|be|for me|fine|good|great|ok|okay|perfect|best|better"
    r"|suits me|then))*"
)
THING = r"(?:one|option|slot|time|choice|date|suggestion)"

ANY_FIGURE = "|".join(FIGURES)
NUMBER = re.compile(
    rf"^{LEAD}(?:the )?(?:number|no\.?|nr\.?|option|slot|choice|#|answer)? ?"
    rf"(?P<figure>\d\d?|{ANY_FIGURE})[.)]?{TAIL}$"
)
ORDINAL = re.compile(
    rf"\b(?P<word>{'|'.join(ORDINALS)}) {THING}\b|^{LEAD}(?:the )?(?P<alone>{'|'.join(ORDINALS)}){TAIL}$"
)
EDGE = re.compile(
    rf"^{LEAD}(?:the )?(?P<edge>last|latest|later|latter|earliest|earlier|soonest|former|middle)(?: {THING})?{TAIL}$"
    rf"|\bthe (?P<edge2>last|latest|later|latter|earliest|earlier|soonest|former|middle) {THING}\b"
)
WHICHEVER = re.compile(
    r"^(?:(?:i )?(?:don't|do not) (?:mind|care)|whichever|whatever|you (?:choose|pick|decide)"
    r"|any(?: of (?:them|those|these))?(?: is| are)?(?: ok| okay| fine| good| works?)?"
    r"|either(?: one)?(?: is| works?)?(?: ok| fine| good)?|all (?:of them )?work"
    r"|both work)[.! ]*$"
)
#: A time among those offered was named as the one: "the friday one", "tuesday works".
CHOOSES = re.compile(
    rf"\b{THING}\b|\b(?:works?|suits?|is (?:fine|good|ok|okay|great|perfect|best)"
    r"|would be (?:fine|good|great)|sounds good|i'll take|let's (?:do|take)|take|go with|please book)\b"
)


def find_pick(text: str, scene: Scene) -> int | None:
    """An index into what was offered, NOT_THERE, or None where nothing is picked."""
    count = len(scene.offered)
    if not count:
        return None
    labels = [time_label(start, scene.zone).casefold() for start in scene.offered]
    if text.casefold() in labels:  # the button itself, which is no text to be read
        return labels.index(text.casefold())
    for index in (_by_number(text), _by_ordinal(text), _by_edge(text, count)):
        if index is not None:
            return index if 0 <= index < count else _by_clock(text, scene, NOT_THERE)
    return 0 if WHICHEVER.match(text) else _by_clock(text, scene, None)


def pick_by_wish(text: str, wish: Wish, scene: Scene) -> int | None:
    """The one offered time that is meant by a day or a time, if it was chosen by it."""
    if wish.exact_minute is None and not CHOOSES.search(text):
        return None
    fits = [index for index, start in enumerate(scene.offered) if _fits(wish, start, scene)]
    return fits[0] if len(fits) == 1 else None


def _fits(wish: Wish, start: datetime, scene: Scene) -> bool:
    return wish.admits(start, start, scene.zone)


def _by_number(text: str) -> int | None:
    match = NUMBER.match(text)
    if match is None:
        return None
    figure = match["figure"]
    return (int(figure) if figure.isdigit() else FIGURES[figure]) - 1


def _by_ordinal(text: str) -> int | None:
    match = ORDINAL.search(text)
    return ORDINALS[match["word"] or match["alone"]] if match else None


def _by_edge(text: str, count: int) -> int | None:
    match = EDGE.search(text)
    if match is None:
        return None
    edge = match["edge"] or match["edge2"]
    if edge == "middle":
        return count // 2
    # "Later" and "earlier" alone ask for others; of two, they choose.
    is_bare = edge in {"later", "earlier"} and count != 2 and not re.search(THING, text)
    return None if is_bare else (0 if edge in {"earliest", "earlier", "soonest", "former"} else count - 1)


def _by_clock(text: str, scene: Scene, otherwise: int | None) -> int | None:
    clock = whole_clock(text)
    if clock is None:
        return otherwise
    local = [start.astimezone(scene.zone) for start in scene.offered]
    for minute in clock.both:
        fits = [index for index, start in enumerate(local) if start.hour * 60 + start.minute == minute]
        if len(fits) == 1:
            return fits[0]
    return otherwise
