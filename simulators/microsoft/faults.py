"""What Microsoft, or something in front of it, says instead of the truth."""

import secrets
from datetime import UTC, datetime

from simulators.common.faults import Fault, Manners, retry_after
from simulators.common.messages import Answer, json_answer


def graph_error(status: int, code: str, message: str = "") -> Answer:
    """The body of Graph's errors; the message may be empty, and nobody should look at it."""
    request_id = secrets.token_hex(16)
    inner = {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": request_id,
    }
    error = {"code": code, "message": message, "innerError": inner}
    return json_answer(status, {"error": error}, {"request-id": request_id})


def _says(fault: Fault, status: int) -> Answer:
    if fault.kind == "throttled":
        answer = graph_error(status, "TooManyRequests", "Too many requests.")
        answer.headers["Retry-After"] = retry_after(fault)
        return answer
    if fault.kind == "throttled_silently":
        return graph_error(status, "activityLimitReached")
    return graph_error(status, "serviceNotAvailable", "The service is not available.")


MANNERS = Manners(
    operations=(
        "authorize",
        "consent",
        "ask_admin",
        "admin_consent",
        "exchange",
        "refresh",
        "me",
        "organization",
        "create",
        "get",
        "find",
        "update",
        "delete",
        "plain_create",
        "calendar_list",
        "calendar_view",
        "event_find",
        "event_create",
        "event_get",
        "event_update",
        "event_delete",
        "subscribe",
        "renew",
        "unsubscribe",
    ),
    says=_says,
    kinds={"throttled": 429, "throttled_silently": 429},
)
