"""What a provider tells of a meeting by itself, as integrations hands it on (signals.meeting_told)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.providers.base import Told

__all__ = ["News", "Told"]


@dataclass(frozen=True)
class News:
    """`mark`: the same message again has the same. `host_id`, `account_id`: at the provider; "" where it does not say.

    `at`: when it happened, None where it does not say. `changes`: what it names of title, starts_at and minutes.
    """

    told: Told
    external_id: str
    host_id: str
    account_id: str
    at: datetime | None
    changes: dict[str, Any]
    mark: str
