"""What other apps' pages show of the booking page."""

from typing import Any

from django import template

from meetings.booking import settings as booking_settings
from meetings.booking.link_notice import link_notice
from okey.owners.models import Owner

register = template.Library()


@register.inclusion_tag("meetings/booking/settings/section.html", takes_context=True)
def booking_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Booking page" of profile settings."""
    owner = context["request"].user
    booking = booking_settings.of(owner)
    return {"booking": booking, "url": booking_settings.page_url(booking), "no_links": link_notice(owner)}


@register.simple_tag
def booking_url(owner: Owner) -> str:
    """Where clients book this owner's time; "" where they cannot."""
    return booking_settings.url_of(owner)
