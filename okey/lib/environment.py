"""Reads settings that have a shape of their own, and refuses what would be insecure."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Secrets that `make run` generates begin so; a production start refuses them.
DEVELOPMENT_SECRET_PREFIX = "development-only-"  # noqa: S105 -- a mark, not a secret

#: Addresses of these schemes would run in the browser, or send a handle in the clear.
NO_APPS_SCHEMES = frozenset({"", "http", "javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss"})

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def encryption_keys(text: str) -> tuple[bytes, ...]:
    """OKEY_ENCRYPTION_KEYS: comma-separated base64url keys of 32 bytes, newest first."""
    keys = []
    for number, part in enumerate(text.split(","), start=1):
        padded = part.strip() + "=" * (-len(part.strip()) % 4)
        try:
            key = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ImproperlyConfigured(f"OKEY_ENCRYPTION_KEYS: key {number} is not 32 bytes in base64url.")
        if len(set(key)) < 8:
            raise ImproperlyConfigured(f"OKEY_ENCRYPTION_KEYS: key {number} is not random.")
        keys.append(key)
    return tuple(keys)


def is_weak_secret_key(key: str) -> bool:
    """A development key, a template's, or one that is short or was not made at random: no production starts with it."""
    return key.startswith((DEVELOPMENT_SECRET_PREFIX, "django-insecure-")) or len(key) < 50 or len(set(key)) < 10


def _checked_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        is_plain = not (parts.query or parts.fragment or parts.username or parts.port == 0)
    except ValueError:  # brackets that don't match, a port that is no number
        parts, is_plain = urlsplit(""), False
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        raise ImproperlyConfigured(f"{name} is not an address like https://example.com.")
    return value.rstrip("/")


def provider_base_url(name: str, value: str) -> str:
    """A provider's address: https, or plain http on the loopback (a stand-in on this machine)."""
    value = _checked_url(name, value)
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ImproperlyConfigured(f"{name} must be https: plain http is for the loopback only.")
    return value


_VENDOR_SETTING = re.compile(r"[A-Z][A-Z0-9_]*_(CLIENT_ID|CLIENT_SECRET|BASE_URL)")


def vendor_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What is named as a vendor's settings are, whoever the vendor is. The values are not checked."""
    return {name: value for name, value in environment.items() if _VENDOR_SETTING.fullmatch(name)}


def day(name: str, value: str) -> date | None:
    """A date as YYYY-MM-DD; None for an empty one."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a date like 2027-06-30.") from None


def app_address(value: str) -> str:
    """OKEY_APP_REDIRECT: a phone app's deep link, of its own scheme or https, without a query: O-Key adds that."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    is_plain = value.isascii() and value.isprintable() and not set(value) & set(" ?#\"'<>\\")
    if not is_plain or not parts.netloc or parts.username or parts.scheme in NO_APPS_SCHEMES:
        raise ImproperlyConfigured("OKEY_APP_REDIRECT is not an app's address like okey://connected.")
    return value


def public_url(value: str, *, debug: bool) -> str:
    """OKEY_BASE_URL: the address that people type, without a path; https unless DEBUG is on."""
    if not value:
        raise ImproperlyConfigured("OKEY_BASE_URL is not set. See README.md, “Settings”.")
    value = _checked_url("OKEY_BASE_URL", value)
    if urlsplit(value).path:
        raise ImproperlyConfigured("OKEY_BASE_URL must not have a path.")
    host = urlsplit(value).hostname or ""
    if "*" in host or host.startswith("."):  # ALLOWED_HOSTS would take it for a pattern, and any Host header for ours
        raise ImproperlyConfigured("OKEY_BASE_URL must name one host.")
    if not debug and not value.startswith("https://"):
        raise ImproperlyConfigured("OKEY_BASE_URL must be https when DEBUG is off.")
    return value


def proxy_count(text: str) -> int:
    """TRUSTED_PROXY_COUNT: one or more."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 20):
        raise ImproperlyConfigured("TRUSTED_PROXY_COUNT is not a number from 1 to 20.")
    return int(text)


def header_value(name: str, value: str) -> str:
    """A key that is sent in a header: nothing that would end the header, or that it cannot carry."""
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ImproperlyConfigured(f"{name} has a space, a line break or a letter that no key has.")
    return value


def log_format(text: str) -> str:
    """OKEY_LOG_FORMAT."""
    if text not in {"line", "json"}:
        raise ImproperlyConfigured("OKEY_LOG_FORMAT is neither line nor json.")
    return text


def at_least_one(name: str, value: int) -> int:
    """A number of days: with 0, everything would be forgotten at once."""
    if value < 1:
        raise ImproperlyConfigured(f"{name} must be 1 or more.")
    return value


@dataclass(frozen=True)
class OpenedHosts:
    """Where an operator lets webhooks lead beside the open internet."""

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.networks)

    def __str__(self) -> str:
        return ", ".join([*sorted(self.names), *map(str, self.networks)])


_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


def webhook_hosts(text: str) -> OpenedHosts:
    """OKEY_WEBHOOK_HOSTS: host names, addresses and networks, with commas between them."""
    names, networks = set(), []
    for part in filter(None, (each.strip().lower().removesuffix(".") for each in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part.strip("[]")))
        except ValueError:
            if not _HOST_NAME.fullmatch(part) or part.rpartition(".")[2].isdecimal():
                raise ImproperlyConfigured(
                    f"OKEY_WEBHOOK_HOSTS: “{part}” is neither a host's name like n8n nor a network like 10.1.0.0/16."
                ) from None
            if part in LOOPBACK_HOSTS or part.endswith(".localhost"):
                raise ImproperlyConfigured(f"OKEY_WEBHOOK_HOSTS: write 127.0.0.1 in place of “{part}”.") from None
            names.add(part)
            continue
        if networks[-1].prefixlen == 0:
            raise ImproperlyConfigured(f"OKEY_WEBHOOK_HOSTS: “{part}” would open everything.")
    return OpenedHosts(frozenset(names), tuple(networks))
