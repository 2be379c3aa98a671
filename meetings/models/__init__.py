"""Meeting records, their join links, and the jobs that bring the provider in line with them."""

from meetings.models.diary import MeetingEvent
from meetings.models.endings import MeetingEnd
from meetings.models.entries import CalendarEntry
from meetings.models.hours import DateOverride, MeetingSettings, WorkingHours
from meetings.models.invitations import TOKEN_BYTES, Invitation, invitation_token
from meetings.models.links import LinkJob, ProviderMeeting, ReconnectReminder
from meetings.models.meetings import Meeting, SearchedTitle
from meetings.models.series import Series
from meetings.models.single_use import SingleUseLink
from meetings.models.types import MeetingType
from meetings.models.watching import ProviderNews, Watch

__all__ = [
    "TOKEN_BYTES",
    "CalendarEntry",
    "DateOverride",
    "Invitation",
    "LinkJob",
    "Meeting",
    "MeetingEnd",
    "MeetingEvent",
    "MeetingSettings",
    "MeetingType",
    "ProviderMeeting",
    "ProviderNews",
    "ReconnectReminder",
    "SearchedTitle",
    "Series",
    "SingleUseLink",
    "Watch",
    "WorkingHours",
    "invitation_token",
]
