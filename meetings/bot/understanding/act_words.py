"""What a client does with a message, told by its words: asks for a person, cancels, wants more times.

The first that is found counts, so what must not be missed (a person, a cancellation) comes before what is harmless.
"""

import re

from meetings.bot.understanding.intents import Act

MEETING = r"(?:meeting|appointment|booking|call|session|it|this|that|everything)"

WORDS: tuple[tuple[Act, str], ...] = (
    (
        Act.HUMAN,
        r"\b(?:(?:talk|speak|chat|connect me|put me through)(?: to| with)? (?:a |an |some |the )?(?:real "
        r"|actual |live )?"
        r"(?:human|person|someone|somebody|people|agent|operator|owner|staff|support|representative|manager)"
        r"|(?<!you )(?:a |real |actual |live )(?:human|person)(?: being)?(?: please)?$|^(?:human"
        r"|a human)(?: please)?$|^(?:agent"
        r"|operator|person)$"
        r"|(?:call|phone|ring|contact|write|mail|e-?mail) me(?: back)?(?: please| asap)?$|leave (?:a |him a "
        r"|her a )?message"
        r"|(?:pass on|forward|give) (?:a|this|my) message|speak (?:to|with) \w+ (?:directly|personally|in person)"
        r"|you(?:'re| are) (?:useless|not helping|no help|stupid)|this is(?:n't| not) (?:working|helping)"
        r"|complain\w*|(?:talk|speak|see|chat)(?: to| with)? \w+ (?:directly|personally|herself|himself|in person)"
        r"|(?:get me |a )?(?:real|actual) (?:person|human|someone)"
        r"|someone real|somebody real|tell (?:her|him|theowner|them|the owner) (?:that |i )"
        r"|(?:can|could) (?:theowner|she"
        r"|he|somebody|someone|they) (?:write|call|mail|e-?mail|phone|ring|contact) me"
        r"|call me back|(?:need|want|like) to (?:see|talk to|speak to|speak with|talk with) theowner)\b",
    ),
    (
        Act.NO,
        r"\b(?:don't|do not|dont|not|never|no need to|please don't|rather not) (?:want to |wish to |have to "
        rf"|need to |you )?(?:cancel|move|reschedule|book|change)(?: (?:my |the )?{MEETING})?\b",
    ),
    (Act.RESTART, r"\b(?:start (?:over|again|from scratch)|restart|reset|begin again|from the (?:beginning|start))\b"),
    (
        Act.CANCEL,
        rf"\b(?:cancel\w*|call (?:{MEETING} |off )*off|(?:delete|drop|scrap|remove) (?:my |the |our )?{MEETING}"
        r"|(?:don't|dont|do not|no longer) need (?:the|my|this|our) (?:meeting|call|appointment)(?: any ?more)?"
        r"|(?:won't|will not|can't|cannot) (?:come|attend)|not coming)\b",
    ),
    (
        Act.MOVE,
        rf"\b(?:move|reschedul\w*|re-schedul\w*|postpone|push (?:{MEETING}|back)|shift (?:my |the |our )?{MEETING}"
        r"|swap (?:it|that)|bring (?:it|the meeting) forward|(?:change|switch|swap) (?:the |my |our )?(?:time|date"
        r"|day|meeting"
        r"|appointment|slot)"
        r"|(?:can't|cannot|won't|can not|cant|wont)(?: be able to)? make it)\b",
    ),
    (
        Act.ANOTHER,
        r"\b(?:(?:another|a second|one more|a new) (?:meeting|appointment|call|booking)|(?:and"
        r"|also) another\b(?! (?:time|day|slot|date|option))|additionally|also an? |a follow[- ]?up"
        r"|another one(?= .*\b(?:too|also|as well)\b)|book (?:again"
        r"|another)(?: one)?)\b",
    ),
    (
        Act.ABOUT_MEETING,
        r"\b(?:(?:when|what time|where)(?:'s| is| was|s) (?:my|our|the|it)\b(?! (?:next|first|earliest|free))"
        r"|(?:zoom|teams|(?:google )?meet|jitsi|video|join|meeting|the|my|a) (?:join |video )?link"
        r"|how (?:do|can|will) i join|details"
        r"|my (?:booking|meeting)$"
        r"|(?:is|was) (?:it|my meeting|the meeting|everything) (?:booked|confirmed|set)|did you book"
        r"|have i (?:a )?book\w*"
        r"|do i have (?:a|any) (?:meeting|booking|appointment)s?)\b",
    ),
    (
        Act.MORE,
        r"\b(?:(?:more|other|different|alternative) (?:times?|options?|slots?|dates?|days?|ones?|possibilit\w+)"
        r"|(?:another|some other|any other) (?:time|day|slot|date|option|one)|something (?:else|different)|what else"
        r"|anything else|show (?:me )?more|^more(?: please)?$|none(?: of (?:these|those|them)(?: work\w*)?)?$"
        r"|none of|neither"
        r"|all of (?:them|these|those) (?:are|is) (?:bad|no good|too \w+)|(?:these|those|they) (?:don't"
        r"|do not) (?:work|suit)|not any of|no good)\b",
    ),
    (
        Act.HELP,
        r"\b(?:help|what (?:can|do) you do(?! with)|how does (?:this|it) work|how do(?:es)? (?:i|one) (?:book|use)\b.*"
        r"|who are you"
        r"|what are you|are you (?:a |an )?(?:bot|robot|human|real|ai|machine|computer|person)|is this a bot"
        r"|menu|commands"
        r"|what (?:now|next)|what should i (?:do|say|type))\b|^\?+$",
    ),
    (
        Act.BYE,
        r"\b(?:bye|bye-bye|goodbye|good bye|see (?:you|ya)|take care|that's all|that is all|have a (?:nice|good"
        r"|great))\b",
    ),
    (Act.EARLIER, r"\b(?:earlier|sooner|too late)\b"),
    (Act.LATER, r"\b(?:later|too (?:early|soon))\b"),
    (
        Act.SMALL_TALK,
        r"\b(?:how are you|how(?:'s| is) it going|how do you do|what'?s up|nice to meet you|tell me a joke|joke"
        r"|lol|haha+"
        r"|what(?:'s| is) your name|who made you|how old are you|(?:nice|bad|lovely) (?:weather|day)|weather|i love you"
        r"|you(?:'re| are) (?:great|funny|nice|good|awesome|cute|sweet)|good (?:bot|job|work)|sorry|my bad|oops"
        r"|hmm+|well)\b",
    ),
)
ASKS_FOR_MEETING = re.compile(
    r"\b(?:what (?:do you|have you) (?:have|got)|see theowner|book|schedule|meet|meeting|appointment|call|slots?"
    r"|available|availability|free|demo|consultation"
    r"|consult|reserve"
    r"|set up|arrange|catch up|openings?|when (?:can|could|are|is|would)|what times?|which times?|times?|talk"
    r"|speak|chat"
    r"|session|interview|calendar|date)\b"
)
GREETING = re.compile(
    r"^(?:(?:hi+|hello+|hey+|hiya|howdy|hallo|greetings|yo|dear|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|bot|all|everyone|team|again))?\b[,.! ]*)+"
)
THANKS = re.compile(
    r"\b(?:thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|ty|cheers|much appreciated|appreciate it)\b"
)
#: A farewell that has a time in it, and is not about that time.
FAREWELL = re.compile(
    r"(?<!we )(?<!i )(?<!to )\b(?:see you(?: then| there| soon| later| tomorrow| on \w+day)?|have a (?:nice"
    r"|good|great|lovely) "
    r"(?:day|evening|week|weekend|one|time|morning|afternoon)|talk (?:to you )?(?:soon|then|later|tomorrow))\b"
)
CALLS = r"(?:tried|called|rang|phoned)"
#: What has days and times in it that are not meant for the meeting: wishes, and what has been.
ASIDES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bhow are (?:you|things)(?: all| doing)*(?: today| this (?:morning|afternoon|evening|week))\b",
        r"\bhappy (?:\w+day|weekend|new year|christmas|xmas|holidays?|easter)\b(?! (?:with|for|to)\b)",
        r"\b(?:i|we) (?:saw|met|heard|watched|enjoyed) (?:you|your|her|his|him|theowner|each other)\b[^.!?,;]*",
        rf"\b(?:i|we)(?:'ve| have)?(?: already)? {CALLS}(?: (?:calling|ringing|phoning|to call|to reach"
        r"|you|her|him|theowner))*"
        r" (?:on|at|yesterday|this morning)\b[^.!?,;]*",
        r"\b(?:great|good|nice|lovely|interesting|inspiring) talk\b",
        r"\b(?:a|the) (?:long |slow |quick )?march\b",
    )
)
PATTERNS = tuple((act, re.compile(pattern)) for act, pattern in WORDS)


def find_act(text: str) -> tuple[Act, re.Match[str] | None]:
    """The first act that the words tell, and by which; or UNKNOWN. Yes, no and times are not looked for here."""
    found = ((act, match) for act, pattern in PATTERNS if (match := pattern.search(text)))
    return next(found, (Act.UNKNOWN, None))


#: What may stand beside a command without making it more than one.
FILLERS = frozenset(
    """
    please pls thanks thank you i we want to would like can could you let's me my the a an our it that this is do
    need have just now ok okay yes no hi hello sorry oh well so then and meeting appointment call booking instead of
    with some any at on for in by book one get give show speak talk
    """.split()  # noqa: SIM905
)


def is_only_a_command(text: str) -> bool:
    """Whether nothing but an act is said: "cancel my meeting please", not "Mark Cancel"."""
    _act, match = find_act(text)
    if match is None:
        return False
    rest = re.findall(r"[^\W\d_]+(?:'\w+)?", text[: match.start()] + " " + text[match.end() :])
    return all(word in FILLERS for word in rest)
