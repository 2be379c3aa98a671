"""A personal link: the owner's own standing meeting address."""

from collections.abc import Iterable
from typing import ClassVar

from integrations.providers.base import Capability, MeetingRequest, Provider, Refused, RemoteMeeting


class PersonalLink(Provider):
    """Every meeting gets the address that the owner typed in."""

    slug: ClassVar[str] = "personal_link"
    name: ClassVar[str] = "Personal link"
    mark: ClassVar[str] = "link"
    needs_link = True
    keeps_times = False
    may_repeat_create = True

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        return frozenset({Capability.CREATE})

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        if not link:
            raise Refused("the connection has no address", reason="no_link")
        return RemoteMeeting(external_id=request.reference, join_url=link)
