"""Jitsi Meet: a link on a server of the operator's choice. Rooms exist as soon as someone opens them."""

import secrets
from collections.abc import Iterable
from typing import ClassVar

from integrations.providers.base import Capability, MeetingRequest, Provider, RemoteMeeting


class Jitsi(Provider):
    """Makes links by itself: no account, no call. The room's name is the only key, so it is unguessable."""

    slug: ClassVar[str] = "jitsi"
    name: ClassVar[str] = "Jitsi"
    mark: ClassVar[str] = "monitor-play"
    keeps_times = False
    may_repeat_create = True

    def __init__(self, *, base_url: str) -> None:
        self._base_url = base_url

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        return frozenset({Capability.CREATE})

    def is_join_url(self, url: str) -> bool:
        return url.startswith(self._base_url + "/")

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        room = secrets.token_urlsafe(18)
        return RemoteMeeting(external_id=room, join_url=f"{self._base_url}/{room}")
