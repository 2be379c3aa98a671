"""Whether and how an owner's time can be booked by clients: read, made on first need, and changed."""

import secrets
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from meetings.booking.models import PUBLIC_NAME_MAX, BookingSettings
from okey.owners.models import Owner

ORIGINS_MAX = 20
#: Without the 5 characters that make a taken name unique.
NAME_PART_MAX = PUBLIC_NAME_MAX - 5


class Changes(TypedDict, total=False):
    """What an owner may change. `embeds_on`: origins as `origin` gives them. `colour`: "#rrggbb", or "" for none."""

    public_name: str
    is_page_on: bool
    is_bot_on: bool
    confirms_addresses: bool
    embeds_on: list[str]
    about: str
    colour: str


def of(owner: Owner) -> BookingSettings:
    """The owner's, made now where there are none yet: page off, with a public name of their own."""
    found = BookingSettings.objects.filter(owner=owner).first()
    return found or _make(owner)


def open_page(public_name: str) -> BookingSettings | None:
    """The settings, with their owner, of the page at this address; None where none is open.

    One answer for a page that is off, an owner who is gone and a name that nobody has: strangers learn no more.
    """
    if "\0" in public_name:
        return None
    found = BookingSettings.objects.select_related("owner")
    return found.filter(public_name=public_name, is_page_on=True, owner__is_active=True, owner__closed_at=None).first()


def open_of(owner: Owner) -> BookingSettings | None:
    """The settings of this owner's page; None where none is open."""
    return BookingSettings.objects.filter(
        owner=owner, is_page_on=True, owner__is_active=True, owner__closed_at=None
    ).first()


def url_of(owner: Owner) -> str:
    """The path of this owner's page; "" where none is open."""
    mine = open_of(owner)
    return reverse("booking_page", args=[mine.public_name]) if mine else ""


def change(*, owner: Owner, **changes: Unpack[Changes]) -> BookingSettings:
    """Raises ValidationError by field: a public name that is none or is taken, too many sites."""
    settings_now = of(owner)
    for name, value in changes.items():
        setattr(settings_now, name, value)
    if len(settings_now.embeds_on) > ORIGINS_MAX:
        raise ValidationError({"embeds_on": _("Name at most %(max)d sites.") % {"max": ORIGINS_MAX}})
    settings_now.clean_fields()
    try:
        with transaction.atomic():
            settings_now.save(update_fields=[*changes])
    except IntegrityError:
        raise ValidationError({"public_name": _("This name is taken. Choose another.")}) from None
    return settings_now


def page_url(booking: BookingSettings) -> str:
    """The page's address, as clients are given it."""
    return settings.OKEY_BASE_URL + reverse("booking_page", args=[booking.public_name])


def origin(address: str) -> str:
    """The https origin of a site's address, as a browser names it. Raises ValidationError.

    It goes into a header that says who may frame the page, so nothing but a plain host and port passes.
    """
    refusal = ValidationError(
        _("“%(address)s” is not the address of a site with https, such as https://www.example.com."),
        params={"address": address[:100]},
    )
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError):
        raise refusal from None
    is_bare = parts.username is None and parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme != "https" or not is_bare or not _is_host(host):
        raise refusal
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return len(labels) > 1 and all(
        label and label.replace("-", "").isalnum() and label.isascii() and label.strip("-") == label for label in labels
    )


def _make(owner: Owner) -> BookingSettings:
    for name in _public_names(owner):
        try:
            with transaction.atomic():
                return BookingSettings.objects.get_or_create(owner=owner, defaults={"public_name": name})[0]
        except IntegrityError:  # the name is taken
            continue
    raise RuntimeError("No public name is free.")


def _public_names(owner: Owner) -> list[str]:
    """The owner's name, and what to try where it is taken or has no letter that an address can hold."""
    base = slugify(owner.name.replace("_", "-"))[:NAME_PART_MAX].strip("-")
    tries = [f"{base or 'meet'}-{secrets.token_hex(2)}" for _try in range(20)]
    return [base, *tries] if base else tries
