"""Where answers come from: a person at a terminal, or a file and the environment."""

import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured

from okey.setting_up import env_file
from okey.setting_up.addresses import without_password
from okey.setting_up.questions import Answers, Key, Question

#: What a person types to have nothing where something stands.
NOTHING = "-"


class Respondent(Protocol):
    def answer(self, question: Question, answers: Answers, standing: str) -> str:
        """The checked answer; `standing` is what `.env` says now. May raise ImproperlyConfigured."""

    def may_replace(self, key: Key, why: str) -> bool:
        """A key that stands in `.env` and is bad."""


def checked(question: Question, value: str, *, for_compose: bool) -> str:
    if not value:
        if question.may_be_empty:
            return ""
        why = f" It goes with {question.belongs_to}." if question.belongs_to else ""
        raise ImproperlyConfigured(f"{question.name} is not set.{why}")
    env_file.quoted(question.name, value, for_compose=for_compose)
    return question.check(value)


@dataclass
class Person:
    """Asked again until an answer is right."""

    given: Mapping[str, str]
    for_compose: bool
    tries: bool

    def answer(self, question: Question, answers: Answers, standing: str) -> str:
        offered = standing or self.given.get(question.name) or question.offer(answers)
        while True:
            try:
                value = checked(question, self._typed(question, offered), for_compose=self.for_compose)
            except ImproperlyConfigured as problem:
                print(f"  {problem}")
                continue
            why = question.attempt(value) if self.tries and question.attempt else ""
            if not why or self._agrees(f"  {question.name} does not work: {why}\n  Keep it all the same?"):
                return value

    def may_replace(self, key: Key, why: str) -> bool:
        return self._agrees(f"{why} Put a new one in its place?")

    def _typed(self, question: Question, offered: str) -> str:
        is_hidden = question.is_secret and question.attempt is None  # an address is to be seen while it is typed
        typed = self._ask(question.words, self._shown(question, offered), is_hidden=is_hidden)
        if typed == NOTHING:
            return ""
        if not typed:
            return offered
        if question.put_together is None or "://" in typed:
            return typed
        rest = {
            part: self._ask(f"  {words}", by_default, is_hidden=part == "password") or by_default
            for part, words, by_default in question.parts
        }
        return question.put_together(host=typed, **rest)

    def _shown(self, question: Question, offered: str) -> str:
        if not offered or not question.is_secret:
            return offered
        return without_password(offered) if "://" in offered else "as it is"

    def _ask(self, words: str, offered: str, *, is_hidden: bool) -> str:
        prompt = f"{words} [{offered}]: " if offered else f"{words}: "
        if is_hidden and sys.stdin.isatty():
            return getpass.getpass(prompt)
        return input(prompt).strip()

    def _agrees(self, words: str) -> bool:
        return input(f"{words} [y/N] ").strip().lower() in {"y", "yes"}


@dataclass
class Machine:
    """Nobody to ask: what is not given stays as it stands, or is what would be offered."""

    given: Mapping[str, str]
    for_compose: bool
    tries: bool
    replaces: bool
    warnings: list[str] = field(default_factory=list)

    def answer(self, question: Question, answers: Answers, standing: str) -> str:
        value = self.given.get(question.name) or standing or question.offer(answers)
        value = checked(question, value, for_compose=self.for_compose)
        if standing and value != standing and not self.replaces:
            raise ImproperlyConfigured(f"{question.name} stands in .env with another value. --replace puts this one.")
        if self.tries and value and question.attempt and (why := question.attempt(value)):
            self.warnings.append(f"{question.name} does not work yet: {why}")
        return value

    def may_replace(self, key: Key, why: str) -> bool:
        return self.replaces
