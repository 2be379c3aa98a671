"""What clients ask for and the owner approves. The rules are in meetings.approving."""

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from meetings import approving, scheduling
from meetings.api import answering
from meetings.api.answers import MeetingId, MeetingOut
from meetings.api.conditions import IfMatch, Prefer, unchanged
from meetings.models import Meeting
from okey.api.auth import ApiRequest, needs
from okey.api.limiting import count_mail
from okey.api.models import Scope
from okey.api.problems import Code, Problem, documents
from okey.api.schemas import Body, Text

router = Router(tags=["Meetings"])


class WordIn(Body):
    word: Annotated[
        Text,
        Field(
            "",
            max_length=Meeting.WORD_MAX,
            description="What the owner says to the client with it; the client reads it.",
            examples=["See you there."],
        ),
    ] = ""


@router.post(
    "/meetings/{meeting_id}/approve",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="approve_meeting",
    summary="Approve what a client asked for",
    description="A meeting that is `requested` is booked: it gets its link, and O-Key mails the client. Twice is once.",
    openapi_extra=answering.documented(),
)
def approve_meeting(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    payload: WordIn | None = None,
    if_match: IfMatch = "",
    prefer: Prefer = "",
) -> MeetingOut:
    owner = request.auth.owner
    count_mail(request.auth)
    with unchanged(owner, meeting_id, if_match) as meeting:
        try:
            approving.approve(owner=owner, meeting_id=meeting.pk, word=payload.word if payload else "")
        except scheduling.Conflict as conflict:
            raise _answered() from conflict
    return answering.meeting_now(request, response, meeting_id, prefer)


@router.post(
    "/meetings/{meeting_id}/decline",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="decline_meeting",
    summary="Decline what a client asked for",
    description="Of a meeting that is `requested`: nothing is booked, the time is free again, and O-Key mails the "
    "client. Twice is once. One that was approved is cancelled instead.",
    openapi_extra=answering.documented(),
)
def decline_meeting(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    payload: WordIn | None = None,
    if_match: IfMatch = "",
) -> MeetingOut:
    owner = request.auth.owner
    count_mail(request.auth)
    with unchanged(owner, meeting_id, if_match) as meeting:
        try:
            approving.decline(owner=owner, meeting_id=meeting.pk, word=payload.word if payload else "")
        except scheduling.Conflict as conflict:
            raise _answered() from conflict
    return answering.meeting_now(request, response, meeting_id)


def _answered() -> Problem:
    return Problem(Code.CONFLICT, _("This meeting does not wait for your approval any more."))
