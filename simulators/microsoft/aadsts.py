"""The numbers with which Microsoft refuses a sign-in or a token, and the form in which it says them."""

import secrets
from typing import Any

from simulators.common.messages import Answer, Refusal, html_answer, json_answer
from simulators.microsoft import pages
from simulators.microsoft.state import State

GRANT, INTERACTION, CLIENT = "invalid_grant", "interaction_required", "invalid_client"
UNAUTHORIZED, UNAVAILABLE = "unauthorized_client", "temporarily_unavailable"

#: Each number's `error` at the token endpoint, and its words.
TEXTS: dict[int, tuple[str, str]] = {
    50011: ("invalid_request", "The redirect URI specified in the request does not match the ones configured."),
    50020: (GRANT, "User account '{user}' from this identity provider does not exist in tenant and cannot access it."),
    50034: (GRANT, "The user account {user} does not exist in the directory."),
    50057: (GRANT, "The user account is disabled."),
    50072: (INTERACTION, "User needs to enroll for multi-factor authentication."),
    50074: (INTERACTION, "Strong authentication is required."),
    50076: (INTERACTION, "Due to a configuration change, you must use multi-factor authentication to access."),
    50078: (INTERACTION, "Presented multi-factor authentication has expired due to policies."),
    50079: (INTERACTION, "Due to a configuration change, you must enroll in multi-factor authentication."),
    50089: (GRANT, "Authentication failed due to flow token expired."),
    50132: (GRANT, "The session is not valid due to the following reason: password expiration or recent change."),
    50133: (GRANT, "The session is not valid due to password expiration or recent password change."),
    50158: (INTERACTION, "External security challenge was not satisfied."),
    50173: (GRANT, "The provided grant has expired due to it being revoked. The user might have changed it: {user}."),
    # Which `error` it comes with is not written anywhere; this is the worst of them.
    50196: (GRANT, "The server terminated an operation because it encountered a client request loop."),
    53003: (GRANT, "Access has been blocked by Conditional Access policies."),
    530031: (GRANT, "Access policy does not allow token issuance."),
    54005: (GRANT, "OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
    65001: (GRANT, "The user or administrator has not consented to use the application. User: {user}."),
    70000: (GRANT, "Provided grant is invalid or malformed."),
    70008: (GRANT, "The provided authorization code or refresh token has expired due to inactivity."),
    70011: ("invalid_scope", "The provided value for the input parameter 'scope' is not valid."),
    70043: (GRANT, "The refresh token has expired or is invalid due to sign-in frequency checks."),
    90006: ("server_error", "The service is temporarily unavailable."),
    90014: ("invalid_request", "The required field is missing from the credential."),
    90033: (UNAVAILABLE, "A transient error has occurred. Please try again."),
    90055: (UNAVAILABLE, "The request was throttled: too many requests."),
    500011: ("invalid_resource", "The resource principal was not found in the tenant."),
    501481: (GRANT, "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    650052: ("invalid_resource", "The app needs access to a service that your organization has not subscribed to."),
    70003: ("unsupported_grant_type", "The app returned an unsupported grant type."),
    700005: (GRANT, "Provided Authorization Code is intended to use against other tenant, thus rejected."),
    700016: (UNAUTHORIZED, "Application was not found in the directory. It has not been installed or consented to."),
    700082: (GRANT, "The refresh token has expired due to inactivity. It was issued to {user}."),
    7000112: (UNAUTHORIZED, "Application is disabled."),
    7000215: (CLIENT, "Invalid client secret provided."),
    7000222: (CLIENT, "The provided client secret keys for app are expired."),
}


def description(state: State, code: int, user: str = "") -> str:
    """As Microsoft writes it: more than one line, with the user's data in it."""
    text = TEXTS[code][1].format(user=user) if code in TEXTS else "The request could not be completed."
    return f"AADSTS{code}: {text}\r\nTrace ID: {_uuid()}\r\nCorrelation ID: {_uuid()}\r\nTimestamp: {state.now_text()}"


def refusal(state: State, code: int, user: str = "", claims: str = "", suberror: str = "") -> Refusal:
    """Of the token endpoint."""
    error = TEXTS[code][0] if code in TEXTS else GRANT
    data: dict[str, Any] = {
        "error": error,
        "error_description": description(state, code, user),
        "error_codes": [code],
        "timestamp": state.now_text().replace("T", " "),
        "trace_id": _uuid(),
        "correlation_id": _uuid(),
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }
    if suberror:
        data["suberror"] = suberror
    if claims:
        data["claims"] = claims
    return Refusal(json_answer(401 if error == CLIENT else 400, data))


def page(state: State, code: int, user: str = "", status: int = 400) -> Answer:
    """Microsoft's own page, from which nobody comes back."""
    return html_answer(status, pages.error(description(state, code, user), code))


def _uuid() -> str:
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
