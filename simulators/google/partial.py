"""Partial answers: `fields=nextPageToken,items(id,start)`. https://developers.google.com/calendar/api/guides/performance"""

import re
from typing import Any

from simulators.common.messages import Refusal
from simulators.google.faults import calendar_error

TOKEN = re.compile(r"[A-Za-z]+|[(),/]")


def chosen(data: dict[str, Any], fields: str) -> dict[str, Any]:
    """All of it without `fields`. A name that the answer does not have is left out without a word."""
    if not fields:
        return data
    tokens = TOKEN.findall(fields)
    if "".join(tokens) != fields:
        raise Refusal(calendar_error(400, "invalidParameter", f"Invalid field selection {fields}"))
    wanted, rest = _selection(tokens)
    if rest:
        raise Refusal(calendar_error(400, "invalidParameter", f"Invalid field selection {fields}"))
    picked = _pick(data, wanted)
    assert isinstance(picked, dict)  # noqa: S101 - of a dict
    return picked


def _selection(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    wanted: dict[str, Any] = {}
    while tokens and tokens[0].isalpha():
        name, tokens = tokens[0], tokens[1:]
        inner: dict[str, Any] = {}
        if tokens[:1] == ["("]:
            inner, tokens = _selection(tokens[1:])
            if tokens[:1] != [")"]:
                raise Refusal(calendar_error(400, "invalidParameter", "Invalid field selection"))
            tokens = tokens[1:]
        wanted[name] = inner
        if tokens[:1] != [","]:
            break
        tokens = tokens[1:]
    return wanted, tokens


def _pick(value: Any, wanted: dict[str, Any]) -> Any:
    if not wanted:
        return value
    if isinstance(value, list):
        return [_pick(one, wanted) for one in value]
    if isinstance(value, dict):
        return {name: _pick(value[name], inner) for name, inner in wanted.items() if name in value}
    return value
