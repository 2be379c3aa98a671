"""Which words of a text carry meaning for a calendar, whoever understands them or not.

This knows nothing of the grammars. Each grammar claims the words that it used; a word that is found here and that
nobody claimed was not understood, and the client is asked about it.
"""

import re
from dataclasses import dataclass

from meetings.bot.understanding.calendar_words import ANY_MONTH, ANY_WEEKDAY
from meetings.bot.understanding.places import ABBREVIATIONS, ALSO_WORDS
from meetings.bot.understanding.scanning import Scan


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


COUNTED = r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
ORDINALS = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
UNIT = r"(?:hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|fortnights?)"
ZONES = "|".join(sorted((name for name in ABBREVIATIONS if name not in ALSO_WORDS), key=len, reverse=True))
NEGATIONS = (
    r"not|no|never|cannot|cant|dont|wont|doesnt|isnt|arent|without|except|nothing|none|neither|nor|unless|avoid"
    r"|n't|(?:any|every)(?: ?(?:thing|time|day|where|one))? but|other than|apart from"
)

TOKEN = re.compile(
    "|".join(
        (
            r"(?P<address>[^\s@<>(),;]+@[^\s@<>(),;]+\.\w+)",
            rf"(?P<duration>\b(?:half an?|\d+(?:[.,]\d+)?|an?|a couple of|a few|one|{COUNTED})[ -]?{UNIT}\b)",
            r"(?P<date>(?<![\w.])\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{2,4})?(?![\w])"
            r"|\b(?:this|next|coming|following|last) (?:week|month|year|weekend)\b|\bweekends?\b|\bweekdays?\b"
            r"|\b(?:today|tomorrow|tonight|yesterday|tmrw|tmr|2morrow|christmas|xmas|easter)\b"
            r"|\b(?:that|the same) (?:day|week)\b|\bthe (?:next )?day (?:after|before)\b(?! tomorrow)|\ball day\b"
            r"|\bsame times?\b|\bthe one (?:before|after)\b|\bnext(?= *$))",
            r"(?P<zone>\b(?:utc|gmt) ?[+-] ?\d{1,2}(?::?\d\d)?\b" rf"|\b(?:{ZONES})\b)",
            r"(?P<time>(?<![\w])\d{1,2}(?:[:.h]\d\d)? ?(?:am|pm|a\.m\.?|p\.m\.?|o'? ?clock)(?![a-z])"
            r"|(?<![\w])\d{1,2}[:h]\d\d\b)",
            rf"(?P<weekday>\b(?:{ANY_WEEKDAY})s?\b)",
            rf"(?P<month>(?<![a-z] )\bmay\b(?= \d)|(?<=\d )may\b|\b(?:in|of|until|by|next|early|late|mid|this) may\b"
            rf"|\b(?!may\b|mar\b|sun\b)(?:{ANY_MONTH})\b|\bmar\b(?= \d)|(?<=\d )\bmar\b)",
            r"(?P<part>\b(?:mornings?|afternoons?|evenings?|nights?|noon|midday|midnight|lunch(?:time)?|arvo|eod)\b"
            r"|(?<!\bi )\b(?<!')(?:pm|p\.m\.))",
            rf"(?P<number>(?<![\w.])\d+(?:st|nd|rd|th)?(?![\w])|\b(?:{COUNTED}|{ORDINALS})\b)",
            rf"(?P<negation>\b(?:{NEGATIONS})\b|n't\b)",
        )
    )
)


def tokens(text: str) -> list[Token]:
    """`text` in lower case."""
    return [Token(match.lastgroup or "", match[0], *match.span()) for match in TOKEN.finditer(text)]


#: Words of negation and number in phrases that mean neither.
HARMLESS = re.compile(
    r"(?<![\w.])\d+ ?(?:%|percent\b)|\bpage \d+|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten"
    r"|twelve) (?:colleagues|people|persons|guests|of us|friends"
    r"|questions|topics|things|kids|children|times|participants|attendees|points|years? old)\b"
    r"|\b\d+[ -]year[ -]old\b|\bteam of \w+\b"
    r"|\b(?:first|second|third|\d+(?:st|nd|rd|th)) (?:floor|job|visit|child|wife|thing|attempt|try|grade|class)\b"
    r"|(?<![\w.])\+?0\d[\d /-]{5,}\d"
    r"|\bwaiting for (?:\d+|two|three|a) (?:days?|weeks?|months?)\b"
    r"|\bno (?:problem|worries|doubt|rush|hurry|preference|matter|need to worry|idea|big deal|stress)\b"
    r"|\bnot (?:a problem|bad|at all|sure|only|too bad|to worry|to mention|yet sure)\b|\bwhy not\b|\bif not\b"
    r"|\bor not\b"
    r"|\b(?:don't|do not|dont) (?:mind|care|worry|know|hesitate|bother)\b|\bcan't wait\b|\bnever ?mind\b"
    r"|\b(?:couldn't|can't) (?:be better|help)\b|\bat first\b|\bfirst of all\b|\bfirst name\b|\b(?:a|one"
    r"|just a) second\b"
    r"|\bone (?:more )?(?:thing|question)\b|\bno (?:longer|more)\b|\bfirst (?:time|meeting|call|visit)\b"
    r"|\b(?:isn't|wasn't|don't|doesn't|aren't) (?:it|you|we|that|there)\b"
)


#: Stands between two words that are one: "february 30", "the second of december".
GLUE = re.compile(r"[ ,]*(?:of|the|at|on|in|or)?[ ,]*")


def unclaimed(text: str, scan: Scan) -> tuple[str, ...]:
    """The words of `text` (as the scan began with it) that carry meaning and that nobody used, in their order."""
    for match in HARMLESS.finditer(text):
        scan.claim(*match.span())
    spans: list[tuple[int, int]] = []
    for token in tokens(text):
        if scan.is_used(token.start, token.end):
            continue
        if spans and GLUE.fullmatch(text, spans[-1][1], token.start):
            spans[-1] = (spans[-1][0], token.end)
        else:
            spans.append((token.start, token.end))
    return tuple(dict.fromkeys(text[start:end] for start, end in spans))
