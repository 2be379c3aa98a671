"""An administrator ends an owner's sign-in by the organisation: asked first, noted, and never a lock-out."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from okey.mails.models import Mail
from okey.owners import support
from okey.owners.models import Owner
from tests.okey.owners.organisation.walking import come_back, is_in, known, sign_in, url_there
from tests.okey.owners.test_passwords import NEW_PASSWORD, link_in, mailed, set_password
from tests.openid_provider import OpenIdProvider

pytestmark = pytest.mark.django_db


def button(owner: Owner) -> str:
    return f"/admin/owners/owner/{owner.pk}/actions/part_from_organisation/"


def notes(owner: Owner) -> list[str]:
    return [one.get_change_message() for one in LogEntry.objects.filter(object_id=str(owner.pk))]


def without_password(owner: Owner) -> None:
    owner.set_unusable_password()
    owner.save()


def test_it_asks_first_and_is_done_once_and_noted(
    admin_client: Client, alice: Owner, client: Client, acme: OpenIdProvider
) -> None:
    known(alice, acme)
    page = admin_client.get(f"/admin/owners/owner/{alice.pk}/change/").content.decode()
    assert "Disconnect from the organisation" in page
    question = admin_client.post(button(alice)).content.decode()
    assert "Forgot your password?" in question
    assert f"{alice.name} ({alice.email})" in question
    assert SocialAccount.objects.count() == 1
    assert notes(alice) == []
    for _twice in range(2):
        page = admin_client.post(button(alice), {"apply": "1"}, follow=True).content.decode()
    assert "1 was left as it is" in page
    assert notes(alice) == ["Disconnected from the organisation’s sign-in."]
    assert "with your password." in Mail.objects.get(to=alice.email).text
    sign_in(client, acme)
    assert not is_in(client)


def test_who_has_no_password_is_told_how_to_set_one_and_can(
    admin_client: Client, alice: Owner, client: Client, acme: OpenIdProvider
) -> None:
    known(alice, acme)
    without_password(alice)
    admin_client.post(button(alice), {"apply": "1"})
    assert not SocialAccount.objects.exists()
    assert "Forgot your password?" in Mail.objects.get(to=alice.email).text
    client.post("/accounts/password/reset/", {"email": alice.email})
    [reset] = [one for one in mailed() if "/password/reset/key/" in str(one.body)]
    set_password(client, link_in(reset), NEW_PASSWORD)
    assert Owner.objects.get(pk=alice.pk).has_usable_password()


def test_its_word_for_the_address_joins_them_no_more_but_they_do_themselves(
    admin_client: Client, alice_client: Client, alice: Owner, client: Client, acme: OpenIdProvider, settings: Settings
) -> None:
    settings.OKEY_OIDC_TRUST_EMAIL = True
    acme.person |= {"email": alice.email, "email_verified": True}
    known(alice, acme)
    admin_client.post(button(alice), {"apply": "1"})
    sign_in(client, acme)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    come_back(alice_client, acme.visit(url_there(alice_client.post("/accounts/organisation/connect/"))))
    assert SocialAccount.objects.get().user == alice
    assert Owner.objects.get(pk=alice.pk).joins_by_address


def test_where_nothing_would_let_them_in_nothing_is_done(
    admin_client: Client, alice: Owner, acme: OpenIdProvider
) -> None:
    known(alice, acme)
    without_password(alice)
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    page = admin_client.post(button(alice), {"apply": "1"}, follow=True).content.decode()
    assert "1 was left as it is" in page
    assert SocialAccount.objects.count() == 1
    assert notes(alice) == []


def test_support_does_not(bob: Owner, alice: Owner, bob_client: Client, acme: OpenIdProvider) -> None:
    known(alice, acme)
    Owner.objects.filter(pk=bob.pk).update(is_staff=True)
    support.set_to(bob, is_support=True)
    assert bob_client.post(button(alice), {"apply": "1"}).status_code == 403
    assert SocialAccount.objects.count() == 1
