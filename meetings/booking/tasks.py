"""What a worker does with a due row of each table. The work is in the modules named after it."""

from meetings.booking import confirming
from meetings.booking.models import UnconfirmedBooking
from okey.lib.lanes import works

works(UnconfirmedBooking, confirming.forget_claimed, seconds=confirming.FORGET_SECONDS)
