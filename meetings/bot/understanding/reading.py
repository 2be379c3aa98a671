"""Free English text → what the client means. Pure: no database, no clock; the scene says what "now" is.

Made of small grammars. Each takes out, or claims, the words that it used, so that no word counts twice; the words that
carry meaning and that nobody claimed are told (`unclaimed`), so that nothing is passed over in silence.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import replace

from django.core.exceptions import ValidationError

from meetings.booking import strangers
from meetings.bot import words
from meetings.bot.understanding import act_words, agreement, lexing
from meetings.bot.understanding.calendar_words import MISTYPED, MONTHS, OFTEN_MISTYPED, WEEKDAYS
from meetings.bot.understanding.cleaning import Heard
from meetings.bot.understanding.intents import Act, Expects, Scene, Understood
from meetings.bot.understanding.languages import is_other_language
from meetings.bot.understanding.names import find_answer, find_name, find_name_by_the_way, find_name_first, whole_name
from meetings.bot.understanding.people import find_address, find_note, other_addresses, with_owner
from meetings.bot.understanding.picks import NOT_THERE, Pick, find_pick, pick_by_wish
from meetings.bot.understanding.questions import Topic, find_question
from meetings.bot.understanding.scanning import Scan, Tidy
from meetings.bot.understanding.wanted_times import Days, Hours, Wish
from meetings.bot.understanding.windows import find_times
from meetings.bot.understanding.zones import find_zone

#: Acts that count whatever else the text says.
FIRST = frozenset({Act.HUMAN, Act.RESTART})
#: Acts that give way where a time, a zone or a name is told: "sorry, friday", "later on monday", "help me on tuesday".
WEAK = frozenset({Act.UNKNOWN, Act.HELP, Act.BYE, Act.EARLIER, Act.LATER, Act.SMALL_TALK, Act.MORE})
#: What stands already is to be changed.
INSTEAD = re.compile(
    r"\b(?:instead|rather|actually|make it|make that|(?:is|would be|works|suits me|suit me) better|better for me"
    r"|earlier|later"
    r"|sooner|same time|change (?:it|that|the time)|move|reschedule|push|switch)\b"
)
CORRECTS = re.compile(
    r"\b(?:wrong|not my|too many|should be|should have been|instead|typo|mistyped|misspelled|misspelt|mistake"
    r"|correct(?:ed|ion)?|incorrect"
    r"|not my (?:e-?mail|address)|(?:change|update|fix|correct) (?:my |the )?(?:e-?mail|mail|address)|meant)\b"
)
OWNERS_TIME = re.compile(r"\b(?:in )?(?:your|his|her) (?:local )?time(?: ?zone)?\b")
OWN_TIME = re.compile(r"\bor\b.*\b(?:mine|(?:in )?(?:my|our) (?:local )?time)\b")
OTHERS = re.compile(
    r"\b(?:colleague|friend|partner|boss|wife|husband|assistant|team|add|invite|cc|too|also|as well|him|her)\b"
)


#: What buttons say that nobody types.
BUTTONS = {
    words.ANOTHER_TIME: Act.OTHER_TIME, words.ANOTHER_NAME: Act.RENAME, words.ANOTHER_ADDRESS: Act.READDRESS,
    words.DROP_IT: Act.DROP, words.MY_ADDRESS: Act.MINE, words.KEEP_IT: Act.NO, words.ASK_PERSON: Act.HUMAN,
    words.SHOW_TIMES: Act.SHOW, words.OTHER_TIMES: Act.MORE, words.MY_MEETING: Act.ABOUT_MEETING,
}  # fmt: skip


#: What somebody else says of a day.
QUOTED = re.compile(r"\b(?:it|which|that|he|she) (?:says|said|reads) \w+day\b")
#: A name of something that begins with a day: "the Monday Club".
CLUB = re.compile(
    r"\b(?:the|The|our|at) (?:Mon|Tues|Wednes|Thurs|Fri|Satur"
    r"|Sun)day [A-Z][a-z]+\b(?<!Morning)(?<!Afternoon)(?<!Evening)"
)


def understand(heard: Heard, scene: Scene) -> Understood:
    """What the message means. Never raises, whatever the text."""
    if heard.read in BUTTONS:
        return Understood(act=BUTTONS[heard.read])
    scan = Scan(heard.read)
    facts = _person(scan, scene)
    scan.take(CLUB)
    scan = Scan(with_owner(_at_this_time(corrected(scan.text.lower()), scene), scene.owner_name))
    begun = scan.text
    scan.take(act_words.FAREWELL)
    for pattern in (QUOTED, *act_words.ASIDES):
        scan.take(pattern)
    greeting = scan.take(act_words.GREETING)
    said = scan.tidy()
    question = find_question(said.text)
    facts = facts if question and question[0] is Topic.ZONE else _place(scan, scene, facts, heard.read)
    if facts.zone is not None:
        scene = replace(scene, now=scene.now.astimezone(facts.zone))
    if (
        is_other_language(heard.read)
        and scene.expects not in {Expects.NAME, Expects.EMAIL, Expects.ZONE}
        and not facts.has_facts
    ):
        return replace(facts, act=Act.FOREIGN)
    understood = _decided(said, scan, scene, facts, heard.folded)
    if understood.act is Act.UNKNOWN:
        understood = replace(understood, act=_small(heard, understood, has_greeting=greeting is not None))
    if understood.is_agreement:
        return understood
    return replace(
        understood,
        unclaimed=(*facts.unclaimed, *lexing.unclaimed(begun, scan)),
        is_instead=INSTEAD.search(begun) is not None,
        mentions_address=re.search(r"e-?mail|\baddress\b|\bmail\b|@", begun) is not None,
        mentions_name=re.search(r"\bname\b|\bspell", begun) is not None,
        is_correction=CORRECTS.search(begun) is not None and OTHERS.search(begun) is None,
    )


def _decided(said: Tidy, scan: Scan, scene: Scene, facts: Understood, folded: str) -> Understood:
    """Agreement, a question, a pick, a time or a wish, in this order."""
    if _agrees(said, folded, scene, facts):
        said.claim_all()
        return replace(facts, act=Act.YES, is_agreement=True)
    act, match = act_words.find_act(said.text)
    if act in FIRST and match is not None:
        said.claim(*match.span())
        return replace(facts, act=act)
    question = find_question(said.text)
    if question is not None and act not in {Act.CANCEL, Act.MOVE, Act.NO}:
        said.claim(*question[1].span())
        facts = replace(facts, topic=question[0])
        if question[0] is Topic.ZONE:
            said.claim_all()
            return replace(facts, act=Act.ASK)
    if question is not None and question[0] is Topic.CHANGE and question[1][0].startswith("how"):
        said.claim(*question[1].span())
        return replace(facts, topic=Topic.CHANGE, act=Act.ASK)
    pick = find_pick(said, scene) if act in WEAK and facts.topic is None else None
    if pick is not None and pick.or_index is not None:
        said.claim(pick.start, pick.end)
        return replace(facts, act=Act.PICK, picked=pick.index, or_picked=pick.or_index)
    if pick is not None and _is_whole(said, pick):
        return _picked(pick, said, facts)
    times = find_times(scan, scene.now, is_move=act is Act.MOVE, base=scene.base, day=scene.day)
    wish = _beyond_base(times.wish, act, scene) if times.wish else None
    facts = replace(facts, wish=wish, unclear_days=times.unclear, minutes=times.minutes)
    if pick is not None and (times.wish is None or pick.refused):
        return _picked(pick, said, facts)
    if times.wish is not None and act in WEAK and not times.unclear and facts.topic is None:
        index = pick_by_wish(said.text, times.wish, scene)
        if index is not None:
            return replace(facts, act=Act.PICK, picked=index, wish=None)
    return _acted(act, match, said, scan, facts)


def _beyond_base(wish: Wish, act: Act, scene: Scene) -> Wish:
    """ "Later that day" is after what stands."""
    days, base = wish.main.days, scene.base
    if base is None or act not in {Act.LATER, Act.EARLIER} or days != Days.one(base.date()) or wish.has_hours:
        return wish
    minute = base.hour * 60 + base.minute
    hours = Hours(since=minute + 1) if act is Act.LATER else Hours(until=minute)
    return Wish(tuple(replace(window, hours=hours) for window in wish.windows))


def _agrees(said: Tidy, folded: str, scene: Scene, facts: Understood) -> bool:
    """With all signs, since "yes?" and "right..." are none; a greeting before it does no harm."""
    if scene.expects is not Expects.AGREEMENT or facts.has_facts:
        return False
    return agreement.is_agreement(said.text, scene.proposed) and agreement.is_agreement(
        with_owner(corrected(folded), scene.owner_name), scene.proposed
    )


def _is_whole(said: Tidy, pick: Pick) -> bool:
    """Whether the pick leaves nothing over that carries meaning."""
    rest = said.text[: pick.start] + " " + said.text[pick.end :]
    return not lexing.tokens(rest)


def _picked(pick: Pick, said: Tidy, facts: Understood) -> Understood:
    said.claim(pick.start, pick.end)
    if pick.refused is not None:
        return replace(facts, act=Act.MORE, refused=max(pick.index, 0), why_refused=pick.refused)
    return replace(facts, act=Act.PICK, picked=None if pick.index == NOT_THERE else pick.index)


def _acted(act: Act, match: re.Match[str] | None, said: Tidy, scan: Scan, facts: Understood) -> Understood:
    if match is not None and not (act in WEAK and facts.has_times and act not in {Act.EARLIER, Act.LATER, Act.MORE}):
        said.claim(*match.span())
    if act not in WEAK:
        return replace(facts, act=act)
    no = agreement.find_no(said.text)
    if no is not None:
        said.claim(*no.span())
        for token in lexing.tokens(said.text):
            if token.kind == "negation":
                said.claim(token.start, token.end)
        return replace(facts, act=Act.NO)
    if facts.has_times:
        return replace(facts, act=Act.MEET)
    if facts.topic is not None:
        return replace(facts, act=Act.ASK)
    if act is not Act.UNKNOWN:
        return replace(facts, act=act if not facts.has_facts else Act.TELL)
    yes = agreement.find_yes(said.text)
    if yes is not None:
        return replace(facts, act=Act.YES)
    is_wanted = act_words.ASKS_FOR_MEETING.search(scan.rest) or facts.minutes is not None
    return replace(facts, act=Act.MEET if is_wanted else Act.UNKNOWN)


def _small(heard: Heard, facts: Understood, *, has_greeting: bool) -> Act:
    """What is left where nothing was asked or told."""
    if facts.has_facts:
        return Act.TELL
    if act_words.FAREWELL.search(heard.folded):
        return Act.BYE
    if act_words.THANKS.search(heard.folded):
        return Act.THANKS
    return Act.GREET if has_greeting else Act.UNKNOWN


# --- Facts about the client -----------------------------------------------------------------------------------


def _person(scan: Scan, scene: Scene) -> Understood:
    """Address, subject and name, taken out while the text still has its capitals."""
    address, note = find_address(scan), find_note(scan)
    email = address.text if address else ""
    others = other_addresses(scan)
    if others and email:  # whose is which has to be asked
        others, email, address = (email, *others), "", None
    if email and OTHER_DOMAIN.search(scan.text):
        email = ""  # what it is then has to be asked
    is_asked = scene.expects is Expects.NAME
    name = _answered_name(scan, scene) if is_asked else ""
    if not name and not (is_asked and _is_for_the_bot(scan.rest)):
        name = find_name(scan, is_expected=is_asked)
    if not name and is_asked:
        name = find_name_first(scan)
    if not name and scene.expects is Expects.EMAIL and email:
        name = _beside_address(scan)
    if not name and not is_asked:
        name = find_name_by_the_way(scan)
    allowed = _allowed(strangers.strangers_address, email)
    return Understood(
        name=_allowed(strangers.name_of, name),
        email=allowed,
        is_bad_email=address is not None and not allowed,
        note=note,
        unclaimed=others,
    )


def _allowed(rule: Callable[[str], str], text: str) -> str:
    """By the same rules as on the form; "" where it is refused."""
    try:
        return rule(text) if text else ""
    except ValidationError:
        return ""


def _is_for_the_bot(text: str) -> bool:
    return act_words.is_only_a_command(text.lower())


def _answered_name(scan: Scan, scene: Scene) -> str:
    """Where the name was asked for, what is written is one: it changes no time."""
    name = find_answer(scan.rest, is_overdue=scene.is_name_overdue)
    if name:
        scan.remove(0, len(scan.text))
    return name


def _beside_address(scan: Scan) -> str:
    """The name where a text is nothing but one with an address."""
    name = whole_name(re.sub(r"(?i)^(?:it's|its|sure|yes|ok|okay)[ ,:]+| (?:and|,)$", "", scan.rest))
    if not name or act_words.find_act(name.lower())[1] is not None:
        return ""
    scan.remove(0, len(scan.text))
    return name


#: "ann@client.example oops client2.example"
OTHER_DOMAIN = re.compile(r"(?i)\b(?:oops|sorry|no|i mean|i meant|actually|wait|rather)\b.*?\b[\w-]+\.[a-z]{2,}\b")

#: A place that a client says that they are in, by its capital.
IN_A_PLACE = re.compile(
    r"\b(?:I'm|I am|[Ww]e're|[Ww]e are|[Ii]'m) (?:currently |based |now )?in ((?:[A-Z][\w'-]+)(?: [A-Z][\w'-]+)*)"
)


def _place(scan: Scan, scene: Scene, facts: Understood, read: str) -> Understood:
    if OWNERS_TIME.search(scan.text) and scene.owner_zone is not None and OWN_TIME.search(scan.text):
        scan.take(OWNERS_TIME)
        return replace(facts, zone_choices=(scene.owner_zone, scene.zone))
    if OWNERS_TIME.search(scan.text) and scene.owner_zone is not None:
        scan.take(OWNERS_TIME)
        return replace(facts, zone=scene.owner_zone)
    zone = find_zone(scan, is_expected=scene.expects is Expects.ZONE, is_open=scene.is_zone_open)
    if zone is None:
        unknown = IN_A_PLACE.search(read)
        is_name = unknown is not None and unknown[1].lower().split()[0] in MONTHS | WEEKDAYS
        return replace(facts, unknown_place=unknown[1]) if unknown and not is_name else facts
    other = find_zone(scan) if zone.zone else None
    if other is not None and other.zone is not None and other.zone != zone.zone and zone.zone is not None:
        return replace(facts, zone_choices=(zone.zone, other.zone))
    return replace(facts, zone=zone.zone, zone_choices=zone.choices, unknown_place=zone.unknown)


# --- Words ------------------------------------------------------------------------------------------------------

WORD = re.compile(r"\b[a-z0-9]+\b")
LONG_WORD = re.compile(r"[a-z]{6,12}")


def _twenty(match: re.Match[str]) -> str:
    return TWENTIES[match[1]]


TWENTIES = {
    "first": "21st", "second": "22nd", "third": "23rd", "fourth": "24th", "fifth": "25th", "sixth": "26th",
    "seventh": "27th", "eighth": "28th", "ninth": "29th",
}  # fmt: skip
#: What a phone writes that was spoken to.
DICTATED = (
    (re.compile(r"\b([ap]) ?m\b(?!\w)"), r"\1m"),
    (re.compile(r"\b(?:is|are)(?: at)?(?: my)? lunch(?:time)?\b"), "are bad"),
    (re.compile(r" (?:full stop|period)(?= |$)"), "."),
    (re.compile(r" comma(?= )"), ","),
    (re.compile(r" exclamation (?:mark|point)(?= |$)"), "!"),
    (re.compile(r" question mark(?= |$)"), "?"),
    (re.compile(r"\btwenty[ -](first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b"), _twenty),
)  # fmt: skip


HOUR = (
    r"(?:\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?|noon|midday|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
SPAN = r"(?:an hour|half an hour|(?:\d+|one|two) (?:hours?|minutes?|mins?))"
#: Bounds that stand behind their time, said as those that stand before it.
BOUNDS = (
    (re.compile(rf"\b(?:at )?({HOUR}),? (?:at )?(?:the )?(?:very )?latest\b"), r"by \1"),
    (re.compile(rf"\b(?:at )?({HOUR}),? (?:at )?(?:the )?(?:very )?earliest\b"), r"not before \1"),
    (
        re.compile(rf"\b(?:at )?({HOUR}),? (?:(?:plus|or)[ /-]*(?:or )?minus|\+ ?/? ?-|give or take) {SPAN}"),
        r"around \1",
    ),
    (re.compile(r"(?<!is )(?<!it's )(?<!it )(?<!but ),? ?\bnot too late\b(?! for| to)"), " before 16:30"),
    (re.compile(r"\b1st thing\b"), "first thing"),
)


#: Not "reschedule" mistyped.
NOT_MISTYPED = frozenset({"schedule", "scheduled", "earliest", "mornings", "evenings"})


def corrected(text: str) -> str:
    """With the words of the calendar spelled right: "tommorow", "wensday"; and spoken signs as signs."""
    for pattern, sign in (*DICTATED, *BOUNDS):
        text = pattern.sub(sign, text)
    return WORD.sub(_spelled, text)


def _at_this_time(text: str, scene: Scene) -> str:
    """ "This time tomorrow" """
    return re.sub(r"\b(?:at |around )?this time (?=tomorrow\b|next week\b)", f"at {scene.now:%H:%M} ", text)


def _spelled(match: re.Match[str]) -> str:
    word = match[0]
    if word in MISTYPED:
        return MISTYPED[word]
    if not LONG_WORD.fullmatch(word):
        return word
    if word in OFTEN_MISTYPED or word.removesuffix("s") in OFTEN_MISTYPED or word in NOT_MISTYPED:
        return word
    close = difflib.get_close_matches(word, OFTEN_MISTYPED, n=1, cutoff=0.82)
    return close[0] if close else word
