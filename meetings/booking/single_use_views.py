"""The owner's page of links by which a type of meeting is booked once."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from meetings.booking import settings as booking_settings
from meetings.booking.once import url_of
from meetings.models import MeetingType, SingleUseLink
from meetings.types import single_use
from okey.owners.http import OwnerRequest

#: The latest.
SHOWN = 30


class DaysForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Works for so many days"),
        min_value=1,
        max_value=single_use.DAYS_MAX,
        initial=single_use.DAYS,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def single_use_links(request: OwnerRequest, type_id: UUID) -> HttpResponse:
    owner = request.user
    meeting_type = get_object_or_404(MeetingType, owner=owner, pk=type_id)
    form = DaysForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            single_use.make(owner, type_id, days=form.cleaned_data["days"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The link is made. Copy it from the list."))
            return redirect("single_use_links", type_id)
    mine = single_use.of(owner).filter(meeting_type=meeting_type)
    context: dict[str, Any] = {
        "meeting_type": meeting_type,
        "form": form,
        "links": [(one, url_of(one)) for one in mine[:SHOWN]],
        "booking": booking_settings.of(owner),
    }
    return render(request, "meetings/booking/types/links.html", context)


@require_POST
@login_required
def single_use_withdraw(request: OwnerRequest, type_id: UUID, link_id: UUID) -> HttpResponse:
    try:
        link = single_use.withdraw(request.user, link_id)
    except SingleUseLink.DoesNotExist:
        raise Http404 from None
    if link.meeting_type_id != type_id:
        raise Http404
    said = _("The link was used already.") if link.state == "used" else _("The link opens nothing any more.")
    messages.success(request, said)
    return redirect("single_use_links", type_id)
