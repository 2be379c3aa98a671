"""Owners who can be booked, and what clients ask for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from meetings.booking import settings as booking_settings
from meetings.booking.bookings import Wish
from meetings.booking.models import BookingSettings
from okey.owners.models import Owner

#: A Tuesday; in Berlin it is 16:00, too late to be booked today.
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
#: The next morning's first time on offer, 9:00 in Berlin.
FIRST = datetime(2026, 11, 25, 8, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


def bookable(owner: Owner, **changes: Any) -> BookingSettings:
    return booking_settings.change(owner=owner, **{"is_page_on": True, **changes})


def wish(*, slots: int = 0, **changes: Any) -> Wish:
    """A client's, `slots` half hours after the first one."""
    values: dict[str, Any] = {
        "name": "Yuki Tanaka",
        "email": "yuki@client.example",
        "starts_at": FIRST + slots * timedelta(minutes=30),
        "zone": MADRID,
    }
    return Wish(**{**values, **changes})
