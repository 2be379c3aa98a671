"""What a worker does with a due row. The work is in the module named after it."""

from meetings.personal import closing
from meetings.personal.models import Closing
from okey.lib.lanes import works

works(Closing, closing.work_on, seconds=closing.LEASE_SECONDS)
