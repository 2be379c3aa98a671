"""Addresses with users and passwords in them: what people type is what Django gets."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from okey.setting_up import addresses

WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(user=WORD, password=WORD, name=WORD.filter(lambda name: "/" not in name))
def test_django_gets_the_databases_user_password_and_name_as_they_were_typed(
    user: str, password: str, name: str
) -> None:
    url = addresses.database_url(host="db.example.com", port="5433", name=name, user=user, password=password)
    got = addresses.database_settings(addresses.checked_database(url))
    assert (got["USER"], got["PASSWORD"], got["NAME"]) == (user, password, name)
    assert (got["HOST"], got["PORT"]) == ("db.example.com", 5433)


@pytest.mark.parametrize("name", ["/", "a/b", "/okey"])
def test_a_name_with_a_slash_is_refused(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="slash"):
        addresses.database_url(host="db", port="5432", name=name, user="okey", password="x")


@given(user=WORD, password=WORD)
def test_django_gets_the_mail_servers_user_and_password_as_they_were_typed(user: str, password: str) -> None:
    url = addresses.mail_url(host="2001:db8::1", port="587", user=user, password=password)
    got = addresses.mail_settings(addresses.checked_mail(url))
    assert (got["EMAIL_HOST_USER"], got["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert (got["EMAIL_HOST"], got["EMAIL_PORT"], got["EMAIL_USE_TLS"]) == ("2001:db8::1", 587, True)


def test_a_mail_servers_port_says_how_it_is_spoken_to() -> None:
    def settings(port: str) -> dict[str, object]:
        return addresses.mail_settings(addresses.mail_url(host="mail", port=port, user="", password=""))

    assert "EMAIL_USE_SSL" in settings("465")
    assert not {"EMAIL_USE_SSL", "EMAIL_USE_TLS"} & set(settings("25"))


@pytest.mark.parametrize(
    "value",
    [
        *("mysql://okey@db/okey", "postgres://okey@db", "postgres:///", "postgres://okey:a/b@db/okey"),
        *("postgres://okey:a#b@db/okey", "postgres://okey:[@db/okey", "db.example.com", "postgres://db:0/okey"),
    ],
)
def test_what_is_no_address_of_a_database_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL .* percent-encoded"):
        addresses.checked_database(value)


@pytest.mark.parametrize("value", ["amqp://127.0.0.1", "redis://", "127.0.0.1:6379", "redis://:a/b@127.0.0.1/0"])
def test_what_is_no_address_of_a_broker_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        addresses.checked_broker(value)


@pytest.mark.parametrize("value", ["mail.example.com:25", "smtp://mail", "smtp://u:a/b@mail:25", "imap://mail:25"])
def test_what_is_no_address_of_a_mail_server_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        addresses.checked_mail(value)


def test_a_screen_shows_no_password() -> None:
    assert addresses.without_password("postgres://okey:secret@db:5432/okey") == "postgres://okey:…@db:5432/okey"
    assert addresses.without_password("redis://:secret@db/0") == "redis://:…@db/0"
    assert addresses.without_password("smtp://mail:25") == "smtp://mail:25"
