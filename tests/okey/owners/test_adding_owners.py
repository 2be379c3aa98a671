"""An administrator adds owners; each gets a mail to set the password."""

from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.okey.owners.test_passwords import NEW_PASSWORD, link_in, set_password

DORA = {"email": "Dora@Example.com", "name": "Dora Diaz", "timezone": "America/New_York"}


@pytest.fixture
def dora(admin_client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Owner:
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post("/admin/owners/owner/add/", {**DORA, "meeting_providers_enabled": "on"})
    assert response.status_code == 302, response.content
    return Owner.objects.get(email="dora@example.com")


def test_the_new_owner_sets_a_password_from_the_mail_and_signs_in(dora: Owner, client: Client) -> None:
    assert not dora.has_usable_password()
    [message] = mail.outbox
    assert message.to == ["dora@example.com"]
    assert message.subject == "Your O-Key account: set your password"
    assert "http://testserver.localhost:8000/accounts/password/reset/key/" in str(message.body)
    set_password(client, link_in(message), NEW_PASSWORD)
    assert client.post("/accounts/login/", {"login": dora.email, "password": NEW_PASSWORD}).status_code == 302
    assert client.get("/settings/").status_code == 200


def test_no_mail_goes_out_before_the_owner_is_committed(admin_client: Client) -> None:
    admin_client.post("/admin/owners/owner/add/", DORA)  # the test's own transaction stays open
    assert mail.outbox == []


def test_the_mail_can_be_sent_again_by_post_only(dora: Owner, admin_client: Client) -> None:
    path = f"/admin/owners/owner/{dora.pk}/actions/send_password_mail_again/"
    assert admin_client.get(path).status_code == 405
    page = admin_client.post(path, follow=True).content.decode()
    assert "on its way to dora@example.com" in page
    assert "Send the set-password mail again" in page
    assert len(mail.outbox) == 2
    set_password(Client(), link_in(mail.outbox[1]), NEW_PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_is_said_and_the_owner_kept(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(backend: EmailBackend, messages: object) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(EmailBackend, "send_messages", down)
    admin_client.post("/admin/owners/owner/add/", DORA)
    page = admin_client.get("/admin/owners/owner/").content.decode()
    assert "could not be sent" in page
    assert Owner.objects.filter(email="dora@example.com").exists()


def test_one_address_one_owner_in_any_case(alice: Owner, admin_client: Client) -> None:
    page = admin_client.post("/admin/owners/owner/add/", {**DORA, "email": "ALICE@example.com"}).content.decode()
    assert "Another owner has this address." in page


def test_a_former_address_no_longer_signs_in(alice: Owner, admin_client: Client, client: Client) -> None:
    fields = {"email": "alice@new.example.com", "name": "Alice", "timezone": "UTC", "language": "en", "is_active": "on"}
    assert admin_client.post(f"/admin/owners/owner/{alice.pk}/change/", fields).status_code == 302
    assert list(EmailAddress.objects.filter(user=alice).values_list("email", flat=True)) == ["alice@new.example.com"]
    client.post("/accounts/login/", {"login": "alice@example.com", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "alice@new.example.com", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_the_list_shows_and_the_page_switches_the_entitlement(alice: Owner, admin_client: Client) -> None:
    page = admin_client.get("/admin/owners/owner/?q=archer&meeting_providers_enabled__exact=1").content.decode()
    assert "alice@example.com" in page
    fields = {"email": alice.email, "name": alice.name, "timezone": "UTC", "language": "en", "is_active": "on"}
    admin_client.post(f"/admin/owners/owner/{alice.pk}/change/", fields)
    alice.refresh_from_db()
    assert alice.meeting_providers_enabled is False


def test_owners_are_switched_off_not_deleted(alice: Owner, admin_client: Client) -> None:
    assert admin_client.post(f"/admin/owners/owner/{alice.pk}/delete/", {"post": "yes"}).status_code == 403


def test_owners_who_are_no_administrators_see_nothing_of_it(dora: Owner, alice_client: Client) -> None:
    assert alice_client.get("/admin/owners/owner/").status_code == 302
    path = f"/admin/owners/owner/{dora.pk}/actions/send_password_mail_again/"
    assert alice_client.post(path).status_code == 302
    assert len(mail.outbox) == 1
