"""What a check finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Level(models.TextChoices):
    OK = "ok", gettext_lazy("ok")
    WARNING = "warning", gettext_lazy("warning")
    BAD = "bad", gettext_lazy("bad")


@dataclass(frozen=True)
class Finding:
    """One line. `todo` is the next step, where there is one; `to_copy`: the text is to be pasted elsewhere."""

    level: Level
    subject: str
    text: str
    todo: str = ""
    to_copy: bool = False

    @property
    def tone(self) -> str:
        return {Level.OK: "good", Level.WARNING: "wait", Level.BAD: "bad"}[self.level]


def ok(subject: str, text: str, *, to_copy: bool = False) -> Finding:
    return Finding(Level.OK, subject, text, to_copy=to_copy)


def warning(subject: str, text: str, todo: str = "") -> Finding:
    return Finding(Level.WARNING, subject, text, todo)


def bad(subject: str, text: str, todo: str = "") -> Finding:
    return Finding(Level.BAD, subject, text, todo)


def guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The check's findings, or that it could not look."""
    try:
        yield from check()
    except DatabaseError as error:
        text = _("The database did not let this be looked at: %(error)s.") % {"error": type(error).__name__}
        yield bad(check.__name__.replace("_", " ").capitalize(), text)
