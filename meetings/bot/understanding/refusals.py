"""What a client does not want: "not monday", "I can't do 2pm", "anything but wednesday afternoon", "10 is too early".

One rule for days, hours and offered times: words before it, or words after it, refuse what stands beside them, and what
is joined to that by "or" and "and".
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SMALL = (
    r"(?:[ ,]+(?:do|make|like|want|have|be|come|manage|meet|book|time|really|there|on|at|in|the|this|that|these"
    r"|those|a|an"
    r"|any|anything|free|available|work|works|give|all|good|around|about|during|possible|for|me|us|early|is|of|fancy|need|attend"
    r"|talk|call|it|great|ideal|best|fan|big|keen|want to|to|ever|until|till|my))*"
)
BEFORE = re.compile(
    r"(?P<word>\b(?:neither|(?<!if )(?<!why )(?<!or )not|never|no(?=[ ]*$)|nor|except(?: for)?|excluding"
    r"|avoid(?:ing)?|without|other than|apart from|besides"
    r"|but not|(?:any|every)(?: ?(?:thing|time|day|where|one|other day|day of the week))?(?: \w+){0,2} (?:but"
    r"|except(?: for)?)"
    r"|all days but|can't|cannot|cant|can not|couldn't|won't|wont|will not|(?:don't|dont|do not)(?! (?:mind|care"
    r"|know|worry|bother))|doesn't|does not|doesnt|isn't|isnt|is not"
    r"|wouldn't|would not|hate|dislike|busy|away|unavailable|(?:i'm|i am|we're) (?:off|out|gone)|out of (?:office|town)"
    r"|on (?:holiday|vacation|leave)|booked(?: up)?|in meetings?|blocked|rather than|instead of))"
    rf"{SMALL}[ ,]*$"
)
AFTER = re.compile(
    r"^(?:'s)?[ ,]*(?:slot |one |option |time |meeting )?(?:at all |really |just |unfortunately |is |are |was "
    r"|would |will |simply |also |it |that )*"
    r"(?P<word>(?:doesn't|does not|doesnt|(?:don't|do not|dont)(?! (?:mind|care|know|worry|bother))|won't|wont"
    r"|will not|wouldn't|would not|can't|cannot|cant"
    r"|isn't|is not|isnt|aren't|are not|not|no good|no go|bad|busy|full|impossible|out|off|blocked|taken|booked"
    r"|difficult|a no"
    r"|tricky|no(?= *(?:,|$))|no longer possible|unavailable|clashes|awkward|inconvenient|hard)\b)"
    r"(?! (?:before|after|until|earlier|later))(?:[ ,]+(?:really|work|works|good|possible|ok|okay|great|ideal|suit"
    r"|suits|fit|"
    r"available|free|happen|be|for|me|us|at all|an option|the best|best|do|it|so|go|question|of the question|limits"
    r"|up))*"
)
TOO = re.compile(
    r"^[ ,]*(?:slot |one |option |time )?(?:is |are |would be |will be |'s |seems |feels |sounds )*"
    r"(?:a (?:bit|little) |much |way |far |rather |kind of |just )?(?P<word>too (?P<which>late|early"
    r"|soon))(?: (?:for (?:me|us)|in the day))?"
)
JOINED = re.compile(r"^[ ,]*(?:or|and|nor|/|&)[ ,]*(?:on|at|in|the|this|next)?[ ,]*$")
BESIDE = re.compile(r"^ *(?:on|at|in|of|the|in the|during|during the)? *$")
#: "No, friday" corrects; "no fridays" refuses.
CORRECTS = re.compile(r"^(?:oh |sorry |hm+ |um+ |well )*(?:no|nope)[ ,]*(?:on |at |the )?$")
#: "12:30 no 13:30": beside a time that was said before.
CORRECTS_LAST = re.compile(r"[ ,.;]*(?:oh |uh |um |wait |sorry )*no[, ]*(?:wait |sorry |make it )?(?:on |at |the )?")
IS_WANTED = re.compile(
    r"^[^,.;]{0,25}?\b(?:(?:is|are|would be) (?:ok|okay|fine|good|great|possible|perfect|best)|works|will do)\b"
)


class Why(StrEnum):
    NOT = "not"
    TOO_LATE = "too late"
    TOO_EARLY = "too early"


@dataclass(frozen=True)
class Refusal:
    """`start` and `end`: where in the text the refusing words stand."""

    why: Why
    start: int
    end: int


def refusal_at(text: str, start: int, end: int, since: int = 0, until: int | None = None) -> Refusal | None:
    """What refuses the words from `start` to `end`; looked for from `since` on, and to `until`."""
    until = len(text) if until is None else until
    before, after = text[since:start], text[end:until]
    too = TOO.match(after)
    if too is not None:
        why = Why.TOO_LATE if too["which"] == "late" else Why.TOO_EARLY
        return Refusal(why, end, end + too.end())
    stands_after = AFTER.match(after)
    if stands_after is not None and not _is_of_the_next(after, stands_after, has_next=until < len(text)):
        return Refusal(Why.NOT, end, end + stands_after.end())
    stands_before = BEFORE.search(before)
    is_first = since == 0 and CORRECTS.match(before)
    is_correcting = (is_first or CORRECTS_LAST.fullmatch(before)) and not text[start:end].rstrip().endswith("s")
    if stands_before is not None and not is_correcting:
        return Refusal(Why.NOT, since + stands_before.start(), start)
    return None


def _is_of_the_next(after: str, match: re.Match[str], *, has_next: bool) -> bool:
    """ "Tuesday, not wednesday", "friday, I can't do monday" """
    return has_next and re.fullmatch(r" *(?:the|on|in|a|any|this|before|after)? *", after[match.end() :]) is not None


def refusals(text: str, spans: list[tuple[int, int]]) -> list[Refusal | None]:
    """For each of these words, in their order, what refuses it."""
    ends = [0, *(end for _start, end in spans)]
    starts = [*(start for start, _end in spans), len(text)]
    found: list[Refusal | None] = []
    since = 0
    for index, (start, end) in enumerate(spans):
        refusal = refusal_at(text, start, end, max(since, ends[index]), starts[index + 1])
        found.append(refusal)
        since = refusal.end if refusal is not None else end
    for index in range(1, len(spans)):  # "wed is out, thurs too"
        last = found[index - 1]
        if found[index] is None and last is not None and re.match(r" (?:too|as well|also)\b", text[spans[index][1] :]):
            found[index] = last
    for index in range(1, len(spans)):  # "not monday or tuesday", "not wednesday afternoon"
        between = text[ends[index] : starts[index]]
        last = found[index - 1]
        if IS_WANTED.match(text[spans[index][1] :]):  # "can't do 10, 11 tomorrow is ok"
            continue
        if found[index] is None and last is not None and _goes_on(between) and last.start < spans[index - 1][0]:
            found[index] = last
    for index in range(len(spans) - 2, -1, -1):  # "monday and tuesday don't work"
        between = text[ends[index + 1] : starts[index + 1]]
        following = found[index + 1]
        if (
            found[index] is None
            and following is not None
            and _goes_on(between)
            and following.start >= spans[index + 1][1]
        ):
            found[index] = following
    return found


def _goes_on(between: str) -> bool:
    return bool(JOINED.match(between) or BESIDE.match(between))
