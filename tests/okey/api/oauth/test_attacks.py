"""What attackers try, each refused: what they get, and what the log says, which holds no secret."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from okey.api.models import Grant
from okey.api.oauth import endpoints, grants
from okey.owners.models import Owner
from tests.okey.api.oauth.app import BASE, REDIRECT, VERIFIER, App, challenge_of, said

pytestmark = pytest.mark.django_db

Attack = Callable[[App], Any]


@dataclass(frozen=True)
class Case:
    attack: Attack
    #: HTTP status; 302 is the way back to the client that is known, with the error.
    status: int
    error: str
    #: Of the sentence that says what is wrong.
    words: str


def after_exchange(app: App, **changes: Any) -> Any:
    code = app.code()
    tokens = app.token(code=code).json()
    return app.token(code=code, **changes) if "refresh" not in changes else app.refresh(tokens["refresh_token"])


def refreshed_twice(app: App) -> Any:
    tokens = app.sign_in()
    app.refresh(tokens["refresh_token"])
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
NO_PKCE = (302, "invalid_request", "PKCE is needed")
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
    "token in the address": Case(lambda app: app.look(response_type="token"), 302, "unsupported_response_type", "code"),
    "no PKCE": Case(lambda app: app.look(code_challenge=None, code_challenge_method=None), *NO_PKCE),
    "plain PKCE": Case(lambda app: app.look(code_challenge=VERIFIER, code_challenge_method="plain"), *NO_PKCE),
    "PKCE without a method": Case(lambda app: app.look(code_challenge_method=None), *NO_PKCE),
    "short challenge": Case(lambda app: app.look(code_challenge="a"), *NO_PKCE),
    "resource of others": Case(
        lambda app: app.look(resource="https://evil.example/mcp"), 302, "invalid_target", "not here"
    ),
    "resource that looks like ours": Case(
        lambda app: app.look(resource=f"{BASE}/m?cp"), 302, "invalid_target", "not here"
    ),
    "scopes that are none": Case(lambda app: app.look(scope="admin"), 302, "invalid_scope", "read, schedule, connect"),
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
    "refresh token of another client": Case(
        lambda app: as_another(app, what="refresh"), 400, "invalid_grant", "Connect"
    ),
    "access token as refresh token": Case(
        lambda app: app.refresh(app.sign_in()["access_token"]), 400, "invalid_grant", "ended or run out"
    ),
    "more scopes by a refresh": Case(
        lambda app: app.refresh(app.sign_in()["refresh_token"], scope="connect"), 400, "invalid_scope", "not allowed"
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


def test_the_table_is_long_enough() -> None:
    assert len(ATTACKS) >= 30


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_words_and_a_line_in_the_log(
    name: str, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    case, app = ATTACKS[name], App(alice_client)
    answer = case.attack(app)
    assert answer.status_code == case.status, answer.content
    if case.status == 302:
        back = said(answer)
        error, words = back["error"], back["error_description"]
        assert (back["state"], back["iss"]) == ("st-4te", BASE)
    elif answer["Content-Type"] == "application/json":
        error, words = answer.json()["error"], answer.json()["error_description"]
    else:
        error = words = answer.content.decode()  # a page, for the owner
        assert "Location" not in answer
    assert case.error in error
    assert case.words in words
    lines = [line.getMessage() for line in caplog.records if line.name == "okey.api.oauth.refusals"]
    assert len(lines) == 1
    assert case.error in lines[0]
    assert case.words in lines[0]
    assert lines[0].isascii()
    assert not set('"\\') & set(lines[0])
    everything = "".join(line.getMessage() for line in caplog.records)
    assert not [
        secret for secret in ("okey_code_", "okey_access_", "okey_refresh_", VERIFIER, "evil") if secret in everything
    ]


@pytest.mark.parametrize("name", ["code twice", "refresh token twice"])
def test_what_comes_twice_ends_the_grant_and_all_its_tokens(name: str, alice_client: Client) -> None:
    app = App(alice_client)
    code = app.code()
    tokens = app.token(code=code).json()
    newest = app.refresh(tokens["refresh_token"]).json()
    assert app.me(newest["access_token"]).status_code == 200
    again = app.token(code=code) if name == "code twice" else app.refresh(tokens["refresh_token"])
    assert again.status_code == 400
    assert app.me(newest["access_token"]).status_code == 401
    assert app.refresh(newest["refresh_token"]).json()["error"] == "invalid_grant"
    assert not Grant.objects.valid().exists()


def test_consent_is_neither_framed_nor_forged(alice_client: Client) -> None:
    app = App(alice_client)
    page = app.look()
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice_client.cookies
    forged = strict.post("/oauth/authorize", {"decision": "allow", "scopes": "read"}, query_params=app.parameters())
    assert forged.status_code == 403
    assert app.decide(scopes=["connect"]).status_code == 200  # more than was asked: the page again
    assert app.decide(scopes=[]).status_code == 200
    assert said(app.decide(decision="deny"))["error"] == "access_denied"
    assert not Grant.objects.exists()


def test_markup_in_a_name_stays_text(alice_client: Client) -> None:
    page = App(alice_client, name="<script>x</script>\u202e\n").look().content.decode()
    assert "“&lt;script&gt;x&lt;/script&gt;”" in page


@pytest.mark.parametrize("which", ["refresh_token", "nothing"])
def test_only_an_access_token_opens_anything(which: str, alice_client: Client) -> None:
    app = App(alice_client)
    tokens = app.sign_in()
    refused = app.me(tokens.get(which, "okey_access_x"))
    assert refused.status_code == 401
    assert "Connect O-Key again" in refused.json()["detail"]
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]


def test_a_closed_account_and_anothers_grant(alice_client: Client, charlie_client: Client, alice: Owner) -> None:
    app = App(alice_client)
    tokens = app.sign_in()
    grant = Grant.objects.get()
    assert charlie_client.post(f"/settings/api-tokens/grants/{grant.pk}/end/").status_code == 404
    other = App(charlie_client, name="Mallory")
    assert other.form("/oauth/revoke", client_id=other.client_id, token=tokens["access_token"]).status_code == 200
    assert app.me(tokens["access_token"]).status_code == 200
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert app.me(tokens["access_token"]).status_code == 401


def test_an_owner_without_meeting_providers_is_told_whom_to_ask(alice_client: Client) -> None:
    app = App(alice_client)
    tokens = app.sign_in(scope="read connect", scopes=["read", "connect"])
    Owner.objects.update(meeting_providers_enabled=False)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    refused = app.program.get("/api/v1/connections", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_entitled")
    assert "support@example.com" in refused.json()["detail"]


@pytest.mark.usefixtures("clock_stands")
def test_a_client_that_registers_a_thousand_times_is_stopped(client: Client, alice_client: Client) -> None:
    app = App(alice_client)
    answers = [app.register(redirect_uris=[REDIRECT]) for _ in range(1000)]
    assert sum(answer.status_code == 201 for answer in answers) == endpoints.REGISTRATIONS_AN_HOUR - 1
    assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "temporarily_unavailable")
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Use the client_id that you have" in answers[-1].json()["error_description"]


@pytest.mark.usefixtures("clock_stands")
def test_what_is_refused_uses_up_no_registration(alice_client: Client) -> None:
    app = App(alice_client)
    for _ in range(endpoints.REGISTRATIONS_AN_HOUR):
        assert app.register(redirect_uris=[]).status_code == 400
    assert app.register(redirect_uris=[REDIRECT]).status_code == 201


@pytest.mark.parametrize(
    "client_id", ["https://a..b/c", "https://:443/c", "https://@/c", "https://claude.ai@evil.example/c"]
)
def test_a_document_at_an_odd_address_is_not_looked_for(alice_client: Client, client_id: str) -> None:
    app = App(alice_client)
    refused = app.look(client_id=client_id)
    assert (refused.status_code, "does not know this assistant" in refused.content.decode()) == (400, True)


@pytest.mark.usefixtures("clock_stands")
def test_whoever_tries_codes_out_is_slowed_down(alice_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "REFUSALS_A_MINUTE", 2)
    app = App(alice_client)
    assert [app.token(code="x").status_code for _ in range(3)] == [400, 400, 429]
    assert "access_token" in app.sign_in()


def test_an_owner_has_so_many_grants_at_most(alice_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "MOST_GRANTS", 1)
    app = App(alice_client)
    app.sign_in()
    assert "End one first" in app.decide().content.decode()
