"""The provider interface over Meet's spaces. https://developers.google.com/workspace/meet/api/reference/rest/v2/spaces

A space has no title, time or guests, shows in no calendar, and cannot be deleted; its link opens for a year after its
last use. So nothing is owed to it when a meeting moves or is cancelled, and one too many is in nobody's way.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.providers.base import (
    Capability,
    MeetingRequest,
    OAuthProvider,
    Refused,
    RemoteMeeting,
    Unknown,
)
from integrations.providers.http import LOOPBACK_HOSTS
from integrations.vendors.google.api import GoogleApi
from integrations.vendors.oauth import json_body

SPACES_CREATED = "https://www.googleapis.com/auth/meetings.space.created"
HOST = "meet.google.com"
JOIN_URL = re.compile(r"https://meet\.google\.com/[A-Za-z0-9-]{1,128}(\?[A-Za-z0-9=&_.~-]{1,200})?")
#: People with the link come in; otherwise the account's own default counts, and most knock.
OPEN = "OPEN"


class GoogleMeet(OAuthProvider):
    slug: ClassVar[str] = "google_meet"
    name: ClassVar[str] = "Google Meet"
    mark: ClassVar[str] = "presentation"
    vendor: ClassVar[str] = "google"
    scopes = (SPACES_CREATED,)
    keeps_times = False
    may_repeat_create = True
    has_lobby = True
    #: Of Google's 100 for the whole project and 10 a person, with room for clocks and windows that are not ours.
    creates_a_minute = 80
    creates_a_minute_each = 8

    def __init__(self, *, base_url: str = "") -> None:
        self._base_url = base_url
        self._api = GoogleApi(base_url=base_url, deadline=self.deadline)

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        return [] if SPACES_CREATED in set(scopes) else [SPACES_CREATED]

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        return frozenset() if self.missing_scopes(scopes) else frozenset({Capability.CREATE})

    def is_join_url(self, url: str) -> bool:
        """On meet.google.com; on a stand-in's host where the settings name one on the loopback."""
        if JOIN_URL.fullmatch(url):
            return True
        here = urlsplit(self._base_url)
        return here.hostname in LOOPBACK_HOSTS and bool(
            re.fullmatch(re.escape(self._base_url) + r"/[a-z-]{1,128}", url)
        )

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        try:
            return self._create(access_token, {"config": {"accessType": OPEN}} if request.lets_everyone_in else {})
        except Refused as refusal:
            # An organization may forbid open meetings; a link at which people knock is better than none.
            if not request.lets_everyone_in or refusal.reason == "scope_missing":
                raise
        return self._create(access_token, {})

    def _create(self, access_token: str, wanted: dict[str, Any]) -> RemoteMeeting:
        """POST /v2/spaces. The answer names the access type that counts, whatever was asked for."""
        answer = self._api.call("POST", "meet.googleapis.com", "/v2/spaces", access_token, has_effect=True, json=wanted)
        body = json_body(answer) or {}
        name, uri, config = body.get("name"), body.get("meetingUri"), body.get("config")
        if not (isinstance(name, str) and name and isinstance(uri, str) and uri):
            raise Unknown("HTTP 200 without a space")
        access = config.get("accessType") if isinstance(config, dict) else None
        return RemoteMeeting(
            external_id=name[:200],
            join_url=uri[:1000],
            lets_everyone_in=access == OPEN if isinstance(access, str) else None,
        )
