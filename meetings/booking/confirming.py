"""Bookings that wait until the client has shown that the address is theirs."""

from meetings.booking.models import UnconfirmedBooking
from okey.lib import claims


def forget(booking_id: str) -> None:
    """Delete it once it is due."""
    claim = claims.take(UnconfirmedBooking, booking_id, seconds=30)
    if claim is not None:
        UnconfirmedBooking.objects.filter(pk=claim.pk, claim=claim.token).delete()
