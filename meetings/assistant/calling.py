"""How a tool is called: by an owner's token with the tool's scope, in the owner's language and time zone."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone, translation
from django_mcpz.schemas import type_schema
from django_mcpz.server import ToolError

from meetings.assistant.bearer import count_mail, require_scope
from meetings.assistant.server import offered, server
from okey.api.models import Scope
from okey.owners.models import Owner

Function = Callable[..., Any]
#: What our fields are called as arguments, where that differs.
ARGUMENTS = {
    "contact": "contact_id",
    "timezone": "time_zone",
    "times": "repeat_times",
    "every": "repeat_weeks",
}


@dataclass(frozen=True)
class Changes:
    """What a client is told of a tool that changes something, so that it asks its user first where it should."""

    same_again: bool = True  # twice does what once does
    destroys: bool = False  # or writes over what was there
    reaches_people: bool = True  # by mail


def tool(
    *, title: str, scope: Scope, description: str, changes: Changes | None = None
) -> Callable[[Function], Function]:
    """Make the function a tool. It takes the owner and at most one struct of arguments, and raises ToolError."""

    def register(function: Function) -> Function:
        @functools.wraps(function)
        def call(request: HttpRequest, *arguments: msgspec.Struct) -> Any:
            owner = require_scope(request, scope)
            for struct in arguments:
                _check_texts(struct)
            if changes and changes.reaches_people:
                count_mail(request)
            with timezone.override(owner.timezone), translation.override(owner.language):
                return _call(function, owner, *arguments)

        server.tool(
            title=title,
            description=description,
            output_schema=_bare(type_schema(get_type_hints(function)["return"])),
            permission=functools.partial(offered, scope),
            read_only=changes is None,
            open_world=bool(changes and changes.reaches_people),
            destructive=changes.destroys if changes else None,
            idempotent=changes.same_again if changes else None,
        )(call)
        return function

    return register


def _bare(schema: Any) -> Any:
    """Without the names of our classes, and without defaults: what is left out of an answer is not `required`."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: value for name, value in schema.items() if name not in {"title", "default"} or isinstance(value, dict)
    }
    return {name: _bare(value) for name, value in kept.items()}


def _call(function: Function, owner: Owner, *arguments: msgspec.Struct) -> Any:
    try:
        return function(owner, *arguments)
    except ValidationError as error:
        raise ToolError(in_words(error)) from error


def in_words(error: ValidationError) -> str:
    """What is wrong, argument by argument."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    named = error.message_dict.items()
    return " ".join(f"`{ARGUMENTS.get(name, name)}`: {' '.join(words)}" for name, words in named)


def _check_texts(struct: msgspec.Struct) -> None:
    for name, value in msgspec.structs.asdict(struct).items():
        if isinstance(value, str) and "\0" in value:  # PostgreSQL refuses a NUL
            raise ToolError(f"`{name}` holds a NUL character. Leave it out.")
