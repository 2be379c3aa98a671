"""The page of an owner's tokens: a secret is shown once, and not again by a reload; revoking asks first."""

import re
from datetime import timedelta
from uuid import uuid4

import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from okey.api import tokens
from okey.api.models import ApiToken
from okey.owners.models import Owner

PAGE = "/settings/api-tokens/"
TOKEN = {"name": "n8n", "scopes": ["read", "connect"], "lifetime": "90"}


def secrets_in(html: str) -> list[str]:
    return re.findall(r'value="(okey_[\w-]{20,})"', html)


def test_a_reload_makes_no_second_token_and_shows_no_secret(alice: Owner, alice_client: Client) -> None:
    answer = alice_client.post(PAGE, TOKEN)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert alice_client.head(PAGE).status_code == 200, "who looks at the headers has not read it"
    page = alice_client.get(PAGE).content.decode()
    (secret,) = secrets_in(page)
    assert tokens.authenticate(secret) == ApiToken.objects.get()
    assert "Token “n8n” created" in page
    again = alice_client.get(PAGE).content.decode()
    assert secrets_in(again) == []
    assert "created" not in again
    assert ApiToken.objects.count() == 1


def test_in_between_the_secret_is_sealed_and_in_its_owners_session_alone(
    alice: Owner, alice_client: Client, bob_client: Client
) -> None:
    alice_client.post(PAGE, TOKEN)
    assert "okey_" not in str([one.get_decoded() for one in Session.objects.all()])
    assert secrets_in(bob_client.get(PAGE).content.decode()) == []
    assert len(secrets_in(alice_client.get(PAGE).content.decode())) == 1


def test_where_the_keys_have_changed_meanwhile_nothing_is_shown(
    alice: Owner, alice_client: Client, settings: Settings
) -> None:
    alice_client.post(PAGE, TOKEN)
    settings.OKEY_ENCRYPTION_KEYS = [b"x" * 32]
    assert secrets_in(alice_client.get(PAGE).content.decode()) == []


def test_a_secret_that_was_not_looked_at_is_shown_for_ten_minutes(alice: Owner, alice_client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for seconds, shown in ((601, 0), (599, 1)):
            alice_client.post(PAGE, TOKEN)
            clock.shift(timedelta(seconds=seconds))
            assert len(secrets_in(alice_client.get(PAGE).content.decode())) == shown


def test_of_two_that_are_made_before_one_looks_the_last_is_shown(alice: Owner, alice_client: Client) -> None:
    for name in ("first", "last"):
        alice_client.post(PAGE, {**TOKEN, "name": name})
    page = alice_client.get(PAGE).content.decode()
    (secret,) = secrets_in(page)
    assert tokens.authenticate(secret) == ApiToken.objects.get(name="last")
    assert "Token “last” created" in page


def test_a_form_that_is_not_right_makes_nothing(alice_client: Client) -> None:
    page = alice_client.post(PAGE, {**TOKEN, "scopes": []}).content.decode()
    assert "Choose what the token allows." in page
    assert not ApiToken.objects.exists()


def test_what_it_allows_is_said_in_words(alice: Owner, alice_client: Client) -> None:
    tokens.make(owner=alice, name="n8n", scopes=["read", "schedule", "connect"])
    assert (
        "Read · Schedule, approve, move and cancel; contacts · Connect and set up"
        in alice_client.get(PAGE).content.decode()
    )


def test_revoking_asks_first(alice: Owner, alice_client: Client) -> None:
    token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    address = f"{PAGE}{token.pk}/revoke/"
    assert f'href="{address}"' in alice_client.get(PAGE).content.decode()
    assert "Revoke this token?" in alice_client.get(address).content.decode()
    assert tokens.authenticate(secret), "looking revokes nothing"
    assert "Token “n8n” revoked." in alice_client.post(address, follow=True).content.decode()
    assert tokens.authenticate(secret) is None
    assert alice_client.get(address)["Location"] == PAGE


def test_nobody_sees_or_revokes_anothers(alice: Owner, charlie_client: Client) -> None:
    token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    for pk in (token.pk, uuid4()):
        assert charlie_client.get(f"{PAGE}{pk}/revoke/").status_code == 404
        assert charlie_client.post(f"{PAGE}{pk}/revoke/").status_code == 404
    assert tokens.authenticate(secret)


def test_the_address_for_assistants_stands_there(alice_client: Client) -> None:
    assert 'value="http://testserver.localhost:8000/mcp"' in alice_client.get(PAGE).content.decode()
