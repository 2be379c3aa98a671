"""A Zoom provider for tests, away from Django's settings."""

from datetime import UTC, datetime
from typing import Any

from integrations.providers.base import MeetingRequest
from integrations.providers.zoom import Zoom

ALL_SCOPES = frozenset(
    {
        "user:read:user",
        "meeting:write:meeting",
        "meeting:update:meeting",
        "meeting:delete:meeting",
        "meeting:read:meeting",
        "meeting:read:list_meetings",
    }
)
CALLBACK = "http://testserver.localhost:8000/integrations/zoom/callback/"


def zoom_at(url: str = "https://zoom.us", api_url: str = "", **options: Any) -> Zoom:
    made = Zoom(
        client_id="test-client-id",
        client_secret="test-client-secret",
        oauth_base_url=url,
        api_base_url=api_url or url,
        redirect_uri=CALLBACK,
        manage_meetings=options.get("manage_meetings", True),
    )
    if deadline := options.get("deadline"):
        made._oauth._deadline = made._api._deadline = deadline
    return made


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
