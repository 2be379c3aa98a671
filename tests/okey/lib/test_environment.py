"""Settings that would be insecure are refused, by name, without quoting a key."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from okey.lib.environment import app_address, encryption_keys, provider_base_url, public_url

# Not random ones: pytest-xdist wants the same test ids in every process.
KEY, OLDER = bytes(range(32)), bytes(range(32, 64))


def text_of(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@pytest.mark.parametrize("text", ["{}", " {} ", "{}\n"])
def test_a_key_is_read_with_or_without_its_padding(text: str) -> None:
    assert encryption_keys(text.format(text_of(KEY))) == (KEY,)
    assert encryption_keys(text.format(text_of(KEY).rstrip("="))) == (KEY,)


def test_several_keys_keep_their_order_newest_first() -> None:
    assert encryption_keys(f"{text_of(KEY)}, {text_of(OLDER)}") == (KEY, OLDER)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "key 1 is not 32 bytes"),
        ("short", "key 1 is not 32 bytes"),
        (text_of(KEY) + ",", "key 2 is not 32 bytes"),
        (text_of(bytes(range(16))), "key 1 is not 32 bytes"),
        (text_of(bytes(range(33))), "key 1 is not 32 bytes"),
        ("*" * 43, "key 1 is not 32 bytes"),
        ("ä" * 43, "key 1 is not 32 bytes"),
        (f"{text_of(KEY)},{text_of(bytes(32))}", "key 2 is not random"),
        (text_of(b"abcd" * 8), "key 1 is not random"),
    ],
)
def test_what_is_no_good_key_is_refused_without_quoting_it(text: str, complaint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=complaint) as refusal:
        encryption_keys(text)
    assert text_of(KEY) not in str(refusal.value)


@pytest.mark.parametrize(
    "value",
    ["https://zoom.us", "https://zoom.us/", "http://127.0.0.1:9000", "http://localhost:1/", "http://[::1]:8000"],
)
def test_a_providers_address_is_https_or_on_the_loopback(value: str) -> None:
    assert provider_base_url("ZOOM_API_BASE_URL", value) == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "zoom.us",
        "ftp://zoom.us",
        "http://zoom.us",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://",
        "https://user:password@zoom.us",
        "https://zoom.us?a=b",
        "https://zoom.us#a",
        "javascript:alert(1)",
        "https://[zoom.us",
        "https://zoom.us:port",
    ],
)
def test_any_other_providers_address_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ZOOM_API_BASE_URL"):
        provider_base_url("ZOOM_API_BASE_URL", value)


@pytest.mark.parametrize(
    ("value", "debug", "expected"),
    [
        ("https://okey.example.com", False, "https://okey.example.com"),
        ("https://okey.example.com/", False, "https://okey.example.com"),
        ("https://okey.example.com:8443", False, "https://okey.example.com:8443"),
        ("http://127.0.0.1:8000", True, "http://127.0.0.1:8000"),
    ],
)
def test_our_own_address_is_taken_without_its_slash(value: str, debug: bool, expected: str) -> None:
    assert public_url(value, debug=debug) == expected


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "not set"),
        ("http://okey.example.com", "must be https"),
        ("http://127.0.0.1:8000", "must be https"),
        ("https://okey.example.com/crm", "must not have a path"),
        ("https://*", "must name one host"),
        ("https://.example.com", "must name one host"),
        ("okey.example.com", "is not an address"),
        ("https://me@okey.example.com", "is not an address"),
    ],
)
def test_our_own_address_is_refused_by_its_name_with_the_reason(value: str, complaint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"OKEY_BASE_URL.*{complaint}"):
        public_url(value, debug=False)


@pytest.mark.parametrize(
    "value",
    ["okey://connected", "com.example.okey://oauth/connected", "https://app.example.com/connected", "o-k.1://x"],
)
def test_an_apps_address_has_a_scheme_of_its_own_or_https(value: str) -> None:
    assert app_address(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "okey",
        "okey:connected",
        "okey://",
        "://connected",
        "1okey://connected",
        "http://app.example.com/connected",
        "javascript://connected/%0Aalert(1)",
        "JavaScript://connected",
        "data://connected",
        "file://connected",
        "okey://connected?already=one",
        "okey://connected#part",
        "okey://connected\n",
        "okey://conn ected",
        "okey://user@connected",
        "okey://[connected",
        'okey://connected"',
        "ökey://connected",
    ],
)
def test_what_is_no_apps_address_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OKEY_APP_REDIRECT"):
        app_address(value)
