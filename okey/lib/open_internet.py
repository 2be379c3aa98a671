"""Calls to addresses that people give: to the open internet only, and never by a name that changes meanwhile."""

import ipaddress
from typing import Any

import requests
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES, InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from okey.lib.deadlines import DeadlineAdapter

#: `::127.0.0.1`: deprecated, as site-local addresses are, and yet some system may still take one home.
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


class PrivateAddress(Exception):
    """The host's name leads to an address that is not open."""


def is_public(host: str) -> bool:
    """Whether a network address is one of the open internet."""
    address = ipaddress.ip_address(host.strip("[]"))
    if isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in IPV4_COMPATIBLE):
        return False
    is_special = address.is_multicast or any(address in special for special in EXTRA_BLOCKED_NET_RANGES)
    return address.is_global and not address.is_loopback and not is_special


class OpenInternetAdapter(DeadlineAdapter, IPFilterAdapter):  # type: ignore[misc] # it has no types
    """Looks the name up, checks the address, and connects to that very address: a name that changes gains nothing."""

    def __init__(self, scheme: str, *, allow_loopback: bool = False) -> None:
        self.scheme = scheme
        super().__init__(is_https_proto=scheme == "https", allow_loopback=allow_loopback)  # type: ignore[call-arg]

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        try:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as error:
            raise PrivateAddress from error
        if not self.may_call(host["host"]):
            raise PrivateAddress
        return host, pool

    def may_call(self, address: str) -> bool:
        return is_public(address)
