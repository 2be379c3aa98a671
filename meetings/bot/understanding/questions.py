"""The questions that clients ask most, told by their words."""

import re
from enum import StrEnum


class Topic(StrEnum):
    LENGTH = "length"
    VIDEO = "video"
    WHERE = "where"
    ZONE = "zone"
    WHO = "who"
    COST = "cost"
    GUEST = "guest"
    LATE = "late"
    PREPARE = "prepare"
    ROBOT = "robot"
    HOURS = "hours"
    LANGUAGES = "languages"
    CHANGE = "change"
    OTHER = "other"


WORDS: tuple[tuple[Topic, str], ...] = (
    (Topic.ROBOT, r"\bare you (?:a |an )?(?:real )?(?:bot|robot|human|real|ai|machine|computer|person)\b"
        r"|\bis this a (?:bot|robot|machine)\b"
                  r"|\bam i (?:talking|speaking|chatting) (?:to|with) (?:a |an )?(?:bot|human|robot|person|machine)\b"),
    (Topic.LATE, r"\b(?:running|be|am|i'm|be a bit|be a little)(?: (?:a )?(?:bit|little|few minutes"
        r"|couple of minutes|about|roughly"
                 r"|some|\d+|ten|five|fifteen|twenty|thirty|half an hour|an hour|minutes?|mins?|min"
                 r"|\d+ ?min\w*))* late\b|\bstuck in traffic\b"
                 r"|\b(?:running|be) behind\b"),
    (Topic.LENGTH, r"\bhow long\b(?! (?:in advance|ahead))|\bhow many (?:minutes|hours)\b|\b(?:what's|what is"
        r"|whats) the (?:length|duration)\b|\bduration\b"),
    (Topic.ZONE, r"\b(?:what|which|whose) time ?zone\b|\b(?:is|are) (?:that|this|it|those|these|they) (?:in )?(?:my"
        r"|your|her|his) (?:local )?time\b"
                 r"|\b(?:whose|my or your|your or my) (?:local )?time\b|\bmy time or (?:yours|his|hers)\b"
                 r"|\bwhat (?:would|is|will) .{3,40} be in [a-z ]+\?"),
    (Topic.COST, r"\b(?:what|how much)(?: does| do| is| will| would)?(?: it| this| that| the \w+| a \w+"
        r"| you)? (?:cost|charge)\b|\bhow much\b"
                 r"|\bdoes (?:it|this|that|the \w+) cost\b|\b(?:price|pricing|fees?)\b|\bis (?:it|this"
                 r"|the \w+) (?:free of charge|for free|paid)\b"
                 r"|\bis (?:it|this|the (?:meeting|call)) free\??$|\bdo i (?:have to|need to) pay\b"
                 r"|\bcosts?\b(?= anything)"),
    (Topic.GUEST, r"\b(?:bring|invite|add|include|cc|copy in)(?: along| in)? (?:a|an|my|another|some|someone"
        r"|somebody|one more|two|others?|more)(?: \w+)?"
                  r"(?: (?:colleagues?|friends?|partner|person|people|guests?|boss|team|manager|wife|husband|else"
                  r"|assistant|along))?\b"
                  r"|\bcan (?:my|a|another) \w+(?: \w+)? (?:join|come|attend)\b|\bmore than one person\b"),
    (Topic.VIDEO, r"\bis (?:it|this|that|the (?:meeting|call|appointment)) (?:a |an |on |by |over |via "
        r"|going to be )*(?:video|zoom|teams|google meet|jitsi|phone|online|virtual"
                  r"|in[ -]person|remote|call|face to face)\b|\b(?:video|phone) (?:call )?or (?:video|phone"
                  r"|in person)\b|\bwhich (?:app|software|platform)\b"
                  r"|\b(?:zoom|teams|google meet) or\b|\bdo (?:i|we) need (?:zoom|a camera|a webcam|an app)\b"
                  r"|\b(?:do i|must i|need i|have to) (?:have to |need to )?(?:install|download)\b|\b(?:will"
                  r"|would) (?:this|it) be (?:on|via|over|a|by) \w+\b|\bvideo ?call\?|\bby phone\?|\bonline\?"),
    (Topic.WHERE, r"\bwhere (?:do|will|shall|would|should|can|are|does) (?:we|i|it|the|you)\b|\b(?:what's|what is"
        r"|whats) (?:the|your) (?:address|location|place)\b"
                  r"|\bwhere is (?:it|this|the meeting) (?:held|taking place|happening)\b|\bcome to (?:your|the|her"
                  r"|his) office\b|\bin your office\b|\bwhat address\b|\bhow do i (?:get|find) (?:there|you)\b"),
    (Topic.WHO, r"\bwho (?:will|am|is|are|do) (?:i|we|it|this|that|you)(?: be)?(?: (?:meet|meeting|talk|talking"
        r"|speak|speaking|with|going))*\b(?<!who are you)"
                r"|\b(?:who's|whos|who is) (?!this\b|it\b)[a-z]+\b|\bwith whom\b|\bwho's (?:it|this|that) with\b"
                r"|\bwho is (?:on|going|the|behind)\b"),
    (Topic.HOURS, r"\b(?:what|which) (?:are (?:your|the|her|his) )?(?:opening |working |office )?(?:hours"
        r"|days)\b(?: (?:do|are) you\b)?|\bare you open\b"
                  r"|\bhow (?:far|long|much|soon) (?:ahead|in advance|notice)\b|\bwhen do you (?:open|close|work)\b"),
    (Topic.LANGUAGES, r"\b(?:do|can|does|could) (?:you|we|she|he|theowner) (?:speak|do it in|understand|talk in) \w+\b"
        r"|\bin (?:german|french|spanish|english)\?"),
    (Topic.CHANGE, r"\b(?:can|could|how do|how can|may|what if) i (?:change|move|cancel|reschedule"
        r"|rebook)\b.*\b(?:afterwards|later|if|after|again|it later|have to)\b"
                   r"|\bhow (?:do|can) i (?:change|move|cancel|reschedule)\b"),
    (Topic.OTHER, r"\b(?:ask|tell|remind|let) (?:him|her|them|the owner|theowner)(?: know)?,?"
        r" (?:if|whether|to|that|about)\b"
        r"|\bis (?:the )?(?:parking|coffee|wi-?fi|entry|entrance|admission)(?: there)? (?:free|included)\b"
        r"|\b(?:is my data|data safe|privacy|gdpr|what (?:do|happens|will) (?:you|they) do with"
        r"|what happens (?:with|to) my|who sees my)\b"
                  r"|\b(?:phone|telephone|mobile) number\b|\b(?:record|recorded|recording)\b|\b(?:didn't|did not"
                  r"|haven't|have not|never) (?:get|got|receive|received|had)"
                  r"(?: \w+){0,2} (?:mail|e-?mail|invitation|invite|confirmation|link)\b|\bno (?:mail|e-?mail"
                  r"|invitation) (?:came|yet|arrived)\b"),
    (Topic.PREPARE, r"\bwhat (?:should|do|must|shall) i (?:have to |need to )?(?:bring|prepare)\b"
        r"|\bdo i need to (?:bring|prepare)\b"
                    r"|\bhow (?:should|do|can) i prepare\b|\bis there (?:parking|wifi)\b|\bcan i park\b"),
)  # fmt: skip
PATTERNS = tuple((topic, re.compile(pattern)) for topic, pattern in WORDS)


def find_question(text: str) -> tuple[Topic, re.Match[str]] | None:
    """The first that the words ask, and where."""
    return next(((topic, match) for topic, pattern in PATTERNS if (match := pattern.search(text))), None)
