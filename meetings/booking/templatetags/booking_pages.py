"""What other apps' pages show of the booking page."""

from django import template

from meetings.booking import settings as booking_settings
from okey.owners.models import Owner

register = template.Library()


@register.simple_tag
def booking_url(owner: Owner) -> str:
    """Where clients book this owner's time; "" where they cannot."""
    return booking_settings.url_of(owner)
