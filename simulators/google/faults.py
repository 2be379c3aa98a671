"""What Google, or something in front of it, says instead of the truth."""

from typing import Any

from simulators.common.faults import Fault, Manners, retry_after
from simulators.common.messages import Answer, json_answer

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
MEET = "meet.googleapis.com"
PER_PROJECT = "SpaceCreateRequestsPerMinutePerProject"
PER_USER = "SpaceCreateRequestsPerMinutePerProjectPerUser"


def api_error(status: int, message: str, reason: str = "", **metadata: str) -> Answer:
    """The body of every newer Google API; `reason` goes into an ErrorInfo."""
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "status": STATUS_NAMES.get(status, "UNKNOWN"),
    }
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        error["details"] = [info | {"metadata": {"service": MEET} | metadata}]
    return json_answer(status, {"error": error})


def calendar_error(status: int, reason: str, message: str, *, domain: str = "global") -> Answer:
    """The body of Calendar v3, an older API."""
    error = {"domain": domain, "reason": reason, "message": message}
    return json_answer(status, {"error": {"errors": [error], "code": status, "message": message}})


def over_quota(limit: str) -> Answer:
    message = (
        f"Quota exceeded for quota metric 'Space create requests' and limit '{limit}' of service '{MEET}'"
        " for consumer 'project_number:100000000001'."
    )
    metadata = {"quota_limit": limit, "quota_location": "global", "consumer": "projects/100000000001"}
    return api_error(429, message, "RATE_LIMIT_EXCEEDED", **metadata)


def _says(fault: Fault, status: int) -> Answer:
    match fault.kind:
        case "rate_limit_project":
            return over_quota(PER_PROJECT)
        case "rate_limit_user":
            return over_quota(PER_USER)
        case "rate_limit_403":
            return api_error(status, "Rate Limit Exceeded", "RATE_LIMIT_EXCEEDED")
        case "calendar_limit":
            return calendar_error(status, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
        case "calendar_broken":
            return calendar_error(status, "backendError", "Backend Error")
        case "retry_after":
            answer = over_quota(PER_PROJECT)
            answer.headers["Retry-After"] = retry_after(fault)
            return answer
    return api_error(status, "The service is currently unavailable.")


MANNERS = Manners(
    operations=(
        "authorize",
        "consent",
        "exchange",
        "refresh",
        "revoke",
        "userinfo",
        "create",
        "get",
        "update",
        "end_conference",
        "calendar_list",
        "events",
        "event_insert",
        "event_get",
        "event_patch",
        "event_delete",
        "watch",
        "stop",
    ),
    says=_says,
    kinds={
        "rate_limit_project": 429,
        "rate_limit_user": 429,
        "rate_limit_403": 403,
        "retry_after": 429,
        "calendar_limit": 403,
        "calendar_broken": 500,
    },
)
