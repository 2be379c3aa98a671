"""Whether and how clients can book by themselves, by programs. The rules are in meetings.booking.settings."""

from django.core.exceptions import ValidationError
from ninja import Router, Schema
from pydantic import Field

from meetings.booking import settings as booking_settings
from meetings.booking.models import PUBLIC_NAME_MAX, BookingSettings
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.problems import invalid
from okey.api.schemas import Changes, Line, Switch

router = Router(tags=["Free times"])

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
        embeds_on=booking.embeds_on,
    )
