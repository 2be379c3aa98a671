"""What a worker does with a due row of each table. The work is in the modules named after it."""

from meetings import invitations, links, reconnecting
from meetings.models import Invitation, LinkJob, ReconnectReminder
from okey.lib.lanes import works

works(LinkJob, links.work_in_turn, seconds=links.TOKEN_SECONDS)
works(Invitation, invitations.work_on, seconds=invitations.LEASE_SECONDS)
works(ReconnectReminder, reconnecting.remind_claimed, seconds=reconnecting.LEASE_SECONDS)
