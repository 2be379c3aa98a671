"""How every call about one meeting answers: the meeting as it is now, with its ETag; after a wait, if asked to."""

from typing import Any

from django.http import HttpResponse

from meetings.api.answers import MeetingOut, meeting_out
from meetings.api.conditions import etag_of, seconds_to_wait
from meetings.waiting import wait_for_link
from okey.api.auth import ApiRequest

ETAG = {"description": "For `If-Match` and `If-None-Match`.", "schema": {"type": "string"}}
PREFERENCE = {"description": "What of `Prefer` was understood: `wait=10`.", "schema": {"type": "string"}}
LOCATION = {"description": "The meeting's address in this API.", "schema": {"type": "string", "format": "uri"}}


def meeting_now(request: ApiRequest, response: HttpResponse, meeting_id: Any, prefer: str = "") -> MeetingOut:
    """Call it without a transaction open. Raises Meeting.DoesNotExist for one that is not the owner's."""
    seconds = seconds_to_wait(prefer)
    answer = meeting_out(wait_for_link(request.auth.owner, meeting_id, seconds=seconds))
    response["ETag"] = etag_of(answer)
    if seconds:
        response["Preference-Applied"] = f"wait={seconds}"
    return answer


def documented(status: int = 200, more: dict[int, dict[str, Any]] | None = None) -> dict[str, Any]:
    """For an operation's `openapi_extra=`: the headers of `meeting_now`, and what else is to be said of answers."""
    headers = {"ETag": ETAG, "Preference-Applied": PREFERENCE, **({"Location": LOCATION} if status == 201 else {})}
    return {"responses": {status: {"headers": headers}, **(more or {})}}
