"""Keys, tokens and disconnecting want a password that was entered a while ago at most."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from okey.api.models import ApiToken
from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.okey.owners.test_security_page import signed_in

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TOKEN = {"name": "Script", "scopes": ["read"], "lifetime": "90"}


def test_who_has_just_signed_in_is_not_asked_again(alice: Owner) -> None:
    client = signed_in(alice)
    client.post("/settings/api-tokens/", TOKEN)
    assert ApiToken.objects.get().name == "Script"


def test_later_one_enters_the_password_and_what_one_wanted_is_done(alice: Owner) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(alice)
        clock.shift(timedelta(minutes=16))
        response = client.post("/settings/api-tokens/", TOKEN)
        assert response["Location"] == "/accounts/reauthenticate/?next=%2Fsettings%2Fapi-tokens%2F"
        assert not ApiToken.objects.exists()
        page = client.get(response["Location"]).content.decode()
        assert "Enter your password again" in page
        where = {"next": "/settings/api-tokens/"}
        assert "This is not your password." in _again(client, "wrong", where)
        assert not ApiToken.objects.exists()
        assert "Copy it now" in _again(client, PASSWORD, where)
        assert ApiToken.objects.get().name == "Script"
        clock.shift(timedelta(minutes=14))
        client.post("/settings/api-tokens/", {**TOKEN, "name": "Second"})
        assert ApiToken.objects.count() == 2


def _again(client: Client, password: str, where: dict[str, str]) -> str:
    form = {"password": password, **where}
    return client.post("/accounts/reauthenticate/", form, follow=True).content.decode()


def test_passwords_cannot_be_tried_there_either(alice: Owner) -> None:
    client = signed_in(alice)
    said = [_again(client, "wrong", {}) for _ in range(6)]
    assert "This is not your password." in said[0]
    assert "There were too many tries" in said[-1]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/integrations/connections/{id}/disconnect/"),
        ("post", "/settings/calendars/at/google/disconnect/"),
        ("post", "/settings/calendars/servers/{id}/remove/"),
        ("post", "/settings/webhooks/{id}/rotate/"),
        ("post", "/settings/messenger/"),
        ("post", "/settings/feed/switch/"),
        ("get", "/accounts/2fa/totp/activate/"),
        ("get", "/accounts/2fa/webauthn/add/"),
    ],
)
def test_what_wants_it(alice: Owner, method: str, address: str) -> None:
    client = Client()
    client.force_login(alice)
    response = getattr(client, method)(address.format(id=alice.pk))
    assert response.status_code == 302
    assert re.match(r"/accounts/reauthenticate/\?next=", response["Location"])
