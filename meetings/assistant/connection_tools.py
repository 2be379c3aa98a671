"""The owner's meeting providers, to look at. Connecting one is the owner's own affair, in a browser."""

from typing import Annotated

import msgspec
from msgspec import Meta

from integrations import connections
from integrations.connections import Entry
from meetings.assistant import answers
from meetings.assistant.calling import tool
from okey.api.models import Scope
from okey.owners.models import Owner


class ConnectionAnswer(msgspec.Struct, omit_defaults=True):
    provider: Annotated[str, Meta(description="as schedule_meeting takes it")]
    name: str
    status: Annotated[str, Meta(description="connected, needs_reconnecting or not_connected")]
    is_default: bool = False
    account: str = ""


class Connections(msgspec.Struct, omit_defaults=True):
    connections: list[ConnectionAnswer]
    settings: Annotated[str, Meta(description="where the owner connects, reconnects and chooses the default")]
    note: str = ""


@tool(
    title="List providers",
    scope=Scope.READ,
    description="Which meeting providers (Zoom and others) the owner has connected, which is the default, and whether "
    "one needs reconnecting. Only the owner can connect one: give them the address in settings.",
)
def list_connections(owner: Owner) -> Connections:
    shown = [_answer(entry) for entry in connections.overview(owner)]
    return Connections(connections=shown, settings=answers.providers_address(), note=without_link(owner))


def without_link(owner: Owner) -> str:
    """Why a meeting gets no link if nothing else is said, and what the owner can do; "" where it gets one."""
    where = answers.providers_address()
    if not owner.meeting_providers_enabled:
        return "Meeting-provider access is switched off for the owner’s account. An administrator can switch it on."
    if connections.default_of(owner) is not None:
        return ""
    if connections.active(owner).exists():
        return f"The owner has no default provider, so meetings get no video link. They can choose one at {where}"
    return f"No meeting provider is connected, so meetings get no video link. The owner can connect one at {where}"


def _answer(entry: Entry) -> ConnectionAnswer:
    connection = entry.connection
    return ConnectionAnswer(
        provider=entry.provider.slug,
        name=entry.provider.name,
        status=entry.status,
        is_default=bool(connection and connection.is_default),
        account=str(connection.account or connection.link) if connection else "",
    )
