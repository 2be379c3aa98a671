"""What a request to a booking page says: by which door it came, what is to be booked, how its reader reads times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse

from meetings.booking.models import NAME_MAX, BookingSettings
from meetings.booking.page import Host, Sort, moment
from meetings.client.reader import Reader
from meetings.models import MeetingType, SingleUseLink
from meetings.types import offering
from okey.owners.models import Owner
from okey.owners.zones import known_zone, typed_zone

EMAIL_MAX = 254


@dataclass(frozen=True)
class Door:
    """The address that was opened. `slug`: the type's that it names; "" for the owner's own page.

    `single_use`: the link that was opened, which names its type to nobody else.
    """

    slug: str = ""
    is_framed: bool = False
    single_use: SingleUseLink | None = None

    def url(self, booking: BookingSettings, what: str) -> str:
        """`what`: "page" or "details"."""
        if self.single_use:
            return reverse(f"single_use_{what}", args=[self.single_use.token])
        name = f"{'embedded' if self.is_framed else 'booking'}_{what}"
        return reverse(name, args=[booking.public_name, *([self.slug] if self.slug else [])])


@dataclass(frozen=True)
class Asked:
    """Which page, which type and length, which zone, and which time if one is picked."""

    booking: BookingSettings
    door: Door
    sort: Sort
    reader: Reader
    zone_typed: str
    starts_at: datetime | None

    @classmethod
    def read(cls, request: HttpRequest, booking: BookingSettings, door: Door) -> "Asked | None":
        """None where the address leaves open which of several types is meant. Raises offering.NotOffered."""
        data = request.POST if request.method == "POST" else request.GET
        owner = booking.owner
        meeting_type = _type_of(owner, door, data.get("type", ""))
        if meeting_type is None:
            return None
        sort = Sort.of(owner, meeting_type, _number(data.get("minutes", "")))
        typed = typed_zone(data)
        reader = Reader.of(request, known_zone(typed) or owner.timezone, _kept(sort, request))
        return cls(booking, door, sort, reader, typed, moment(data.get("at", "")))

    @property
    def zone(self) -> ZoneInfo:
        return self.reader.zone

    @cached_property
    def page_url(self) -> str:
        return self.door.url(self.booking, "page")

    @cached_property
    def details_url(self) -> str:
        return self.door.url(self.booking, "details")

    @property
    def all_times_url(self) -> str:
        """On the day of the time that is picked, where one is."""
        day = {"day": str(self.starts_at.astimezone(self.zone).date())} if self.starts_at else {}
        return self.page_url + self.reader.query(**day)

    @property
    def lengths(self) -> list[tuple[int, str]]:
        """Minutes to choose from, and the address that shows the times for each, "" for the one that is shown."""
        choices = self.sort.lengths
        day = str(self.starts_at.astimezone(self.zone).date()) if self.starts_at else ""
        return [
            (one, "" if one == self.sort.minutes else self.page_url + self.reader.query(**_day(day), minutes=str(one)))
            for one in choices
            if len(choices) > 1
        ]

    @property
    def _list_url(self) -> str:
        """Where the others are that can be booked."""
        is_one_of_several = self.door.slug and not self.door.single_use
        return Door(is_framed=self.door.is_framed).url(self.booking, "page") if is_one_of_several else ""

    def context(self, **more: Any) -> dict[str, Any]:
        owner = self.booking.owner
        return {
            "booking": self.booking,
            "host": Host.of(owner),
            "meeting_type": self.sort.meeting_type,
            "type_label": self.sort.meeting_type.name if self.door.slug else "",
            "minutes": self.sort.minutes,
            "lengths": self.lengths,
            "list_url": self._list_url,
            "is_single_use": self.door.single_use is not None,
            "is_framed": self.door.is_framed,
            "zone_name": str(self.zone),
            "reader": self.reader,
            "unknown_zone": self.zone_typed if self.zone_typed and str(self.zone) != self.zone_typed else "",
            "has_zone": bool(self.zone_typed),
            "page_url": self.page_url,
            "details_url": self.details_url,
            "all_times_url": self.all_times_url,
            **more,
        }


def prefilled(request: HttpRequest) -> dict[str, str]:
    """What the address says of whoever books, to be looked over by them in the form."""
    wanted = {"name": NAME_MAX, "email": EMAIL_MAX}
    return {name: text[:most] for name, most in wanted.items() if (text := request.GET.get(name, "").strip())}


def _type_of(owner: Owner, door: Door, posted: str) -> MeetingType | None:
    """`posted`: the address of the type that a form is for, where the owner had only one as it was opened."""
    if slug := door.slug or posted:
        return offering.find(owner, slug)
    listed = offering.listed_by(owner)
    return listed[0] if len(listed) == 1 else None


def _kept(sort: Sort, request: HttpRequest) -> Mapping[str, str]:
    chosen = {"minutes": str(sort.minutes)} if sort.minutes != sort.lengths[0] else {}
    return {**chosen, **prefilled(request)}


def _day(day: str) -> dict[str, str]:
    return {"day": day} if day else {}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
