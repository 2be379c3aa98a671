"""Calls to providers, counted by endpoint and status."""

import re

from okey import figures

#: What a vendor's own words in an address look like; anything else may be an ID, and there are ever more of those.
WORD = re.compile(r"[a-z]+|(o?auth|v)\d(\.\d)?|onlineMeetings|createOrGet")


def count_call(host: str, method: str, path: str, status: int) -> None:
    """The transport's listener."""
    figures.count(figures.CALLS, host=host, method=method, endpoint=endpoint_of(path), status=str(status))


def endpoint_of(path: str) -> str:
    """The path with a `*` for each part that is no word of the vendor's."""
    return "/".join(part if not part or _is_word(part) else "*" for part in path.split("/"))


def _is_word(part: str) -> bool:
    return len(part) <= 20 and WORD.fullmatch(part) is not None
