"""Where a webhook may lead: to https on the open internet; while developing, also to this machine."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

from okey.lib.environment import LOOPBACK_HOSTS
from okey.webhooks.models import Endpoint

#: `::127.0.0.1`: deprecated, as site-local addresses are, and yet some system may still take one home.
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


def allows_loopback() -> bool:
    """Whether receivers may be on this machine, by plain http: only where O-Key itself is being developed."""
    return bool(settings.DEBUG)


def is_open(host: str) -> bool:
    """Whether a network address may be called. A host's name is looked up when something is sent."""
    address = ipaddress.ip_address(host.strip("[]"))
    if address.is_loopback:
        return allows_loopback()
    if isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in IPV4_COMPATIBLE):
        return False
    is_special = address.is_multicast or any(address in special for special in EXTRA_BLOCKED_NET_RANGES)
    return address.is_global and not is_special


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
    is_here = host in LOOPBACK_HOSTS and allows_loopback()
    if len(url) > Endpoint.URL_MAX:
        return _("This address is longer than %(max)d characters.") % {"max": Endpoint.URL_MAX}
    if parts.username is not None or parts.password is not None:
        return _("Leave the user name and password out of the address. Messages are signed instead.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        return _("Enter an address that begins with https://")
    if not (is_whole and _is_well_formed(url)):
        return _("This is not an address like https://example.com/hooks.")
    if not is_here and _is_closed(host):
        return _("This is an address within a private network. O-Key sends to the open internet only.")
    return ""


def _is_well_formed(url: str) -> bool:
    if not (url.isascii() and url.isprintable()):
        return False
    try:
        URLValidator(schemes=["https", "http"])(url)
    except ValidationError:
        return False
    return True


def _is_closed(host: str) -> bool:
    host = host.removesuffix(".")  # the root: the same name
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_open(host)
    except ValueError:  # a name
        return False
