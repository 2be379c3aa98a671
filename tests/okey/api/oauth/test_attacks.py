"""What attackers try, each refused: what they get, and what the log says, which holds no secret."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from okey.api.models import Grant, GrantToken
from okey.api.oauth import endpoints, grants
from okey.owners.models import Owner
from tests.okey.api.oauth.app import BASE, REDIRECT, VERIFIER, App, said
from tests.okey.api.oauth.attacks import ATTACKS

pytestmark = pytest.mark.django_db

TABLE = (Path(__file__).parents[4] / "docs" / "oauth-attacks.md").read_text()
SECONDS = re.compile(r"\d+ seconds")


def test_the_table_is_long_enough() -> None:
    assert len(ATTACKS) >= 30
    assert TABLE.count("\n| `") == len(ATTACKS)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_words_and_a_line_in_the_log_as_the_table_has_it(
    name: str, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    case, app = ATTACKS[name], App(alice_client)
    answer = case.attack(app)
    assert answer.status_code == case.status, answer.content
    if answer["Content-Type"] == "application/json":
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
    line = SECONDS.sub("60 seconds", lines[0]).replace(BASE, "https://okey.example.com")
    assert f"| `{name}` | {answer.status_code} | {line} |" in TABLE
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
    GrantToken.objects.filter(used_at__isnull=False).update(used_at=timezone.now() - grants.GRACE)
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
def test_a_client_that_registers_all_the_time_is_stopped(client: Client, alice_client: Client) -> None:
    app = App(alice_client)
    answers = [app.register(redirect_uris=[REDIRECT]) for _ in range(200)]
    assert sum(answer.status_code == 201 for answer in answers) == endpoints.REGISTRATIONS_AN_HOUR - 1
    assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "temporarily_unavailable")
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Use the client_id that you have" in answers[-1].json()["error_description"]


def registered_from(app: App, address: str) -> int:
    body = json.dumps({"redirect_uris": [REDIRECT]})
    answer = app.program.post("/oauth/register", body, content_type="application/json", REMOTE_ADDR=address)
    status: int = answer.status_code
    return status


@pytest.mark.usefixtures("clock_stands")
def test_a_site_with_many_networks_keeps_nobody_else_out(alice_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "REGISTRATIONS_OF_A_SITE_AN_HOUR", 3)
    monkeypatch.setattr(endpoints, "REGISTRATIONS_OF_ALL_IN_TEN_MINUTES", 6)
    app = App(alice_client)
    home = [registered_from(app, f"2001:db8:1:{number}::1") for number in range(5)]
    assert home == [201, 201, 201, 429, 429]
    assert registered_from(app, "2001:db8:2::1") == 201
    assert registered_from(app, "192.0.2.7") == 201


def test_all_networks_together_are_waited_for_ten_minutes_and_no_longer(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "REGISTRATIONS_OF_ALL_IN_TEN_MINUTES", 3)
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as clock:
        app = App(alice_client)
        assert [registered_from(app, f"192.0.2.{number}") for number in range(3)] == [201, 201, 429]
        clock.shift(timedelta(minutes=10, seconds=1))
        assert registered_from(app, "192.0.2.9") == 201


def test_a_link_that_is_wrong_leads_to_no_address_by_itself(alice_client: Client) -> None:
    """Anybody can register one: the owner sees where it goes, and goes by a click."""
    app = App(alice_client)
    page = app.look(response_type="token")
    assert (page.status_code, "Location" in page) == (400, False)
    shown = unescape(page.content.decode())
    assert "Tell assistant.example, and go back there" in shown
    assert f'href="{REDIRECT}?state=st-4te&error=unsupported_response_type&' in shown
    posted = app.decide(response_type="token")
    assert (posted.status_code, "Location" in posted) == (400, False)


def test_a_client_that_the_owner_has_let_in_is_told_by_itself_until_that_ends(
    alice_client: Client, charlie_client: Client
) -> None:
    app = App(alice_client)
    app.sign_in()
    back = said(app.look(scope="admin"))
    assert (back["error"], back["state"], back["iss"]) == ("invalid_scope", "st-4te", BASE)
    assert App(charlie_client, client_id=app.client_id).look(scope="admin").status_code == 400
    alice_client.post(f"/settings/api-tokens/grants/{Grant.objects.get().pk}/end/")
    assert app.look(scope="admin").status_code == 400


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
