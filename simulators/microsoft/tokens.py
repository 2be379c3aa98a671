"""login.microsoftonline.com: the token endpoint. There is none that revokes."""

import base64
import json
import random
import secrets
from typing import Any

from simulators.common.messages import Answer, Request, json_answer
from simulators.common.oauth import credentials, is_client, verifies
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.aadsts import refusal
from simulators.microsoft.authorizing import ANY, PERSONAL, WORK
from simulators.microsoft.records import CODE_SECONDS, Grant, User
from simulators.microsoft.state import State

#: Sign-in scopes are for the id_token, not for Graph.
NEVER_SAID = {microsoft_scopes.OFFLINE}


def token(state: State, request: Request, authority: str) -> Answer:
    """POST /{authority}/oauth2/v2.0/token."""
    settings = state.settings
    if settings.is_secret_expired:
        raise refusal(state, 7000222)
    given = credentials(request)
    if given[0] != settings.client_id:
        raise refusal(state, 700016)
    if not is_client(settings.client_id, settings.client_secret, given):
        raise refusal(state, 7000215)
    match request.form.get("grant_type", ""):
        case "authorization_code":
            return _exchange(state, request.form, authority)
        case "refresh_token":
            return _refresh(state, request.form, authority)
        case "":
            raise refusal(state, 90014)
    raise refusal(state, 70003)


def _exchange(state: State, form: dict[str, str], authority: str) -> Answer:
    code = state.codes.get(form.get("code", ""))
    if code is None:
        raise refusal(state, 70000)
    if code.authority != authority:
        raise refusal(state, 700005)
    if code.spent:
        raise refusal(state, 54005)
    if state.now() >= code.issued_at + CODE_SECONDS:
        raise refusal(state, 70008)
    code.spent = True  # by this attempt, whatever else is wrong with it
    state.save(code)
    if form.get("redirect_uri") != code.redirect_uri:
        raise refusal(state, 50011)
    if not verifies(code.challenge, code.challenge_method, form.get("code_verifier", "")):
        raise refusal(state, 501481)
    user = state.users[code.user_id]
    _check_user(state, user)
    grant = state.open_grant(code)
    return _tokens(state, grant, _narrowed(state, grant, form), code.nonce)


def _refresh(state: State, form: dict[str, str], authority: str) -> Answer:
    """A new refresh token each time; the old one lives on, ninety days from when it was last used."""
    refresh = state.refreshes.get(form.get("refresh_token", ""))
    if refresh is None:
        raise refusal(state, 70000)
    grant = state.grants[refresh.grant_id]
    user = state.users[grant.user_id]
    if not _may_refresh_at(state, user, authority):
        raise refusal(state, 50020, user.email)
    _check_user(state, user)
    if not grant.is_alive:
        raise refusal(state, grant.ended_code, user.email)
    if state.is_unused(refresh):
        raise refusal(state, 700082, user.email)
    if state.is_loop(grant):
        raise refusal(state, 50196)
    if user.refresh_error:
        raise refusal(state, user.refresh_error, user.email, user.challenge, "basic_action" if user.challenge else "")
    scopes = _narrowed(state, grant, form)
    refresh.used_at = state.now()
    state.save(refresh)
    grant.refreshes += 1
    state.save(grant)
    return _tokens(state, grant, scopes, "")


def _check_user(state: State, user: User) -> None:
    if user.status != "active":
        raise refusal(state, 50057)
    if state.tenant_of(user).is_app_blocked:
        raise refusal(state, 7000112)


def _may_refresh_at(state: State, user: User, authority: str) -> bool:
    if authority in (ANY, PERSONAL if user.is_personal else WORK):
        return True
    tenant = state.tenant_named(authority)
    return tenant is not None and tenant.id == user.tenant_id


def _narrowed(state: State, grant: Grant, form: dict[str, str]) -> list[str]:
    """The scopes asked for, which may be fewer than the grant's and never more."""
    asked = microsoft_scopes.parse(form.get("scope", ""))
    if set(asked) - set(grant.scopes) - state.consented(state.users[grant.user_id]):
        raise refusal(state, 65001, state.users[grant.user_id].email)
    return asked or grant.scopes


def _tokens(state: State, grant: Grant, scopes: list[str], nonce: str) -> Answer:
    access, seconds = state.issue_access(grant, scopes)
    data: dict[str, Any] = {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": access.token,
    }
    if state.settings.says_scope:
        data["scope"] = _spelled(scopes)
    if microsoft_scopes.OFFLINE in grant.scopes:
        data["refresh_token"] = state.issue_refresh(grant).token
    if "openid" in grant.scopes:
        data["id_token"] = _id_token(state, grant, nonce)
    answer = json_answer(200, data, {"Cache-Control": "no-store, no-cache"})
    answer.about = {"user": grant.user_id, "grant": grant.id, "refreshes": grant.refreshes}
    return answer


def _spelled(scopes: list[str]) -> str:
    """In whatever order, some with Graph's address before them, and never offline_access."""
    said = [scope for scope in scopes if scope not in NEVER_SAID]
    shuffled = random.sample(said, len(said))
    return " ".join(f"{microsoft_scopes.GRAPH}{scope}" if "." in scope else scope for scope in shuffled)


def _id_token(state: State, grant: Grant, nonce: str) -> str:
    user = state.users[grant.user_id]
    now = int(state.now())
    claims: dict[str, Any] = {
        "ver": "2.0",
        "iss": f"https://login.microsoftonline.com/{user.tenant_id}/v2.0",
        "aud": state.settings.client_id,
        "tid": user.tenant_id,
        "sub": secrets.token_urlsafe(32),
        "iat": now,
        "exp": now + 3600,
    }
    if "profile" in grant.scopes:
        claims |= {"oid": user.id, "name": user.name, "preferred_username": user.email}
    if "email" in grant.scopes and user.mail:
        claims["email"] = user.mail
    if nonce:
        claims["nonce"] = nonce
    head = {"typ": "JWT", "alg": "RS256", "kid": "simulated"}
    return ".".join([_segment(head), _segment(claims), secrets.token_urlsafe(256)])


def _segment(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
