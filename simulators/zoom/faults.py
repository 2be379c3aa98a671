"""What Zoom, or something in front of it, says instead of the truth."""

from simulators.common.faults import Fault, Manners, retry_after
from simulators.common.messages import Answer, json_answer
from simulators.zoom.headers import zoom_headers

SECOND_LIMIT_TEXT = "You have reached the maximum per-second rate limit for this API. Try again later."
DAILY_LIMIT_TEXT = (
    "You have exceeded the daily rate limit ({limit}) of Meeting Create/Update API requests permitted for this"
    " particular user. You may resume these requests at GMT 00:00:00."
)


def _says(fault: Fault, status: int) -> Answer:
    match fault.kind:
        case "rate_limit_second":
            return _limited(status, SECOND_LIMIT_TEXT)
        case "rate_limit_daily":
            return _limited(status, DAILY_LIMIT_TEXT.format(limit=100))
        case "retry_after":
            answer = _limited(status, "You have reached the maximum daily rate limit for this API.")
            answer.headers |= {"Retry-After": retry_after(fault), "X-RateLimit-Type": "Daily-limit"}
            return answer
    return json_answer(status, {"code": status, "message": "The service is not available."}, zoom_headers())


def _limited(status: int, message: str) -> Answer:
    limits = {"x-ratelimit-limit": "6000", "x-ratelimit-remaining": "5893"}
    return json_answer(status, {"code": status, "message": message}, zoom_headers("Light") | limits)


MANNERS = Manners(
    operations=(
        "authorize",
        "consent",
        "exchange",
        "refresh",
        "revoke",
        "users_me",
        "create",
        "update",
        "delete",
        "get",
        "list",
    ),
    says=_says,
    kinds={"rate_limit_second": 429, "rate_limit_daily": 429, "retry_after": 429},
)
