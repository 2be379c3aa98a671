"""Sign-in, sign-out, and the closed door for everybody else."""

from django.test import Client
from pytest_django import Settings

from okey.owners.models import Owner
from tests.conftest import PASSWORD


def _sign_in(client: Client, email: str, password: str):  # type: ignore[no-untyped-def]
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_an_owner_signs_in_with_the_address_in_any_case(alice: Owner, client: Client) -> None:
    response = _sign_in(client, "Alice@Example.com", PASSWORD)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_is_said_without_saying_which_half_was_wrong(alice: Owner, client: Client) -> None:
    wrong_password = _sign_in(client, "alice@example.com", "wrong").content.decode()
    unknown_address = _sign_in(client, "nobody@example.com", "wrong").content.decode()
    for page in (wrong_password, unknown_address):
        assert 'class="errorlist nonfield"' in page
        assert "The e-mail address or the password is wrong." in page
    assert "_auth_user_id" not in client.session


def test_signing_out_takes_a_post(alice_client: Client) -> None:
    assert "Sign out?" in alice_client.get("/accounts/logout/").content.decode()
    assert "_auth_user_id" in alice_client.session
    page = alice_client.post("/accounts/logout/", follow=True).content.decode()
    assert "You are signed out." in page
    assert "_auth_user_id" not in alice_client.session


def test_the_forms_speak_like_the_other_pages(client: Client, alice_client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "E-mail" in page
    assert "Ask your administrator to add you." in page
    reset = client.post("/accounts/password/reset/", {"email": "nobody"}).content.decode()
    assert "Enter a valid e-mail address." in reset
    change = alice_client.get("/accounts/password/change/").content.decode()
    assert "New password, again" in change
    for text in (page, reset, change):
        assert "Email" not in text
        assert "New Password" not in text


def test_after_signing_in_one_is_back_where_one_wanted_to_go(alice: Owner, client: Client) -> None:
    response = client.get("/settings/")
    assert response["Location"] == "/accounts/login/?next=/settings/"
    page = client.get(response["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/settings/"' in page
    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": "/settings/"})
    assert response["Location"] == "/settings/"


def test_an_owner_who_is_switched_off_does_not_get_in(alice: Owner, client: Client) -> None:
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    _sign_in(client, alice.email, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_signing_up_is_closed(client: Client, db: None) -> None:
    assert "Sign-up is closed" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD})
    assert not Owner.objects.exists()


def test_tries_are_counted(alice: Owner, client: Client) -> None:
    for _ in range(5):
        _sign_in(client, alice.email, "wrong")
    response = _sign_in(client, alice.email, PASSWORD)
    assert response.status_code == 429
    assert "There were too many tries with a wrong password" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_admin_has_no_door_of_its_own(client: Client, alice_client: Client, admin_client: Client) -> None:
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")
    assert alice_client.get("/admin/login/").status_code == 403
    assert admin_client.get("/admin/").status_code == 200


def _tries_until_refused(client: Client, **headers: str) -> int:
    for number in range(40):
        form = {"login": f"nobody{number}@example.com", "password": "wrong"}
        if client.post("/accounts/login/", form, headers=headers).status_code == 429:
            return number
    return 40


def test_behind_a_trusted_proxy_one_persons_tries_do_not_lock_the_others_out(
    alice: Owner, client: Client, settings: Settings
) -> None:
    settings.TRUST_PROXY_HEADERS = True
    assert _tries_until_refused(client, x_forwarded_for="203.0.113.9") < 40
    assert _tries_until_refused(client, x_forwarded_for="203.0.113.10") > 0


def test_without_one_nobody_gets_more_tries_by_naming_addresses(client: Client, db: None) -> None:
    assert _tries_until_refused(client, x_forwarded_for="203.0.113.9") < 40
    assert _tries_until_refused(client, x_forwarded_for="203.0.113.10") == 0
