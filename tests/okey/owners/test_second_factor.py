"""The second factor: set up, asked for, guessed at, lost, and required."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from integrations.doctor.setup import every_key
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.okey.owners.authenticator import Passkey, code
from tests.okey.owners.test_security_page import signed_in

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
OPTIONS = re.compile(r'data-options="(.*?)"')


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def set_up_app(client: Client) -> str:
    """The key that the app has from then on."""
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{32})"', page)
    assert secret
    response = client.post("/accounts/2fa/totp/activate/", {"code": code(secret[1])})
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    return secret[1]


def with_password(owner: Owner) -> Client:
    client = Client()
    response = client.post("/accounts/login/?next=/contacts/", {"login": owner.email, "password": PASSWORD})
    assert response["Location"] == "/accounts/2fa/authenticate/"
    return client


def try_code(client: Client, text: str) -> str:
    return client.post("/accounts/2fa/authenticate/", {"code": text}, follow=True).content.decode()


def is_in(client: Client) -> bool:
    return bool(client.get("/settings/").status_code == 200)


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"^(\d{8})$", client.get("/accounts/2fa/recovery-codes/download/").content.decode(), re.MULTILINE)


def test_with_an_app_the_password_alone_is_not_enough(alice: Owner, clock: time_machine.Traveller) -> None:
    secret = set_up_app(signed_in(alice))
    client = with_password(alice)
    assert not is_in(client)
    assert "This code is not right" in try_code(client, "000000")
    assert not is_in(client)
    response = client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert response["Location"] == "/contacts/"
    assert is_in(client)


def test_a_code_works_once(alice: Owner, clock: time_machine.Traveller) -> None:
    secret = set_up_app(signed_in(alice))
    try_code(with_password(alice), code(secret))
    again = with_password(alice)
    assert "This code is not right, or was used already." in try_code(again, code(secret))
    assert not is_in(again)


def test_each_recovery_code_gets_one_in_once(alice: Owner, clock: time_machine.Traveller) -> None:
    here = signed_in(alice)
    set_up_app(here)
    first, second, *others = recovery_codes(here)
    assert len(others) == 8
    client = with_password(alice)
    try_code(client, first)
    assert is_in(client)
    again = with_password(alice)
    try_code(again, first)
    assert not is_in(again)
    try_code(again, second)
    assert is_in(again)
    assert "8 left." in here.get("/settings/security/").content.decode()


def test_the_page_of_recovery_codes_shows_them(alice: Owner, clock: time_machine.Traveller) -> None:
    here = signed_in(alice)
    set_up_app(here)
    page = here.get("/accounts/2fa/recovery-codes/").content.decode()
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert shown
    assert shown[1].split("\n") == recovery_codes(here)
    assert 'rows="10"' in page


def test_codes_can_be_guessed_so_seldom_that_none_is_found(alice: Owner, clock: time_machine.Traveller) -> None:
    """And by whoever has the password; the owner's own browser has tries of its own."""
    here = signed_in(alice)
    secret = set_up_app(here)
    thief = with_password(alice)
    said = [try_code(thief, "000000") for _ in range(9)]
    assert "This code is not right" in said[7]
    assert "There were too many wrong codes" in said[8]
    assert "There were too many wrong codes" in try_code(thief, code(secret, steps=1))
    assert not is_in(thief)
    here.post("/accounts/logout/")
    here.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    try_code(here, code(secret))
    assert is_in(here)
    clock.shift(timedelta(days=1))
    days = [try_code(with_password(alice), "000000") for _ in range(9)]
    assert "This code is not right" in days[0]
    assert "There were too many wrong codes" in days[8]


def _stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        return str(cursor.fetchall())


def test_secrets_are_sealed_and_sealed_anew_with_a_new_key(
    alice: Owner, clock: time_machine.Traveller, settings: Settings
) -> None:
    here = signed_in(alice)
    secret = set_up_app(here)
    codes = recovery_codes(here)
    assert secret not in _stored()
    old = settings.OKEY_ENCRYPTION_KEYS
    settings.OKEY_ENCRYPTION_KEYS = [bytes(range(32, 64)), *old]
    assert [str(found.text) for found in every_key()] == ["2 values have an older key."]
    out = StringIO()
    call_command("reseal_tokens", stdout=out)
    assert "2 values" in out.getvalue()
    settings.OKEY_ENCRYPTION_KEYS = settings.OKEY_ENCRYPTION_KEYS[:1]
    assert [str(found.text) for found in every_key()] == ["2 sealed values, all open."]
    assert recovery_codes(here) == codes
    client = with_password(alice)
    try_code(client, code(secret))
    assert is_in(client)


def test_without_the_key_nobody_gets_in_and_it_is_said_why(
    alice: Owner, clock: time_machine.Traveller, settings: Settings
) -> None:
    secret = set_up_app(signed_in(alice))
    settings.OKEY_ENCRYPTION_KEYS = [bytes(range(32, 64))]
    client = with_password(alice)
    assert "O-Key cannot read your second factor" in try_code(client, code(secret))
    assert not is_in(client)


def _options(page: str) -> dict[str, dict[str, object]]:
    found = OPTIONS.search(page)
    assert found
    options: dict[str, dict[str, object]] = json.loads(html.unescape(found[1]))
    return options


def _add_passkey(client: Client) -> Passkey:
    passkey = Passkey()
    options = _options(client.get("/accounts/2fa/webauthn/add/").content.decode())["creation_options"]
    form = {"name": "Phone", "passwordless": "on", "credential": passkey.create(options)}
    client.post("/accounts/2fa/webauthn/add/", form)
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    return passkey


def test_a_passkey_alone_signs_in(alice: Owner) -> None:
    here = signed_in(alice)
    passkey = _add_passkey(here)
    assert "Phone" in here.get("/settings/security/").content.decode()
    client = Client()
    assert "Sign in with a passkey" in client.get("/accounts/login/").content.decode()
    asked = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    form = {"credential": passkey.get(asked["request_options"]), "next": "/contacts/"}
    response = client.post("/accounts/2fa/webauthn/login/", form)
    assert response["Location"] == "/contacts/"
    assert is_in(client)


def test_a_passkey_is_a_second_factor(alice: Owner) -> None:
    passkey = _add_passkey(signed_in(alice))
    client = with_password(alice)
    options = _options(client.get("/accounts/2fa/authenticate/").content.decode())["request_options"]
    stranger = Passkey()
    client.post("/accounts/2fa/authenticate/", {"credential": stranger.get(options)})
    assert not is_in(client)
    options = _options(client.get("/accounts/2fa/authenticate/").content.decode())["request_options"]
    client.post("/accounts/2fa/authenticate/", {"credential": passkey.get(options)})
    assert is_in(client)


def test_another_site_gets_nothing_with_a_passkey(alice: Owner, settings: Settings) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    passkey = _add_passkey_at_https(signed_in(alice))
    client = Client()
    login = "/accounts/2fa/webauthn/login/"
    for origin, works in (("https://evil.example", False), ("https://testserver", True)):
        asked = client.get(login, headers={"accept": "application/json"}).json()
        client.post(login, {"credential": passkey.get(asked["request_options"], origin=origin)})
        assert is_in(client) == works


def _add_passkey_at_https(client: Client) -> Passkey:
    passkey = Passkey()
    options = _options(client.get("/accounts/2fa/webauthn/add/").content.decode())["creation_options"]
    form = {"name": "Phone", "passwordless": "on", "credential": passkey.create(options, origin="https://testserver")}
    client.post("/accounts/2fa/webauthn/add/", form)
    return passkey


def test_nobody_removes_or_renames_anothers_passkey(alice: Owner, bob_client: Client) -> None:
    _add_passkey(signed_in(alice))
    pk = Authenticator.objects.get(type="webauthn").pk
    for what in ("remove", "edit"):
        assert bob_client.post(f"/accounts/2fa/webauthn/keys/{pk}/{what}/", {"name": "x"}).status_code == 404


def test_switching_it_off_is_told_and_takes_the_recovery_codes_along(
    alice: Owner, clock: time_machine.Traveller, django_capture_on_commit_callbacks: Any
) -> None:
    here = signed_in(alice)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(here)
    here.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    subjects = set(Mail.objects.filter(to=alice.email).values_list("subject", flat=True))
    assert subjects == {
        "O-Key: an authenticator app was set up",
        "O-Key: the authenticator app was switched off",
    }
    assert is_in(signed_in(alice))


def test_the_address_can_be_changed_with_it_and_it_set_up_while_the_address_changes(
    alice: Owner, clock: time_machine.Traveller
) -> None:
    here = signed_in(alice)
    here.post("/accounts/email/", {"email": "first@example.com", "action_add": "1"})
    set_up_app(here)
    here.post("/accounts/email/", {"email": "second@example.com", "action_add": "1"})
    assert Mail.objects.filter(to="first@example.com").exists()
    assert Mail.objects.filter(to="second@example.com").exists()


def test_an_administrator_takes_it_off_who_has_lost_it(
    alice: Owner, admin_client: Client, clock: time_machine.Traveller
) -> None:
    set_up_app(signed_in(alice))
    admin_client.post(f"/admin/owners/owner/{alice.pk}/actions/remove_second_factor/")
    assert not Authenticator.objects.exists()
    assert "An administrator (Ada Admin) removed the second factor" in Mail.objects.latest("created_at").text
    assert "Removed the second factor" in admin_client.get(f"/admin/owners/owner/{alice.pk}/history/").content.decode()


def test_where_it_is_required_one_comes_no_further_without(
    alice: Owner, clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.OKEY_SECOND_FACTOR_REQUIRED = True
    client = signed_in(alice)
    for address in ("/", "/contacts/", "/settings/", "/settings/api-tokens/"):
        assert client.get(address)["Location"] == "/settings/security/"
    assert "O-Key wants one of every owner here" in client.get("/settings/security/").content.decode()
    set_up_app(client)
    assert client.get("/contacts/").status_code == 200
    assert Client().get("/health/").status_code == 200


def test_neither_secrets_nor_codes_are_in_the_admin(alice: Owner, admin_client: Client) -> None:
    for table in ("mfa/authenticator", "usersessions/usersession", "account/emailaddress"):
        assert admin_client.get(f"/admin/{table}/").status_code == 404
