"""What keeps okey/settings.py from loading, all of it at once, for the doctor: Django's own words come one by one."""

import importlib
import os
import re
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from okey.setting_up.answering import checked
from okey.setting_up.questions import keys, questions

#: Read with a default.
MAY_BE_MISSING = frozenset({"TRUST_PROXY_HEADERS", "SUPPORT_EMAIL", "OKEY_OIDC_SIGN_UP", "OKEY_OIDC_TRUST_EMAIL"})


def refusals() -> list[str]:
    """A line each; none where the settings load."""
    try:
        importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as problem:
        lines = [str(problem), *_others()]  # `.env` stands in the environment by now
        return list({_name(line): line for line in reversed(lines)}.values())[::-1]
    return []


def print_refusals() -> bool:
    """In the doctor's words. Whether there were any."""
    lines = refusals()
    for line in lines:
        print(f"bad      Settings: {line}")
    if lines:
        print(f"{'':9}→ Run manage.py okey_setup, or correct .env: README.md, “Settings”.")
    return bool(lines)


def _name(line: str) -> str:
    """The setting that a refusal begins with."""
    found = re.match(r"[A-Z][A-Z_]+", line)
    return found[0] if found else line


def _others() -> Iterator[str]:
    for key in keys(for_compose=False):
        value = os.environ.get(key.name, "")
        if value and (why := key.why_not(value)) and key.name != "DEBUG":
            yield why
        elif not value and key.name != "DEBUG":
            yield f"{key.name} is not set."
    for question in questions(for_compose=False):
        value = os.environ.get(question.name, "")
        is_left_out = question.belongs_to and not os.environ.get(question.belongs_to)
        if value or not (is_left_out or question.name in MAY_BE_MISSING):
            try:
                checked(question, value, for_compose=False)
            except ImproperlyConfigured as problem:
                yield str(problem)
