"""Looking meetings up, and their links."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from meetings import reading
from meetings.assistant import answers
from meetings.assistant.answers import MeetingAnswer, MeetingLine
from meetings.assistant.arguments import Limit, MeetingID, WaitSeconds
from meetings.assistant.calling import tool
from meetings.assistant.finding import meeting_of
from meetings.link_wait import wait_for_link
from okey.api.models import Scope
from okey.owners.models import Owner

LISTS = {
    "requested": reading.requested,
    "upcoming": reading.upcoming,
    "past": reading.past,
    "all": reading.latest_first,
}


class ListMeetings(msgspec.Struct):
    show: Annotated[
        Literal["upcoming", "requested", "past", "all"],
        Meta(
            description="upcoming: the soonest first; requested: wait for the owner; past, all (cancelled too): the "
            "latest first"
        ),
    ] = "upcoming"
    query: Annotated[str, Meta(max_length=200, description="words of the title, or the contact's name or address")] = ""
    limit: Limit = 10


class Meetings(msgspec.Struct, omit_defaults=True):
    meetings: list[MeetingLine]
    time_zone: Annotated[str, Meta(description="the owner's")]
    more: Annotated[bool, Meta(description="there are more than these: ask more narrowly")] = False


class GetJoinLink(msgspec.Struct):
    meeting_id: MeetingID
    wait_seconds: WaitSeconds = 0


@tool(
    title="List meetings",
    scope=Scope.READ,
    description="The owner's meetings, with how each one's video link stands. Gives the meeting_id that the other "
    "tools need.",
)
def list_meetings(owner: Owner, wanted: ListMeetings) -> Meetings:
    found = reading.search(LISTS[wanted.show](reading.meetings_of(owner)), wanted.query, owner)
    shown = reading.rows(found[: wanted.limit + 1], owner)
    lines = [answers.meeting_line(row, owner) for row in shown[: wanted.limit]]
    return Meetings(meetings=lines, time_zone=str(owner.timezone), more=len(shown) > wanted.limit)


@tool(
    title="Get a join link",
    scope=Scope.READ,
    description="One meeting with its video link as it stands now. There is a join_url only where link_status is "
    "ready; else link_says what is the matter and what the owner can do.",
)
def get_join_link(owner: Owner, wanted: GetJoinLink) -> MeetingAnswer:
    meeting = meeting_of(owner, wanted.meeting_id)
    waited = wait_for_link(owner, meeting.pk, seconds=wanted.wait_seconds)
    return answers.meeting_answer(waited.row, owner, note=answers.not_waited(waited, wanted.wait_seconds))
