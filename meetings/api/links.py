"""What gets a meeting its video link, as `next_steps` names it."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from meetings import scheduling
from meetings.api import answering, refusals
from meetings.api.answers import MeetingId, MeetingOut
from meetings.api.bodies import AddLinkIn
from meetings.api.conditions import IfMatch, Prefer, unchanged
from meetings.links import records as link_records
from meetings.links.there import was_deleted
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.problems import Code, Problem, documents

router = Router(tags=["Meetings"])


@router.post(
    "/meetings/{meeting_id}/retry-link",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="retry_link",
    url_name="meeting_retry_link",
    summary="Try again now to make the link",
    openapi_extra=answering.documented(),
)
def retry_link(
    request: ApiRequest, response: HttpResponse, meeting_id: MeetingId, if_match: IfMatch = "", prefer: Prefer = ""
) -> MeetingOut:
    owner = request.auth.owner
    with refusals.as_problems(), unchanged(owner, meeting_id, if_match):
        scheduling.retry_link(owner=owner, meeting_id=meeting_id)
    return answering.meeting_now(request, response, meeting_id, prefer)


@router.post(
    "/meetings/{meeting_id}/add-link",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE, meeting_providers=True),
    operation_id="add_link",
    url_name="meeting_add_link",
    summary="Have a link made for a meeting without one",
    description="Twice is once. A meeting that has another provider's link keeps it (409).",
    openapi_extra=answering.documented(),
)
def add_link(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    payload: AddLinkIn,
    if_match: IfMatch = "",
    prefer: Prefer = "",
) -> MeetingOut:
    owner = request.auth.owner
    with refusals.as_problems(), unchanged(owner, meeting_id, if_match) as meeting:
        if meeting.provider not in ("", payload.provider):
            raise Problem(Code.CONFLICT, _("Its link comes from another provider, and stays."))
        scheduling.add_link(owner=owner, meeting_id=meeting_id, provider=payload.provider)
    return answering.meeting_now(request, response, meeting_id, prefer)


@router.post(
    "/meetings/{meeting_id}/new-link",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="new_link",
    url_name="meeting_new_link",
    summary="Have a new link made where the old one is gone",
    description="For a meeting that was deleted at the provider. Twice is once: a link that works stays.",
    openapi_extra=answering.documented(),
)
def new_link(
    request: ApiRequest, response: HttpResponse, meeting_id: MeetingId, if_match: IfMatch = "", prefer: Prefer = ""
) -> MeetingOut:
    owner = request.auth.owner
    with refusals.as_problems(), unchanged(owner, meeting_id, if_match) as meeting:
        if not meeting.wants_link or meeting.is_over:
            raise scheduling.Conflict
        if was_deleted(meeting):
            link_records.new_link(owner=owner, meeting_id=meeting_id)
    return answering.meeting_now(request, response, meeting_id, prefer)
