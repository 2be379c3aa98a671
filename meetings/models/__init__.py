"""Meeting records, their join links, and the jobs that bring the provider in line with them."""

from meetings.models.diary import MeetingEvent
from meetings.models.endings import MeetingEnd
from meetings.models.entries import CalendarEntry
from meetings.models.hours import DateOverride, MeetingSettings, WorkingHours
from meetings.models.invitations import TOKEN_BYTES, Invitation, invitation_token
from meetings.models.links import LinkJob, ProviderMeeting, ReconnectReminder
from meetings.models.meetings import Meeting, SearchedTitle

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
    "ProviderMeeting",
    "ReconnectReminder",
    "SearchedTitle",
    "WorkingHours",
    "invitation_token",
]
