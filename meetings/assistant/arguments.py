"""Types of arguments that several tools share, as a model reads them in the tool's schema."""

from typing import Annotated

from msgspec import Meta

from meetings.assistant import moments
from meetings.models import Meeting

Limit = Annotated[int, Meta(ge=1, le=25, description="at most so many")]
ContactID = Annotated[str, Meta(max_length=40, description="from find_contacts or add_contact")]
MeetingID = Annotated[str, Meta(max_length=40, description="from list_meetings or schedule_meeting")]
Time = Annotated[
    str,
    Meta(max_length=moments.TEXT_MAX, description="ISO 8601 with an offset"),
]
Title = Annotated[str, Meta(max_length=Meeting.TITLE_MAX, description="one line; the contact reads it")]
Agenda = Annotated[str, Meta(max_length=Meeting.AGENDA_MAX, description="what it is about; the contact reads it")]
Minutes = Annotated[int, Meta(ge=1, le=Meeting.MINUTES_MAX)]
MeetingTypeName = Annotated[str, Meta(description="from list_types")]
AnyTime = Annotated[
    bool,
    Meta(
        description="true only if the owner said so for this very time: also outside their hours, at short notice or "
        "beside a meeting"
    ),
]
ProviderName = Annotated[str, Meta(max_length=40)]
WaitSeconds = Annotated[int, Meta(ge=0, le=10, description="how long to wait for the video link before answering")]
