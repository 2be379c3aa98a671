"""Free English text → what the client means. Pure: no database, no clock; the scene says what "now" is.

Made of small grammars, each of which takes out the words that it understood, so that no word counts twice.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import replace

from django.core.exceptions import ValidationError

from meetings.booking import strangers
from meetings.booking.bot import acts
from meetings.booking.bot.calendar_words import MISTYPED, OFTEN_MISTYPED
from meetings.booking.bot.cleaning import Heard
from meetings.booking.bot.intents import Act, Expects, Scene, Understood
from meetings.booking.bot.people import find_address, find_name, find_note, whole_name
from meetings.booking.bot.picks import find_pick, pick_by_wish
from meetings.booking.bot.scanning import Scan
from meetings.booking.bot.windows import find_times
from meetings.booking.bot.zones import find_zone

#: Acts that count whatever else the text says.
FIRST = frozenset({Act.HUMAN, Act.RESTART})
#: Acts that give way where a time, a zone or a name is told: "sorry, friday", "later on monday", "help me on tuesday".
WEAK = frozenset({Act.UNKNOWN, Act.HELP, Act.BYE, Act.EARLIER, Act.LATER, Act.SMALL_TALK, Act.MORE})
#: Whoever is asked for a name and says one of these is not called so.
NEVER_A_NAME = frozenset(Act) - {Act.UNKNOWN, Act.SMALL_TALK, Act.EARLIER, Act.LATER}


def understand(heard: Heard, scene: Scene) -> Understood:
    """What the message means. Never raises, whatever the text."""
    scan = Scan(heard.read)
    facts = _person(scan, scene)
    scan = Scan(corrected(scan.text.lower()))
    scan.take(acts.FAREWELL)
    has_greeting = scan.take(acts.GREETING) is not None
    said = _tidy(scan.rest)
    facts = _place(scan, scene, facts)
    act = acts.find_act(said)
    if act in FIRST:
        return replace(facts, act=act)
    understood = _decided(act, said, scan, scene, facts)
    if understood.act is Act.UNKNOWN:
        return replace(understood, act=_small(heard.folded, facts, has_greeting=has_greeting))
    return understood


def _decided(act: Act, said: str, scan: Scan, scene: Scene, facts: Understood) -> Understood:
    """Agreement, a pick, a time or a wish, in this order; `act` is what the words alone suggest."""
    if scene.expects is Expects.AGREEMENT and acts.is_agreement(said, scene.proposed) and not facts.has_facts:
        return replace(facts, act=Act.YES, is_agreement=True)
    picked = find_pick(said, scene) if act in WEAK else None
    if picked is not None:
        return replace(facts, act=Act.PICK, picked=picked if picked >= 0 else None)
    times = find_times(scan, scene.now, is_move=act is Act.MOVE)
    facts = replace(facts, wish=times.wish, unclear_days=times.unclear)
    if times.wish is not None and act in WEAK:
        picked = pick_by_wish(said, times.wish, scene)
        if picked is not None:
            return replace(facts, act=Act.PICK, picked=picked, wish=None)
    return replace(facts, act=_act(act, said, scan.rest, facts))


def _act(act: Act, said: str, rest: str, facts: Understood) -> Act:
    if act not in WEAK:
        return act
    if acts.is_no(said):
        return Act.NO
    if facts.has_times:
        return Act.MEET
    if act is not Act.UNKNOWN:
        return act if not facts.has_facts else Act.TELL
    if acts.is_yes(said):
        return Act.YES
    return Act.MEET if acts.ASKS_FOR_MEETING.search(rest) else Act.UNKNOWN


def _small(text: str, facts: Understood, *, has_greeting: bool) -> Act:
    """What is left where nothing was asked or told."""
    if facts.has_facts:
        return Act.TELL
    if acts.FAREWELL.search(text):
        return Act.BYE
    if acts.THANKS.search(text):
        return Act.THANKS
    return Act.GREET if has_greeting else Act.UNKNOWN


# --- Facts about the client -----------------------------------------------------------------------------------


def _person(scan: Scan, scene: Scene) -> Understood:
    """Address, subject and name, taken out while the text still has its capitals."""
    address, note = find_address(scan), find_note(scan)
    name = find_name(scan, is_expected=scene.expects is Expects.NAME)
    if not name and scene.expects in {Expects.NAME, Expects.EMAIL}:
        name = _bare_name(scan, is_beside_address=address is not None, is_expected=scene.expects is Expects.NAME)
    email = address.text if address else ""
    return Understood(
        name=_allowed(strangers.name_of, name),
        email=_allowed(strangers.strangers_address, email),
        is_bad_email=address is not None and not _allowed(strangers.strangers_address, email),
        note=note,
    )


def _allowed(rule: Callable[[str], str], text: str) -> str:
    """By the same rules as on the form; "" where it is refused."""
    try:
        return rule(text) if text else ""
    except ValidationError:
        return ""


def _bare_name(scan: Scan, *, is_beside_address: bool, is_expected: bool) -> str:
    """The name where a text is nothing but one, with an address or without."""
    name = whole_name(re.sub(r"(?i)^(?:it's|its|sure|yes|ok|okay)[ ,:]+| (?:and|,)$", "", scan.rest))
    if not (is_expected or is_beside_address) or acts.find_act(name.lower()) in NEVER_A_NAME:
        return ""
    if name:
        scan.remove(0, len(scan.text))
    return name


def _place(scan: Scan, scene: Scene, facts: Understood) -> Understood:
    zone = find_zone(scan, is_expected=scene.expects is Expects.ZONE)
    if zone is None:
        return facts
    return replace(facts, zone=zone.zone, zone_choices=zone.choices, unknown_place=zone.unknown)


# --- Words ------------------------------------------------------------------------------------------------------

LONG_WORD = re.compile(r"\b[a-z]{6,12}\b")


def corrected(text: str) -> str:
    """With the words of the calendar spelled right: "tommorow", "wensday"."""
    return LONG_WORD.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    word = match[0]
    if word in MISTYPED:
        return MISTYPED[word]
    if word in OFTEN_MISTYPED or word.removesuffix("s") in OFTEN_MISTYPED or word == "earliest":
        return word
    close = difflib.get_close_matches(word, OFTEN_MISTYPED, n=1, cutoff=0.82)
    return close[0] if close else word


def _tidy(text: str) -> str:
    return text.strip(" .,;!-")
