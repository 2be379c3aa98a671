"""What the tests of the API's meetings share: a moment that is on offer, and answers as they are read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.okey.api.caller import Caller

#: A Monday, when alice (in Berlin) has the default hours: 9 to 17, which is 8 to 16 UTC.
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TOMORROW_AT_TEN = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def wanted(contact: Contact, starts_at: datetime | str = TOMORROW_AT_TEN, **more: Any) -> dict[str, Any]:
    """What a program sends to schedule a meeting."""
    at = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
    return {"contact_id": str(contact.pk), "title": "Kick-off", "starts_at": at, **more}


def read(response: HttpResponse, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def scheduled(owner: Owner, contact: Contact, *, hours: float = 0, **more: Any) -> dict[str, Any]:
    """A meeting made by the API, so many hours after the usual time."""
    body = wanted(contact, TOMORROW_AT_TEN + timedelta(hours=hours), any_time=True, **more)
    return read(Caller(owner).post("/meetings", body), 201)
