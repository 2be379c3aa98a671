"""What meetings.scheduling refuses, as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from meetings import scheduling
from meetings.scheduling import Plan
from okey.api import problems
from okey.api.problems import Code, Problem
from okey.lib.zulu import zulu

#: What our modules call otherwise than the API.
NAMES = {"contact": "contact_id", "times": "repeat.count", "every": "repeat.every_weeks"}


@contextmanager
def as_problems() -> Iterator[None]:
    try:
        yield
    except scheduling.SlotTaken as taken:
        free = [{"starts_at": zulu(slot.starts_at), "ends_at": zulu(slot.ends_at)} for slot in taken.next_free]
        words = _(
            "The owner does not offer this time. Take one of next_free, or send any_time to have it all the same."
        )
        raise Problem(Code.SLOT_TAKEN, words, next_free=free) from taken
    except scheduling.Conflict as conflict:
        words = _("The meeting was cancelled, is over, waits for approval or needs no link; nothing was changed.")
        raise Problem(Code.CONFLICT, words) from conflict
    except ValidationError as error:
        raise _renamed(problems.of_validation(error)) from error


@contextmanager
def wrong_before_taken(plan: Plan) -> Iterator[None]:
    """A time in the past is not on offer either, but that is not what its caller should hear of it."""
    try:
        yield
    except scheduling.SlotTaken:
        plan.check()
        raise


@contextmanager
def of_part(name: str) -> Iterator[None]:
    """Fields of a part of the body are named with the part: "contact.email"."""
    try:
        yield
    except ValidationError as error:
        problem = problems.of_validation(error)
        problem.errors = [(f"{name}.{field}", words) for field, words in problem.errors]
        raise problem from error


def _renamed(problem: Problem) -> Problem:
    problem.errors = [(NAMES.get(field, field), words) for field, words in problem.errors]
    return problem


#: For `answering.documented`: how a time that is not free is refused.
SLOT_TAKEN: dict[int, dict[str, Any]] = {
    409: {
        "content": {
            problems.MEDIA_TYPE: {
                "example": {
                    "type": "https://okey.example.com/api/v1/problems#slot_taken",
                    "title": "This time is not free.",
                    "status": 409,
                    "code": "slot_taken",
                    "detail": "The owner does not offer this time.",
                    "errors": [],
                    "next_free": [{"starts_at": "2026-08-03T13:00:00Z", "ends_at": "2026-08-03T13:30:00Z"}],
                }
            }
        }
    }
}
