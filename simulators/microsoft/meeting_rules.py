"""How Graph reads and writes a meeting's times, and whom a lobby can let by."""

import re
from datetime import UTC, datetime
from typing import Any

HOUR = 3600
LOBBIES = (
    "organizer",
    "organization",
    "organizationAndFederated",
    "organizationExcludingGuests",
    "invited",
    "everyone",
)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,7})?(Z|[+-]\d\d:\d\d)")


def moment(text: Any) -> float | None:
    """ISO with Z or an offset, and up to seven digits after the second; None for anything else."""
    match = MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1] + match[3]).timestamp()
    except ValueError:
        return None


def moment_text(at: float) -> str:
    """With seven digits after the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
