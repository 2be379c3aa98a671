"""zoom.us/oauth: authorize, token and revoke."""

import secrets
from dataclasses import fields

from simulators.common.messages import Answer, Refusal, Request, html_answer, json_answer, redirect
from simulators.common.oauth import AuthorizationRequest, is_client, verifies
from simulators.zoom import pages
from simulators.zoom.headers import zoom_headers
from simulators.zoom.records import ACCESS_TOKEN_SECONDS, Code, Pair
from simulators.zoom.state import State
from simulators.zoom.webhooks import Webhooks


def authorize(state: State, request: Request) -> Answer:
    """GET /oauth/authorize: the consent page."""
    asked = _check_authorization(state, request.query)
    page = pages.consent(vars(asked), list(state.users.values()), state.settings.scopes)
    return html_answer(200, page)


def consent(state: State, request: Request) -> Answer:
    """POST /oauth/authorize: somebody pressed Allow or Decline."""
    asked = _check_authorization(state, request.form)
    if request.form.get("decision") != "allow":
        return redirect(asked.answer_url({"error": "access_denied"}))
    user = state.users.get(request.form.get("user", ""))
    if user is None:
        raise Refusal(html_answer(400, pages.error("Choose a Zoom user.", "1001")))
    ticked = {value for name, value in request.form_pairs if name == "scope"}
    scopes = [scope for scope in state.settings.scopes if scope in ticked]
    code = Code(
        secrets.token_urlsafe(32),
        user.id,
        asked.redirect_uri,
        scopes,
        asked.code_challenge,
        asked.code_challenge_method,
        state.now(),
    )
    state.save(code)
    return redirect(asked.answer_url({"code": code.value}))


def token(state: State, request: Request) -> Answer:
    """POST /oauth/token. Parameters count from the body only, never from the query string."""
    _check_client(state, request)
    grant_type = request.form.get("grant_type", "")
    if grant_type == "authorization_code":
        return _pair_answer(state, _exchange(state, request.form))
    if grant_type == "refresh_token":
        return _pair_answer(state, _refresh(state, request.form))
    if not grant_type:
        raise _refusal("Bad request")
    raise _refusal("unsupported grant type", "unsupported_grant_type")


def revoke(state: State, request: Request, webhooks: Webhooks) -> Answer:
    """POST /oauth/revoke: takes a live access token only, and removes the app from the user's account."""
    _check_client(state, request)
    pair = state.pair_by_access(request.form.get("token", ""))
    if pair is None or not state.is_live(pair) or state.now() >= pair.expires_at:
        raise _refusal("Invalid Token!")
    grant = state.end_grant(state.grants[pair.grant_id].user_id, "revoked by the app")
    if grant:
        webhooks.deauthorized(grant)
    answer = json_answer(200, {"status": "success"}, zoom_headers())
    answer.about = {"grant": pair.grant_id}
    return answer


def _check_authorization(state: State, given: dict[str, str]) -> AuthorizationRequest:
    asked = AuthorizationRequest(**{item.name: given.get(item.name, "") for item in fields(AuthorizationRequest)})
    settings = state.settings
    if asked.client_id != settings.client_id:
        raise _page_refusal(f"Invalid client_id: {asked.client_id}", "4,702")
    if asked.redirect_uri not in settings.redirect_uris:
        raise _page_refusal(f"Invalid redirect url: {asked.redirect_uri}", "4,709")
    if asked.response_type != "code":
        raise _page_refusal("The response_type has to be code.", "4,700")
    if not asked.has_known_challenge:
        raise _page_refusal("The code_challenge_method is not supported.", "4,700")
    return asked


def _check_client(state: State, request: Request) -> None:
    settings = state.settings
    if not is_client(settings.client_id, settings.client_secret, request.basic_credentials):
        raise _refusal("Invalid client_id or client_secret", "invalid_client", status=401)


def _exchange(state: State, form: dict[str, str]) -> Pair:
    value = form.get("code", "")
    code = state.codes.get(value)
    if code is None or not code.is_usable(state.now()):
        raise _refusal(f"Invalid authorization code {value}")
    code.spent = True  # by this attempt, whatever else is wrong with it
    state.save(code)
    if form.get("redirect_uri") != code.redirect_uri:
        raise _refusal("Redirect URI mismatch.")
    if not verifies(code.challenge, code.challenge_method, form.get("code_verifier", "")):
        raise _refusal("Invalid code verifier.", "invalid_grant")
    return state.open_grant(code.user_id, code.scopes)


def _refresh(state: State, form: dict[str, str]) -> Pair:
    pair = state.pair_by_refresh(form.get("refresh_token", ""))
    if pair is None or pair.refresh_killed or not state.is_live(pair):
        raise _refusal("Invalid Token!", "invalid_grant")
    return state.issue_pair(state.grants[pair.grant_id])


def _pair_answer(state: State, pair: Pair) -> Answer:
    grant = state.grants[pair.grant_id]
    data = {
        "access_token": pair.access,
        "token_type": "bearer",
        "refresh_token": pair.refresh,
        "expires_in": ACCESS_TOKEN_SECONDS - 1,
        "scope": " ".join(grant.scopes),
        "api_url": "https://api.zoom.us",
    }
    answer = json_answer(200, data, zoom_headers() | {"Cache-Control": "no-store"})
    answer.about = {"user": grant.user_id, "grant": grant.id, "pair_no": pair.number}
    return answer


def _refusal(reason: str, error: str = "invalid_request", status: int = 400) -> Refusal:
    return Refusal(json_answer(status, {"reason": reason, "error": error}, zoom_headers()))


def _page_refusal(message: str, code: str) -> Refusal:
    return Refusal(html_answer(400, pages.error(message, code)))
