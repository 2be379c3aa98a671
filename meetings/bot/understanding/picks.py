"""Which of the offered times a client picks, or refuses: "the second one", "2", "10:30", "not the first one"."""

import re
from dataclasses import dataclass
from datetime import datetime

from meetings.bot.understanding.hours import whole_clock
from meetings.bot.understanding.intents import Scene
from meetings.bot.understanding.refusals import Why, refusal_at
from meetings.bot.understanding.scanning import Tidy
from meetings.bot.understanding.wanted_times import Wish

#: A pick of one that was not offered: "the seventh" of five.
NOT_THERE = -1

ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7, "ninth": 8, "9th": 8, "tenth": 9, "10th": 9,
}  # fmt: skip
FIGURES = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}

LETTERS = "abcde"
LEAD = (
    r"(?:(?:yes|yeah|ok|okay|please|let's|lets|i'll|i|would|will|like|prefer|want|to|take|do|go|with|for|book|give|me"
    r"|choose|pick|and|i'd|number|maybe|think|hmm|um|sure|can|we|have|could)[ ,]+)*"
)
TAIL = (
    r"(?:[ ,]*(?:please|thanks|thank you|one|is|works|work|would|be|for me|fine|good|great|ok|okay|perfect|best|better"
    r"|suits me|then|sounds good|looks good|it is))*"
)
THING = r"(?:one|option|slot|time|choice|date|suggestion)"

ANY_FIGURE = "|".join(FIGURES)
NUMBER = re.compile(
    r"\b(?:number|option|choice|slot|no\.) ?(?P<named>\d\d?|[a-e]\b|one|two|three|four|five)\b(?![:.]\d)"
    rf"|^{LEAD}(?:the )?(?:number|no\.?|nr\.?|option|slot|choice|#|answer)? ?"
    rf"(?P<figure>\d\d?|{ANY_FIGURE})[.)]?{TAIL}$"
)
ORDINAL = re.compile(
    rf"\b(?:the )?(?P<word>{'|'.join(ORDINALS)}) {THING}\b"
    rf"|\bthe (?P<bare>{'|'.join(ORDINALS)})\b(?= (?:would|is|works|suits|sounds|please|looks|will|but)\b|[,.!]|$)"
    rf"|^{LEAD}(?:the )?(?P<alone>{'|'.join(ORDINALS)}){TAIL}$"
)
EDGE = re.compile(
    rf"^{LEAD}(?:the )?(?P<edge>last|latest|later|latter|earliest|earlier|soonest|former|middle)(?: {THING})?{TAIL}$"
    rf"|\bthe (?P<edge2>last|latest|later|latter|earliest|earlier|soonest|former|middle) {THING}\b"
    r"|\b(?:the )?(?P<edge3>latest|earliest|last|soonest) of (?:these|those|them)\b"
    r"|\b(?:the one )?in the (?P<edge4>middle)\b"
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


@dataclass(frozen=True)
class Pick:
    """`index`: into what was offered, or NOT_THERE. `refused`: that one is not wanted, and why."""

    index: int
    start: int
    end: int
    or_index: int | None = None
    refused: Why | None = None


#: A figure that nothing says to be a place in the list.
BARE = re.compile(r"^\W*(?:\d\d?|one|two|three|four|five|six|seven|eight|nine)(?:[ ,]*(?:please|thanks|pls))?\W*$")
FROM_END = re.compile(
    r"\b(?:the )?(?:(?P<one>second (?:to )?last|penultimate|last but one|next to last)"
    r"|(?P<two>third (?:to )?last))\b(?: one)?"
)


#: "3rd one no sorry 4th": what is said last is meant.
CORRECTED = re.compile(
    r"^(?P<first>.+?)[ ,.;!-]+(?:(?:oh|no|sorry|oops|i mean|i meant|actually|wait|make that)[ ,.!]+)+(?P<last>[^,.;]+)$"
)


def _alone(text: str, scene: Scene) -> int | None:
    """The one that these words name and nothing else."""
    match, index = _by_ordinal(text)
    if match is not None and match["alone"] and index is not None:
        return index if index < len(scene.offered) else None
    return _by_clock(text, scene)


def _names_one(text: str) -> bool:
    return re.search(rf"\d|\b(?:{'|'.join([*ORDINALS, *FIGURES])})\b", text) is not None and not re.search(
        r"\b(?:not|no|n't|can't)\b", text
    )


def _from_end(text: str, count: int) -> tuple[re.Match[str] | None, int | None]:
    match = FROM_END.search(text)
    return (None, None) if match is None else (match, count - (2 if match["one"] else 3))


def find_pick(said: Tidy, scene: Scene) -> Pick | None:
    """None where nothing is picked. Nothing is claimed yet: a time that is named may say more."""
    count = len(scene.offered)
    if not count:
        return None
    text = said.text
    corrected = CORRECTED.match(text)
    if (
        corrected is not None
        and (last := _alone(corrected["last"], scene)) is not None
        and _names_one(corrected["first"])
    ):
        return Pick(last, 0, len(text))
    for match, index in (_by_number(text), _from_end(text, count), _by_ordinal(text), _by_edge(text, count)):
        if match is not None and index is not None:
            return _judged(text, match, index, scene)
    if WHICHEVER.match(text):
        return Pick(0, 0, len(text))
    by_clock = _by_clock(text, scene)
    return None if by_clock is None else Pick(by_clock, 0, len(text))


def _judged(text: str, match: re.Match[str], index: int, scene: Scene) -> Pick:
    start, end = match.span()
    refusal = refusal_at(text, start, end)
    if refusal is not None:
        start, end = min(start, refusal.start), max(end, refusal.end)
    by_clock = _by_clock(text, scene)
    if not 0 <= index < len(scene.offered):
        index = NOT_THERE if by_clock is None else by_clock
    elif by_clock not in {None, index} and refusal is None and BARE.match(text):
        return Pick(index, start, end, or_index=by_clock)
    return Pick(index, start, end, refused=refusal.why if refusal else None)


def pick_by_wish(text: str, wish: Wish, scene: Scene) -> int | None:
    """The one offered time that is meant by a day or a time, if it was chosen by it."""
    if any(window.unwanted for window in wish.windows) or (wish.exact_minute is None and not CHOOSES.search(text)):
        return None
    fits = [index for index, start in enumerate(scene.offered) if _fits(wish, start, scene)]
    return fits[0] if len(fits) == 1 else None


def _fits(wish: Wish, start: datetime, scene: Scene) -> bool:
    return wish.admits(start, start, scene.zone)


def _by_number(text: str) -> tuple[re.Match[str] | None, int | None]:
    match = NUMBER.search(text)
    if match is None:
        return None, None
    figure = match["figure"] or match["named"]
    if figure in LETTERS:
        return match, LETTERS.index(figure)
    return match, (int(figure) if figure.isdigit() else FIGURES[figure]) - 1


def _by_ordinal(text: str) -> tuple[re.Match[str] | None, int | None]:
    match = ORDINAL.search(text)
    return (match, ORDINALS[match["word"] or match["bare"] or match["alone"]]) if match else (None, None)


def _by_edge(text: str, count: int) -> tuple[re.Match[str] | None, int | None]:
    match = EDGE.search(text)
    if match is None:
        return None, None
    edge = match["edge"] or match["edge2"] or match["edge3"] or match["edge4"]
    if edge == "middle":
        return match, count // 2
    # "Later" and "earlier" alone ask for others; of two, they choose.
    is_bare = edge in {"later", "earlier"} and count != 2 and not re.search(THING, text)
    index = 0 if edge in {"earliest", "earlier", "soonest", "former"} else count - 1
    return (None, None) if is_bare else (match, index)


def _by_clock(text: str, scene: Scene) -> int | None:
    clock = whole_clock(text)
    if clock is None:
        return None
    local = [start.astimezone(scene.zone) for start in scene.offered]
    for minute in clock.both:
        fits = [index for index, start in enumerate(local) if start.hour * 60 + start.minute == minute]
        if len(fits) == 1:
            return fits[0]
    return None
