"""The section "Connected meeting providers" of profile settings, and how a page that was left open learns what came."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations import connections, words
from integrations.models import AuthorizationAttempt
from okey.owners.models import Owner

#: How often an open page asks while somebody may be on their way back from a provider.
POLL_SECONDS = 3
#: How long after its end an attempt is still the news.
NEWS = timedelta(minutes=5)


def context(owner: Owner, *, is_news: bool = False) -> dict[str, Any]:
    """`is_news`: for the page that asked, which reads what came of the attempt as well."""
    entries = connections.overview(owner)
    connected = [entry for entry in entries if entry.connection]
    attempts = _Attempts.of(owner)
    return {
        "owner": owner,
        "entries": entries,
        "has_default": any(entry.connection and entry.connection.is_default for entry in connected),
        "has_connection": bool(connected),
        "support_email": settings.SUPPORT_EMAIL,
        "poll_seconds": POLL_SECONDS if attempts.under_way else 0,
        "mark": _mark(entries, attempts),
        "question": next((one for one in attempts.under_way if one.status == one.Status.ASKING), None),
        "said": words.of(attempts.ended[0]) if is_news and attempts.ended else None,
        "is_news": is_news,
    }


@dataclass(frozen=True)
class _Attempts:
    """Of these minutes, the newest first."""

    under_way: list[AuthorizationAttempt]
    ended: list[AuthorizationAttempt]

    @classmethod
    def of(cls, owner: Owner) -> "_Attempts":
        since = timezone.now() - AuthorizationAttempt.LIFETIME - NEWS
        mine = AuthorizationAttempt.objects.filter(owner=owner, created_at__gt=since).order_by("-created_at")
        recent = list(mine.defer("secrets", "code", "tokens").select_related("account")[:20])
        return cls(
            [one for one in recent if not one.outcome and not (one.status == one.Status.PENDING and one.is_expired)],
            [one for one in recent if one.outcome],
        )


def _mark(entries: list[connections.Entry], attempts: _Attempts) -> str:
    """Of all that the section would show differently."""
    shown = [
        [(one.provider.slug, one.status, one.is_finishing, one.connection and one.connection.pk) for one in entries],
        [(one.provider.slug, one.wait.is_approved) for one in entries if one.wait],
        [(one.pk, one.status) for one in attempts.under_way],
    ]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
