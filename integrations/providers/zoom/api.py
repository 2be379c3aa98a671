"""Zoom's meetings: one function an endpoint. https://developers.zoom.us/docs/api/meetings/"""

from datetime import UTC
from typing import Any

from integrations.providers.base import MeetingRequest, RemoteMeeting, RemoteState, Unavailable, Unknown
from integrations.providers.http import clock
from integrations.vendors.oauth import json_body
from integrations.vendors.zoom import moments
from integrations.vendors.zoom.api import ZoomApi
from integrations.vendors.zoom.errors import tracking_id

AGENDA_MAX = 2000
PAGE_SIZE = 300


class ZoomMeetings:
    """The meetings of whoever's token is given."""

    def __init__(self, api: ZoomApi) -> None:
        self._api = api

    def create_meeting(self, access_token: str, wanted: MeetingRequest) -> RemoteMeeting:
        """POST /users/me/meetings. No idempotency key exists: a lost answer leaves open whether it was done."""
        body = {"type": 2, "settings": {"use_pmi": False}, **_fields(wanted)}
        answer = self._api.call("POST", "/v2/users/me/meetings", access_token, wanted=201, json=body, has_effect=True)
        made = _meeting(json_body(answer) or {}, tracking_id(answer))
        if made is None:
            raise Unknown("HTTP 201 without a meeting", tracking_id=tracking_id(answer))
        return made

    def update_meeting(self, access_token: str, meeting_id: str, wanted: MeetingRequest) -> None:
        """PATCH /meetings/{id}. Raises Refused(reason="gone") for one that was deleted at Zoom."""
        self._api.call(
            "PATCH",
            f"/v2/meetings/{meeting_id}",
            access_token,
            wanted=204,
            json=_fields(wanted),
            has_effect=True,
        )

    def delete_meeting(self, access_token: str, meeting_id: str) -> None:
        """DELETE /meetings/{id}. Raises Refused(reason="gone") for one that was deleted before."""
        self._api.call("DELETE", f"/v2/meetings/{meeting_id}", access_token, wanted=204, has_effect=True)

    def get_meeting(self, access_token: str, meeting_id: str) -> RemoteState:
        """GET /meetings/{id}. Raises Refused(reason="gone") for one that was deleted at Zoom."""
        answer = self._api.call("GET", f"/v2/meetings/{meeting_id}", access_token, wanted=200)
        body = json_body(answer) or {}
        if str(body.get("id")) != meeting_id:
            raise Unavailable("HTTP 200 without the meeting", tracking_id=tracking_id(answer))
        return RemoteState(
            title=str(body.get("topic") or ""),
            starts_at=moments.start_of(body),
            minutes=moments.minutes_of(body),
        )

    def find_meetings(self, access_token: str, reference: str) -> list[RemoteMeeting]:
        """GET /users/me/meetings, all pages: those whose agenda begins with the reference, oldest first.

        The list cuts agendas at 250 characters, which is why the reference is their first line. All pages together
        take no longer than one call may. Raises Unavailable for a list that does: what was not looked at may be there.
        """
        over = clock() + self._api.deadline
        found: list[tuple[str, RemoteMeeting]] = []
        token = ""
        while True:
            query = {
                "type": "scheduled",
                "page_size": str(PAGE_SIZE),
                **({"next_page_token": token} if token else {}),
            }
            left = over - clock()
            if left <= 0:
                raise Unavailable("the list of meetings takes too long")
            answer = self._api.call(
                "GET", "/v2/users/me/meetings", access_token, wanted=200, seconds=left, params=query
            )
            body = json_body(answer) or {}
            for item in body.get("meetings") or []:
                made = _meeting(item, tracking_id(answer)) if isinstance(item, dict) else None
                if made and str(item.get("agenda") or "").split("\n")[0].strip() == reference:
                    found.append((str(item.get("created_at") or ""), made))
            token = str(body.get("next_page_token") or "")
            if not token:
                return [made for _created, made in sorted(found, key=lambda pair: pair[0])]


def _fields(wanted: MeetingRequest) -> dict[str, Any]:
    return {
        "topic": wanted.title[:200],
        # Exactly this form: Zoom documents neither offsets nor fractions. The zone is for display only.
        "start_time": wanted.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timezone": wanted.timezone,
        "duration": wanted.minutes,
        "agenda": f"{wanted.reference}\n\n{wanted.agenda}".strip()[:AGENDA_MAX],
    }


def _meeting(body: dict[str, Any], seen: str) -> RemoteMeeting | None:
    if not body.get("id") or not isinstance(body.get("join_url"), str):
        return None
    return RemoteMeeting(
        external_id=str(body["id"]),
        join_url=body["join_url"],
        passcode=str(body.get("password") or "")[:50],
        tracking_id=seen,
    )
