"""Whether and how clients can book by themselves, by programs. The rules are in meetings.booking.settings and, of links
that book once, in meetings.types.single_use.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from ninja import Router, Schema, Status
from pydantic import Field

from meetings.api import types
from meetings.booking import settings as booking_settings
from meetings.booking.models import ABOUT_MAX, PUBLIC_NAME_MAX, BookingSettings
from meetings.booking.once import url_of
from meetings.models import MeetingType, SingleUseLink
from meetings.types import single_use
from okey.api import idempotency, paging
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.paging import Cursor, Limit, Page
from okey.api.problems import documents, invalid
from okey.api.schemas import Body, Changes, Line, Switch, Text, WholeNumber, Zulu

router = Router(tags=["Free times"])

ABOUT = "I draw houses. Ask me anything."
SITE = "https://www.example.com"


class BookingPageIn(Changes):
    public_name: Line = Field(
        "",
        min_length=1,
        max_length=PUBLIC_NAME_MAX,
        description="The end of the page's address: small letters, digits, single hyphens. With another name the old "
        "address stops working at once.",
        examples=["alice-archer"],
    )
    is_page_on: Switch = Field(True, description="Whoever has the address can book.")
    is_bot_on: Switch = True
    confirms_addresses: Switch = Field(True, description="Clients book by a link that is mailed to them.")
    about: Text = Field(
        "", max_length=ABOUT_MAX, description="A few words for clients, above the times.", examples=[ABOUT]
    )
    colour: Line = Field(
        "", pattern=r"^(#[0-9a-f]{6})?$", description="Of buttons and links; empty: O-Key's.", examples=["#1b6e43"]
    )
    embeds_on: list[Line] = Field(
        [],
        max_length=booking_settings.ORIGINS_MAX,
        description="The owner's own sites, with https, which may show the page.",
        examples=[[SITE]],
    )


class BookingPageOut(Schema):
    url: str = Field(
        description="Answers only while the page is on.", examples=["https://okey.example.com/book/alice-archer/"]
    )
    public_name: str = Field(examples=["alice-archer"])
    is_page_on: bool
    is_bot_on: bool
    confirms_addresses: bool
    about: str = Field(examples=[ABOUT])
    colour: str = Field(examples=["#1b6e43"])
    embeds_on: list[str] = Field(examples=[[SITE]])


@router.get(
    "/booking-page",
    response=BookingPageOut,
    auth=needs(Scope.READ),
    operation_id="read_booking_page",
    summary="The page on which clients book by themselves",
)
def read_booking_page(request: ApiRequest) -> BookingPageOut:
    return _shown(booking_settings.of(request.auth.owner))


@router.patch(
    "/booking-page",
    response=BookingPageOut,
    auth=needs(Scope.CONNECT),
    operation_id="change_booking_page",
    summary="Switch the booking page and the bot on or off, and name the page",
    description="What is not sent stays as it is.",
)
def change_booking_page(request: ApiRequest, body: BookingPageIn) -> BookingPageOut:
    changes = body.given
    if "embeds_on" in changes:
        changes["embeds_on"] = _origins(body.embeds_on)
    return _shown(booking_settings.change(owner=request.auth.owner, **changes))


class SingleUseLinkIn(Body):
    type: Line | None = Field(
        None,
        max_length=MeetingType.SLUG_MAX,
        description="A type of meeting, as `/meeting-types` names it, hidden or not; the first, if left out.",
        examples=["meeting"],
    )
    days: WholeNumber = Field(
        single_use.DAYS, ge=1, le=single_use.DAYS_MAX, description="So long it works.", examples=[30]
    )


class SingleUseLinkOut(Schema):
    id: UUID = Field(examples=["c7f5e0f3-9d0f-4b6c-8d53-0d6a4d7f3a11"])
    url: str = Field(
        description="Books once, while the booking page is on.", examples=["https://okey.example.com/once/Zk3v…/"]
    )
    type: str = Field(examples=["first-talk"])
    state: str = Field(description="`open`, `used`, `withdrawn` or `expired`.", examples=["open"])
    expires_at: Zulu = Field(examples=["2026-09-02T12:00:00Z"])
    used_at: Zulu | None = Field(examples=[None])
    meeting_id: UUID | None = Field(description="What was booked by it.", examples=[None])


@router.post(
    "/single-use-links",
    response={201: SingleUseLinkOut, **documents()},
    auth=needs(Scope.SCHEDULE),
    operation_id="make_single_use_link",
    summary="Make an address by which a type of meeting is booked once",
)
def make_single_use_link(
    request: ApiRequest, body: SingleUseLinkIn, idempotency_key: idempotency.Key = ""
) -> Status[SingleUseLinkOut]:
    owner = request.auth.owner
    wanted = types.named(owner, body.type)

    def make(_request_key: str) -> UUID:
        try:
            return single_use.make(owner, wanted.pk if wanted and wanted.is_saved else None, days=body.days).pk
        except ValidationError as error:
            raise invalid("days", " ".join(error.messages)) from error

    done = idempotency.once(request, idempotency_key, make)
    return Status(201, _link(single_use.of(owner).get(pk=done.object_id)))


@router.get(
    "/single-use-links",
    response=Page[SingleUseLinkOut],
    auth=needs(Scope.READ),
    operation_id="list_single_use_links",
    summary="The owner's addresses by which a type of meeting is booked once",
    description="The latest first, also those that open nothing any more: for 90 days after their time.",
)
def list_single_use_links(request: ApiRequest, limit: Limit = 25, cursor: Cursor = "") -> Page[SingleUseLinkOut]:
    mine = single_use.of(request.auth.owner)
    page = paging.cut(mine, order=("-created_at", "-id"), limit=limit, cursor=cursor, listing="single-use links")
    return Page(items=[_link(one) for one in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/single-use-links/{link_id}/withdraw",
    response={200: SingleUseLinkOut, **documents(404)},
    auth=needs(Scope.SCHEDULE),
    operation_id="withdraw_single_use_link",
    summary="Have such an address open nothing any more",
    description="Twice is once; one that was used stays `used`.",
)
def withdraw_single_use_link(request: ApiRequest, link_id: UUID) -> SingleUseLinkOut:
    return _link(single_use.withdraw(request.auth.owner, link_id))


def _link(link: SingleUseLink) -> SingleUseLinkOut:
    return SingleUseLinkOut(
        id=link.pk,
        url=url_of(link),
        type=link.meeting_type.slug,
        state=link.state,
        expires_at=link.expires_at,
        used_at=link.used_at,
        meeting_id=link.meeting_id,
    )


def _origins(sites: list[str]) -> list[str]:
    try:
        return list(dict.fromkeys(booking_settings.origin(site) for site in sites))
    except ValidationError as error:
        raise invalid("embeds_on", " ".join(error.messages)) from error


def _shown(booking: BookingSettings) -> BookingPageOut:
    return BookingPageOut(
        url=booking_settings.page_url(booking),
        public_name=booking.public_name,
        is_page_on=booking.is_page_on,
        is_bot_on=booking.is_bot_on,
        confirms_addresses=booking.confirms_addresses,
        about=booking.about,
        colour=booking.colour,
        embeds_on=booking.embeds_on,
    )
