"""Zoom's REST API: one function an endpoint. https://developers.zoom.us/docs/api/meetings/"""

from datetime import UTC
from typing import Any

import requests

from integrations.providers.base import Identity, MeetingRequest, RemoteMeeting, Unavailable, Unknown
from integrations.providers.http import clock, session
from integrations.vendors.zoom.errors import api_outcome, json_body, tracking_id, transport_outcome

AGENDA_MAX = 2000
PAGE_SIZE = 300


class ZoomApi:
    """The API, for whoever's token is given."""

    def __init__(self, *, base_url: str, deadline: float) -> None:
        self._base_url = base_url
        self._deadline = deadline

    def me(self, access_token: str) -> Identity:
        """GET /users/me. Only `id` can be relied on; the e-mail address changes."""
        answer = self._call("GET", "/v2/users/me", access_token, wanted=200)
        body = json_body(answer) or {}
        if not body.get("id"):
            raise api_outcome(answer)
        name = body.get("display_name") or f"{body.get('first_name') or ''} {body.get('last_name') or ''}".strip()
        return Identity(
            external_id=str(body["id"]),
            account_id=str(body.get("account_id") or "")[:200],
            email=str(body.get("email") or "")[:254],
            display_name=str(name)[:200],
            # Type 4 is "unassigned": a Zoom user without meetings.
            may_host=body.get("type") != 4 and body.get("status") != "inactive",
        )

    def create_meeting(self, access_token: str, wanted: MeetingRequest) -> RemoteMeeting:
        """POST /users/me/meetings. No idempotency key exists: a lost answer leaves open whether it was done."""
        body = {"type": 2, "settings": {"use_pmi": False}, **_fields(wanted)}
        answer = self._call("POST", "/v2/users/me/meetings", access_token, wanted=201, json=body, has_effect=True)
        made = _meeting(json_body(answer) or {}, tracking_id(answer))
        if made is None:
            raise Unknown("HTTP 201 without a meeting", tracking_id=tracking_id(answer))
        return made

    def update_meeting(self, access_token: str, meeting_id: str, wanted: MeetingRequest) -> None:
        """PATCH /meetings/{id}. Raises Refused(reason="gone") for one that was deleted at Zoom."""
        self._call(
            "PATCH",
            f"/v2/meetings/{meeting_id}",
            access_token,
            wanted=204,
            json=_fields(wanted),
            has_effect=True,
        )

    def delete_meeting(self, access_token: str, meeting_id: str) -> None:
        """DELETE /meetings/{id}. Raises Refused(reason="gone") for one that was deleted before."""
        self._call("DELETE", f"/v2/meetings/{meeting_id}", access_token, wanted=204, has_effect=True)

    def find_meetings(self, access_token: str, reference: str) -> list[RemoteMeeting]:
        """GET /users/me/meetings, all pages: those whose agenda begins with the reference, oldest first.

        The list cuts agendas at 250 characters, which is why the reference is their first line. All pages together
        take no longer than one call may. Raises Unavailable for a list that does: what was not looked at may be there.
        """
        over = clock() + self._deadline
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
            answer = self._call("GET", "/v2/users/me/meetings", access_token, wanted=200, seconds=left, params=query)
            body = json_body(answer) or {}
            for item in body.get("meetings") or []:
                made = _meeting(item, tracking_id(answer)) if isinstance(item, dict) else None
                if made and str(item.get("agenda") or "").split("\n")[0].strip() == reference:
                    found.append((str(item.get("created_at") or ""), made))
            token = str(body.get("next_page_token") or "")
            if not token:
                return [made for _created, made in sorted(found, key=lambda pair: pair[0])]

    def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        *,
        wanted: int,
        has_effect: bool = False,
        seconds: float | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        try:
            answer = session().request(
                method,
                self._base_url + path,
                headers={"Authorization": f"Bearer {access_token}"},
                timeout=seconds or self._deadline,
                allow_redirects=False,
                **kwargs,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code != wanted:
            raise api_outcome(answer, done_if_lost=has_effect)
        return answer


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
