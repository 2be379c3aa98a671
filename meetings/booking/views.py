"""The page on which clients book an owner's time, by itself and in a frame on the owner's site."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from meetings import scheduling
from meetings.booking import bookings, day_parts, form_tokens, own_bookings, rate_limits
from meetings.booking.access import for_booking, framed
from meetings.booking.bookings import Stranger, Wish
from meetings.booking.forms import BookingForm
from meetings.booking.models import BookingSettings
from meetings.booking.page import Host, day_in, moment, times_of
from meetings.booking.page import booking_page as page_of
from meetings.booking.rate_limits import Origin
from meetings.client import reader as readers
from meetings.client.reader import Reader
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.invitations import words as client_words
from meetings.links.state import Means
from meetings.models import Invitation
from meetings.times import span_words, zone_words
from okey.limits import limits
from okey.owners.zones import known_zone, typed_zone

#: How many other times a client is shown where theirs is gone.
OFFERED = 6


@require_safe
@for_booking
def booking_page(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    return _days(request, booking)


@require_safe
@for_booking
@framed
def embedded_page(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    return _days(request, booking, is_framed=True)


@csrf_exempt  # the form carries a signed token of its own: meetings.booking.form_tokens
@require_http_methods(["GET", "HEAD", "POST"])
@for_booking
def booking_details(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    return _details(request, booking)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_booking
@framed
def embedded_details(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    return _details(request, booking, is_framed=True)


@dataclass(frozen=True)
class Asked:
    """What a request says: which page, which zone, and which time if one is picked."""

    booking: BookingSettings
    is_framed: bool
    reader: Reader
    zone_typed: str
    starts_at: datetime | None

    @classmethod
    def read(cls, request: HttpRequest, booking: BookingSettings, *, is_framed: bool) -> "Asked":
        data = request.POST if request.method == "POST" else request.GET
        typed = typed_zone(data)
        zone = known_zone(typed) or booking.owner.timezone
        reader = Reader.of(request, zone)
        return cls(booking, is_framed, reader, typed, moment(data.get("at", "")))

    @property
    def zone(self) -> ZoneInfo:
        return self.reader.zone

    @property
    def page_url(self) -> str:
        return reverse("embedded_page" if self.is_framed else "booking_page", args=[self.booking.public_name])

    @property
    def details_url(self) -> str:
        return reverse("embedded_details" if self.is_framed else "booking_details", args=[self.booking.public_name])

    @property
    def all_times_url(self) -> str:
        """On the day of the time that is picked, where one is."""
        day = {"day": str(self.starts_at.astimezone(self.zone).date())} if self.starts_at else {}
        return self.page_url + self.reader.query(**day)

    def context(self, **more: Any) -> dict[str, Any]:
        owner = self.booking.owner
        return {
            "booking": self.booking,
            "host": Host.of(owner),
            "is_framed": self.is_framed,
            "zone_name": str(self.zone),
            "reader": self.reader,
            "unknown_zone": self.zone_typed if self.zone_typed and str(self.zone) != self.zone_typed else "",
            "has_zone": bool(self.zone_typed),
            "page_url": self.page_url,
            "details_url": self.details_url,
            "all_times_url": self.all_times_url,
            **more,
        }


# --- Days and times ---------------------------------------------------------------------------------------


def _days(request: HttpRequest, booking: BookingSettings, *, is_framed: bool = False) -> HttpResponse:
    asked = Asked.read(request, booking, is_framed=is_framed)
    day = day_in(request.GET.get("day", ""))
    month = day_in(request.GET.get("month", ""), "%Y-%m")
    page = page_of(booking.owner, asked.reader, day=day, month=month)
    context = asked.context(page=page, day=day or "", shown_month=month or "", clocks=readers.clocks(request))
    response = render(request, "meetings/booking/page.html", context)
    if not is_framed:
        readers.remember(response, request)
    return response


# --- Who, and the booking itself --------------------------------------------------------------------------


def _details(request: HttpRequest, booking: BookingSettings, *, is_framed: bool = False) -> HttpResponse:
    asked = Asked.read(request, booking, is_framed=is_framed)
    if asked.starts_at is None:
        return redirect(asked.all_times_url)
    if request.method == "POST":
        return _answer(request, asked, asked.starts_at)
    if not availability.is_free(booking.owner, asked.starts_at):
        mine = own_bookings.at(request, booking.owner, asked.starts_at)
        return _already(request, asked, mine) if mine else _taken(request, asked, asked.starts_at)
    return _form(request, asked, BookingForm())


def _answer(request: HttpRequest, asked: Asked, starts_at: datetime) -> HttpResponse:
    owner = asked.booking.owner
    key = form_tokens.request_key(request.POST.get("token", ""), owner)
    if key and (done := bookings.earlier(owner, key)):
        return _booked(request, asked, done)
    form = BookingForm(request.POST)
    if not form.is_valid():
        return _form(request, asked, form)
    if not key:
        form.add_error(None, _("This form lay open for too long. Look it through and send it once more."))
        return _form(request, asked, form, status=400)
    if request.POST.get("website"):
        form.add_error(None, _("Something filled in a box that people do not see. Send it once more if you are one."))
        return _form(request, asked, form, status=400)
    wish = Wish(starts_at=starts_at, zone=asked.zone, **form.cleaned_data)
    try:
        return _carried_out(request, asked, wish, key)
    except scheduling.SlotTaken as taken:
        mine = own_bookings.at(request, owner, starts_at)
        if mine is not None:
            return _already(request, asked, mine)
        return _taken(request, asked, starts_at, form, taken.next_free)
    except rate_limits.NoMail as refused:
        form.add_error(None if refused.is_owners else "email", _why_no_mail(refused, owner.name or "O-Key"))
        return _form(request, asked, form, status=429)
    except rate_limits.HeldOff as held:
        form.add_error(None, _("There have been many bookings lately. Nothing was booked; try again later."))
        response = _form(request, asked, form, status=429)
        response["Retry-After"] = str(held.retry_seconds)
        return response


def _carried_out(request: HttpRequest, asked: Asked, wish: Wish, key: str) -> HttpResponse:
    """The booking; or, where the owner wants addresses confirmed, a mail, and a page that says so.

    Raises scheduling.SlotTaken, rate_limits.HeldOff and rate_limits.NoMail.
    """
    owner, origin = asked.booking.owner, Origin(limits.address_of(request))
    if not asked.booking.confirms_addresses:
        asking.ask(owner, wish.starts_at)
        return _booked(request, asked, rate_limits.book(owner, wish, request_key=key, origin=origin))
    rate_limits.ask_to_confirm(owner, wish, request_key=key, origin=origin)
    context = asked.context(email=wish.email, **_when(asked, wish.starts_at))
    return render(request, "meetings/booking/check_mail.html", context)


def _why_no_mail(refused: rate_limits.NoMail, owner: str) -> str:
    if refused.is_owners:
        text = _("No more mails go out for %(owner)s today, so nothing was booked. Try tomorrow, or ask them directly.")
    else:
        text = _(
            "No mail can go to this address today: it got too many, or whoever has it wants none. Nothing was booked."
            " Give another address, or ask %(owner)s directly."
        )
    return text % {"owner": owner}


def _booked(request: HttpRequest, asked: Asked, invitation: Invitation) -> HttpResponse:
    """On to the meeting's page; out of a frame by a link, because that page opens in none."""
    if not asked.is_framed:
        response = redirect("client_meeting", invitation.token)
        own_bookings.remember(response, request, invitation, asked.page_url)
        return response
    meeting = invitation.meeting
    context = asked.context(url=client_words.page_url(invitation), email=invitation.email)
    return render(request, "meetings/booking/booked.html", context | _when(asked, meeting.starts_at))


def _already(request: HttpRequest, asked: Asked, invitation: Invitation) -> HttpResponse:
    """This very browser has booked it: in another tab, or before it went back."""
    context = asked.context(url=client_words.page_url(invitation), **_when(asked, invitation.meeting.starts_at))
    return render(request, "meetings/booking/already.html", context)


# --- The pages of one time --------------------------------------------------------------------------------


def _form(
    request: HttpRequest, asked: Asked, form: BookingForm, *, status: int = 200, others: list[Slot] | None = None
) -> HttpResponse:
    """`others`: times to choose from, where the one that was picked is gone."""
    owner = asked.booking.owner
    stranger = None if asked.booking.confirms_addresses else Stranger(limits.address_of(request))
    provider, _reason = bookings.link_for(owner, stranger)
    context = asked.context(
        form=form,
        token=form_tokens.make(owner),
        at=request.POST.get("at", "") or request.GET.get("at", ""),
        others=times_of(others or [], asked.reader),
        gets_link=bool(provider),
        is_link_certain=Means.of(owner).can_make(provider),
        **_when(asked, asked.starts_at),
    )
    return render(request, "meetings/booking/details.html", context, status=status)


def _taken(
    request: HttpRequest,
    asked: Asked,
    starts_at: datetime,
    form: BookingForm | None = None,
    others: list[Slot] | None = None,
) -> HttpResponse:
    """Somebody was faster, or it never was on offer: the next ones that are, with what was typed kept."""
    owner = asked.booking.owner
    after = max(starts_at, timezone.now())
    others = others or availability.next_free(owner, after=after, limit=OFFERED)
    others = others or availability.next_free(owner, after=timezone.now(), limit=OFFERED)
    if form is not None and others:
        return _form(request, asked, form, status=409, others=others)
    # Who comes back to the page of a time may have booked it themselves.
    is_tried = request.method == "POST"
    context = asked.context(others=times_of(others, asked.reader), is_tried=is_tried, **_when(asked, starts_at))
    return render(request, "meetings/booking/taken.html", context, status=409)


def _when(asked: Asked, starts_at: datetime | None) -> dict[str, str]:
    if starts_at is None:
        return {}
    owner, reader = asked.booking.owner, asked.reader
    minutes = availability.settings_of(owner).slot_minutes
    return {
        "when": span_words(starts_at, starts_at + timedelta(minutes=minutes), reader.zone, reader.clock),
        "zone": zone_words(reader.zone, starts_at),
        "night": day_parts.night_words(starts_at, minutes, reader, owner.timezone, Host.of(owner).name),
    }
