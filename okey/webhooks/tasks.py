"""What a worker does with a due row of each table. The work is in the modules named after it."""

from okey.lib.lanes import works
from okey.webhooks import deliveries, events
from okey.webhooks.models import Delivery, Event

works(Delivery, deliveries.work_on, seconds=deliveries.LEASE_SECONDS)
works(Event, events.forget_claimed, seconds=events.FORGET_SECONDS)
