"""What a worker does with a due row of each table. The work is in the modules named after it."""

from integrations.calendars import mirror, subscribing
from integrations.calendars.models import Calendar, Subscription
from okey.lib.lanes import works

works(Calendar, mirror.work_on, seconds=mirror.LEASE_SECONDS)
works(Subscription, subscribing.work_on, seconds=subscribing.LEASE_SECONDS)
