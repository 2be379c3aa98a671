"""How every call about one meeting answers: the meeting as it is now, with its ETag; after a wait, if asked to."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from meetings.api.answers import MeetingOut, meeting_out
from meetings.api.conditions import etag_of, seconds_to_wait
from meetings.link_wait import wait_for_link
from okey.api.auth import ApiRequest

ETAG = {"description": "For `If-Match` and `If-None-Match`.", "schema": {"type": "string"}}
PREFERENCE = {
    "description": "`wait=10`: it was waited, as `Prefer` asked. Else it was not: there was nothing to wait for, "
    "or too many were waiting.",
    "schema": {"type": "string"},
}
LOCATION = {"description": "The meeting's address in this API.", "schema": {"type": "string", "format": "uri"}}
COME_AGAIN = {
    "description": "Where it was to be waited and the link is still on its way: seconds after which to look at "
    "`Location`.",
    "schema": {"type": "integer", "minimum": 0},
}


def meeting_now(request: ApiRequest, response: HttpResponse, meeting_id: Any, prefer: str = "") -> MeetingOut:
    """Call it without a transaction open. Raises Meeting.DoesNotExist for one that is not the owner's."""
    seconds = seconds_to_wait(prefer)
    waited = wait_for_link(request.auth.owner, meeting_id, seconds=seconds)
    answer = meeting_out(waited.row)
    response["ETag"] = etag_of(answer)
    if waited.has_waited:
        response["Preference-Applied"] = f"wait={seconds}"
    if seconds and waited.come_again_seconds is not None:
        response["Retry-After"] = str(waited.come_again_seconds)
        response["Location"] = address_of(meeting_id)
    return answer


def address_of(meeting_id: Any) -> str:
    """The meeting's address in this API."""
    return settings.OKEY_BASE_URL + reverse("api:meeting", args=[meeting_id])


def documented(status: int = 200, more: dict[int, dict[str, Any]] | None = None) -> dict[str, Any]:
    """For an operation's `openapi_extra=`: the headers of `meeting_now`, and what else is to be said of answers."""
    headers = {"ETag": ETAG, "Preference-Applied": PREFERENCE, "Location": LOCATION, "Retry-After": COME_AGAIN}
    return {"responses": {status: {"headers": headers}, **(more or {})}}
