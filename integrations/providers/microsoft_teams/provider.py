"""The provider interface over Teams' online meetings. https://learn.microsoft.com/en-us/graph/api/resources/onlinemeeting

A meeting is made by `createOrGet` with our reference as its `externalId`: who asks again gets the same one. It stands
in nobody's calendar. Its link dies sixty days after its end, counted anew whenever it is changed; so it hears of moves.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from integrations.providers.base import (
    Capability,
    MeetingRequest,
    OAuthProvider,
    Refused,
    RemoteMeeting,
    Unknown,
)
from integrations.providers.http import LOOPBACK_HOSTS
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.oauth import json_body

READ_WRITE = "OnlineMeetings.ReadWrite"
MEETINGS = "/me/onlineMeetings"
HOSTS = {
    "teams.microsoft.com",
    "teams.live.com",
    "teams.cloud.microsoft",
    "gov.teams.microsoft.us",
    "dod.teams.microsoft.us",
}
LONGEST_URL = 1000
LONGEST_ID = 200
#: Nobody waits in the lobby; otherwise the organization's own default counts, and people from outside wait.
EVERYONE = "everyone"


class MicrosoftTeams(OAuthProvider):
    slug: ClassVar[str] = "microsoft_teams"
    name: ClassVar[str] = "Microsoft Teams"
    mark: ClassVar[str] = "users"
    vendor: ClassVar[str] = "microsoft"
    scopes = (READ_WRITE,)
    may_repeat_create = True
    has_lobby = True

    def __init__(self, *, base_url: str = "") -> None:
        self._base_url = base_url
        self._api = GraphApi(base_url=base_url or "https://graph.microsoft.com", deadline=self.deadline)

    @property
    def manages_meetings(self) -> bool:
        return True

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        return [] if READ_WRITE in set(scopes) else [READ_WRITE]

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        if self.missing_scopes(scopes):
            return frozenset()
        return frozenset({Capability.CREATE, Capability.UPDATE, Capability.CANCEL})

    def is_join_url(self, url: str) -> bool:
        """https on one of Teams' hosts, or on a stand-in's where the settings name one on the loopback."""
        # A browser reads "\\" as "/" and drops control characters, so its host may be another one than ours here.
        if "\\" in url or " " in url or not url.isascii() or not url.isprintable() or len(url) > LONGEST_URL:
            return False
        here = urlsplit(self._base_url)
        if here.hostname in LOOPBACK_HOSTS and url.startswith(
            (f"{self._base_url}/meet/", f"{self._base_url}/l/meetup-join/")
        ):
            return True
        try:
            parts = urlsplit(url)
            is_plain = parts.username is None and parts.port in {None, 443}
        except ValueError:
            return False
        return parts.scheme == "https" and is_plain and parts.hostname in HOSTS

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        """POST …/createOrGet: 201, or 200 with the meeting as it was made before, which is then brought in line."""
        external_id = re.sub(r"[^A-Za-z0-9]+", "-", request.reference)
        wanted = _values(request)
        answer = self._call(access_token, "POST", "/createOrGet", json={"externalId": external_id, **wanted})
        made = _meeting(answer.status_code, json_body(answer))
        if answer.status_code == 200 and any(not _is_same(made.get(name), value) for name, value in wanted.items()):
            made = self._patch(access_token, made["id"], wanted)
        if request.lets_everyone_in and _lobby(made) != EVERYONE:
            made = self._let_everyone_in(access_token, made)
        lobby = _lobby(made)
        return RemoteMeeting(
            external_id=made["id"],
            join_url=made["joinWebUrl"],
            lets_everyone_in=lobby == EVERYONE if lobby else None,
        )

    def update(self, access_token: str, external_id: str, request: MeetingRequest) -> None:
        """Times go as a pair. The link's sixty days begin anew after the new end."""
        self._patch(access_token, external_id, _values(request))

    def cancel(self, access_token: str, external_id: str) -> None:
        try:
            self._call(access_token, "DELETE", f"/{quote(external_id, safe='')}")
        except Refused as refusal:
            if refusal.reason != "gone":
                raise

    def _let_everyone_in(self, access_token: str, made: dict[str, Any]) -> dict[str, Any]:
        """The answer says what the organization's policy made of it. A link at which people wait beats none."""
        try:
            return self._patch(access_token, made["id"], {"lobbyBypassSettings": {"scope": EVERYONE}})
        except Refused as refusal:
            if refusal.reason in {"scope_missing", "gone"}:
                raise
        return made

    def _patch(self, access_token: str, external_id: str, values: dict[str, Any]) -> dict[str, Any]:
        answer = self._call(access_token, "PATCH", f"/{quote(external_id, safe='')}", json=values)
        return _meeting(answer.status_code, json_body(answer))

    def _call(self, access_token: str, method: str, path: str, **kwargs: Any) -> Any:
        return self._api.call(method, MEETINGS + path, access_token, has_effect=True, **kwargs)


def _values(request: MeetingRequest) -> dict[str, Any]:
    starts_at = request.starts_at.astimezone(UTC).replace(microsecond=0)
    ends_at = starts_at + timedelta(minutes=request.minutes)
    text = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "startDateTime": starts_at.strftime(text),
        "endDateTime": ends_at.strftime(text),
        "subject": request.title,
    }


def _is_same(said: Any, wanted: str) -> bool:
    """Times come back with up to seven digits after the second."""
    return said == wanted or (_moment(said) is not None and _moment(said) == _moment(wanted))


def _moment(text: Any) -> datetime | None:
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?", text) if isinstance(text, str) else None
    return datetime.fromisoformat(f"{match[1]}+00:00") if match else None


def _meeting(status: int, body: dict[str, Any] | None) -> dict[str, Any]:
    made = body or {}
    texts = [made.get("id"), made.get("joinWebUrl")]
    if not all(isinstance(text, str) and text for text in texts) or len(str(made["id"])) > LONGEST_ID:
        raise Unknown(f"HTTP {status} without a meeting")
    return made


def _lobby(made: dict[str, Any]) -> str:
    settings = made.get("lobbyBypassSettings")
    return str(settings.get("scope") or "") if isinstance(settings, dict) else ""
