"""The provider interface over Zoom's meetings."""

from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import urlsplit

from integrations.providers.base import Capability, MeetingRequest, OAuthProvider, Refused, RemoteMeeting, RemoteState
from integrations.providers.http import LOOPBACK_HOSTS
from integrations.providers.zoom.api import ZoomMeetings
from integrations.vendors.zoom.api import ZoomApi

#: Each need by its granular name, with the classic and the administrators' scopes that cover it too.
CREATE = (
    "meeting:write:meeting",
    {"meeting:write:meeting", "meeting:write", "meeting:write:meeting:admin", "meeting:write:admin"},
)
UPDATE = (
    "meeting:update:meeting",
    {"meeting:update:meeting", "meeting:write", "meeting:update:meeting:admin", "meeting:write:admin"},
)
DELETE = (
    "meeting:delete:meeting",
    {"meeting:delete:meeting", "meeting:write", "meeting:delete:meeting:admin", "meeting:write:admin"},
)
LIST = (
    "meeting:read:list_meetings",
    {"meeting:read:list_meetings", "meeting:read", "meeting:read:list_meetings:admin", "meeting:read:admin"},
)
READ = (
    "meeting:read:meeting",
    {"meeting:read:meeting", "meeting:read", "meeting:read:meeting:admin", "meeting:read:admin"},
)

MANAGING = {Capability.UPDATE: UPDATE, Capability.CANCEL: DELETE, Capability.FIND: LIST, Capability.READ: READ}

ZOOM_HOSTS = ("zoom.us", "zoom.com", "zoomgov.com")


class Zoom(OAuthProvider):
    """Zoom. `manage_meetings`: whether the operator allows more than creating."""

    slug: ClassVar[str] = "zoom"
    name: ClassVar[str] = "Zoom"
    mark: ClassVar[str] = "video"
    vendor: ClassVar[str] = "zoom"
    links_a_day = 100
    looks_a_minute = 60

    def __init__(self, *, oauth_base_url: str, api_base_url: str, manage_meetings: bool) -> None:
        self._manage_meetings = manage_meetings
        self._own_hosts = {urlsplit(url).hostname for url in (oauth_base_url, api_base_url)}
        self._meetings = ZoomMeetings(ZoomApi(base_url=api_base_url, deadline=self.deadline))

    @property
    def manages_meetings(self) -> bool:
        return self._manage_meetings

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        # The other one that is needed, to read the profile, has shown by `identify` whether it is there.
        name, covering = CREATE
        return [] if covering & set(scopes) else [name]

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        granted = set(scopes)
        able = {Capability.CREATE} if CREATE[1] & granted else set()
        if self._manage_meetings:
            able |= {capability for capability, (_name, covering) in MANAGING.items() if covering & granted}
        return frozenset(able)

    def is_join_url(self, url: str) -> bool:
        """https on Zoom's own hosts or on the host that the settings name; plain http on the loopback only."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        # A browser reads "\\" as "/" and drops control characters, so its host may be another one than ours here.
        if "\\" in url or not url.isascii() or not url.isprintable() or " " in url or parts.username is not None:
            return False
        host = parts.hostname or ""
        is_ours = any(host == name or host.endswith("." + name) for name in ZOOM_HOSTS) or host in self._own_hosts
        if parts.scheme == "http":
            return host in LOOPBACK_HOSTS and bool(self._own_hosts & LOOPBACK_HOSTS)
        return parts.scheme == "https" and is_ours

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        return self._meetings.create_meeting(access_token, request)

    def update(self, access_token: str, external_id: str, request: MeetingRequest) -> None:
        self._meetings.update_meeting(access_token, external_id, request)

    def cancel(self, access_token: str, external_id: str) -> None:
        try:
            self._meetings.delete_meeting(access_token, external_id)
        except Refused as refusal:
            if refusal.reason != "gone":
                raise

    def find(self, access_token: str, request: MeetingRequest) -> list[RemoteMeeting]:
        return self._meetings.find_meetings(access_token, request.reference)

    def look(self, access_token: str, external_id: str) -> RemoteState:
        return self._meetings.get_meeting(access_token, external_id)
