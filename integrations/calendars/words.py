"""What pages and mails say of a calendar that cannot be read."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from integrations.calendars.models import Calendar


def consequence(calendar: Calendar) -> str:
    """Why it cannot be read, and what that means for clients, in the owner's language and zone."""
    parts = [calendar.get_trouble_display()]
    if calendar.offers_nothing:
        parts.append(_("Clients are offered no times until it can be read again, as you chose."))
        return " ".join(parts)
    if calendar.read_at:
        parts.append(_("The times that O-Key knows of stay taken. What you have entered since may be booked over."))
    else:
        parts.append(_("O-Key has never read it, so what stands in it may be booked over."))
    if calendar.offers_nothing_from:
        when = date_format(localtime(calendar.offers_nothing_from), "D j M, H:i")
        parts.append(_("From %(when)s on clients are offered no times, as you chose.") % {"when": when})
    return " ".join(parts)
