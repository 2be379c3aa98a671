"""Moments as O-Key writes them for programs."""

from datetime import UTC, datetime


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC, with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
