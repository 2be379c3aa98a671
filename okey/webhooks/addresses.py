"""Where a webhook may lead: to https on the open internet, and to the hosts and networks that the operator opens
(OKEY_WEBHOOK_HOSTS), by http too; while developing, also to this machine.
"""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from okey.lib.environment import LOOPBACK_HOSTS, OpenedHosts
from okey.lib.open_internet import is_public
from okey.webhooks.models import Endpoint

#: What a name that an operator opens may lead to: networks of one's own. Neither this machine nor link-local addresses,
#: where clouds keep their keys: those have to be opened as what they are.
OWN_NETWORKS = tuple(
    map(ipaddress.ip_network, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def allows_loopback() -> bool:
    """Whether receivers may be on this machine, by plain http: only where O-Key itself is being developed."""
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


def checked(url: str) -> str:
    """The address as it is kept. Raises ValidationError({"url": …})."""
    url = url.strip()
    if problem := _problem(url):
        raise ValidationError({"url": problem})
    return url


def _problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, is_whole = parts.hostname or "", parts.port != 0 and not parts.fragment
    except ValueError:  # brackets that don't match, a port that is none
        parts, host, is_whole = urlsplit(""), "", False
    is_here = (host in LOOPBACK_HOSTS and allows_loopback()) or _is_opened_host(host)
    if len(url) > Endpoint.URL_MAX:
        return _("This address is longer than %(max)d characters.") % {"max": Endpoint.URL_MAX}
    if parts.username is not None or parts.password is not None:
        return _("Leave the user name and password out of the address. Messages are signed instead.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        return _("Enter an address that begins with https://")
    if not (is_whole and _is_well_formed(url, parts.netloc if _is_opened_name(host) else "")):
        return _("This is not an address like https://example.com/hooks.")
    if not is_here and _is_closed(host):
        return _(
            "This is an address within a private network. O-Key sends to the open internet, and to what your "
            "administrator opens (OKEY_WEBHOOK_HOSTS)."
        )
    return ""


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
