"""The page on which clients book an owner's time, by itself and in a frame on the owner's site."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from meetings import scheduling
from meetings.booking import bookings, day_parts, form_tokens, gone_pages, own_bookings, rate_limits
from meetings.booking.access import for_booking, for_single_use, framed
from meetings.booking.asked import Asked, Door, prefilled
from meetings.booking.bookings import Stranger, Wish
from meetings.booking.forms import BookingForm
from meetings.booking.models import BookingSettings
from meetings.booking.page import Host, day_in, seats_words, times_of
from meetings.booking.page import booking_page as page_of
from meetings.booking.rate_limits import Origin
from meetings.client import reader as readers
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.invitations import words as client_words
from meetings.links.state import Means
from meetings.models import Invitation, SingleUseLink
from meetings.times import span_words, zone_words
from meetings.types.offering import NotOffered
from meetings.types.single_use import Spent
from okey.limits import limits

#: How many other times a client is shown where theirs is gone.
OFFERED = 6


@require_safe
@for_booking
def booking_page(request: HttpRequest, booking: BookingSettings, slug: str = "") -> HttpResponse:
    return _days(request, booking, Door(slug))


@require_safe
@for_booking
@framed
def embedded_page(request: HttpRequest, booking: BookingSettings, slug: str = "") -> HttpResponse:
    return _days(request, booking, Door(slug, is_framed=True))


@csrf_exempt  # the form carries a signed token of its own: meetings.booking.form_tokens
@require_http_methods(["GET", "HEAD", "POST"])
@for_booking
def booking_details(request: HttpRequest, booking: BookingSettings, slug: str = "") -> HttpResponse:
    return _details(request, booking, Door(slug))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_booking
@framed
def embedded_details(request: HttpRequest, booking: BookingSettings, slug: str = "") -> HttpResponse:
    return _details(request, booking, Door(slug, is_framed=True))


@require_safe
@for_single_use
def single_use_page(request: HttpRequest, booking: BookingSettings, link: SingleUseLink) -> HttpResponse:
    if not link.is_open:
        return gone_pages.gone(request, booking, is_spent=True)
    return _days(request, booking, Door(link.meeting_type.slug, single_use=link))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_single_use
def single_use_details(request: HttpRequest, booking: BookingSettings, link: SingleUseLink) -> HttpResponse:
    """Whoever sends the form that has used the link up gets their meeting once more."""
    door = Door(link.meeting_type.slug, single_use=link)
    if not link.is_open:
        return _too_late(request, booking, door, is_spent=True)
    return _details(request, booking, door)


# --- Days and times ---------------------------------------------------------------------------------------


def _days(request: HttpRequest, booking: BookingSettings, door: Door) -> HttpResponse:
    try:
        asked = Asked.read(request, booking, door)
    except NotOffered:
        return gone_pages.gone(request, booking, is_framed=door.is_framed)
    if asked is None:
        return gone_pages.choose(request, booking, is_framed=door.is_framed)
    day = day_in(request.GET.get("day", ""))
    month = day_in(request.GET.get("month", ""), "%Y-%m")
    page = page_of(booking.owner, asked.reader, day=day, month=month, sort=asked.sort)
    context = asked.context(page=page, day=day or "", shown_month=month or "", clocks=readers.clocks(request))
    response = render(request, "meetings/booking/page.html", context)
    if not door.is_framed:
        readers.remember(response, request)
    return response


# --- Who, and the booking itself --------------------------------------------------------------------------


def _details(request: HttpRequest, booking: BookingSettings, door: Door) -> HttpResponse:
    try:
        asked = Asked.read(request, booking, door)
    except NotOffered:
        return _too_late(request, booking, door)
    if asked is None:
        return gone_pages.choose(request, booking, is_framed=door.is_framed)
    if asked.starts_at is None:
        return redirect(asked.all_times_url)
    if request.method == "POST":
        return _answer(request, asked, asked.starts_at)
    if not availability.is_free(booking.owner, asked.starts_at, **asked.sort.asking()):
        mine = own_bookings.at(request, booking.owner, asked.starts_at)
        return _already(request, asked, mine) if mine else _taken(request, asked, asked.starts_at)
    return _form(request, asked, BookingForm(asked.sort.meeting_type, initial=prefilled(request)))


def _too_late(request: HttpRequest, booking: BookingSettings, door: Door, *, is_spent: bool = False) -> HttpResponse:
    """The type is not on offer; but who sends its form once more may have booked it already."""
    key = form_tokens.request_key(request.POST.get("token", ""), booking.owner)
    done = bookings.earlier(booking.owner, key) if key else None
    if done:
        return redirect("client_meeting", done.token)
    typed = gone_pages.typed(request.POST)
    return gone_pages.gone(request, booking, said=typed, is_framed=door.is_framed, is_spent=is_spent)


def _answer(request: HttpRequest, asked: Asked, starts_at: datetime) -> HttpResponse:
    owner = asked.booking.owner
    key = form_tokens.request_key(request.POST.get("token", ""), owner)
    if key and (done := bookings.earlier(owner, key)):
        return _booked(request, asked, done)
    form = BookingForm(asked.sort.meeting_type, request.POST)
    if not form.is_valid():
        return _form(request, asked, form)
    if not key:
        form.add_error(None, _("This form lay open for too long. Look it through and send it once more."))
        return _form(request, asked, form, status=400)
    if request.POST.get("website"):
        form.add_error(None, _("Something filled in a box that people do not see. Send it once more if you are one."))
        return _form(request, asked, form, status=400)
    if request.POST.get("seen", "") not in ("", asked.sort.mark):
        words = _(
            "%(owner)s has changed this type of meeting meanwhile. Look at it as it is now, and send it once more."
        )
        form.add_error(None, words % {"owner": Host.of(owner).name})
        return _form(request, asked, form, status=409)
    by = {"single_use": asked.door.single_use, **asked.sort.asking()}
    wish = Wish(starts_at=starts_at, zone=asked.zone, **form.said, **by)
    try:
        return _carried_out(request, asked, wish, key)
    except scheduling.SlotTaken as taken:
        mine = own_bookings.at(request, owner, starts_at)
        if mine is not None:
            return _already(request, asked, mine)
        return _taken(request, asked, starts_at, form, taken.next_free)
    except NotOffered as gone:
        typed = gone_pages.typed(request.POST)
        is_spent = isinstance(gone, Spent)
        framed_too = asked.door.is_framed
        return gone_pages.gone(request, asked.booking, said=typed, is_framed=framed_too, is_spent=is_spent)
    except bookings.HasSeat:
        form.add_error("email", _("This address has a seat at this time already. The way in went there by mail."))
        return _form(request, asked, form, status=409)
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
    if not asked.booking.confirms_addresses and not wish.guests:
        asking.ask(owner, wish.starts_at, **wish.asking())
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
    if not asked.door.is_framed:
        response = redirect("client_meeting", invitation.token)
        path = reverse("booking_page", args=[asked.booking.public_name])
        own_bookings.remember(response, request, invitation, path)
        return response
    meeting = invitation.meeting
    whose = {"url": client_words.page_url(invitation), "email": invitation.email}
    starts_at = meeting.starts_at.isoformat()
    context = asked.context(is_requested=meeting.is_requested, starts_at=starts_at, **whose)
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
    provider, _reason = bookings.link_for(owner, stranger, asked.sort.meeting_type)
    context = asked.context(
        form=form,
        seats_left=_seats_left(asked),
        token=form_tokens.make(owner),
        at=request.POST.get("at", "") or request.GET.get("at", ""),
        others=times_of(others or [], asked.reader),
        seen=asked.sort.mark,
        gets_link=bool(provider),
        is_link_certain=Means.of(owner).can_make(provider),
        **_when(asked, asked.starts_at),
    )
    return render(request, "meetings/booking/details.html", context, status=status)


def _seats_left(asked: Asked) -> str:
    if not asked.sort.meeting_type.is_group or asked.starts_at is None:
        return ""
    return seats_words(availability.slot_at(asked.booking.owner, asked.starts_at, **asked.sort.asking()))


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
    wanted = asked.sort.asking()
    others = others or availability.next_free(owner, after=after, limit=OFFERED, **wanted)
    others = others or availability.next_free(owner, after=timezone.now(), limit=OFFERED, **wanted)
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
    minutes = asked.sort.minutes
    return {
        "when": span_words(starts_at, starts_at + timedelta(minutes=minutes), reader.zone, reader.clock),
        "zone": zone_words(reader.zone, starts_at),
        "night": day_parts.night_words(starts_at, minutes, reader, owner.timezone, Host.of(owner).name),
    }
