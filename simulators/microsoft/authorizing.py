"""login.microsoftonline.com: signing in and consenting, for oneself or as an administrator for everybody."""

import json
import secrets
from dataclasses import dataclass, fields

from simulators.common import oauth as common
from simulators.common.messages import Answer, Refusal, Request, html_answer, redirect
from simulators.microsoft import aadsts, pages
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.records import Code, User
from simulators.microsoft.state import State

ANY, WORK, PERSONAL = "common", "organizations", "consumers"
PROMPTS = ("", "login", "none", "consent", "select_account")


@dataclass
class AuthorizationRequest(common.AuthorizationRequest):
    scope: str
    response_mode: str
    prompt: str
    login_hint: str
    domain_hint: str
    claims: str
    nonce: str

    @property
    def scopes(self) -> list[str]:
        return microsoft_scopes.parse(self.scope)


def authorize(state: State, request: Request, authority: str) -> Answer:
    """GET /{authority}/oauth2/v2.0/authorize: choosing an account and consenting, on one page."""
    asked = _check(state, request.query, authority)
    if asked.prompt == "none":
        return _back(state, asked, "interaction_required", 50058)
    users = [user for user in state.users.values() if user.status == "active"]
    return html_answer(200, pages.sign_in(request.path, vars(asked), users, state.tenants, asked.scopes))


def consent(state: State, request: Request, authority: str) -> Answer:
    """POST to the same address: somebody pressed Accept or Cancel."""
    asked = _check(state, request.form, authority)
    if request.form.get("decision") != "allow":
        return _back(state, asked, "access_denied", 65004, error_subcode="cancel")
    user = state.users.get(request.form.get("user", ""))
    if user is None:
        raise Refusal(html_answer(400, pages.error("Choose an account.", 50058)))
    _check_user(state, user, authority)
    missing = [scope for scope in asked.scopes if scope not in state.consented(user) or asked.prompt == "consent"]
    tenant = state.tenant_of(user)
    if tenant.user_consent == "admin" and not user.is_admin and microsoft_scopes.need_an_admin(missing):
        if tenant.approval:
            return _back(state, asked, tenant.approval, 90094)
        return html_answer(200, pages.need_admin_approval(tenant))
    state.consent(user, missing)
    _meet_challenge(state, user, asked.claims)
    return _with_code(state, asked, user, authority)


def ask_admin(state: State, request: Request, authority: str) -> Answer:
    """GET /{authority}/v2.0/adminconsent."""
    asked = _check_admin_request(state, request.query)
    admins = [user for user in state.users.values() if user.is_admin and _belongs(state, user, authority)]
    return html_answer(200, pages.admin_consent(request.path, vars(asked), admins, asked.scopes))


def admin_consent(state: State, request: Request, authority: str) -> Answer:
    """POST to the same address. It comes back without a code: nobody has signed in to the app."""
    asked = _check_admin_request(state, request.form)
    if request.form.get("decision") != "allow":
        return _back(state, asked, "access_denied", 65004, admin_consent="True")
    user = state.users.get(request.form.get("user", ""))
    if user is None or not user.is_admin or not _belongs(state, user, authority):
        raise Refusal(html_answer(400, pages.error("This needs an administrator of the organisation.", 90094)))
    tenant = state.tenant_of(user)
    state.consent_for_everybody(tenant, asked.scopes)
    answer = {"admin_consent": "True", "tenant": tenant.id, "scope": " ".join(asked.scopes)}
    return redirect(asked.answer_url(answer))


def _check(state: State, given: dict[str, str], authority: str) -> AuthorizationRequest:
    asked = _parse(given)
    settings = state.settings
    if authority not in (ANY, WORK, PERSONAL) and state.tenant_named(authority) is None:
        raise Refusal(aadsts.page(state, 90002))
    if settings.registration == "single" and authority in (ANY, WORK):
        raise Refusal(aadsts.page(state, 50194))
    _check_app(state, asked)
    if asked.response_type != "code":
        raise Refusal(_back(state, asked, "unsupported_response_type", 700054))
    if asked.response_mode not in ("", "query"):
        raise Refusal(html_answer(400, pages.error("This simulator knows response_mode=query only.", 70007)))
    if not asked.scopes:
        raise Refusal(_back(state, asked, "invalid_request", 900144))
    if microsoft_scopes.unknown(asked.scopes):
        raise Refusal(_back(state, asked, "invalid_scope", 70011))
    if not asked.has_known_challenge or asked.prompt not in PROMPTS or not _is_claims(asked.claims):
        raise Refusal(_back(state, asked, "invalid_request", 90014))
    return asked


def _check_admin_request(state: State, given: dict[str, str]) -> AuthorizationRequest:
    asked = _parse(given)
    _check_app(state, asked)
    if not asked.scopes or microsoft_scopes.unknown(asked.scopes):
        raise Refusal(_back(state, asked, "invalid_scope", 70011))
    return asked


def _check_app(state: State, asked: AuthorizationRequest) -> None:
    if asked.client_id != state.settings.client_id:
        raise Refusal(aadsts.page(state, 700016))
    if asked.redirect_uri not in state.settings.redirect_uris:
        raise Refusal(aadsts.page(state, 50011))


def _check_user(state: State, user: User, authority: str) -> None:
    """Who may sign in here; whoever may not sees Microsoft's page."""
    if user.is_personal and (authority not in (ANY, PERSONAL) or state.settings.registration != "any"):
        raise Refusal(html_answer(400, pages.error(pages.NO_PERSONAL_ACCOUNT, 50020)))
    if not user.is_personal and authority == PERSONAL:
        raise Refusal(html_answer(400, pages.error("Use a personal account.", 50020)))
    if not _belongs(state, user, authority):
        raise Refusal(aadsts.page(state, 50020, user.email))
    if user.status != "active":
        raise Refusal(aadsts.page(state, 50057))
    if state.tenant_of(user).is_app_blocked:
        raise Refusal(aadsts.page(state, 7000112))


def _belongs(state: State, user: User, authority: str) -> bool:
    tenant = state.tenant_named(authority)
    return tenant is None or tenant.id == user.tenant_id


def _meet_challenge(state: State, user: User, claims: str) -> None:
    """A new sign-in is enough, unless claims were asked for: then it has to bring them."""
    if user.challenge and (not claims or json.loads(claims) != json.loads(user.challenge)):
        return
    user.refresh_error, user.challenge, user.graph_challenge = 0, "", False
    state.save(user)


def _with_code(state: State, asked: AuthorizationRequest, user: User, authority: str) -> Answer:
    withheld = state.tenant_of(user).withheld
    code = Code(
        f"1.A{secrets.token_urlsafe(600)}",
        user.id,
        authority,
        asked.redirect_uri,
        [scope for scope in asked.scopes if scope not in withheld],
        asked.code_challenge,
        asked.code_challenge_method or "plain",
        asked.nonce,
        state.now(),
    )
    state.save(code)
    return redirect(asked.answer_url({"code": code.value, "session_state": secrets.token_hex(16)}))


def _back(state: State, asked: AuthorizationRequest, error: str, code: int, **more: str) -> Answer:
    """The way back with an error."""
    answer = {"error": error, "error_description": aadsts.description(state, code)}
    return redirect(asked.answer_url(answer | more))


def _is_claims(text: str) -> bool:
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _parse(given: dict[str, str]) -> AuthorizationRequest:
    return AuthorizationRequest(**{item.name: given.get(item.name, "") for item in fields(AuthorizationRequest)})
