"""Microsoft's failures, each as one outcome.

A failed OAuth call answers {"error": str, "error_description": str, "error_codes": [int], …}; a failed Graph call
{"error": {"code": str, "message": str, "innerError": {"code": str, …}}}. Descriptions and messages hold data of the
person and are no contract, so none is looked at or kept: names and numbers are.
https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
https://learn.microsoft.com/en-us/graph/errors
"""

import base64
import json
import re
from typing import Any

import requests

from integrations.providers.base import (
    Challenged,
    Misconfigured,
    Outcome,
    ReconnectNeeded,
    Refused,
    Unavailable,
    Unknown,
)
from integrations.vendors.oauth import has_failed, json_body, retry_after, without_secrets, without_verdict

#: Why a grant is over, for administrators: {"error": "invalid_grant", "error_codes": [700082], …}
GROUPS = {
    "expired": {700082, 70008},
    "revoked": {50173, 50089, 50132, 50133, 70000},
    "the organization wants a new sign-in": {70043, 50076, 50079, 50078, 50072, 50074, 50158, 700020},
    "the organization's policy": {53003, 530031, 530032, 530033, 530034},
    "consent withdrawn": {65001},
    "account gone or disabled": {50034, 50020, 50057},
    "removed by the organization": {700016, 7000112, 70001},
}
#: Of Microsoft's own trouble, or of too many calls of ours; whatever `error` stands beside them.
PASSING = {90006, 90033, 90055, 50196}
PASSING_ERRORS = {"temporarily_unavailable", "server_error"}
#: The grant, or what a person had agreed to, is not enough any more.
GRANT_IS_OVER = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
#: An organization's administrator has to agree first.
NEEDS_ADMIN = {"AADSTS65001", "AADSTS90094", "AADSTS90095"}
#: {"error": {"code": "Authorization_RequestDenied", …}}
SCOPE_MISSING = {"Authorization_RequestDenied", "ErrorAccessDenied", "accessDenied"}
#: Later, perhaps, though it is none of the server's failures: a conflict, a lock, no room.
LATER = {409, 412, 423, 425, 507, 509}
#: {"error": {"code": "Forbidden", "message": ""}}: no Teams, a guest, or meetings are switched off by policy.
MAY_NOT_HOST = {"Forbidden", "MailboxNotEnabledForRESTAPI"}
#: WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="<the JSON in base64>"
#: https://learn.microsoft.com/en-us/entra/identity-platform/claims-challenge
INSUFFICIENT = "insufficient_claims"
CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]+)"')
LONGEST_CLAIMS = 4000

NAME = re.compile(r"[a-z_]{1,40}")


class AppNotFound(ReconnectNeeded):
    """An organization has removed O-Key; or our client ID is wrong, and it is so for everybody."""


# --- The way back ----------------------------------------------------------------------------------------


def return_outcome(error: str, description: str) -> Outcome:
    """Why a person came back without a code."""
    detail = f"sent back with {_name(error)}"
    asks_admin = any(description.startswith(number) for number in NEEDS_ADMIN)
    if error == "consent_required" or (error == "access_denied" and asks_admin):
        return Refused(detail, reason="needs_admin")
    if error == "access_denied":
        return Refused(detail, reason="declined")
    return Unavailable(detail) if error in PASSING_ERRORS else Refused(detail, reason="code_refused")


# --- The token endpoint ----------------------------------------------------------------------------------


def token_outcome(answer: requests.Response, *, exchanging: bool) -> Outcome | None:
    """The outcome of a token answer, or None where it holds a usable grant. A lost refresh is no loss here."""
    body, status = json_body(answer), answer.status_code
    if status == 200:
        is_usable = body is not None and body.get("access_token") and (body.get("refresh_token") or not exchanging)
        return None if is_usable else Unknown("HTTP 200 without a grant")
    return without_verdict(answer, body) or _refused_token(status, body or {}, exchanging=exchanging)


def _refused_token(status: int, body: dict[str, Any], *, exchanging: bool) -> Outcome:
    error, codes = _name(body.get("error")), _codes(body)
    group = next((name for name, numbers in GROUPS.items() if numbers & codes), "")
    numbers = ", ".join(f"AADSTS{code}" for code in sorted(codes))
    detail = ", ".join(part for part in (f"HTTP {status}", error, numbers, group) if part)
    if codes & PASSING or error in PASSING_ERRORS:
        return Unavailable(detail)
    if error in GRANT_IS_OVER and (claims := _claims(body.get("claims"))):
        return Challenged(detail, claims=claims)
    if error in GRANT_IS_OVER:
        return Refused(detail, reason="code_refused") if exchanging else ReconnectNeeded(detail)
    if error == "unauthorized_client" and not exchanging:
        return AppNotFound(detail)
    return Misconfigured(detail)


def _name(error: Any) -> str:
    """What stands as `error`: a word in small letters, or nothing that one may rely on."""
    return error if isinstance(error, str) and NAME.fullmatch(error) else without_secrets(str(error or ""))


def _codes(body: dict[str, Any]) -> set[int]:
    found = body.get("error_codes")
    return {one for one in found if isinstance(one, int)} if isinstance(found, list) else set()


# --- Graph -----------------------------------------------------------------------------------------------


def graph_outcome(answer: requests.Response, *, has_effect: bool = False) -> Outcome:
    """The outcome of a Graph answer that is not the wanted one. `has_effect`: a failure leaves open what was done."""
    body, status = json_body(answer) or {}, answer.status_code
    said = body.get("error")
    names = _names(said) if isinstance(said, dict) else []
    seen = answer.headers.get("request-id", "")[:100]
    detail = f"HTTP {status}, {without_secrets(' / '.join(names)) or 'no reason'}"
    if status == 429:
        return Unavailable(detail, retry_at=retry_after(answer.headers.get("retry-after", "")), tracking_id=seen)
    if has_failed(status) or status < 300:
        return Unknown(detail, tracking_id=seen) if has_effect else Unavailable(detail, tracking_id=seen)
    if status in {401, 403} and _is_challenge(answer, names):
        claims = _claims_of(answer)
        return (
            Challenged(detail, claims=claims, tracking_id=seen) if claims else ReconnectNeeded(detail, tracking_id=seen)
        )
    if status == 401:
        return ReconnectNeeded(detail, tracking_id=seen)
    if status in LATER or status < 400 or not names:
        return Unavailable(detail, retry_at=retry_after(answer.headers.get("retry-after", "")), tracking_id=seen)
    return Refused(detail, reason=_reason(status, set(names)), tracking_id=seen)


def _reason(status: int, names: set[str]) -> str:
    if status == 403 and names & SCOPE_MISSING:
        return "scope_missing"
    if status in {403, 404} and names & MAY_NOT_HOST:
        return "may_not_host"
    return "gone" if status in {404, 410} else "refused"


def _is_challenge(answer: requests.Response, names: list[str]) -> bool:
    """The token is not enough: whoever it is from shall sign in otherwise. It says nothing of what they may do."""
    return INSUFFICIENT in names or f'error="{INSUFFICIENT}"' in answer.headers.get("WWW-Authenticate", "")


def _claims_of(answer: requests.Response) -> str:
    found = CLAIMS.search(answer.headers.get("WWW-Authenticate", ""))
    if found is None:
        return ""
    text = found[1].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _claims(base64.b64decode(text + "=" * (-len(text) % 4)).decode())
    except ValueError:
        return ""


def _claims(text: Any) -> str:
    """A JSON object that an address can carry, or nothing."""
    try:
        is_good = isinstance(text, str) and text.isprintable() and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return ""
    return str(text) if is_good and len(text) <= LONGEST_CLAIMS else ""


def _names(error: dict[str, Any]) -> list[str]:
    """The code and the finer ones within it, outermost first."""
    names: list[str] = []
    at: Any = error
    while isinstance(at, dict) and len(names) < 5:
        names += [str(at["code"])] if at.get("code") else []
        at = at.get("innerError") or at.get("innererror")
    return names
