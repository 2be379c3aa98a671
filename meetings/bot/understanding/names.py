"""The client's name: behind "my name is", or as the answer to "What is your name?"."""

import re
import unicodedata

from meetings.bot.understanding import act_words
from meetings.bot.understanding.calendar_words import WEEKDAYS
from meetings.bot.understanding.scanning import Scan

NAME_LENGTH = 100
NAME_WORDS = 8

#: What ends a name: "I'm Ann from Acme".
ENDS_NAME = re.compile(
    r"[,;:!?()\n\x1f]|(?<!\b[A-Za-z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\bdr)\.(?:\s|$)| -|\b(?:and"
    r"|from|with|at|of|in"
    r"|my|here|but|i|i'm|can|could|we|is|please|the|e-?mail|mail|by|speaking|who|for|to|or|so|would|want|looking|hoping|trying|on"
    r"|not|thanks)\b",
    re.IGNORECASE,
)
CERTAIN = re.compile(
    r"\b(?:my|the|full|client'?s?) name(?:'s|\?| is|:| should be)(?: spelled| spelt)?|\bname ?(?:is|:|=|to)"
    r"|\b(?:call me|i am called|i'm called)|\bsigned,?|\bit's me\b|\bthis is me\b",
    re.IGNORECASE,
)
PERHAPS = re.compile(r"\b(?:i'm|i am|im|this is|it's|it is|here is|here's)\b", re.IGNORECASE)
#: What follows "I'm" and "this is" without being anybody's name.
NOT_NAMES = frozenset(
    """
    a about address afraid after afternoon agent all almost already also always an any anytime anyway asking
    available away back bad before better book booked bot busy bye calling cancel coming confused cool correct
    day done down earlier early email evening everything excited fine first flexible free friday fun glad going
    good great happy having hello help hey hi home hot how human hungry interested it just keen late later lost
    mail me meeting monday more morning much my name never next nice no nobody none noon nope not nothing now ok
    okay old on one open out over perfect person quite ready really right robot running saturday second sick so
    some someone sorry still stop stuck sunday sure test testing thank thanks that there third this thursday
    time tired today tomorrow tonight too traveling travelling tuesday unavailable unsure up urgent using very
    waiting wednesday week well what when where which why wondering working wrong yeah yep yes yesterday yet you
    your
    """.split()  # noqa: SIM905 -- a paragraph is read more easily than a column of a hundred and sixty words
)
#: Words that make a sentence of what is written, in small letters.
SENTENCE = frozenset(
    """
    i we you it they he she my your our their me us what when where why how which who whose is are was were am be been
    do does did can could would will should shall may might must have has had the this that these those there here at
    on in to for from with about if because but or not n't don't can't won't isn't i'm i'd i'll it's that's what's
    let's please want need like make take change move cancel book show give tell talk speak instead rather actually
    maybe perhaps only say prefer works work better next any every some just wait stop sorry first other another more
    help thanks thank hello hi hey ok okay yes yep yeah no nope never none sure fine great later earlier
    """.split()  # noqa: SIM905
)
#: Words of time, manners and commands: a text of nothing else is no name.
COMMANDS = frozenset(
    """
    today tomorrow tonight yesterday morning afternoon evening night noon next this week month time times other another
    more later earlier back stop wait cancel move reschedule change help yes yep yeah yup no nope ok okay sure thanks
    thank you please hello hi hey bye good great fine perfect cool right never mind none nothing soonest the a to my
    your me it not now talk speak person human bot agent operator show first second third last one book meeting start
    over again restart any anytime whenever keep skip pass
    """.split()  # noqa: SIM905
) | frozenset(WEEKDAYS)
PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "la",
        "las",
        "los",
        "van",
        "von",
        "der",
        "den",
        "da",
        "do",
        "dos",
        "das",
        "di",
        "du",
        "y",
        "e",
        "und",
        "and",
        "&",
        "al",
        "el",
        "bin",
        "ibn",
        "ter",
        "le",
    ]
)
#: What is put before a name and is none of it.
BEFORE_IT = re.compile(
    r"^(?:(?:my name's|my name is|name's|name is|it's|its|it is|this is|i'm|i am|im|me,|sure|yes|yep|ok|okay|hi"
    r"|hello)(?:[,:!.]+ ?| (?=[A-Z])(?<![A-Z]\w )))+",
    re.IGNORECASE,
)
AFTER_IT = re.compile(
    r"\s*(?:[(\[].*$|[:;]-?[)D(pP].*$|\b(?:from|at|of) [A-Z].*$|, (?:please|thanks).*$|\bspeaking\b.*$| here$"
    r"| full stop$)"
)
#: Signs of another answer than a name.
NO_NAME = re.compile(r"[\d@?<>{}|\\/%=*#\[\]_]")


def find_name(scan: Scan, *, is_expected: bool = False) -> str:
    """The client's name as they wrote it, taken out; "" where none was said.

    Behind "I'm" only where it begins with a capital, or where a name is expected.
    """
    for lead in (CERTAIN, PERHAPS):
        for match in lead.finditer(scan.text):
            name = _name_at(scan.text[match.end() :])
            if name and (lead is CERTAIN or is_expected or _is_capital(name)):
                scan.remove(match.start(), match.end() + scan.text[match.end() :].index(name) + len(name))
                return tidied(name)
    return ""


#: "Tom Baker here", "Jean-Luc from Paris"; and a name right before the address.
HERE = re.compile(
    r"^(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear \w+)?[,!. ]*(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'.-]+){0,3})(?= here\b"
    r"| from [A-Z])"
)
BESIDE_ADDRESS = re.compile(r"(?:^|, )(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'.-]+){1,3})(?=,? ?\x1f)")


def find_name_by_the_way(scan: Scan) -> str:
    """A name that stands by itself in a longer text, taken out."""
    for pattern in (HERE, BESIDE_ADDRESS):
        match = pattern.search(scan.text)
        if match is not None and is_name(match["name"]) and match["name"].lower() not in KNOWN_PLACES:
            scan.remove(*match.span("name"))
            return tidied(match["name"])
    return ""


#: Said in the same way, and no names.
KNOWN_PLACES = frozenset({"new york", "london", "paris", "berlin", "edinburgh", "los angeles"})


def find_answer(text: str, *, is_overdue: bool = False) -> str:
    """The name, where `text` answers "What is your name?"; "" where it says something else.

    `is_overdue`: they were asked before, so that what is written counts, unless it is a command.
    """
    words = _bare(_said_last(text))
    if not words or len(words) > NAME_LENGTH or _is_command(words):
        return ""
    if is_overdue and not re.search(r"[@<>{}\\]|https?:", words) and len(words.split()) <= NAME_WORDS:
        return "" if _is_sentence(words) else tidied(words)
    if NO_NAME.search(words) or len(words.split()) > NAME_WORDS or not all(_is_of_names(letter) for letter in words):
        return ""
    if sum(letter.isalpha() for letter in words) < 2:
        return ""
    return tidied(words) if _is_written_as_a_name(words) or not _is_sentence(words) else ""


#: "Tim. Sorry, Tom"
CORRECTION = re.compile(
    r"^(?P<before>[^.,!;]+)[.,!;…]+ *(?:(?:oh|no|sorry|oops|i mean|i meant|actually|rather|make that)[,.! ]+)+"
    r"(?P<after>.+)$",
    re.IGNORECASE,
)
#: "Ann, and can we make that 11:30"
AND_MORE = re.compile(
    r"^(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3})(?=,? (?:and|but|could|can|please|is it|would|i'd|let's|make)\b)"
)


def _said_last(text: str) -> str:
    match = CORRECTION.match(text.strip())
    return match["after"] if match and is_name(match["before"]) else text


def find_name_first(scan: Scan) -> str:
    """The name before something else, where it was asked for; taken out."""
    match = AND_MORE.search(scan.text)
    if match is None or not is_name(match["name"]) or _is_command(match["name"]):
        return ""
    scan.remove(*match.span("name"))
    return tidied(match["name"])


def _bare(text: str) -> str:
    words = BEFORE_IT.sub("", text.strip(" .,!\"'<>-"))
    words = AFTER_IT.sub("", words)
    return words.strip(" ,!\"'<>-:;)(")


def _is_command(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return not words or all(word in COMMANDS for word in words) or act_words.is_only_a_command(text.lower())


def _is_sentence(text: str) -> bool:
    return any(word.strip(".,!") in SENTENCE for word in text.lower().split())


def _is_written_as_a_name(text: str) -> bool:
    """Every word begins with a capital, or with a letter that has none."""
    words = [word for word in re.split(r"[\s,]+", text) if word and word.lower() not in PARTICLES]
    if len(words) < 2 and text.lower() in SENTENCE:
        return False
    is_shouted = text.isascii() and text == text.upper() and len(words) > 2
    says = sum(word.lower().strip(".,") in SENTENCE for word in words)
    return (
        bool(words)
        and says < 2
        and not is_shouted
        and all(not word[0].islower() or not word[0].isascii() for word in words)
    )


def whole_name(text: str) -> str:
    """The name, where the text is nothing but one; "" otherwise."""
    words = text.strip(" .,!?\"'<>-")
    return tidied(words) if is_name(words) else ""


def is_name(text: str) -> bool:
    """Whether this could be a person's name in any script: letters, few words, none that says something else."""
    words = text.split()
    if not words or len(words) > NAME_WORDS or len(text) > NAME_LENGTH:
        return False
    is_written_so = len(words) > 1 and _is_capital(text) and words[-1].lower() not in NOT_NAMES
    if not is_written_so and any(
        word.lower().strip(".,'") in NOT_NAMES and not (len(word) == 2 and word[1] == ".") for word in words
    ):
        return False
    if any(_is_no_name(word) for word in words):
        return False
    return all(_is_of_names(letter) for letter in text) and sum(letter.isalpha() for letter in text) >= 2


def _is_no_name(word: str) -> bool:
    """A word of sentences: in small letters, or one that is no name in capitals either ("I'm", "It's")."""
    bare = word.strip(".,'")
    return (
        bare.lower() in SENTENCE and bare not in PARTICLES and (bare == bare.lower() or "'" in bare or bare in NO_NAMES)
    )


NO_NAMES = frozenset({"I", "It", "Is", "My", "The", "This", "That", "We", "You"})


def tidied(name: str) -> str:
    """Single spaces; capitals where somebody typed none."""
    plain = " ".join(name.split())
    return plain if plain != plain.lower() else " ".join(word[:1].upper() + word[1:] for word in plain.split())


def _name_at(text: str) -> str:
    start = text.lstrip(" :=,")
    end = ENDS_NAME.search(start)
    name = (start[: end.start()] if end else start).strip()
    return name if is_name(name) else ""


def _is_capital(name: str) -> bool:
    return all(word[0].isupper() or not word[0].isascii() for word in name.split())


def _is_of_names(letter: str) -> bool:
    return unicodedata.category(letter)[0] in {"L", "M"} or letter in " .'-,&"
