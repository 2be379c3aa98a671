"""Whether what O-Key answers is what a document shows: its members and types, and its values but for those of a day."""

import json
import re
from collections.abc import Iterator
from typing import Any

#: Strings that differ from run to run: of one kind are equal.
KINDS = (
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"),
    re.compile(r"https?://\S+"),
    re.compile(r"msg_[0-9a-f]{32}"),
)
#: Members whose numbers differ from run to run.
COUNTED = {"id", "ms", "attempts"}
STATUS_LINE = re.compile(r"^HTTP/1\.\d \d{3}", re.MULTILINE)
#: In what is shown: whatever stands there.
ANYTHING = "…"


class Differs(AssertionError):
    """Says where, and how."""


def check_alike(shown: Any, real: Any, where: str = "answer") -> None:
    """All that is shown must be there; of a list, as many of the first as are shown. Raises Differs."""
    if isinstance(shown, dict) and isinstance(real, dict):
        for name, value in shown.items():
            if name not in real:
                raise Differs(f"{where} has no {name}: {real}")
            check_alike(value, real[name], f"{where}.{name}")
    elif isinstance(shown, list) and isinstance(real, list):
        if len(shown) > len(real) or (real and not shown):
            raise Differs(f"{where} has {len(real)} items, not {len(shown)}: {real}")
        for number, value in enumerate(shown):
            check_alike(value, real[number], f"{where}[{number}]")
    elif not _same(shown, real, where.rpartition(".")[2]):
        raise Differs(f"{where} is {real!r}, not {shown!r}")


def _same(shown: Any, real: Any, member: str) -> bool:
    if isinstance(shown, str) and isinstance(real, str):
        if any(kind.fullmatch(shown) and kind.fullmatch(real) for kind in KINDS):
            return True
        pattern = ".*".join(re.escape(part) for part in shown.split(ANYTHING))
        return re.fullmatch(pattern, real, re.DOTALL) is not None
    if type(shown) is int and type(real) is int and member in COUNTED:
        return True
    return type(shown) is type(real) and bool(shown == real)


def json_values(printed: str) -> Iterator[Any]:
    """Those that stand in it one after the other, with whatever lies between them left out."""
    decoder, at = json.JSONDecoder(), 0
    while (found := re.search(r"[{\[]", printed[at:])) is not None:
        try:
            value, at = decoder.raw_decode(printed, at + found.start())
        except ValueError:
            at += found.start() + 1
        else:
            yield value


def check_http_alike(shown: str, printed: str) -> None:
    """What `curl -i` printed last: the status line, the headers that are shown, and the body. Raises Differs."""
    head, _, body = shown.partition("\n\n")
    lines = printed.replace("\r\n", "\n")
    last = [found.start() for found in STATUS_LINE.finditer(lines)][-1]
    real_head, _, real_body = lines[last:].partition("\n\n")
    status, *headers = head.splitlines()
    real_status, *real_lines = real_head.splitlines()
    if status != real_status:
        raise Differs(f"answered {real_status}, not {status}: {real_body}")
    real_headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in real_lines)}
    for name, value in (line.split(": ", 1) for line in headers):
        check_alike(value, real_headers.get(name.lower()), name)
    if body:
        check_alike(json.loads(body), json.loads(real_body))
