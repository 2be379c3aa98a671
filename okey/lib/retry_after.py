"""When another side wants to be asked again."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def retry_at(headers: Any) -> datetime | None:
    """Retry-After, in seconds or as a date; None where it says nothing usable."""
    said = headers.get("Retry-After", "").strip()
    try:
        if said.isdecimal():
            return datetime.fromtimestamp(time.time() + int(said), UTC)
        moment = parsedate_to_datetime(said)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
