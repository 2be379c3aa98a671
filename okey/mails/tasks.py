"""What a worker does with a due mail."""

from okey.lib.lanes import works
from okey.mails import outbox
from okey.mails.models import Mail

works(Mail, outbox.send_claimed, seconds=outbox.LEASE_SECONDS)
