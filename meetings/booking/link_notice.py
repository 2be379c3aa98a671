"""What an owner is told of their booking page where its meetings get no video link."""

from django.utils.translation import gettext as _

from meetings.links.state import Means, Notice, Step, settings_step
from okey.owners.models import Owner


def link_notice(owner: Owner) -> Notice | None:
    """None where bookings get their link. Without a step only an administrator can put it right."""
    means = Means.of(owner)
    if not means.is_entitled:
        return _notice(_("Meeting-provider access is switched off for your account. Ask your administrator."))
    if not means.held:
        text = _("No meeting provider is connected. Clients can book, and you have to tell them where you meet.")
        return _notice(text, settings_step(_("Connect a provider")))
    if means.default is None:
        text = _("You have no default provider. Clients can book, but meetings get no video link until you choose one.")
        return _notice(text, settings_step(_("Choose a default in settings")))
    return None


def _notice(text: str, step: Step | None = None) -> Notice:
    return Notice("warn", _("Booked meetings have no video link"), text, step)
