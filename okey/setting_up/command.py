"""The command: asks, writes, and has the doctor look."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from okey.setting_up import env_file
from okey.setting_up.answering import Machine, Person, Respondent
from okey.setting_up.questions import Key, Question, keys, questions

ROOT = Path(__file__).resolve().parent.parent.parent
ENV_FILE = ROOT / ".env"


class NotAnswered(Exception):
    """What is wrong, a line each; nothing was written."""


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    given = {**os.environ, **(env_file.read(options.answers) if options.answers else {})}
    asks = not options.answers and options.input
    try:
        if options.answers and not options.answers.exists():
            raise NotAnswered(f"--answers: {options.answers} is not there.")
        respondent = _person(options, given) if asks else _machine(options, given)
        changes = _answers(respondent, given, options.file, for_compose=options.compose)
        _write(options.file, changes, for_compose=options.compose)
    except NotAnswered as problem:
        print(f"{problem}\nNothing was written.", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("\nNothing was written.", file=sys.stderr)
        return 130
    _say_what_wins(options.file)
    for line in respondent.warnings if isinstance(respondent, Machine) else ():
        print(line, file=sys.stderr)
    return _what_next(options)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py okey_setup",
        description="Ask for what production needs, make the keys, write .env, and have the doctor look.",
    )
    parser.add_argument("--answers", type=Path, metavar="FILE", help="ask nobody: take what stands in a file like .env")
    parser.add_argument("--no-input", action="store_false", dest="input", help="ask nobody: take the environment")
    parser.add_argument("--replace", action="store_true", help="where nobody is asked: replace other values in .env")
    parser.add_argument("--file", type=Path, default=ENV_FILE, metavar="FILE", help="write this one rather than .env")
    parser.add_argument("--compose", action="store_true", help="for docker-compose.yml, which has its own PostgreSQL")
    parser.add_argument("--no-tries", action="store_false", dest="tries", help="connect to nothing while asking")
    parser.add_argument("--no-doctor", action="store_false", dest="doctor", help="do not have the doctor look")
    return parser.parse_args(arguments)


def _person(options: argparse.Namespace, given: Mapping[str, str]) -> Person:
    print(f"Settings for production, into {options.file}. Enter keeps what stands in [ ]; - alone means nothing.")
    return Person(given, options.compose, options.tries)


def _machine(options: argparse.Namespace, given: Mapping[str, str]) -> Machine:
    return Machine(given, options.compose, options.tries, options.replace)


def _answers(respondent: Respondent, given: Mapping[str, str], path: Path, *, for_compose: bool) -> dict[str, str]:
    """What is to be changed in the file. Raises NotAnswered with everything that is wrong."""
    standing, answers, problems = env_file.read(path), dict[str, str](), []
    for question in questions(for_compose=for_compose):
        try:
            answers[question.name] = _answer(respondent, question, answers, given, standing.get(question.name, ""))
        except ImproperlyConfigured as problem:
            problems.append(str(problem))
    for key in keys(for_compose=for_compose):
        try:
            answers[key.name] = _key(respondent, key, given, standing.get(key.name, ""))
        except ImproperlyConfigured as problem:
            problems.append(str(problem))
    if problems:
        raise NotAnswered("\n".join(problems))
    return {name: value for name, value in answers.items() if value != standing.get(name, "")}


def _answer(
    respondent: Respondent, question: Question, answers: Mapping[str, str], given: Mapping[str, str], standing: str
) -> str:
    whole = question.belongs_to
    if not whole or answers.get(whole):
        return respondent.answer(question, answers, standing)
    if isinstance(respondent, Machine) and given.get(question.name) and whole in answers:
        raise ImproperlyConfigured(f"{whole} is not set, and {question.name} is.")
    return ""


def _key(respondent: Respondent, key: Key, given: Mapping[str, str], standing: str) -> str:
    value = standing or (given.get(key.name, "") if key.name != "DEBUG" else "")
    if not value:
        return key.make()
    why = key.why_not(value)
    if not why:
        return value
    if key.may_be_replaced and respondent.may_replace(key, why):
        return key.make()
    raise ImproperlyConfigured(why)


def _write(path: Path, changes: Mapping[str, str], *, for_compose: bool) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    env_file.save(path, env_file.changed(text, changes, for_compose=for_compose))
    print(f"Written to {path}: {', '.join(changes)}." if changes else f"{path} says all that already.")
    if "OKEY_ENCRYPTION_KEYS" in changes:
        print("Keep a copy of OKEY_ENCRYPTION_KEYS apart from the back-ups: without it no stored token opens.")


def _say_what_wins(path: Path) -> None:
    written = env_file.read(path)
    others = [name for name, value in written.items() if os.environ.get(name, value) != value]
    if others:
        print(f"The environment has other values, and it wins: {', '.join(others)}.", file=sys.stderr)


def _what_next(options: argparse.Namespace) -> int:
    if options.compose:
        print("Next: docker compose up --detach --build; docker compose exec web python manage.py okey_doctor")
    elif options.doctor and options.file.resolve() == ENV_FILE:
        loads = _python("-c", "import okey.settings", is_captured=True)
        if loads.returncode != 0:
            print(f"O-Key does not start with these: {loads.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return 1
        print("The doctor says (bad for now: what is not started yet):", flush=True)
        _python("manage.py", "okey_doctor")
    return 0


def _python(*arguments: str, is_captured: bool = False) -> "subprocess.CompletedProcess[str]":
    """In a process of its own: settings load once a process, and these are new."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=is_captured, text=True)  # noqa: S603 -- our own
