"""The owner's pages about what can be booked with them: a list in its order, each type, and its hours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import connections
from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings
from meetings.booking.types_forms import TypeForm, questions_form, questions_in
from meetings.hours import availability
from meetings.hours.forms import WeekForm
from meetings.hours.words import minutes_words, week_words
from meetings.models import MeetingType
from meetings.types import editing, offering
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner


@dataclass(frozen=True)
class Row:
    """A type as the list shows it. `lost`: the provider that it wants and that is not connected any more."""

    meeting_type: MeetingType
    lengths: str
    place: str
    lost: str
    url: str
    is_first: bool


@require_safe
@never_cache
@login_required
def meeting_types(request: OwnerRequest) -> HttpResponse:
    owner, booking = request.user, booking_settings.of(request.user)
    mine, usual = editing.own(owner), availability.settings_of(owner)
    held = set(connections.active(owner).values_list("provider", flat=True))
    rows = [
        Row(
            meeting_type=one,
            lengths=" · ".join(minutes_words(minutes) for minutes in offering.lengths_of(one, usual)),
            place=_place(one),
            lost=connections.provider_name(one.provider) if one.provider and one.provider not in held else "",
            url=_url(booking, one),
            is_first=not number,
        )
        for number, one in enumerate(mine)
    ]
    context = {
        "rows": rows,
        "booking": booking,
        "is_any_on": any(one.is_on for one in mine),
        "can_add": len(mine) < editing.TYPES_MAX,
    }
    return render(request, "meetings/booking/types/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def meeting_type_new(request: OwnerRequest) -> HttpResponse:
    return _edit(request, MeetingType(owner=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def meeting_type(request: OwnerRequest, type_id: UUID) -> HttpResponse:
    return _edit(request, _mine(request.user, type_id))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def meeting_type_hours(request: OwnerRequest, type_id: UUID) -> HttpResponse:
    """Saves its week; the buttons for one range more or fewer only show it so."""
    owner, found = request.user, _mine(request.user, type_id)
    if request.method != "POST":
        usual = availability.weekly_hours_of(owner, availability.settings_of(owner))
        return _hours(request, found, WeekForm(usual if found.own_hours is None else found.own_hours))
    if "usual" in request.POST:
        editing.set_hours(owner, type_id, None)
        messages.success(request, _("“%(name)s” goes by your weekly hours again.") % {"name": found.name})
        return redirect("meeting_type", type_id)
    shown = WeekForm.after_button(request.POST)
    if shown is not None:
        return _hours(request, found, shown[0], changed_day=shown[1])
    week = WeekForm({}, request.POST)
    if not week.is_valid():
        return _hours(request, found, week)
    editing.set_hours(owner, type_id, week.weekly)
    messages.success(request, _("“%(name)s” has its own hours now.") % {"name": found.name})
    return redirect("meeting_type", type_id)


@require_POST
@login_required
def meeting_type_up(request: OwnerRequest, type_id: UUID) -> HttpResponse:
    found = _mine(request.user, type_id)
    editing.move_up(request.user, type_id)
    messages.success(request, _("“%(name)s” is one place higher.") % {"name": found.name})
    return redirect("meeting_types")


@require_POST
@login_required
def meeting_type_switch(request: OwnerRequest, type_id: UUID) -> HttpResponse:
    """To what the button said; twice is once."""
    _mine(request.user, type_id)
    is_on = request.POST.get("to") == "on"
    changed = editing.change(request.user, type_id, is_on=is_on)
    said = _("“%(name)s” can be booked.") if is_on else _("“%(name)s” cannot be booked any more. Its meetings stay.")
    messages.success(request, said % {"name": changed.name})
    return redirect("meeting_types")


def _edit(request: OwnerRequest, found: MeetingType) -> HttpResponse:
    """Of one that is there, or of a new one."""
    data = request.POST if request.method == "POST" else None
    form, questions = TypeForm(request.user, found, data), questions_form(found, data)
    refused: list[str] = []
    if data is not None and all([form.is_valid(), questions.is_valid()]):
        try:
            saved = _save(request.user, found, form, questions)
        except ValidationError as error:
            refused = form.refuse(error)
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("meeting_types")
    context: dict[str, Any] = {"form": form, "questions": questions, "refused": refused, "meeting_type": None}
    if found.is_saved:
        own = found.own_hours
        context |= {
            "meeting_type": MeetingType.objects.get(pk=found.pk),  # as it is, not as it was just refused
            "url": _url(booking_settings.of(request.user), found),
            "hours": None if own is None else week_words(own),
        }
    return render(request, "meetings/booking/types/edit.html", context)


def _save(owner: Owner, found: MeetingType, form: TypeForm, questions: Any) -> MeetingType:
    """Raises ValidationError by field."""
    changes = form.changes(questions_in(questions))
    if not found.is_saved:
        return editing.add(owner, **changes)
    return editing.change(owner, found.pk, **changes)


def _hours(request: OwnerRequest, found: MeetingType, week: WeekForm, *, changed_day: str = "") -> HttpResponse:
    context = {
        "meeting_type": found,
        "week": week,
        "changed_day": changed_day,
        "zone": str(request.user.timezone).replace("_", " "),
        "hours_url": reverse("meeting_type_hours", args=[found.pk]),
    }
    return render(request, "meetings/booking/types/hours.html", context)


def _mine(owner: Owner, type_id: UUID) -> MeetingType:
    found = MeetingType.objects.filter(owner=owner, pk=type_id).first()
    if found is None:
        raise Http404
    return found


def _url(booking: BookingSettings, found: MeetingType) -> str:
    return settings.OKEY_BASE_URL + reverse("booking_page", args=[booking.public_name, found.slug])


def _place(found: MeetingType) -> str:
    if found.place == MeetingType.Place.PROVIDER:
        return _("By video, with %(provider)s") % {"provider": connections.provider_name(found.provider)}
    return str(found.get_place_display())
