"""A meeting for any provider to make."""

from datetime import UTC, datetime
from typing import Any

from integrations.providers.base import MeetingRequest


def meeting_request(**changes: Any) -> MeetingRequest:
    wanted: dict[str, Any] = {
        "reference": "O-Key 7f3a",
        "title": "Quarterly review",
        "agenda": "Numbers, then questions.",
        "starts_at": datetime(2031, 5, 6, 9, 30, tzinfo=UTC),
        "minutes": 45,
        "timezone": "Europe/Berlin",
    }
    return MeetingRequest(**(wanted | changes))
