"""Signing in by the organisation: whom it lets in, and that it gives nobody another one's account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from meetings.personal import closing
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.dump import everything
from tests.okey.owners.organisation.walking import is_in, known, only_button, sign_in
from tests.okey.owners.test_passwords import NEW_PASSWORD, link_in, mailed, set_password
from tests.okey.owners.test_second_factor import set_up_app
from tests.okey.owners.test_security_page import signed_in
from tests.openid_provider import OpenIdProvider

pytestmark = pytest.mark.django_db


def test_where_none_is_set_up_there_is_nothing_of_it(client: Client, alice_client: Client) -> None:
    assert "Sign in with" not in client.get("/accounts/login/").content.decode().replace("Sign in with a passkey", "")
    assert client.post("/accounts/organisation/").status_code == 404
    for name in ("back", "again"):
        assert alice_client.get(f"/accounts/organisation/{name}/").status_code == 404
    for name in ("connect", "disconnect"):
        assert alice_client.post(f"/accounts/organisation/{name}/").status_code == 404


def test_the_button_signs_in_whoever_is_known(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    acme.person["email"] = "changed@acme.example"
    assert "Sign in with Acme" in client.get("/accounts/login/").content.decode()
    answer = sign_in(client, acme, place="/contacts/")
    assert answer["Location"] == "/contacts/"
    assert is_in(client)
    alice.refresh_from_db()
    assert alice.email != "changed@acme.example", "the address here is the owner's own"


def test_one_is_led_nowhere_else(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    assert sign_in(client, acme, place="https://evil.example/")["Location"] == "/"


@pytest.mark.parametrize("email", ["wilma@acme.example", "no address", "", None])
def test_nobody_comes_new_unless_the_operator_lets_them(
    email: str | None, client: Client, acme: OpenIdProvider
) -> None:
    acme.person["email"] = email
    page = sign_in(client, acme)
    assert page.status_code == 403
    assert only_button(page) == "/accounts/login/"
    assert not Owner.objects.exists()
    assert not is_in(client)


def test_its_people_come_new_where_they_may(client: Client, acme: OpenIdProvider, settings: Settings) -> None:
    settings.OKEY_OIDC_SIGN_UP = True
    assert "No account yet? Sign in with Acme" in client.get("/accounts/login/").content.decode()
    sign_in(client, acme)
    assert is_in(client)
    owner = Owner.objects.get()
    assert (owner.email, owner.name, owner.has_usable_password()) == ("wilma@acme.example", "Wilma Acme", False)
    assert EmailAddress.objects.get(user=owner).verified
    assert not owner.is_staff
    assert not owner.is_superuser
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()
    assert "at-acme-secret" not in everything()
    sign_in(again := Client(), acme)
    assert is_in(again)
    assert Owner.objects.count() == 1


def test_an_address_that_is_not_confirmed_makes_no_account(
    client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_OIDC_SIGN_UP = settings.OKEY_OIDC_TRUST_EMAIL = True
    for said in (False, None, "true", 1):
        acme.person["email_verified"] = said
        assert "has not confirmed your address" in sign_in(client, acme).content.decode()
    assert not Owner.objects.exists()


def test_where_anybody_signs_up_one_confirms_it_here(client: Client, acme: OpenIdProvider, settings: Settings) -> None:
    settings.OKEY_OPEN_SIGN_UP, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    assert "Sign in with Acme" in client.get("/accounts/signup/").content.decode()
    assert sign_in(client, acme)["Location"] == "/accounts/confirm-email/"
    assert not is_in(client)
    assert Mail.objects.filter(to="wilma@acme.example").exists()
    assert not EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("is_trusted", "is_confirmed", "is_joined"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_an_address_of_an_owner_is_theirs_only_by_a_word_that_is_trusted(
    is_trusted: bool, is_confirmed: bool, is_joined: bool,
    alice: Owner, client: Client, acme: OpenIdProvider, settings: Settings,
) -> None:  # fmt: skip
    settings.OKEY_OIDC_TRUST_EMAIL = is_trusted
    acme.person |= {"email": alice.email.upper(), "email_verified": is_confirmed}
    page = sign_in(client, acme)
    assert is_in(client) is is_joined
    assert SocialAccount.objects.filter(user=alice).exists() is is_joined
    assert Mail.objects.filter(to=alice.email, subject__contains="Acme signs you in").exists() is is_joined
    if not is_joined:
        assert "There is an account with your address" in page.content.decode()
        assert only_button(page) == "/accounts/login/"
    alice.refresh_from_db()
    assert alice.has_usable_password()


def test_not_even_then_an_administrators_a_closed_ones_or_somebody_elses(
    alice: Owner, bob: Owner, admin: Owner, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_OIDC_TRUST_EMAIL = True
    closing.close(owner=bob)
    known(alice, acme)
    for number, owner in enumerate((admin, bob, alice)):
        acme.person |= {"sub": f"new-{number}", "email": owner.email}
        client = Client()
        assert "There is an account with your address" in sign_in(client, acme).content.decode()
        assert not is_in(client)
    assert SocialAccount.objects.count() == 1


def test_whoever_took_an_address_without_showing_it_is_put_out(
    client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    """An account that somebody made with Wilma's address, and a password of their own, before she came."""
    settings.OKEY_OIDC_TRUST_EMAIL = True
    taken = Owner.objects.create_user("wilma@acme.example", "a password of somebody's", name="Mallory")
    EmailAddress.objects.create(user=taken, email=taken.email, verified=False, primary=True)
    sign_in(client, acme)
    assert is_in(client)
    taken.refresh_from_db()
    assert not taken.has_usable_password()
    assert EmailAddress.objects.get().verified


def test_a_closed_or_switched_off_owner_stays_out(alice: Owner, bob: Owner, acme: OpenIdProvider) -> None:
    known(alice, acme)
    closing.close(owner=alice)
    for owner in (alice, bob):
        SocialAccount.objects.all().delete()
        known(owner, acme)
        Owner.objects.filter(pk=bob.pk).update(is_active=False)
        client = Client()
        assert sign_in(client, acme)["Location"] == "/accounts/inactive/"
        assert not is_in(client)


def test_a_second_factor_is_asked_for_behind_it(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    set_up_app(signed_in(alice))
    known(alice, acme)
    assert Authenticator.objects.filter(user=alice).exists()
    assert sign_in(client, acme)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)


def test_a_second_factor_that_everybody_needs_is_needed_here_too(
    alice: Owner, client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_SECOND_FACTOR_REQUIRED = True
    known(alice, acme)
    sign_in(client, acme)
    assert client.get("/contacts/")["Location"] == "/settings/security/"


def test_another_issuer_knows_nobody(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    """The operator changes the provider: its “person-7” is somebody else."""
    row = known(alice, acme)
    SocialAccount.objects.filter(pk=row.pk).update(provider="https://before.example")
    assert sign_in(client, acme).status_code == 403
    assert not is_in(client)


def test_when_it_is_old_a_session_ends_as_any_other(alice: Owner, client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    sign_in(client, acme)
    assert client.session.get_expiry_date() > timezone.now() + timedelta(days=13)


def test_who_came_with_another_ones_address_is_out_once_that_one_shows_it(
    client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_OPEN_SIGN_UP = True
    acme.person |= {"email": "victim@client.example", "email_verified": False}
    sign_in(client, acme)
    owner = Owner.objects.get()
    assert SocialAccount.objects.filter(user=owner).exists()
    victim = Client()
    victim.post("/accounts/password/reset/", {"email": owner.email})
    set_password(victim, link_in(mailed()[-1]), NEW_PASSWORD)
    assert not SocialAccount.objects.filter(user=owner).exists()
    other = Client()
    sign_in(other, acme)
    assert not is_in(other)


def test_an_address_that_only_looks_alike_is_another_one(
    client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    """To PostgreSQL, which compares in capitals, a dotless i is an i."""
    settings.OKEY_OIDC_TRUST_EMAIL = True
    bob = Owner.objects.create_user("bob@micro.example", name="Bob")
    acme.person |= {"email": "bob@m\u0131cro.example", "email_verified": True}
    sign_in(client, acme)
    assert not is_in(client)
    assert not SocialAccount.objects.filter(user=bob).exists()
