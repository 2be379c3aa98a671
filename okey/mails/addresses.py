"""E-mail addresses: as strangers may give them, as mail programs compare them, and as calendars write them."""

import re
import unicodedata
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

LENGTH_MAX = 254
NOT_AN_ADDRESS = _("Enter a valid e-mail address.")
#: Where dots in the name make no other mailbox.
DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})
SAME_DOMAINS = {"googlemail.com": "gmail.com"}
DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z")


def strangers_address(text: str) -> str:
    """The address as a mail to it will be addressed. Raises ValidationError.

    Stricter than Django: no quoted names, no network addresses in brackets, no domain without a dot (each leads to
    places where no client has a mailbox, the mail server's own machine among them), no control characters.
    """
    address = text.strip()
    name, _at, domain = address.rpartition("@")
    if len(address) > LENGTH_MAX or '"' in name or any(unicodedata.category(one)[0] == "C" for one in address):
        raise ValidationError(NOT_AN_ADDRESS)
    try:
        ascii_domain = domain.encode("idna").decode().lower()
        shown = domain.encode("idna").decode("idna")
    except UnicodeError:
        raise ValidationError(NOT_AN_ADDRESS) from None
    if not DOMAIN.fullmatch(ascii_domain):
        raise ValidationError(NOT_AN_ADDRESS)
    validate_email(f"{name}@{ascii_domain}")
    return f"{name}@{shown}"


def mailbox_of(address: str) -> str:
    """The same text for all addresses that lead to one mailbox, as far as that is known.

    Letter case, what follows a "+", and at Gmail dots make no other mailbox.
    """
    name, _at, domain = address.strip().casefold().rpartition("@")
    domain = _ascii(domain)
    domain = SAME_DOMAINS.get(domain, domain)
    name = name.partition("+")[0] or name
    if domain in DOTS_DO_NOT_COUNT:
        name = name.replace(".", "")
    return f"{name}@{domain}"


def mailto(address: str) -> str:
    """The address as a URI, which is ASCII: for calendars."""
    name, _at, domain = address.rpartition("@")
    return "mailto:" + quote(name, safe="!$&'*+-./=_~") + "@" + _ascii(domain)


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:  # one that no mail can be sent to either
        return quote(domain, safe="")
