"""Addresses by which a client books a type of meeting once. The rules are in meetings.types.single_use."""

from typing import Annotated
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django_mcpz.server import ToolError
from msgspec import Meta

from meetings.assistant import moments
from meetings.assistant.answers import Said
from meetings.assistant.arguments import Limit, MeetingTypeName
from meetings.assistant.calling import Changes, tool
from meetings.assistant.time_tools import type_of
from meetings.booking import once
from meetings.models import SingleUseLink
from meetings.types import single_use
from okey.api.models import Scope
from okey.owners.models import Owner


class OfferOneBooking(msgspec.Struct):
    type: MeetingTypeName | None = None
    days: Annotated[int, Meta(ge=1, le=single_use.DAYS_MAX, description="so long it works")] = single_use.DAYS


class ListOffers(msgspec.Struct):
    limit: Limit = 10


class WithdrawOffer(msgspec.Struct):
    offer_id: Annotated[str, Meta(max_length=40, description="from list_offers or offer_one_booking")]


class Offer(msgspec.Struct):
    id: str
    url: Annotated[str, Meta(description="for one person: it books once")]
    type: str
    state: Annotated[str, Meta(description="open, used, withdrawn or expired")]
    expires_local: str


class Offers(msgspec.Struct):
    offers: list[Offer]


@tool(
    title="Make a link for one booking",
    scope=Scope.SCHEDULE,
    changes=Changes(same_again=False, reaches_people=False),
    description="Make an address by which one client books one meeting of a type, hidden types too. It opens while the "
    "owner’s booking page is on. Give it to nobody but the client whom the owner means.",
)
def offer_one_booking(owner: Owner, wanted: OfferOneBooking) -> Offer:
    meeting_type = type_of(owner, wanted.type)
    pk = meeting_type.pk if meeting_type and meeting_type.is_saved else None
    try:
        return _offer(single_use.make(owner, pk, days=wanted.days), owner)
    except ValidationError as error:
        raise ToolError(" ".join(error.messages)) from error


@tool(
    title="List links for one booking",
    scope=Scope.READ,
    description="The addresses that offer_one_booking made, the latest first, with what became of each.",
)
def list_offers(owner: Owner, wanted: ListOffers) -> Offers:
    return Offers([_offer(one, owner) for one in single_use.of(owner)[: wanted.limit]])


@tool(
    title="Withdraw a link",
    scope=Scope.SCHEDULE,
    changes=Changes(destroys=True, reaches_people=False),
    description="Have such an address open nothing any more.",
)
def withdraw_offer(owner: Owner, wanted: WithdrawOffer) -> Said:
    try:
        link = single_use.withdraw(owner, UUID(wanted.offer_id.strip()))
    except (ValueError, SingleUseLink.DoesNotExist):
        raise ToolError("`offer_id`: the owner has no such link. Use list_offers, which gives the IDs.") from None
    return Said("It was used already." if link.state == "used" else "It opens nothing any more.")


def _offer(link: SingleUseLink, owner: Owner) -> Offer:
    return Offer(
        id=str(link.pk),
        url=once.url_of(link),
        type=link.meeting_type.slug,
        state=link.state,
        expires_local=moments.local(link.expires_at, owner.timezone),
    )
