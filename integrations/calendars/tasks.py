"""What a worker does with a due row of each table. The work is in the modules named after it."""

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from okey.lib.lanes import works

works(Calendar, mirror.work_on, seconds=mirror.LEASE_SECONDS)
