"""Google's failures, each as one outcome.

A failed OAuth call answers {"error": str, "error_description": str}; a failed API call
{"error": {"code": int, "message": str, "status": str, "details": [{"reason": str, …}]}}, older ones
{"error": {"errors": [{"reason": str}], …}}; under load either can be HTML or nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from integrations.providers.base import Misconfigured, Outcome, ReconnectNeeded, Refused, Unavailable, Unknown
from integrations.vendors.oauth import has_failed, json_body, retry_after, without_secrets, without_verdict

#: What the token endpoint says of a grant or code that is dead; revoking says the last of these.
DEAD = {"invalid_grant", "invalid_token"}
#: {"error": {"code": 403, "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", …}]}}
SCOPE_MISSING = {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}
#: The API is not switched on in our own project: "… has not been used in project … before or it is disabled."
NOT_SWITCHED_ON = {"SERVICE_DISABLED", "accessNotConfigured"}
#: A limit is 429 or 403, and no matter of permissions.
LIMITS = {
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
}
#: Quotas are counted by the minute. `Retry-After` is not promised.
QUOTA_WINDOW = timedelta(minutes=1)


# --- The token endpoint ----------------------------------------------------------------------------------


def token_outcome(answer: requests.Response, *, exchanging: bool) -> Outcome | None:
    """The outcome of a token answer, or None where it holds a usable grant. A lost refresh is no loss here."""
    body, status = json_body(answer), answer.status_code
    if status == 200:
        return _without_grant(body or {}, exchanging=exchanging)
    return without_verdict(answer, body) or _refused_token(status, body or {}, exchanging=exchanging)


def _refused_token(status: int, body: dict[str, Any], *, exchanging: bool) -> Outcome:
    error = str(body.get("error") or "")[:100]
    detail = f"HTTP {status}, {error}: {without_secrets(str(body.get('error_description') or ''))}"
    if error in DEAD:
        return Refused(detail, reason="code_refused") if exchanging else ReconnectNeeded(detail)
    if error == "admin_policy_enforced":
        return Refused(detail)
    return Misconfigured(detail)


def _without_grant(body: dict[str, Any], *, exchanging: bool) -> Outcome | None:
    if not body.get("access_token"):
        return Unknown("HTTP 200 without a token")
    if exchanging and not body.get("refresh_token"):
        return Refused("HTTP 200 without a refresh token", reason="code_refused")
    return None


# --- The APIs --------------------------------------------------------------------------------------------


def api_outcome(answer: requests.Response, *, has_effect: bool = False) -> Outcome:
    """The outcome of an API answer that is not the wanted one. `has_effect`: a failure leaves open what was done."""
    body, status = json_body(answer) or {}, answer.status_code
    error = body.get("error")
    said: dict[str, Any] = error if isinstance(error, dict) else {}
    found = _reasons(said)
    names = ", ".join(sorted(found)) or str(said.get("status") or error or "")
    detail = f"HTTP {status}, {without_secrets(names)}: {without_secrets(str(said.get('message') or ''))}"
    if status == 429 or found & LIMITS:
        return _limited(answer, said, detail)
    if has_failed(status) or status < 300:
        return Unknown(detail) if has_effect else Unavailable(detail)
    if status == 401:
        return ReconnectNeeded(detail)
    if not said or status < 400:
        return Unavailable(f"HTTP {status}, no JSON")
    if found & SCOPE_MISSING:
        return Refused(detail, reason="scope_missing")
    if found & NOT_SWITCHED_ON:
        return Misconfigured(detail)
    if status in {404, 410}:
        return Refused(detail, reason="gone")
    return Refused(detail, reason="may_not_host" if said.get("status") == "PERMISSION_DENIED" else "refused")


def reasons(answer: requests.Response) -> set[str]:
    """What an API answer gives as reasons, by name."""
    error = (json_body(answer) or {}).get("error")
    return _reasons(error) if isinstance(error, dict) else set()


def _reasons(error: dict[str, Any]) -> set[str]:
    found = [*_list(error.get("details")), *_list(error.get("errors"))]
    return {str(one["reason"]) for one in found if isinstance(one, dict) and one.get("reason")}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _limited(answer: requests.Response, error: dict[str, Any], detail: str) -> Unavailable:
    """`metadata.quota_limit` tells whose quota it is: per minute, and per project or per user."""
    metadata = (one.get("metadata") for one in _list(error.get("details")) if isinstance(one, dict))
    quota = next((str(one.get("quota_limit") or "") for one in metadata if isinstance(one, dict)), "")
    over = retry_after(answer.headers.get("retry-after", "")) or datetime.now(UTC) + QUOTA_WINDOW
    return Unavailable(detail, retry_at=over, for_everyone="project" in quota.lower() and "user" not in quota.lower())
