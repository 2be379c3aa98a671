"""Owners without a password: who they are is asked again by the organisation, before keys, tokens and disconnecting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from okey.api.models import ApiToken
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.okey.owners.organisation.walking import come_back, is_in, known, only_button, sign_in, url_there
from tests.okey.owners.test_second_factor import set_up_app
from tests.okey.owners.test_security_page import signed_in
from tests.okey.owners.test_signed_in_lately import TOKEN
from tests.openid_provider import OpenIdProvider

pytestmark = pytest.mark.django_db
TOKENS = "/settings/api-tokens/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def alices(alice: Owner, client: Client, acme: OpenIdProvider, clock: time_machine.Traveller) -> Client:
    """Signed in by the organisation a while ago, and without a password."""
    alice.set_unusable_password()
    alice.save()
    known(alice, acme)
    sign_in(client, acme)
    clock.shift(timedelta(minutes=16))
    return client


def _there(client: Client) -> str:
    """From the page that asks again to the provider."""
    return url_there(client.post("/accounts/organisation/again/", {"next": TOKENS}))


def test_whoever_has_just_signed_in_is_not_asked_again(
    alice: Owner, client: Client, acme: OpenIdProvider, clock: time_machine.Traveller
) -> None:
    known(alice, acme)
    sign_in(client, acme)
    assert client.post(TOKENS, TOKEN)["Location"] == TOKENS
    assert ApiToken.objects.count() == 1


def test_later_the_organisation_is_asked_and_what_one_wanted_is_done(alices: Client, acme: OpenIdProvider) -> None:
    answer = alices.post(TOKENS, TOKEN)
    assert answer["Location"] == "/accounts/organisation/again/?next=%2Fsettings%2Fapi-tokens%2F"
    assert not ApiToken.objects.exists()
    assert "Sign in with Acme" in alices.get(answer["Location"]).content.decode()
    there = _there(alices)
    assert "prompt=login" in there
    assert "max_age=0" in there
    assert come_back(alices, acme.visit(there))["Location"] == TOKENS
    assert "Copy it now" in alices.get(TOKENS).content.decode()
    assert ApiToken.objects.get().name == "Script"


def test_somebody_else_there_does_not_open_it(alices: Client, bob: Owner, acme: OpenIdProvider) -> None:
    alices.post(TOKENS, TOKEN)
    acme.person["sub"] = "somebody"
    for _ in range(2):
        page = come_back(alices, acme.visit(_there(alices)))
        assert page.status_code == 403
        assert "That was somebody else" in page.content.decode()
        assert only_button(page) == "/settings/security/"
        known_to_bob, _is_new = SocialAccount.objects.get_or_create(user=bob, provider=acme.issuer, uid="somebody")
    assert not ApiToken.objects.exists()
    assert known_to_bob.user == bob


def test_who_was_only_waved_through_there_does_not_open_it(
    alices: Client, acme: OpenIdProvider, clock: time_machine.Traveller
) -> None:
    alices.post(TOKENS, TOKEN)
    acme.claims = {"auth_time": None}
    assert "did not ask you again" in come_back(alices, acme.visit(_there(alices))).content.decode(), "nobody says so"
    acme.claims = {"auth_time": int((datetime.now(UTC) - timedelta(hours=3)).timestamp())}
    assert "did not ask you again" in come_back(alices, acme.visit(_there(alices))).content.decode()
    assert not ApiToken.objects.exists()
    acme.claims = {"auth_time": int(datetime.now(UTC).timestamp())}
    come_back(alices, acme.visit(_there(alices)))
    assert ApiToken.objects.exists() or alices.post(TOKENS, TOKEN).status_code == 200


def test_a_walk_to_sign_in_is_none_to_be_asked_again(alices: Client, acme: OpenIdProvider) -> None:
    """Nor is another owner's."""
    address = acme.visit(_there(alices))
    alices.logout()
    assert come_back(alices, address).status_code == 400


def test_a_second_factor_does_as_well(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False) as clock:
        client = signed_in(alice)
        set_up_app(client)
        alice.refresh_from_db()
        alice.set_unusable_password()
        alice.save()
        client.force_login(alice)
        known(alice, acme)
        clock.shift(timedelta(minutes=16))
        answer = client.post(TOKENS, TOKEN)
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")
        page = client.get(answer["Location"]).content.decode()
        assert "/accounts/organisation/again/" in page
        assert "Sign in with Acme" in page
        there = client.get("/accounts/organisation/again/?next=/settings/").content.decode()
        assert "/accounts/2fa/reauthenticate/?next=%2Fsettings%2F" in there


def test_whoever_has_nothing_to_show_gets_a_password_by_mail(alices: Client, settings: Settings) -> None:
    """The operator has switched the organisation off: nobody is let through for want of a question."""
    settings.OKEY_OIDC_SERVER_URL = ""
    answer = alices.post(TOKENS, TOKEN)
    assert answer["Location"].startswith("/accounts/password/reset/")
    assert alices.get(answer["Location"]).status_code == 200
    assert not ApiToken.objects.exists()


def test_an_owner_connects_it_and_is_signed_in_by_it(alice: Owner, acme: OpenIdProvider) -> None:
    client = signed_in(alice)
    assert "Connect it, and it signs you in, too." in client.get("/settings/security/").content.decode()
    answer = come_back(client, acme.visit(url_there(client.post("/accounts/organisation/connect/"))))
    assert answer["Location"] == "/settings/security/"
    assert "Signs you in, since" in client.get("/settings/security/").content.decode()
    assert Mail.objects.filter(to=alice.email, subject__contains="Acme signs you in").count() == 1
    sign_in(other := Client(), acme)
    assert is_in(other)


def test_but_not_a_person_who_is_somebody_here_already(alice: Owner, bob: Owner, acme: OpenIdProvider) -> None:
    known(bob, acme)
    client = signed_in(alice)
    page = come_back(client, acme.visit(url_there(client.post("/accounts/organisation/connect/"))))
    assert "Another account is yours already" in page.content.decode()
    assert SocialAccount.objects.get().user == bob


def test_connecting_and_disconnecting_want_the_password(alice: Owner, acme: OpenIdProvider) -> None:
    known(alice, acme)
    client = Client()
    client.force_login(alice)
    for name in ("connect", "disconnect"):
        answer = client.post(f"/accounts/organisation/{name}/")
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()


def test_it_is_disconnected_where_something_else_lets_one_in(alice: Owner, acme: OpenIdProvider) -> None:
    known(alice, acme)
    client = signed_in(alice)
    client.post("/accounts/organisation/disconnect/")
    assert not SocialAccount.objects.exists()
    assert Mail.objects.filter(to=alice.email, subject__contains="no more").count() == 1
    assert sign_in(Client(), acme).status_code == 403


def test_the_only_way_in_stays(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    alice.set_unusable_password()
    alice.save()
    known(alice, acme)
    sign_in(client, acme)
    client.post("/accounts/organisation/disconnect/")
    assert SocialAccount.objects.exists()
    assert "Set a password first" in client.get("/settings/security/").content.decode()
