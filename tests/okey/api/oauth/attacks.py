"""What attackers try, each refused: what they do, what they get, and the words that say why. docs/oauth-attacks.md."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from okey.api.models import Grant, GrantToken
from okey.api.oauth import grants
from okey.owners.models import Owner
from tests.okey.api.oauth.app import BASE, REDIRECT, VERIFIER, App, challenge_of

Attack = Callable[[App], Any]


@dataclass(frozen=True)
class Case:
    attack: Attack
    #: HTTP status. Nothing is led back to the client by itself: the owner has not let it in.
    status: int
    error: str
    #: Of the sentence that says what is wrong.
    words: str


def after_exchange(app: App, **changes: Any) -> Any:
    code = app.code()
    tokens = app.token(code=code).json()
    return app.token(code=code, **changes) if "refresh" not in changes else app.refresh(tokens["refresh_token"])


def refreshed_twice(app: App) -> Any:
    """Once the grace is over in which an answer may have been lost."""
    tokens = app.sign_in()
    app.refresh(tokens["refresh_token"])
    GrantToken.objects.filter(used_at__isnull=False).update(used_at=timezone.now() - grants.GRACE)
    return app.refresh(tokens["refresh_token"])


def refreshed_again_after_its_successor(app: App) -> Any:
    """At once; whoever has the newer token has used it, so this one was not lost on the way."""
    tokens = app.sign_in()
    app.refresh(app.refresh(tokens["refresh_token"]).json()["refresh_token"])
    return app.refresh(tokens["refresh_token"])


def refreshed_all_the_time(app: App) -> Any:
    tokens = app.sign_in()
    for _ in range(grants.REFRESHES_AN_HOUR):
        tokens = app.refresh(tokens["refresh_token"]).json()
    return app.refresh(tokens["refresh_token"])


def ended_meanwhile(app: App) -> Any:
    tokens = app.sign_in()
    Grant.objects.update(expires_at=timezone.now(), ended_at=timezone.now())
    return app.refresh(tokens["refresh_token"])


def owner_closed(app: App, *, at: str) -> Any:
    code = app.code()
    if at == "exchange":
        Owner.objects.update(is_active=False)
        return app.token(code=code)
    tokens = app.token(code=code).json()
    Owner.objects.update(is_active=False)
    return app.refresh(tokens["refresh_token"])


def as_another(app: App, *, what: str) -> Any:
    other = App(app.browser, name="Mallory", redirect="https://mallory.example/cb")
    if what == "code":
        return other.token(code=app.code(), redirect_uri=None)
    return other.refresh(app.sign_in()["refresh_token"])


def raw(app: App, path: str, body: str, content_type: str = "application/x-www-form-urlencoded") -> Any:
    return app.program.post(path, body, content_type=content_type)


def late(app: App) -> Any:
    code = app.code()
    Grant.objects.update(expires_at=timezone.now())
    return app.token(code=code)


def loopback(app: App, wanted: str) -> Any:
    return App(app.browser, redirect="http://localhost/cb").look(redirect_uri=wanted)


NO_ADDRESS = (400, "invalid_request", "not one that this assistant has registered")
BAD_ADDRESS = (400, "invalid_redirect_uri", "redirect_uris must list")
NO_PKCE = (400, "invalid_request", "PKCE is needed")
NO_VERIFIER = (400, "invalid_grant", "code_verifier is missing or not the one")

ATTACKS: dict[str, Case] = {
    # Where the browser is led
    "foreign address": Case(lambda app: app.look(redirect_uri="https://evil.example/cb"), *NO_ADDRESS),
    "foreign address at consent": Case(lambda app: app.decide(redirect_uri="https://evil.example/cb"), *NO_ADDRESS),
    "longer path": Case(lambda app: app.look(redirect_uri=REDIRECT + "/more"), *NO_ADDRESS),
    "path upwards": Case(lambda app: app.look(redirect_uri=REDIRECT + "/../open"), *NO_ADDRESS),
    "other query": Case(lambda app: app.look(redirect_uri=REDIRECT + "?next=//evil.example"), *NO_ADDRESS),
    "subdomain": Case(
        lambda app: app.look(redirect_uri="https://assistant.example.evil.example/callback"), *NO_ADDRESS
    ),
    "user name": Case(
        lambda app: app.look(redirect_uri="https://assistant.example@evil.example/callback"), *NO_ADDRESS
    ),
    "plain http": Case(lambda app: app.look(redirect_uri="http://assistant.example/callback"), *NO_ADDRESS),
    "backslash before the loopback": Case(lambda app: loopback(app, "http://evil.example\\@localhost/cb"), *NO_ADDRESS),
    "user name before the loopback": Case(lambda app: loopback(app, "http://evil.example@localhost/cb"), *NO_ADDRESS),
    "other path on the loopback": Case(lambda app: loopback(app, "http://localhost:1/other"), *NO_ADDRESS),
    "no address": Case(lambda app: app.look(redirect_uri=""), *NO_ADDRESS),
    "two addresses": Case(
        lambda app: app.look(redirect_uri=[REDIRECT, "https://evil.example"]), 400, "invalid_request", "once"
    ),
    # Who asks
    "unknown client": Case(
        lambda app: app.look(client_id="x"), 400, "invalid_client", "Remove O-Key from the assistant"
    ),
    "NUL as client": Case(lambda app: app.look(client_id="\0"), 400, "invalid_client", "add it again"),
    "document in this network": Case(
        lambda app: app.look(client_id="https://127.0.0.1/client.json"), 400, "invalid_client", "cannot be used"
    ),
    "document at a metadata service": Case(
        lambda app: app.look(client_id="https://169.254.169.254/latest"), 400, "invalid_client", "cannot be used"
    ),
    "unknown client for a token": Case(
        lambda app: app.token(code="x", client_id="x"), 401, "invalid_client", "Register again"
    ),
    # What is asked
    "token in the address": Case(lambda app: app.look(response_type="token"), 400, "unsupported_response_type", "code"),
    "no PKCE": Case(lambda app: app.look(code_challenge=None, code_challenge_method=None), *NO_PKCE),
    "plain PKCE": Case(lambda app: app.look(code_challenge=VERIFIER, code_challenge_method="plain"), *NO_PKCE),
    "PKCE without a method": Case(lambda app: app.look(code_challenge_method=None), *NO_PKCE),
    "short challenge": Case(lambda app: app.look(code_challenge="a"), *NO_PKCE),
    "resource of others": Case(
        lambda app: app.look(resource="https://evil.example/mcp"), 400, "invalid_target", "not here"
    ),
    "resource that looks like ours": Case(
        lambda app: app.look(resource=f"{BASE}/m?cp"), 400, "invalid_target", "not here"
    ),
    "scopes that are none": Case(lambda app: app.look(scope="admin"), 400, "invalid_scope", "read, schedule, connect"),
    # Codes
    "code twice": Case(after_exchange, 400, "invalid_grant", "used before, so its access was ended"),
    "code that is none": Case(lambda app: app.token(code="okey_code_x"), 400, "invalid_grant", "not known here"),
    "code too late": Case(late, 400, "invalid_grant", "works for five minutes"),
    "code of another client": Case(lambda app: as_another(app, what="code"), 400, "invalid_grant", "not known here"),
    "no verifier": Case(lambda app: app.token(code=app.code(), code_verifier=None), *NO_VERIFIER),
    "wrong verifier": Case(lambda app: app.token(code=app.code(), code_verifier="w" * 43), *NO_VERIFIER),
    "challenge as verifier": Case(
        lambda app: app.token(code=app.code(), code_verifier=challenge_of(VERIFIER)), *NO_VERIFIER
    ),
    "short verifier": Case(lambda app: app.token(code=app.code(), code_verifier="v"), *NO_VERIFIER),
    "other address for the code": Case(
        lambda app: app.token(code=app.code(), redirect_uri="https://evil.example"),
        400,
        "invalid_grant",
        "redirect_uri is not",
    ),
    "other resource for the code": Case(
        lambda app: app.token(code=app.code(), resource=f"{BASE}/api/v1"), 400, "invalid_target", "another resource"
    ),
    "foreign resource for the code": Case(
        lambda app: app.token(code=app.code(), resource="https://evil.example"), 400, "invalid_target", "not here"
    ),
    "closed account at the exchange": Case(
        lambda app: owner_closed(app, at="exchange"), 400, "invalid_grant", "closed"
    ),
    # Refresh tokens
    "refresh token twice": Case(refreshed_twice, 400, "invalid_grant", "used before, so its access was ended"),
    "refresh token again after its successor": Case(
        refreshed_again_after_its_successor, 400, "invalid_grant", "used before, so its access was ended"
    ),
    "refresh without end": Case(refreshed_all_the_time, 429, "temporarily_unavailable", "keep it. Try again in"),
    "refresh token of another client": Case(
        lambda app: as_another(app, what="refresh"), 400, "invalid_grant", "Connect"
    ),
    "access token as refresh token": Case(
        lambda app: app.refresh(app.sign_in()["access_token"]), 400, "invalid_grant", "ended or run out"
    ),
    "more scopes by a refresh": Case(
        lambda app: app.refresh(app.sign_in()["refresh_token"], scope="connect"), 400, "invalid_scope", "not allowed"
    ),
    "scopes that are none by a refresh": Case(
        lambda app: app.refresh(app.sign_in()["refresh_token"], scope="admin"), 400, "invalid_scope", "not allowed"
    ),
    "other resource by a refresh": Case(
        lambda app: app.refresh(app.sign_in()["refresh_token"], resource=BASE),
        400,
        "invalid_target",
        "another resource",
    ),
    "refresh of an ended grant": Case(ended_meanwhile, 400, "invalid_grant", "Connect O-Key again"),
    "closed account at a refresh": Case(
        lambda app: owner_closed(app, at="refresh"), 400, "invalid_grant", "administrator"
    ),
    # The endpoints
    "password grant": Case(
        lambda app: app.token(grant_type="password", username="a", password="b"), 400, "unsupported_grant_type", "Use"
    ),
    "two codes": Case(lambda app: raw(app, "/oauth/token", "code=a&code=b"), 400, "invalid_request", "once"),
    "token by GET": Case(lambda app: app.program.get("/oauth/token"), 405, "invalid_request", "takes POST"),
    "token as JSON": Case(
        lambda app: raw(app, "/oauth/token", "{}", "application/json"), 415, "invalid_request", "form"
    ),
    "too much": Case(lambda app: raw(app, "/oauth/token", "a=" + "b" * 20_000), 413, "invalid_request", "Send less"),
    "far too much": Case(lambda app: raw(app, "/oauth/register", "b" * 3_000_000), 413, "invalid_request", "Send less"),
    "too many parameters": Case(
        lambda app: raw(app, "/oauth/token", "&".join(f"{one}=" for one in range(1500))),
        400,
        "invalid_request",
        "too many",
    ),
    "unknown resource metadata": Case(
        lambda app: app.program.get("/.well-known/oauth-protected-resource/admin"), 404, "invalid_request", "no such"
    ),
    # Registrations
    **{
        f"registers {address[:40]!r}": Case(
            lambda app, address=address: app.register(redirect_uris=[address]), *BAD_ADDRESS
        )
        for address in (
            "javascript:alert(1)",
            "data:text/html,x",
            "http://evil.example/cb",
            "https://a.example/cb#part",
            "https://a.example@evil.example/cb",
            "https:\\\\evil.example/cb",
            "http://evil.example\\@localhost/cb",
            "https://a.example/" + "x" * 500,
            "//evil.example/cb",
            "https://a.example/\ncb",
            "https://[::1/cb",
            "http://[::1]evil.example/cb",
            "https://a..b/c",
            f"https://{'a' * 70}.example/c",
            "https://:443/c",
            "https://@/c",
            "ms-msdt:/id",
            "intent://scan/",
        )
    },
    "registers nowhere": Case(lambda app: app.register(redirect_uris=[]), *BAD_ADDRESS),
    "registers everywhere": Case(lambda app: app.register(redirect_uris=[REDIRECT] * 21), *BAD_ADDRESS),
    "registers with a key": Case(
        lambda app: app.register(redirect_uris=[REDIRECT], token_endpoint_auth_method="private_key_jwt"),
        400,
        "invalid_client_metadata",
        "must be none",
    ),
    "registers with a method that is no word": Case(
        lambda app: app.register(redirect_uris=[REDIRECT], token_endpoint_auth_method=["none"]),
        400,
        "invalid_client_metadata",
        "must be none",
    ),
    "registers as another site's page would": Case(
        lambda app: raw(app, "/oauth/register", '{"redirect_uris": ["https://a.example/"]}', "text/plain"),
        415,
        "invalid_request",
        "Send JSON",
    ),
    "registers what is no JSON": Case(
        lambda app: raw(app, "/oauth/register", "[" * 9000, "application/json"), 400, "invalid_client_metadata", "JSON"
    ),
}
