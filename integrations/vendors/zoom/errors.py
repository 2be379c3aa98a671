"""Zoom's failures, each as one outcome.

Zoom answers a failed API call with {"code": int, "message": str}, a failed OAuth call with
{"reason": str, "error": str}; under load either can be XML, HTML or nothing. The 47xx numbers of its OAuth page
are not always in the body.
"""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import requests

from integrations.providers.base import Misconfigured, Outcome, ReconnectNeeded, Refused, Unavailable, Unknown
from integrations.vendors.oauth import SECRET_LIKE, has_failed, json_body, retry_after, without_secrets

#: So long a day has hardly begun, and so soon to ask again in it.
DAY_BEGINS = timedelta(minutes=15)
SOON = timedelta(minutes=5)

INVALID_CODE = {"4733", "4734"}
DEAD_GRANT = {"4711", "4735", "4737", "4738", "4741"}
OUR_MISTAKE = {"4702", "4704", "4705", "4706", "4709", "4717"}

#: Body codes of a refusal that words can explain; the rest is "refused" with Zoom's own message.
REASON_BY_CODE = {
    3161: "may_not_host",
    200: "paid_only",
    4711: "scope_missing",
    1001: "user_gone",
    3001: "gone",
}


def tracking_id(answer: requests.Response) -> str:
    """Zoom's own name for the call, for its support."""
    return answer.headers.get("x-zm-trackingid", "")[:100]


# --- The API ---------------------------------------------------------------------------------------------


def api_outcome(answer: requests.Response, *, done_if_lost: bool = False) -> Outcome:
    """The outcome of an API answer that is not the wanted one.

    `done_if_lost`: the call has an effect, so a success that cannot be read leaves open whether it was done, and so
    does any answer of a server that failed or gave up (5xx, 408): that may have been after the work. A refusal is
    definite, and so is a limit (429).
    """
    body = json_body(answer) or {}
    code, message = _code(body), _message(body)
    detail = f"HTTP {answer.status_code}, code {code}: {message}" if body else f"HTTP {answer.status_code}, no JSON"
    seen = tracking_id(answer)
    status = answer.status_code
    if status == 429 or code == 4001:
        return _limited(answer, message, detail)
    if has_failed(status) or status == 425 or 300 <= status < 400 or not body:
        is_open = done_if_lost and (status < 300 or has_failed(status))
        return Unknown(detail, tracking_id=seen) if is_open else Unavailable(detail, tracking_id=seen)
    if status < 300:
        return Unknown(detail, tracking_id=seen)
    if "does not contain scopes" in message:  # said with several codes
        return Refused(detail, reason="scope_missing", tracking_id=seen)
    if code in REASON_BY_CODE:
        return Refused(detail, reason=REASON_BY_CODE[code], tracking_id=seen)
    if status == 401 or code in {124, 4700}:
        return ReconnectNeeded(detail, tracking_id=seen)
    return Refused(detail, tracking_id=seen)


def _code(body: dict[str, Any]) -> int | None:
    text = str(body.get("code"))
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _message(body: dict[str, Any]) -> str:
    """Zoom's own words, with the fields that it complains about."""
    text = str(body.get("message") or "")
    errors = body.get("errors")
    wrong = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    if wrong:
        fields = "; ".join(f"{error.get('field')}: {error.get('message')}" for error in wrong)
        text += f" ({fields})"
    return without_secrets(text)


def _limited(answer: requests.Response, message: str, detail: str) -> Unavailable:
    # The daily limit of one person comes without Retry-After in practice: only its text tells.
    is_daily = "daily" in message.lower() or answer.headers.get("x-ratelimit-type", "").lower() == "daily-limit"
    retry_at = retry_after(answer.headers.get("retry-after", ""))
    if is_daily:
        retry_at = _new_day(retry_at)
    return Unavailable(detail, retry_at=retry_at, daily_limit=is_daily, tracking_id=tracking_id(answer))


def _new_day(said: datetime | None) -> datetime:
    """When a daily limit is over: as Zoom said, else at midnight UTC.

    One that is met when the day has hardly begun is yesterday's: Zoom's clock is behind ours, or its counters start
    anew a little late.
    """
    now = datetime.now(UTC)
    begun = datetime.combine(now.date(), time.min, tzinfo=UTC)
    midnight = begun + timedelta(days=1)
    if now < begun + DAY_BEGINS:
        return min(said or midnight, now + SOON)
    return said or midnight


# --- The token endpoint ----------------------------------------------------------------------------------


def token_outcome(answer: requests.Response, *, exchanging: bool) -> Outcome | None:
    """The outcome of a token answer, or None where it holds a usable pair."""
    body = json_body(answer)
    status = answer.status_code
    if status == 200:
        is_pair = body is not None and body.get("access_token") and body.get("refresh_token")
        return None if is_pair else Unknown("HTTP 200 without a pair")
    if status == 429:
        return Unavailable("HTTP 429", retry_at=retry_after(answer.headers.get("retry-after", "")))
    if has_failed(status) and not exchanging:
        return Unknown(f"HTTP {status}")  # it may have failed after the work: the old pair may be spent already
    if status >= 500 or body is None:
        return Unavailable(f"HTTP {status}" + ("" if body else ", no JSON"))
    if status < 400:
        return Misconfigured(f"HTTP {status}: Zoom's address redirects elsewhere")
    return _refused_token(status, body, exchanging=exchanging)


def _refused_token(status: int, body: dict[str, Any], *, exchanging: bool) -> Outcome:
    reason, error = str(body.get("reason") or "")[:300], str(body.get("error") or "")[:100]
    detail = f"HTTP {status}, {error}: {SECRET_LIKE.sub('…', reason)}"
    said = reason.lower()
    codes = set(re.findall(r"\b47\d\d\b", f"{reason} {error} {body.get('code', '')} {body.get('errorCode', '')}"))
    if error == "invalid_client" or "client_id or client_secret" in said or codes & OUR_MISTAKE:
        return Misconfigured(detail)
    if "redirect" in said:
        return Misconfigured(detail)
    if exchanging:
        is_about_the_code = (
            error == "invalid_grant" or codes & INVALID_CODE or "code" in said or "invalid token" in said
        )
        return Refused(detail, reason="code_refused") if is_about_the_code else Misconfigured(detail)
    # "Invalid Token!" came with invalid_request in older answers: the reason counts too.
    if error == "invalid_grant" or "invalid token" in said or codes & DEAD_GRANT:
        return ReconnectNeeded(detail)
    return Misconfigured(detail)
