"""Yes and no. What is proposed is done only by an agreement, so that is read strictly.

A text agrees where every word of it is known to agree, and where it begins with a yes, or with the deed itself
("book it"). Praise ("sounds good") agrees to a booking or a move; a cancellation it never does: "the meeting is fine"
says the opposite.
"""

import re

from meetings.bot.understanding.intents import Act

#: What opens an agreement. Longer ones are tried first.
YES = """
yes|yes yes|yep|yeah|yup|ya|yea|yess|yesss|ye|yh|y|aye|sure|sure thing|for sure|ok|okay|okey|okie|k|kk|oki|correct
exactly|absolutely|definitely|certainly|agreed|i agree|affirmative|deal
alright|all right|indeed|of course|please do|go ahead|please go ahead|go for it|do it|please do it|yes do
let's do it|lets do it|let's go|by all means|you bet|that's right|that is right|thats right|that's correct
that is correct|thats correct|that's it|i'm sure|i am sure|im sure|totally|go on|go on then|yes sir|yes indeed
make it so|positive|do that|let's do that|lets do that|proceed|please proceed|roger|you may|you can
please do so|that's a yes|okey dokey|okie dokie|i said yes|unfortunately yes|just do it|yes go for it|it's a yes
yes i do|yes i am|yes i would|lock it in|quite sure|very sure|absolutely sure|i do|yes go|yes you may|yes you can
yes that's it|10-4|hell yes|oh yes|ok yes|yes ok
"""
#: Openers that agree only where nothing is cancelled.
WEAK_YES = """
confirm|confirmed|i confirm|i can confirm
please|yes why not|why not|sure why not|you got it|perfect|let's go with that|i'll take it|i'll take that
i will take it|count me in|i'm in
"""
#: Answers a read-back of a time, and can mean nothing else there.
PRAISE = """
sounds good|sounds great|sounds perfect|sounds fine|sounds right|that sounds good|that sounds great
that sounds perfect|that sounds right|that sounds fine|sounds good to me|that sounds good to me|sounds lovely
sounds like a plan|looks good|looks great|looks right|looks correct|looks fine|looks perfect|that looks good
that looks great|that looks right|that looks correct|it looks good|all looks good|everything looks good
looks good to me|that works|that works for me|this works|this works for me|works for me|works great|that works great
that works perfectly|that works well|works perfectly|that'll work|that will work|that would work|that would be great
that'd be great|that would be perfect|that would be good|perfect|great|excellent|wonderful|super|brilliant|fantastic
awesome|lovely|splendid|amazing|fine|that's fine|that is fine|thats fine|that's great|that is great|thats great
that's perfect|that is perfect|thats perfect|it's perfect|it is perfect|that's good|that is good|thats good
that's all right|that's good for me|that's fine for me|that's fine with me|that's fine by me|fine by me|fine with me
fine for me|that's ok for me|that's okay for me|that's ok with me|ok for me|okay for me|good for me|it's good for me
it is good for me|that suits me|suits me|that suits|suits me fine|suits me well|all good|all correct|all right
all is right|everything is correct|everything is right|everything's right|all fine|happy with that
i'm happy with that|i am happy with that|lgtm|cool|that's cool|ok cool|nice|very good|very well|all is correct
it's correct|it is correct|it's right|it is right|all details are correct|the details are correct
details are correct|looks good thanks|that's all correct|that is all correct|good to go|no changes|nothing to change
that's lovely|that's wonderful|the new time works|the new time is (?:fine)|that's excellent|that's brilliant
that's super|that time works|that time is perfect|that time is great|that day works
"""
#: May stand behind a yes where something is cancelled, too.
SOBER_PRAISE = (
    "i confirm|confirmed|that's fine|that is fine|that's ok|that's okay|great|perfect|cool|fine|please|good|alright"
    "|sounds good"
)
#: Neither adds nor takes away.
POLITE = """
please|pls|plz|thanks|thank you|thank you very much|thank you so much|thanks a lot|many thanks|thx|ty|cheers
much appreciated|appreciate it|thanks so much|thank u|kindly|then|too|now|and|for me|from me|theowner|mate|sir|madam
bot|dear bot|so much|sorry|unfortunately|right away|immediately|as you say|as proposed|as it is|like that
with pleasure|gladly|happily
"""
#: May stand before what opens. "Right" opens nothing by itself, and behind a yes it turns it: "yeah right".
FILLER = (
    "sorry but|sorry|right|oh|ah|um|umm|uh|hm|hmm|well|hi|hello|hey|hi there|hello there|so|then|and|great|perfect"
    "|thanks|thank you|please"
)
SOBER_FILLER = (
    "sorry but|sorry|right|unfortunately|oh|ah|um|umm|uh|hm|hmm|well|hi|hello|hey|hi there|hello there|please"
    "|thanks|thank you"
)

OBJECT = {
    Act.MEET: r"(?: (?:it|that|this|me in|me|the (?:meeting|time|slot|call|appointment)|this (?:meeting|time|slot|one)"
    r"|that (?:meeting|time|slot|one)|my (?:meeting|appointment|call)|a meeting|the booking|in"
    r"|us in))?(?: in)?(?: for me| for us)?",
    Act.MOVE: r"(?: (?:it|that|this|the (?:meeting|call|appointment)|my (?:meeting|appointment|call)))?(?: for me)?"
    r"(?: (?:there|to then|to that time|to the new time|to this time))?",
    Act.CANCEL: r"(?: (?:it|that|this|the (?:meeting|call|appointment|booking)|my (?:meeting|appointment|call|booking)"
    r"|this (?:meeting|one|appointment)|that (?:meeting|one|appointment)|(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day's (?:meeting|appointment|call)))?(?: for me)?(?:,? i'm (?:ill|sick|sorry))?",
}
VERB = {
    Act.MEET: r"(?:book|schedule|reserve|confirm|make the booking|set (?:it|that) up|fix)",
    Act.MOVE: r"(?:move|reschedule|shift|confirm)",
    Act.CANCEL: r"(?:cancel|delete|call (?:it|the meeting|my meeting) off)",
}
LEAD = (
    r"(?:(?:please |yes |just |do |kindly |go ahead and |go on and |let's |lets |i want to |i want you to "
    r"|i'd like to |i would like to |i'd like you to |i need to |you can |you may |can you please |i wish to ))*"
)


def _phrases(*tables: str) -> re.Pattern[str]:
    found = {phrase.strip() for table in tables for line in table.splitlines() for phrase in line.split("|")}
    return re.compile("|".join(re.escape(one) for one in sorted(found - {""}, key=len, reverse=True)))


DEEDS = {act: re.compile(f"{LEAD}{VERB[act]}{OBJECT[act]}") for act in VERB}
OPENS = _phrases(YES)
OPENS_WEAKLY = _phrases(WEAK_YES)
PRAISES = _phrases(PRAISE)
PRAISES_SOBERLY = _phrases(SOBER_PRAISE)
IS_POLITE = _phrases(POLITE)
FILLS = _phrases(FILLER)
FILLS_SOBERLY = _phrases(SOBER_FILLER)
GAP = re.compile(r"[ ,.!;:)-]+")

#: A question, with a mark or without: "so is that ok for you".
QUESTION = re.compile(
    r"\?|^(?:(?:so|and|then|but|hi|hello|hey|ok|okay|well|um+|sorry|please)[ ,.!]+)*"
    r"(?:is|are|am|was|does|do (?:i|you|we|they)|did|can|could|would|will|should|shall|may i|what|when|why(?! not)|how"
    r"|who|where|which|ok(?:ay)? (?:for|with) you)\b"
)
DOUBT = re.compile(r"\.\.\.|…|\?")
#: Said so, a yes means the opposite, or is put off with: "oh great", "oh sure", "yeah yeah", "sure, sure".
IRONY = re.compile(
    r"^(?:oh|well)[ ,!.]+(?:just |how |that's just )*(?:sure|great|perfect|please|brilliant|lovely|wonderful|fantastic"
    r"|excellent|super|splendid|awesome|amazing|nice|cool|totally|absolutely|of course|i'm sure|go on)\b"
    r"(?! (?:yes|then)\b)"
    r"|\b(yeah|yea|sure|ok|okay)[ ,]+\1$|\b(?:just|simply) (?:great|perfect|brilliant|lovely|wonderful|fantastic)\b"
)


def is_agreement(text: str, proposed: Act) -> bool:
    """Whether the whole text is a yes to what was proposed: nothing else, no question, no condition, no doubt.

    `text` in lower case, with its signs.
    """
    text = text.replace("'s it's", "'s").strip(" ,;!-\"'")
    if not text or any(one.search(text) for one in (DOUBT, QUESTION, IRONY)):
        return False
    return _agrees(text.strip(" .,;!-"), proposed)


def _agrees(text: str, proposed: Act) -> bool:
    deeds = DEEDS.get(proposed)
    if deeds is None:
        return False
    is_strict = proposed is Act.CANCEL
    openers = [deeds, OPENS] if is_strict else [deeds, OPENS, OPENS_WEAKLY, PRAISES]
    followers = [deeds, OPENS, IS_POLITE, PRAISES_SOBERLY if is_strict else PRAISES]
    if not is_strict:
        followers.append(OPENS_WEAKLY)
    place = _skip(text, [FILLS_SOBERLY if is_strict else FILLS], openers)
    begun = _longest(text, place, openers)
    return begun is not None and _skip(text, followers, [], begun) == len(text)


def _skip(text: str, tables: list[re.Pattern[str]], until: list[re.Pattern[str]], place: int = 0) -> int:
    """Where the words that are in these tables end; or where one of `until` begins that reaches further."""
    while place < len(text):
        gap = GAP.match(text, place)
        place = gap.end() if gap else place
        end = _longest(text, place, tables)
        stop = _longest(text, place, until)
        if end is None or (stop is not None and stop >= end and not _longest(text, _after_gap(text, end), until)):
            return place
        place = end
    return place


def _after_gap(text: str, place: int) -> int:
    gap = GAP.match(text, place)
    return gap.end() if gap else place


def _longest(text: str, place: int, tables: list[re.Pattern[str]]) -> int | None:
    ends = [match.end() for table in tables if (match := table.match(text, place)) and _is_whole(text, match.end())]
    return max(ends, default=None)


def _is_whole(text: str, end: int) -> bool:
    return end == len(text) or not (text[end].isalnum() or text[end] == "'")


# --- No ---------------------------------------------------------------------------------------------------------

NO = re.compile(
    r"^(?:oh |sorry |hm+ |um+ |well |actually |ok |hi |but )*(?:no+|nope|nah|n|negative|wrong|incorrect"
    r"|not (?:really|yet"
    r"|quite|now|this|that|right|correct|good|ok|okay)|wait|hold on|stop|never ?mind|forget (?:it|about it)"
    r"|don't|do not|dont|keep (?:it|the meeting|my meeting)|leave it)\b"
    r"|\b(?:that's|that is|this is|it's|is) (?:wrong|not (?:right|correct|good))\b|\b(?:i )?(?:changed my mind"
    r"|made a mistake)\b|\b(?:don't|do not|dont) (?:want|need) (?:a|any|this) (?:meeting|call|appointment)\b|^(?:i'm"
    r"|i am|im) (?:good|fine|ok|okay|all right|alright)(?: thanks?(?: you)?)?$"
)
HARMLESS_NO = re.compile(r"^no (?:problem|worries|doubt|rush|preference)|^not (?:a problem|bad)")


def find_no(text: str) -> re.Match[str] | None:
    match = NO.search(text)
    return None if match is None or HARMLESS_NO.search(text) else match


def find_yes(text: str) -> re.Match[str] | None:
    """What it begins with, where that is a yes, whatever follows."""
    match = OPENS.match(text)
    return match if match and _is_whole(text, match.end()) else None
