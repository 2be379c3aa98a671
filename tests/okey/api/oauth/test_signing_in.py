"""An assistant signs in by OAuth: from a bare address to tokens that work, are renewed, and end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_mcpz.oauth import models as packaged

from okey.api.models import Grant, GrantToken
from okey.api.oauth import documents, grants
from okey.lib import retention
from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.meetings.assistant.assistant import Assistant
from tests.okey.api.caller import Caller, problem
from tests.okey.api.oauth.app import BASE, REDIRECT, App, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(alice_client: Client) -> App:
    return App(alice_client)


def test_from_a_refusal_a_client_finds_everything(client: Client) -> None:
    for path, scope in {"/mcp": "read schedule", "/api/v1": "read"}.items():
        asked = (
            client.post("/mcp", "{}", content_type="application/json") if path == "/mcp" else client.get("/api/v1/me")
        )
        metadata = f"{BASE}/.well-known/oauth-protected-resource{path}"
        assert asked["WWW-Authenticate"] == f'Bearer realm="O-Key", resource_metadata="{metadata}", scope="{scope}"'
        resource = client.get(metadata.removeprefix(BASE)).json()
        assert (resource["resource"], resource["authorization_servers"]) == (BASE + path, [BASE])
    assert client.get("/.well-known/oauth-protected-resource").json()["resource"] == BASE
    server = client.get("/.well-known/oauth-authorization-server").json()
    assert server["issuer"] == BASE
    assert server["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization", "token", "revocation", "registration"):
        assert client.get(server[f"{name}_endpoint"].removeprefix(BASE)).status_code in {302, 405}
    assert client.head("/.well-known/oauth-authorization-server").status_code == 200


def test_the_page_says_who_asks_for_what_and_whose_account_it_is(app: App) -> None:
    page = app.look(scope="read offline_access").content.decode()
    assert "Let “Assistant” act for you" in page
    assert "alice@example.com" in page
    assert "<strong>assistant.example</strong>" in page
    assert "Read: contacts, meetings" in page
    assert "Schedule: make" not in page


def test_an_owner_who_is_not_signed_in_comes_back_to_the_page_after_that(app: App, client: Client) -> None:
    there = client.get("/oauth/authorize", app.parameters())
    assert there.status_code == 302
    assert there["Location"].startswith("/accounts/login/?next=/oauth/authorize%3F")


def test_tokens_work_for_mcp_and_for_the_rest_api_within_their_scopes(app: App, alice: Owner) -> None:
    code = said(app.decide(scopes=["read"]))
    assert (code["state"], code["iss"]) == ("st-4te", BASE)
    answer = app.token(code=code["code"], resource=f"{BASE}/mcp/")
    assert (answer["Cache-Control"], answer.json()["scope"], answer.json()["expires_in"]) == (
        "max-age=0, no-cache, no-store, must-revalidate, private",
        "read",
        3600,
    )
    access = answer.json()["access_token"]
    me = app.me(access).json()
    assert (me["email"], me["token"]["name"], me["token"]["scopes"], me["token"]["prefix"]) == (
        alice.email,
        "Assistant",
        ["read"],
        "",
    )
    refusal = Caller(alice, secret=access).post("/contacts", {"name": "Ann"})
    assert problem(refusal, 403, "scope_missing")["scope"] == "schedule"
    assert 'error="insufficient_scope"' in refusal["WWW-Authenticate"]
    tools = Assistant(access).tools()
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools.values())
    assert "lacks the scope “schedule”" in Assistant(access).refusal("add_contact", name="Ann", email="a@example.com")


def test_a_refresh_gives_a_new_pair_and_the_older_access_token_runs_out(app: App) -> None:
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as clock:
        first = app.sign_in()
        second = app.refresh(first["refresh_token"], resource=f"{BASE}/mcp", scope="read").json()
        assert app.me(first["access_token"]).status_code == app.me(second["access_token"]).status_code == 200
        clock.shift(timedelta(hours=1, seconds=1))
        assert app.me(second["access_token"]).status_code == 401
        third = app.refresh(second["refresh_token"]).json()
        assert app.me(third["access_token"]).status_code == 200
        assert Grant.objects.get().last_used_at == datetime(2026, 8, 3, 8, 0, 1, tzinfo=UTC)


def test_a_refresh_whose_answer_was_lost_is_answered_anew_for_a_minute(app: App) -> None:
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as clock:
        first = app.sign_in()
        lost = app.refresh(first["refresh_token"]).json()
        clock.shift(timedelta(seconds=59))
        again = app.refresh(first["refresh_token"]).json()
        assert again["refresh_token"] == lost["refresh_token"]  # one chain: a thief's would fork it
        assert again["access_token"] != lost["access_token"]
        assert app.me(lost["access_token"]).status_code == app.me(again["access_token"]).status_code == 200
        assert app.refresh(again["refresh_token"]).status_code == 200
        assert GrantToken.objects.filter(kind="refresh").count() == 3


def test_a_repeated_refresh_from_another_key_of_the_server_is_a_replay(app: App, settings: Any) -> None:
    tokens = app.sign_in()
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    settings.SECRET_KEY = "another" * 10
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_may_ask_for_less_and_the_next_one_for_all_again(app: App, alice: Owner) -> None:
    first = app.sign_in()
    less = app.refresh(first["refresh_token"], scope="read+offline_access").json()
    assert less["scope"] == "read"
    assert app.me(less["access_token"]).json()["token"]["scopes"] == ["read"]  # type: ignore[attr-defined]
    refusal = Caller(alice, secret=less["access_token"]).post("/contacts", {"name": "Ann"})
    assert problem(refusal, 403, "scope_missing")["scope"] == "schedule"
    assert Grant.objects.get().scopes == "read schedule"
    assert app.refresh(less["refresh_token"]).json()["scope"] == "read schedule"


def test_used_refresh_tokens_are_known_for_a_week(app: App) -> None:
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as clock:
        tokens = app.sign_in()
        for _ in range(10):
            tokens = app.refresh(tokens["refresh_token"]).json()
        clock.shift(timedelta(days=6))
        retention.forget()
        assert GrantToken.objects.filter(kind="refresh").count() == 11
        clock.shift(timedelta(days=1, seconds=1))
        retention.forget(batch=3)
        assert GrantToken.objects.count() == 1
        assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("length", [1_000, 1_900, 3_500])
def test_a_long_request_is_there_again_after_signing_in(app: App, client: Client, alice: Owner, length: int) -> None:
    """`next` takes 2,048 characters, and every one of these is written as three."""
    state = "%" * (length // 3)
    there = client.get("/oauth/authorize", app.parameters(state=state))
    assert there.status_code == 302
    assert len(there["Location"]) < 2_048
    login = {"login": alice.email, "password": PASSWORD}
    page = client.post(there["Location"], login, follow=True)
    assert "Let “Assistant” act for you" in page.content.decode()
    assert page.wsgi_request.GET["state"] == state


def test_a_long_request_of_another_browser_is_not_known(alice_client: Client) -> None:
    page = alice_client.get("/oauth/authorize", {"kept": "x"})
    assert (page.status_code, "Connect O-Key again" in page.content.decode()) == (400, True)


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_client_gives_its_access_back(app: App, which: str) -> None:
    tokens = app.sign_in()
    assert app.form("/oauth/revoke", client_id=app.client_id, token=tokens[which]).status_code == 200
    assert app.me(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_owner_sees_the_grant_beside_the_tokens_and_ends_it_there(app: App, alice_client: Client) -> None:
    tokens = app.sign_in()
    page = alice_client.get("/settings/api-tokens/").content.decode()
    assert "Never used" in page
    app.me(tokens["access_token"])
    page = alice_client.get("/settings/api-tokens/").content.decode()
    assert "assistant.example · Read · Schedule, approve, move and cancel; contacts" in " ".join(page.split())
    grant = Grant.objects.get()
    ended = alice_client.post(f"/settings/api-tokens/grants/{grant.pk}/end/", follow=True).content.decode()
    assert "“Assistant” can’t act for you any more." in ended
    assert "assistant.example" not in ended
    assert app.me(tokens["access_token"]).status_code == 401


def test_only_hashes_are_kept(app: App) -> None:
    code = app.code()
    tokens = app.token(code=code).json()
    kept = f"{Grant.objects.values().get()} {list(GrantToken.objects.values())}"
    assert [secret for secret in (code, tokens["access_token"], tokens["refresh_token"]) if secret in kept] == []


def test_a_client_may_be_known_by_a_document(alice_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://assistant.example/oauth/client.json"
    document = {"client_id": address, "client_name": "Assist\u202eant", "redirect_uris": [REDIRECT]}
    monkeypatch.setattr(documents, "fetch", lambda _url: document)
    app = App(alice_client, client_id=address)
    page = app.look().content.decode()
    assert "“Assist ant”" in page
    assert "Described at" in page
    assert app.me(app.sign_in()["access_token"]).status_code == 200


@pytest.mark.parametrize("address", ["cursor://anysphere.cursor-mcp/oauth/callback", "http://127.0.0.1:33418/"])
def test_apps_on_the_device_are_led_back_to(alice_client: Client, address: str) -> None:
    app = App(alice_client, redirect=address)
    page = app.look()
    assert f"form-action 'self' {address.partition('/')[0]};" in page["Content-Security-Policy"] + ";"
    assert app.decide()["Location"].startswith(f"{address}?state=")


def test_what_is_over_is_forgotten_and_what_is_not_stays(alice_client: Client) -> None:
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as clock:
        app = App(alice_client)
        tokens = app.sign_in()
        App(app.browser)  # one that nobody allows anything
        clock.shift(timedelta(days=8))
        assert retention.forget() == {"grant tokens": 1, "OAuth clients": 1}
        tokens = app.refresh(tokens["refresh_token"]).json()
        clock.shift(timedelta(days=31))
        assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
        clock.shift(grants.REFRESH_LIVES)
        retention.forget()
        retention.forget()
        assert (Grant.objects.count(), GrantToken.objects.count(), packaged.Client.objects.count()) == (0, 0, 0)


def test_administrators_see_grants_and_no_secret(app: App, admin_client: Client) -> None:
    app.sign_in()
    grant = Grant.objects.get()
    for path in ("api/grant/", f"api/grant/{grant.pk}/change/", "django_mcpz_oauth/client/"):
        page = admin_client.get(f"/admin/{path}").content.decode()
        assert "Assistant" in page
        assert grant.code_hash not in page
