"""Signing in by the organisation: no answer of the provider is taken that is not right, and none fails a page."""

import json
import logging
import time
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from okey.owners.models import Owner
from okey.owners.organisation import protocol
from tests.okey.owners.organisation.walking import come_back, is_in, known, only_button, sign_in, url_there
from tests.openid_provider import CLIENT, OTHER_KEY, SECRET, OpenIdProvider

pytestmark = pytest.mark.django_db
LONG_AGO = 1_500_000_000

NOT_RIGHT: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "a nonce that is a number": {"claims": {"nonce": 7}},
    "for another client": {"claims": {"aud": "somebody"}},
    "for several, by another": {"claims": {"aud": [CLIENT, "somebody"], "azp": "somebody"}},
    "of another issuer": {"claims": {"iss": "https://evil.example"}},
    "run out": {"claims": {"exp": LONG_AGO, "iat": LONG_AGO - 300}},
    "never runs out": {"claims": {"exp": None}},
    "from tomorrow": {"claims": {"nbf": 4_000_000_000}},
    "of nobody": {"claims": {"sub": ""}},
    "of a number": {"claims": {"sub": 7}},
    "of somebody endless": {"claims": {"sub": "x" * 300}},
    "an endless address": {"claims": {"email": f"{'x' * 300}@acme.example"}},
    "an address that is a list": {"claims": {"email": ["wilma@acme.example"]}},
    "a zero byte": {"claims": {"sub": "person\0"}},
    "half a letter": {"claims": {"sub": "\ud800"}},
    "half a letter for a nonce": {"claims": {"nonce": "\ud800"}},
    "another signature": {"key": OTHER_KEY},
    "another key's name": {"header": {"kid": "2", "alg": "ES256"}},
    "no signature": {"header": {"alg": "none"}, "key": ""},
    "signed with the client's secret": {"header": {"kid": "1", "alg": "HS256"}, "key": SECRET * 2},
}
RUBBISH = {
    "nothing": b"",
    "a page": b"<html>Sorry</html>",
    "a list": b"[]",
    "null": b"null",
    "other things": b'{"issuer": 7, "keys": 7, "id_token": 7, "access_token": []}',
    "an odd refusal": b'{"error": [], "token_endpoint_auth_methods_supported": 7, "keys": [7, {"kid": []}]}',
    "depths": b"[" * 5000,
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("what", NOT_RIGHT)
def test_a_token_that_is_not_right_lets_nobody_in(
    what: str, alice: Owner, client: Client, acme: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    known(alice, acme)
    for name, value in NOT_RIGHT[what].items():
        setattr(acme, name, value)
    with caplog.at_level(logging.DEBUG, logger="okey"):
        page = sign_in(client, acme)
    assert page.status_code == 403
    assert "This sign-in does not hold" in page.content.decode()
    assert only_button(page) == "/accounts/login/"
    assert not is_in(client)
    for secret in (SECRET, "at-acme-secret", "person-7", "wilma"):
        assert secret not in caplog.text


@pytest.mark.parametrize("where", ["openid-configuration", "token", "keys"])
def test_rubbish_is_a_page_with_words(where: str, client: Client, acme: OpenIdProvider) -> None:
    for what, body in RUBBISH.items():
        for status in (200, 404, 500):
            acme.says = {where: (status, body)}
            page = client.post("/accounts/organisation/") if where.startswith("openid") else sign_in(client, acme)
            assert page.status_code in {403, 503}, (what, status)
            assert only_button(page) == "/accounts/login/"
    assert not is_in(client)


@pytest.mark.parametrize("where", ["openid-configuration", "token", "keys"])
def test_a_provider_that_hangs_is_not_waited_for(
    where: str, client: Client, acme: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SECONDS", 0.5)
    acme.holds = where
    began = time.monotonic()
    page = client.post("/accounts/organisation/") if where.startswith("openid") else sign_in(client, acme)
    assert time.monotonic() - began < 60, "it would be held for two minutes"
    assert page.status_code == 503
    assert "Acme does not answer" in page.content.decode()


def test_one_that_is_not_there(client: Client, acme: OpenIdProvider, settings: Settings) -> None:
    settings.OKEY_OIDC_SERVER_URL = "http://127.0.0.1:1"
    assert client.post("/accounts/organisation/").status_code == 503


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)
def test_a_document_that_does_not_fit(document: dict[str, Any], client: Client, acme: OpenIdProvider) -> None:
    acme.document = document
    page = client.post("/accounts/organisation/")
    assert page.status_code == 503
    assert "Acme does not know O-Key" in page.content.decode()


@pytest.mark.parametrize("methods", [None, ["client_secret_post"], ["client_secret_post", "client_secret_basic"]])
def test_the_client_shows_its_secret_as_it_is_wanted(
    methods: list[str] | None, alice: Owner, client: Client, acme: OpenIdProvider
) -> None:
    acme.document = {"token_endpoint_auth_methods_supported": methods} if methods else {}
    known(alice, acme)
    sign_in(client, acme)
    assert is_in(client)
    assert ("client_secret" in acme.forms[0]) is (methods == ["client_secret_post"])


def test_a_secret_that_is_refused_is_the_administrators(
    client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_OIDC_CLIENT_SECRET = "another"
    page = sign_in(client, acme)
    assert page.status_code == 503
    assert "administrator" in page.content.decode()


def test_the_address_may_stand_in_the_userinfo(client: Client, acme: OpenIdProvider, settings: Settings) -> None:
    settings.OKEY_OIDC_SIGN_UP = True
    acme.userinfo = dict(acme.person)
    acme.claims = {"email": None, "email_verified": None, "name": None}
    sign_in(client, acme)
    assert Owner.objects.get().email == "wilma@acme.example"


def test_but_not_in_somebody_elses(client: Client, acme: OpenIdProvider, settings: Settings) -> None:
    settings.OKEY_OIDC_SIGN_UP = True
    acme.userinfo = {**acme.person, "sub": "another"}
    acme.claims = {"email": None}
    assert sign_in(client, acme).status_code == 403
    assert not Owner.objects.exists()


def test_what_is_odd_and_says_nothing_is_passed_over(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    acme.document = {"token_endpoint_auth_methods_supported": 7}
    acme.claims = {"auth_time": float("nan"), "email": "no address", "email_verified": [], "name": "x" * 999}
    sign_in(client, acme)
    assert is_in(client)


def test_a_way_back_counts_once_and_in_its_own_browser(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    address = acme.visit(url_there(client.post("/accounts/organisation/")))
    stranger = Client()
    assert "This sign-in is over" in come_back(stranger, address).content.decode()
    assert come_back(client, address).status_code == 302
    again = Client(headers={"cookie": ""})
    assert come_back(again, address).status_code == 400
    assert come_back(client, address).status_code == 400
    assert not is_in(stranger)


def test_an_answer_of_another_issuer_is_not_taken(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    address = acme.visit(url_there(client.post("/accounts/organisation/")))
    assert come_back(client, address.partition("&iss=")[0] + "&iss=https://evil.example").status_code == 403
    assert "token" not in acme.asked


def test_whoever_turns_back_there_is_told_that_nothing_happened(client: Client, acme: OpenIdProvider) -> None:
    address = acme.visit(url_there(client.post("/accounts/organisation/")))
    state = address.partition("state=")[2].partition("&")[0]
    page = come_back(client, f"/accounts/organisation/back/?error=access_denied&state={state}")
    assert "You are not signed in" in page.content.decode()
    assert only_button(page) == "/accounts/login/"


def test_strangers_do_not_have_it_asked_for_ever(client: Client, acme: OpenIdProvider) -> None:
    answers = [client.post("/accounts/organisation/").status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert acme.asked.count("openid-configuration") == 30


def test_the_way_there_has_pkce_state_and_nonce(client: Client, acme: OpenIdProvider) -> None:
    url = url_there(client.post("/accounts/organisation/"))
    for part in ("code_challenge=", "code_challenge_method=S256", "state=", "nonce=", "scope=openid+email+profile"):
        assert part in url
    assert SECRET not in url
    assert "prompt" not in url
    assert json.dumps(acme.forms) == "[]"
