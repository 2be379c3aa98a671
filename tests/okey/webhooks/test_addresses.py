"""A webhook leads to https on the open internet."""

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from okey.webhooks import addresses

OPEN = [
    "https://example.com",
    "https://example.com:8443/hooks?a=1",
    "https://hooks.example.com/a/b/",
    "https://xn--bcher-kva.example/",
    "https://1.1.1.1/hook",
    "https://[2606:4700:4700::1111]/hook",
]

CLOSED = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://okey.localhost/",
    "https://okey.localhost./",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::]/",
    "https://[::127.0.0.1]/",
    "https://[::10.0.0.1]/",
    "https://[::8.8.8.8]/",
    "https://[fec0::1]/",
    "https://[feff::1]/",
]

WRONG = [
    "",
    "example.com",
    "http://example.com/",
    "http://127.0.0.1:8000/",
    "ftp://example.com/",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://:secret@example.com/",
    "https://@example.com/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com/#part",
    "https://exa mple.com/",
    "https://example.com/\nx",
    "https://example.com/\0",
    "https://bücher.example/",
    "https://[::1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://example.com/" + "x" * 500,
]


@pytest.mark.parametrize("url", OPEN)
def test_an_address_on_the_open_internet_is_taken(url: str) -> None:
    assert addresses.checked(f" {url} ") == url


@pytest.mark.parametrize("url", CLOSED + WRONG)
def test_any_other_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValidationError) as error:
        addresses.checked(url)
    assert list(error.value.message_dict) == ["url"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/hook", "http://localhost:9/", "https://127.0.0.1/", "http://[::1]:1/"]
)
def test_this_machine_is_allowed_while_developing(url: str, settings: Settings) -> None:
    settings.DEBUG = True
    assert addresses.checked(url) == url


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://10.0.0.1/", "http://192.168.0.1/", "http://user@localhost/"]
)
def test_nothing_else_is_allowed_while_developing(url: str, settings: Settings) -> None:
    settings.DEBUG = True
    with pytest.raises(ValidationError):
        addresses.checked(url)
