"""What a worker does with a due row of each table. The work is in the modules named after it."""

from meetings import approving, endings
from meetings.entries import making as entry_making
from meetings.invitations import inviting, together
from meetings.links import making, reconnect_mails
from meetings.models import (
    CalendarEntry,
    Invitation,
    LinkJob,
    MeetingEnd,
    ProviderNews,
    ReconnectReminder,
    Series,
    Watch,
)
from meetings.watching import hearing, looking
from okey.lib.lanes import works

works(LinkJob, making.work_in_turn, seconds=making.TOKEN_SECONDS)
works(Invitation, together.work_on_one, seconds=inviting.LEASE_SECONDS)
works(Series, together.work_on, seconds=together.LEASE_SECONDS)
works(ReconnectReminder, reconnect_mails.remind_claimed, seconds=reconnect_mails.LEASE_SECONDS)
works(MeetingEnd, approving.work_on, seconds=endings.LEASE_SECONDS)
works(CalendarEntry, entry_making.work_on, seconds=entry_making.LEASE_SECONDS)
works(ProviderNews, hearing.work_on, seconds=hearing.LEASE_SECONDS)
works(Watch, looking.work_in_turn, seconds=looking.LEASE_SECONDS)
