"""What a worker does with a due row of each table. The work is in the modules named after it."""

from meetings import endings
from meetings.entries import making as entry_making
from meetings.invitations import inviting
from meetings.links import making, reconnect_mails
from meetings.models import CalendarEntry, Invitation, LinkJob, MeetingEnd, ReconnectReminder
from okey.lib.lanes import works

works(LinkJob, making.work_in_turn, seconds=making.TOKEN_SECONDS)
works(Invitation, inviting.work_on, seconds=inviting.LEASE_SECONDS)
works(ReconnectReminder, reconnect_mails.remind_claimed, seconds=reconnect_mails.LEASE_SECONDS)
works(MeetingEnd, endings.work_on, seconds=endings.LEASE_SECONDS)
works(CalendarEntry, entry_making.work_on, seconds=entry_making.LEASE_SECONDS)
