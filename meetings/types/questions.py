"""What whoever books a type of meeting is asked, and what they may answer.

The `id` of a question stays when its words change, so that a form that lies open still says which one it answers.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.fields import DIRECTIONS

QUESTIONS_MAX = 10
#: Before the ID of a question, the name of its field in a form.
ANSWER_PREFIX = "answer-"
TEXT_MAX = 200
CHOICES_MAX = 20
CHOICE_MAX = 100
ANSWER_MAX = 1000
PHONE = re.compile(r"\+?[\d ()./-]{5,40}")
DIGITS_MIN = 5
#: What is never typed on purpose and has no look, line breaks and tabs aside.
CONTROLS = dict.fromkeys([*(set(range(32)) - {9, 10}), *range(127, 160)])


class Kind(models.TextChoices):
    TEXT = "text", gettext_lazy("Text")
    CHOICE = "choice", gettext_lazy("Choice")
    PHONE = "phone", gettext_lazy("Phone number")


class Question(TypedDict):
    id: str
    text: str
    kind: str
    is_required: bool
    choices: list[str]


class Answer(TypedDict):
    """As a meeting keeps it, in the words of then."""

    question: str
    answer: str


def question(
    *, text: str, kind: str = Kind.TEXT, is_required: bool = False, choices: Sequence[str] = (), key: str = ""
) -> Question:
    """`key`: its ID, where it has one."""
    return Question(
        id=key or secrets.token_hex(4),
        text=" ".join(text.split()),
        kind=kind,
        is_required=is_required,
        choices=list(dict.fromkeys(" ".join(one.split()) for one in choices if one.strip())),
    )


def check(questions: Sequence[Question]) -> None:
    """Raises ValidationError."""
    if len(questions) > QUESTIONS_MAX:
        raise ValidationError(_("Ask at most %(max)d questions.") % {"max": QUESTIONS_MAX})
    for one in questions:
        named = {"question": one["text"][:60], "max": CHOICES_MAX}
        if not one["text"] or len(one["text"]) > TEXT_MAX:
            raise ValidationError(_("A question has 1 to %(max)d characters.") % {"max": TEXT_MAX})
        if one["kind"] not in set(Kind):
            raise ValidationError(_("“%(question)s”: choose what kind of answer there is.") % named)
        if one["kind"] == Kind.CHOICE and not 2 <= len(one["choices"]) <= CHOICES_MAX:
            raise ValidationError(_("“%(question)s”: name 2 to %(max)d answers to choose from.") % named)
        if any(len(choice) > CHOICE_MAX for choice in one["choices"]):
            raise ValidationError(_("“%(question)s”: an answer to choose is shorter than that.") % named)


def answers(questions: Sequence[Question], given: Mapping[str, Any]) -> list[Answer]:
    """What was said, by the question's ID; empty answers are left out.

    Raises ValidationError with the IDs of those that are missing or wrong.
    """
    found: list[Answer] = []
    wrong: dict[str, str] = {}
    for one in questions:
        text = plain(str(given.get(one["id"]) or ""))
        if why := _why_not(one, text):
            wrong[one["id"]] = why
        elif text:
            found.append(Answer(question=one["text"], answer=text))
    if wrong:
        raise ValidationError(wrong)
    return found


def plain(text: str) -> str:
    """Without what turns the direction of the words around it, or is not seen at all."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.translate(DIRECTIONS).translate(CONTROLS).strip()


def _why_not(one: Question, text: str) -> str:
    """What is wrong with the answer; "" where nothing is."""
    if not text:
        return _("Answer this, please.") if one["is_required"] else ""
    if len(text) > ANSWER_MAX:
        return _("This is longer than %(max)d characters.") % {"max": ANSWER_MAX}
    if one["kind"] == Kind.CHOICE and text not in one["choices"]:
        return _("Choose one of the answers.")
    if one["kind"] == Kind.PHONE and not _is_phone(text):
        return _("Write a phone number, such as +49 30 1234567.")
    return ""


def _is_phone(text: str) -> bool:
    return bool(PHONE.fullmatch(text)) and sum(letter.isdigit() for letter in text) >= DIGITS_MIN
