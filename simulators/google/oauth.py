"""accounts.google.com and oauth2.googleapis.com: authorize, token and revoke; and who somebody is."""

import base64
import json
import random
import secrets
from dataclasses import dataclass, fields
from typing import Any

from simulators.common import oauth as common
from simulators.common.messages import Answer, Refusal, Request, html_answer, json_answer, redirect
from simulators.common.oauth import credentials, is_client, verifies
from simulators.google import pages
from simulators.google import scopes as google_scopes
from simulators.google.records import ACCESS_TOKEN_SECONDS, Code, Grant, Revocation, User
from simulators.google.state import State

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
#: Of browsers inside apps (Android's WebView), which Google does not let sign in.
EMBEDDED = "; wv)"
PROMPTS = {"none", "consent", "select_account"}


@dataclass
class AuthorizationRequest(common.AuthorizationRequest):
    scope: str
    access_type: str
    prompt: str
    include_granted_scopes: str
    login_hint: str
    nonce: str

    @property
    def scopes(self) -> list[str]:
        return google_scopes.parse(self.scope)


def authorize(state: State, request: Request) -> Answer:
    """GET /o/oauth2/v2/auth: choosing an account and consenting, on one page."""
    asked = _check_authorization(state, request, request.query)
    if asked.prompt == "none":
        return redirect(asked.answer_url({"error": "interaction_required"}))
    page = pages.consent(vars(asked), list(state.users.values()), asked.scopes, state.settings.boxes_ticked)
    return html_answer(200, page)


def consent(state: State, request: Request) -> Answer:
    """POST /o/oauth2/v2/auth: somebody pressed Continue or Cancel. `scope` is what was ticked of the `asked`."""
    form = request.form
    asked = _check_authorization(state, request, form | {"scope": form.get("asked", "")})
    if request.form.get("decision") != "allow":
        return redirect(asked.answer_url({"error": "access_denied"}))
    user = state.users.get(request.form.get("user", ""))
    if user is None:
        raise _page_refusal("Choose an account.", "invalid_request")
    if user.blocked or user.status != "active":
        raise _page_refusal(pages.BLOCKED, user.blocked or "disabled_account")
    ticked = {value for name, value in request.form_pairs if name == "scope"}
    boxes = google_scopes.with_boxes(asked.scopes)
    scopes = [scope for scope in asked.scopes if scope not in boxes or scope in ticked]
    if not scopes:
        return redirect(asked.answer_url({"error": "access_denied"}))
    return _with_code(state, asked, user, scopes)


def token(state: State, request: Request) -> Answer:
    """POST /token. Parameters count from the body only."""
    settings = state.settings
    given = credentials(request)
    if settings.is_client_deleted and given[0] == settings.client_id:
        raise _refusal("deleted_client", "The OAuth client was deleted.", 401)
    if not is_client(settings.client_id, settings.client_secret, given):
        known = given[0] == settings.client_id
        raise _refusal("invalid_client", "Unauthorized" if known else "The OAuth client was not found.", 401)
    match request.form.get("grant_type", ""):
        case "authorization_code":
            return _exchange(state, request.form)
        case "refresh_token":
            return _refresh(state, request.form)
        case "":
            raise _refusal("invalid_request", "Missing required parameter: grant_type")
    raise _refusal("unsupported_grant_type", "Invalid grant_type: " + request.form["grant_type"])


def revoke(state: State, request: Request) -> Answer:
    """POST /revoke with any living token: it ends everything of this person in the project."""
    value = request.form.get("token", "")
    if not value:
        raise _refusal("invalid_request", "Missing required parameter: token")
    grant = state.grant_by_token(value)
    access = state.accesses.get(value)
    is_expired = access is not None and state.now() >= access.expires_at
    if grant is None or not grant.is_alive or is_expired or state.users[grant.user_id].status != "active":
        raise _refusal("invalid_token", "Token expired or revoked")
    ended = state.end_everything(grant.user_id, "revoked by the app")
    state.save(Revocation(len(state.revocations) + 1, grant.user_id, grant.id, [other.id for other in ended]))
    return json_answer(200, {})


def userinfo(state: State, request: Request) -> Answer:
    """GET /v1/userinfo: what the granted sign-in scopes let one see."""
    found = live_access(state, request)
    if found is None or "openid" not in found.scopes:
        data = {"error": "invalid_request", "error_description": "Invalid Credentials"}
        header = 'Bearer realm="https://accounts.google.com/", error="invalid_request"'
        return json_answer(401, data, {"WWW-Authenticate": header})
    return json_answer(200, _person(state.users[found.user_id], found.scopes))


def live_access(state: State, request: Request) -> Grant | None:
    """The grant behind a bearer token that is good at this moment."""
    access = state.accesses.get(request.bearer_token)
    if access is None or state.now() >= access.expires_at:
        return None
    grant = state.grants[access.grant_id]
    return grant if grant.is_alive and state.users[grant.user_id].status == "active" else None


def _check_authorization(state: State, request: Request, given: dict[str, str]) -> AuthorizationRequest:
    asked = AuthorizationRequest(**{item.name: given.get(item.name, "") for item in fields(AuthorizationRequest)})
    settings = state.settings
    if EMBEDDED in request.headers.get("user-agent", ""):
        raise _page_refusal("This browser or app may not be secure.", "disallowed_useragent", 403)
    if asked.client_id != settings.client_id:
        raise _page_refusal("The OAuth client was not found.", "invalid_client", 401)
    if settings.is_client_deleted:
        raise _page_refusal("The OAuth client was deleted.", "deleted_client", 401)
    if asked.redirect_uri not in settings.redirect_uris:
        raise _page_refusal(f"redirect_uri={asked.redirect_uri} is not registered.", "redirect_uri_mismatch")
    if asked.response_type != "code":
        raise _page_refusal("Invalid response_type.", "unsupported_response_type")
    if not asked.scopes:
        raise _page_refusal("Missing required parameter: scope", "invalid_request")
    if unknown := google_scopes.unknown(asked.scopes):
        raise _page_refusal(f"Some requested scopes were invalid: {', '.join(unknown)}", "invalid_scope")
    if not asked.has_known_challenge:
        raise _page_refusal("Invalid code_challenge_method.", "invalid_request")
    if asked.access_type not in ("", "online", "offline") or not set(asked.prompt.split()) <= PROMPTS:
        raise _page_refusal("Invalid parameter value for access_type or prompt.", "invalid_request")
    return asked


def _with_code(state: State, asked: AuthorizationRequest, user: User, scopes: list[str]) -> Answer:
    is_first = not state.permitted(user.id)
    code = Code(
        f"4/0A{secrets.token_urlsafe(48)}",
        user.id,
        asked.redirect_uri,
        scopes,
        gives_refresh=asked.access_type == "offline" and (is_first or "consent" in asked.prompt.split()),
        includes_granted=asked.include_granted_scopes == "true",
        challenge=asked.code_challenge,
        challenge_method=asked.code_challenge_method or "plain",
        nonce=asked.nonce,
        issued_at=state.now(),
    )
    state.permit(user.id, scopes)
    state.save(code)
    answer = {"iss": ISSUERS[0], "code": code.value, "scope": _spelled(scopes), "authuser": "0"}
    if user.domain:
        answer["hd"] = user.domain
    return redirect(asked.answer_url(answer | {"prompt": asked.prompt or "none"}))


def _exchange(state: State, form: dict[str, str]) -> Answer:
    code = state.codes.get(form.get("code", ""))
    if code is None:
        raise _refusal("invalid_grant", "Malformed auth code.")
    if not code.is_usable(state.now()) or state.users[code.user_id].status != "active":
        raise _refusal("invalid_grant", "Bad Request")
    code.spent = True  # by this attempt, whatever else is wrong with it
    state.save(code)
    if form.get("redirect_uri") != code.redirect_uri:
        raise _refusal("redirect_uri_mismatch", "Bad Request")
    if code.challenge and not form.get("code_verifier"):
        raise _refusal("invalid_grant", "Missing code verifier.")
    if not verifies(code.challenge, code.challenge_method, form.get("code_verifier", "")):
        raise _refusal("invalid_grant", "Invalid code verifier.")
    grant = state.open_grant(code)
    return _tokens(state, grant, code.nonce, is_new=True)


def _refresh(state: State, form: dict[str, str]) -> Answer:
    grant = state.grant_by_refresh(form.get("refresh_token", ""))
    if grant is None:
        raise _refusal("invalid_grant", "Bad Request")
    if not grant.refreshes_at(state.now()) or state.users[grant.user_id].status != "active":
        raise _refusal("invalid_grant", "Token has been expired or revoked.")
    grant.used_at = state.now()
    grant.refreshes += 1
    state.save(grant)
    return _tokens(state, grant, "", is_new=False)


def _tokens(state: State, grant: Grant, nonce: str, *, is_new: bool) -> Answer:
    """A refresh token is in the answer to an exchange only."""
    access = state.issue_access(grant)
    data: dict[str, Any] = {
        "access_token": access.token,
        "expires_in": ACCESS_TOKEN_SECONDS - 1,
        "scope": _spelled(grant.scopes),
        "token_type": "Bearer",
    }
    if is_new and grant.refresh:
        data["refresh_token"] = grant.refresh
    if grant.expires_at is not None:
        data["refresh_token_expires_in"] = int(grant.expires_at - state.now())
    if "openid" in grant.scopes:
        data["id_token"] = _id_token(state, grant, nonce)
    answer = json_answer(200, data, {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate"})
    answer.about = {"user": grant.user_id, "grant": grant.id, "refreshes": grant.refreshes}
    return answer


def _id_token(state: State, grant: Grant, nonce: str) -> str:
    now = int(state.now())
    claims = _person(state.users[grant.user_id], grant.scopes) | {
        "iss": random.choice(ISSUERS),  # noqa: S311 - both occur
        "azp": state.settings.client_id,
        "aud": state.settings.client_id,
        "iat": now,
        "exp": now + ACCESS_TOKEN_SECONDS,
    }
    if nonce:
        claims["nonce"] = nonce
    head = {"alg": "RS256", "kid": "simulated", "typ": "JWT"}
    return ".".join([_segment(head), _segment(claims), secrets.token_urlsafe(256)])


def _segment(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _person(user: User, scopes: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"sub": user.id}
    if google_scopes.EMAIL in scopes:
        data |= {"email": user.email, "email_verified": True}
    if google_scopes.PROFILE in scopes:
        given, _, family = user.name.partition(" ")
        data |= {"name": user.name, "given_name": given, "family_name": family}
    if user.domain:
        data["hd"] = user.domain
    return data


def _spelled(scopes: list[str]) -> str:
    """In whatever order."""
    return " ".join(random.sample(scopes, len(scopes)))


def _refusal(error: str, description: str, status: int = 400) -> Refusal:
    return Refusal(json_answer(status, {"error": error, "error_description": description}))


def _page_refusal(message: str, code: str, status: int = 400) -> Refusal:
    return Refusal(html_answer(status, pages.error(message, code, status)))
