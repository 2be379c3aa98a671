"""What an owner is told of their booking page where its meetings get no video link."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from meetings.links.state import Means
from okey.owners.models import Owner


@dataclass(frozen=True)
class LinkNotice:
    """`action` and `url`: what puts it right; "" where only an administrator can."""

    title: str
    text: str
    action: str = ""
    url: str = ""


def link_notice(owner: Owner) -> LinkNotice | None:
    """None where bookings get their link."""
    means = Means.of(owner)
    title = _("Booked meetings have no video link")
    if not means.is_entitled:
        return LinkNotice(title, _("Meeting-provider access is switched off for your account. Ask your administrator."))
    providers = reverse("settings") + "#providers"
    if not means.held:
        text = _("No meeting provider is connected. Clients can book, and you have to tell them where you meet.")
        return LinkNotice(title, text, _("Connect a provider"), providers)
    if means.default is None:
        text = _("You have no default provider. Clients can book, but meetings get no video link until you choose one.")
        return LinkNotice(title, text, _("Choose a default in settings"), providers)
    return None
