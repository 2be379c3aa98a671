"""The guard around whatever O-Key calls because an owner has typed its address: webhooks, calendars."""

import ipaddress
import socket
from typing import Any

import requests
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from okey.lib.deadlines import DeadlineAdapter
from okey.webhooks import addresses
from okey.webhooks.addresses import Address


class PrivateAddress(Exception):
    """The receiver's name leads to an address that is not open."""


class GuardedTransport(DeadlineAdapter, IPFilterAdapter):  # type: ignore[misc] # it has no types
    """Looks the name up, checks the address, and connects to that very address: a name that changes gains nothing."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        super().__init__(is_https_proto=scheme == "https", allow_loopback=addresses.allows_loopback())  # type: ignore[call-arg]

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        if addresses.opened():
            # Past the filter, to the very address that the operator has opened.
            host, pool = super(IPFilterAdapter, self).build_connection_pool_key_attributes(request, verify, cert)
            opened = _opened_address(host["host"], host["port"])
            if opened is not None:
                return self._pinned(request, host, pool, opened)
        try:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as error:
            raise PrivateAddress from error
        address = ipaddress.ip_address(host["host"].strip("[]"))
        if not addresses.is_open(host["host"]) or (self._scheme == "http" and not address.is_loopback):
            raise PrivateAddress  # plain http is for what was opened, and may be closed again by now
        return host, pool

    def _pinned(self, request: requests.PreparedRequest, host: Any, pool: Any, address: Address) -> Any:
        """The same as the filter does: this address is called, and the certificate is held against the name."""
        name = host["host"]
        shown = f"[{name}]" if ":" in name else name
        request.headers["Host"] = shown if host["port"] is None else f"{shown}:{host['port']}"
        if self._scheme == "https":
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
    return address if addresses.is_opened(name, address) else None
