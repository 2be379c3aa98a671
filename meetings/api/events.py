"""The diary: what happened to meetings and their links, in words an owner reads."""

from datetime import datetime

from django.db.models import QuerySet
from ninja import Query, Router, Schema
from pydantic import Field

from meetings.api.answers import MEETING_ID, MeetingId
from meetings.models import Meeting, MeetingEvent
from okey.api import paging
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.paging import Cursor, Limit, Page
from okey.api.problems import documents
from okey.api.schemas import Moment, Zulu

router = Router(tags=["Events"])


class MeetingEventOut(Schema):
    id: int = Field(description="A later event has a higher one.", examples=[4711])
    meeting_id: MeetingId = Field(examples=[MEETING_ID])
    kind: str = Field(
        description="`scheduled`, `rescheduled`, `cancelled`, `link_ready`, … A problem's code where one was met.",
        examples=["link_ready"],
    )
    text: str = Field(description="In the owner's language at that time.", examples=["The Zoom link is ready."])
    is_problem: bool = Field(examples=[False])
    tracking_id: str = Field(
        description="The provider's, for its support; mostly empty.", examples=["v=2.0;clid=us04;rid=WEB_1f0c"]
    )
    at: Zulu = Field(examples=["2026-07-28T09:12:46Z"])


class EventFilters(Schema):
    since: Moment | None = Field(None, description="Those of then or later.", examples=["2026-07-28T00:00:00Z"])


@router.get(
    "/events",
    response=Page[MeetingEventOut],
    auth=needs(Scope.READ),
    operation_id="list_events",
    summary="What happened to the owner's meetings, the newest first",
    description="To hear of what is new, ask with `since` and go by `id`; or have a webhook called.",
)
def list_events(
    request: ApiRequest, filters: Query[EventFilters], limit: Limit = 25, cursor: Cursor = ""
) -> Page[MeetingEventOut]:
    mine = MeetingEvent.objects.filter(owner=request.auth.owner)
    return _page(mine, filters.since, limit, cursor, listing="events")


@router.get(
    "/meetings/{meeting_id}/events",
    response={200: Page[MeetingEventOut], **documents(404)},
    auth=needs(Scope.READ),
    operation_id="list_meeting_events",
    summary="What happened to one meeting, the newest first",
)
def list_meeting_events(
    request: ApiRequest, meeting_id: MeetingId, filters: Query[EventFilters], limit: Limit = 25, cursor: Cursor = ""
) -> Page[MeetingEventOut]:
    meeting = Meeting.objects.get(pk=meeting_id, owner=request.auth.owner)
    return _page(meeting.events.all(), filters.since, limit, cursor, listing=f"events of {meeting_id}")


def _page(
    events: "QuerySet[MeetingEvent]", since: datetime | None, limit: int, cursor: str, *, listing: str
) -> Page[MeetingEventOut]:
    if since is not None:
        events = events.filter(at__gte=since)
    page = paging.cut(events, order=("-id",), limit=limit, cursor=cursor, listing=f"{listing} {since}")
    return Page(items=[_event(event) for event in page.rows], next_cursor=page.next_cursor)


def _event(event: MeetingEvent) -> MeetingEventOut:
    return MeetingEventOut(
        id=event.pk,
        meeting_id=event.meeting_id,
        kind=event.kind,
        text=event.text,
        is_problem=event.is_problem,
        tracking_id=event.tracking_id,
        at=event.at,
    )
