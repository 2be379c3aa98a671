"""The pages about meetings. The rules are in meetings.scheduling and meetings.links.records."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from meetings import approving, polling, reading, scheduling, series
from meetings.entries import deciding
from meetings.invitations import words as client_words
from meetings.invitations.state import group_state, guest_state, invitation_state
from meetings.links import records as link_records
from meetings.links.state import Means, link_state
from meetings.links.there import was_deleted
from meetings.models import Meeting, MeetingEvent
from meetings.pages import series_views
from meetings.pages.forms import CancelForm, WordForm
from meetings.pages.late import too_late
from meetings.series import Reach
from meetings.watching import deciding as watching
from okey.lib.pages import LongPaginator
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

PAGE_SIZE = 25
SEARCH_LENGTH = 200
EVENTS_SHOWN = 100
LISTS = {
    "upcoming": reading.upcoming,
    "past": reading.past,
    "all": reading.latest_first,
    "asked": reading.with_wishes,
    "requested": reading.requested,
}

#: Those of LISTS that are in the order of their times.
BY_TIME = {"upcoming", "past", "all"}


@require_safe
@login_required
def meeting_list(request: OwnerRequest) -> HttpResponse:
    show = request.GET.get("show", "upcoming")
    show = show if show in LISTS else "upcoming"
    search = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    found = reading.search(LISTS[show](reading.meetings_of(request.user)), search, request.user)
    page = LongPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = {"show": "" if show == "upcoming" else show, "q": search}
    context = {
        "page": page,
        "rows": reading.rows(page.object_list, request.user),
        "by_day": show in BY_TIME,
        "show": show,
        "search": search,
        "query": urlencode({name: value for name, value in parameters.items() if value}),
        "search_all_url": "" if show == "all" else "?" + urlencode({"show": "all", "q": search}),
    }
    # A search as one types wants the results only; going back in history wants the page.
    only_results = request.htmx and not request.htmx.history_restore_request
    template = "meetings/pages/parts/results.html" if only_results else "meetings/pages/list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


# --- What the owner says to the client -------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def meeting_cancel(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    wanted = {"reach": request.GET.get("reach", Reach.ONE.value)}
    form = CancelForm(request.POST if request.method == "POST" else None, meeting=meeting, initial=wanted)
    if not form.is_valid():
        if meeting.is_cancelled or meeting.is_over:
            return too_late(request, meeting)
        return render(request, "meetings/pages/cancel.html", {"meeting": meeting, "form": form})
    try:
        count = series.cancel(
            owner=request.user, meeting_id=meeting.pk, reach=form.chosen_reach, word=form.cleaned_data["word"]
        )
    except scheduling.Conflict:
        return too_late(request, meeting)
    said = ngettext("%(count)d meeting is cancelled.", "%(count)d meetings are cancelled.", count) % {"count": count}
    messages.success(request, said if count > 1 else _("The meeting is cancelled."))
    return redirect("meeting", meeting.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def meeting_answer(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """The client wished for another time; the owner leaves the meeting as it is, and says so."""
    meeting = _mine(request.user, meeting_id)
    form = WordForm(request.POST if request.method == "POST" else None, name=meeting.contact.name)
    if meeting.asked_at is None:
        messages.info(request, _("Nobody waits for an answer about this meeting."))
        return redirect("meeting", meeting.pk)
    if not form.is_valid():
        is_told = meeting.invitations.filter(is_mailed=True, revoked_at=None).exists()
        return render(request, "meetings/pages/answer.html", {"form": form, "meeting": meeting, "is_told": is_told})
    scheduling.answer_wish(owner=request.user, meeting_id=meeting.pk, word=form.cleaned_data["word"])
    messages.success(request, _("%(name)s has been answered.") % {"name": meeting.contact.name})
    return redirect("meeting", meeting.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def meeting_approve(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """What a client asked for: the owner approves or declines it, in words if they like."""
    meeting = _mine(request.user, meeting_id)
    form = WordForm(request.POST if request.method == "POST" else None, name=meeting.contact.name)
    if request.method != "POST" and not meeting.is_requested:
        return _answered(request, meeting)
    if not form.is_valid():
        return render(request, "meetings/pages/approve.html", {"form": form, "meeting": meeting})
    does_approve, word = request.POST.get("answer") == "approve", form.cleaned_data["word"]
    try:
        if does_approve:
            approving.approve(owner=request.user, meeting_id=meeting.pk, word=word)
        else:
            approving.decline(owner=request.user, meeting_id=meeting.pk, word=word)
    except scheduling.Conflict:
        return _answered(request, meeting)
    said = _("%(name)s gets the invitation.") if does_approve else _("%(name)s hears that it is not booked.")
    messages.success(request, said % {"name": meeting.contact.name})
    return redirect("meeting", meeting.pk)


def _answered(request: OwnerRequest, meeting: Meeting) -> HttpResponse:
    messages.info(request, _("This meeting does not wait for your approval any more."))
    return redirect("meeting", meeting.pk)


# --- A meeting and its link -------------------------------------------------------------------------------


@require_safe
@login_required
def meeting_page(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    context = _watched(request.user, meeting_id)
    context["form"] = CancelForm(meeting=context["meeting"])
    context["in_series"] = series_views.place_in(context["meeting"])
    context["entry"] = deciding.of(context["meeting"])
    context["there"] = watching.of(context["meeting"])
    context["place"] = client_words.place(context["meeting"])
    return render(request, "meetings/pages/meeting.html", context)


@require_safe
def meeting_link(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The open page asks whether there is anything new: 204 if not, else the card and the history."""
    if not isinstance(request.user, Owner):
        return HttpResponseClientRefresh()  # signed out meanwhile; the page itself leads to the sign-in
    if "HX-Request" not in request.headers:
        return redirect("meeting", meeting_id)
    watched = _watched(request.user, meeting_id, since=request.GET.get("since", ""))
    if watched["watch"].mark == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "meetings/pages/parts/link_and_diary.html", watched)


@require_POST
@login_required
def meeting_retry(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    try:
        scheduling.retry_link(owner=request.user, meeting_id=meeting.pk)
    except scheduling.Conflict:
        return too_late(request, meeting)
    return redirect("meeting", meeting.pk)


@require_POST
@login_required
def meeting_new_link(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    if meeting.is_cancelled or meeting.is_over:
        return too_late(request, meeting)
    # Only where the old one is gone: a second click must not throw the new link away.
    if was_deleted(meeting):
        link_records.new_link(owner=request.user, meeting_id=meeting.pk)
    return redirect("meeting", meeting.pk)


@require_POST
@login_required
def meeting_add_link(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    try:
        # PostgreSQL refuses a NUL.
        provider = request.POST.get("provider", "").replace("\0", "")
        scheduling.add_link(owner=request.user, meeting_id=meeting.pk, provider=provider)
    except scheduling.Conflict:
        return too_late(request, meeting)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("meeting", meeting.pk)


def _mine(owner: Owner, meeting_id: UUID) -> Meeting:
    """The signed-in owner's meeting; anybody else's is not found."""
    return get_object_or_404(reading.meetings_of(owner), pk=meeting_id)


def _watched(owner: Owner, meeting_id: UUID, *, since: str = "") -> dict[str, Any]:
    """What a meeting's page shows, and what the card shows of it when it looks again."""
    meeting = _mine(owner, meeting_id)
    state = link_state(meeting, Means.of(owner))
    events = list(meeting.events.all()[:EVENTS_SHOWN])
    invitation = None if meeting.is_group else invitation_state(meeting)
    group, guests = group_state(meeting), guest_state(meeting)
    shown = (state, invitation, group, guests, [event.pk for event in events[:1]])
    paces = [one.poll_seconds for one in (state, invitation, group, guests) if one and one.poll_seconds]
    watch = polling.watch(shown, min(paces, default=0), since)
    context = {
        "meeting": meeting,
        "link": state,
        "invitation": invitation,
        "group": group,
        "guests": guests,
        "events": events,
        "watch": watch,
        "on_since": watching.goes_on_since(meeting),
    }
    return context | {"unsure": "" if meeting.is_cancelled or meeting.is_over else _unsure(events)}


def _unsure(events: list[MeetingEvent]) -> str:
    """Of this time as it was taken last, which calendars had not answered then; "" where all had."""
    about_its_time = (one for one in events if one.kind in {"scheduled", "rescheduled", "calendar_unsure"})
    last = next(about_its_time, None)
    return last.text if last and last.kind == "calendar_unsure" else ""
