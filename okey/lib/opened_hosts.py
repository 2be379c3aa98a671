"""Where addresses that owners type may lead, a webhook's or a calendar's: to https on the open internet, and to the
hosts and networks that the operator opens (OKEY_WEBHOOK_HOSTS), by http too; while developing, also to this machine.
"""

import ipaddress
import socket
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from okey.lib.environment import LOOPBACK_HOSTS, OpenedHosts
from okey.lib.open_internet import OpenInternetAdapter, is_public

#: What a name that an operator opens may lead to: networks of one's own. Neither this machine nor link-local addresses,
#: where clouds keep their keys: those have to be opened as what they are.
OWN_NETWORKS = tuple(
    map(ipaddress.ip_network, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Wrong(Enum):
    """What is wrong with an address as it is entered."""

    HAS_USER = auto()
    NOT_HTTPS = auto()
    NO_ADDRESS = auto()
    PRIVATE = auto()


def allows_loopback() -> bool:
    """Whether they may lead to this machine, by plain http: only where O-Key itself is being developed."""
    return bool(settings.DEBUG)


def is_open(host: str) -> bool:
    """Whether a network address may be called. A host's name is looked up when something is sent."""
    address = ipaddress.ip_address(host.strip("[]"))
    if address.is_loopback:
        return allows_loopback()
    return is_public(host)


def opened() -> OpenedHosts:
    """What the operator has opened."""
    hosts: OpenedHosts = settings.OKEY_WEBHOOK_HOSTS
    return hosts


def is_opened(name: str, address: Address) -> bool:
    """Whether the operator has opened this address, to which this name leads now."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in opened().networks):
        return True
    leads_home = any(address in network for network in OWN_NETWORKS)
    return _is_opened_name(name) and (leads_home or (not address.is_loopback and is_open(str(address))))


def wrong_with(url: str) -> Wrong | None:
    """None where it may be called, as far as it says by itself."""
    try:
        parts = urlsplit(url)
        host, is_whole = parts.hostname or "", parts.port != 0 and not parts.fragment
    except ValueError:  # brackets that don't match, a port that is none
        parts, host, is_whole = urlsplit(""), "", False
    is_here = (host in LOOPBACK_HOSTS and allows_loopback()) or _is_opened_host(host)
    if parts.username is not None or parts.password is not None:
        return Wrong.HAS_USER
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        return Wrong.NOT_HTTPS
    if not (is_whole and _is_well_formed(url, parts.netloc if _is_opened_name(host) else "")):
        return Wrong.NO_ADDRESS
    return Wrong.PRIVATE if not is_here and _is_closed(host) else None


class OpenedHostsAdapter(OpenInternetAdapter):
    """To the open internet, and to what the operator has opened."""

    def __init__(self, scheme: str) -> None:
        super().__init__(scheme, allow_loopback=allows_loopback())

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        if opened():
            # Past the filter, to the very address that the operator has opened.
            host, pool = super(IPFilterAdapter, self).build_connection_pool_key_attributes(request, verify, cert)
            address = _opened_address(host["host"], host["port"])
            if address is not None:
                return self._pinned(request, host, pool, address)
        return super().build_connection_pool_key_attributes(request, verify, cert)

    def may_call(self, address: str) -> bool:
        # Plain http is for what was opened, and may be closed again by now.
        is_here = ipaddress.ip_address(address.strip("[]")).is_loopback
        return is_open(address) and (self.scheme == "https" or is_here)

    def _pinned(self, request: requests.PreparedRequest, host: Any, pool: Any, address: Address) -> Any:
        """The same as the filter does: this address is called, and the certificate is held against the name."""
        name = host["host"]
        shown = f"[{name}]" if ":" in name else name
        request.headers["Host"] = shown if host["port"] is None else f"{shown}:{host['port']}"
        if self.scheme == "https":
            pool |= {"assert_hostname": name, "server_hostname": name}
        host["host"] = f"[{address}]" if address.version == 6 else str(address)
        return host, pool


def _opened_address(name: str, port: int | None) -> Address | None:
    """The address that the name leads to, where the operator has opened that; None for all else."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        address = ipaddress.ip_address(found[0][4][0])
    except (OSError, UnicodeError, ValueError):
        return None  # whoever looks next says so
    return address if is_opened(name, address) else None


def _is_well_formed(url: str, named: str = "") -> bool:
    """`named`: a host and port that the operator has opened, which need not look like one on the internet."""
    if not (url.isascii() and url.isprintable()):
        return False
    if named:
        url = url.replace(f"//{named}", "//example.com", 1)
    try:
        URLValidator(schemes=["https", "http"])(url)
    except ValidationError:
        return False
    return True


def _is_opened_name(name: str) -> bool:
    return name.lower().removesuffix(".") in opened().names


def _is_opened_host(host: str) -> bool:
    """Of an address as it is entered."""
    try:
        return is_opened(host, ipaddress.ip_address(host))
    except ValueError:
        return _is_opened_name(host)


def _is_closed(host: str) -> bool:
    host = host.removesuffix(".")  # the root: the same name
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_open(host)
    except ValueError:  # a name
        return False
