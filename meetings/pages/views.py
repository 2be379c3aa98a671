"""The pages about meetings. The rules are in meetings.scheduling and meetings.links.records."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from meetings import polling, reading, scheduling
from meetings.entries import deciding
from meetings.invitations.state import invitation_state
from meetings.links import records as link_records
from meetings.links.state import Means, link_state
from meetings.models import LinkJob, Meeting, MeetingEvent
from meetings.pages.forms import RescheduleForm, ScheduleForm, WordForm
from meetings.templatetags.client_mails import hears_by_mail
from okey.contacts.models import Contact
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
}


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


# --- Scheduling -------------------------------------------------------------------------------------------


# Opened anew it has a new request_key. Going back shows the form that was sent, with its key: so it may be kept.
@cache_control(private=True, no_cache=True, max_age=0)
@require_http_methods(["GET", "POST"])
@login_required
def meeting_new(request: OwnerRequest) -> HttpResponse:
    if "contact" not in request.GET:
        return _choose_contact(request)
    contact = _contact(request.user, request.GET["contact"])
    if contact.is_archived:
        messages.warning(request, _("Restore the contact to schedule a meeting."))
        return redirect(contact)
    form = _schedule_form(request, contact, request.POST if request.method == "POST" else None)
    meeting = _schedule(request, contact, form) if form.is_bound else None
    if meeting is None:
        return render(request, "meetings/pages/schedule.html", {"form": form, "contact": contact})
    if form.asks_for(meeting, contact):
        return redirect("meeting", meeting.pk)
    # What was typed would be another meeting, which the next sending of the form makes.
    another = _schedule_form(request, contact, {**request.POST.dict(), "request_key": str(uuid4())})
    context = {"form": another, "contact": contact, "already": meeting}
    return render(request, "meetings/pages/schedule.html", context, status=409)


def _schedule_form(request: OwnerRequest, contact: Contact, data: Mapping[str, Any] | None) -> ScheduleForm:
    return ScheduleForm(data, means=Means.of(request.user), contact=contact, zone=request.user.timezone)


def _schedule(request: OwnerRequest, contact: Contact, form: ScheduleForm) -> Meeting | None:
    """What this form has scheduled, now or when it was sent before; None where it has something to ask."""
    is_valid = form.is_valid()
    request_key = str(form.cleaned_data.get("request_key") or "")
    if is_valid and form.plan:
        try:
            return scheduling.schedule(
                owner=request.user,
                contact=contact,
                plan=form.plan,
                request_key=request_key,
                by_mail=form.cleaned_data["by_mail"],
            )
        except ValidationError as error:
            form.refuse(error)
    # What was right a second ago, on the first click, may not be any more on the second.
    return Meeting.objects.filter(owner=request.user, request_key=request_key).first() if request_key else None


def _choose_contact(request: OwnerRequest) -> HttpResponse:
    """Whom the meeting is with; a page of its own, because an owner may have thousands of contacts."""
    search = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    found = Contact.objects.of(request.user).active().search(search)
    page = LongPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "search": search, "query": urlencode({"q": search}) if search else ""}
    return render(request, "meetings/pages/choose_contact.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def meeting_reschedule(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    if meeting.is_cancelled or meeting.is_over:
        return _too_late(request, meeting)
    data = request.POST if request.method == "POST" else None
    form = RescheduleForm(data, meeting=meeting, zone=request.user.timezone, is_told=hears_by_mail(meeting))
    if form.is_valid() and form.plan:
        try:
            changed = scheduling.reschedule(owner=request.user, meeting_id=meeting.pk, plan=form.plan, word=form.said)
        except ValidationError as error:
            form.refuse(error)
        except scheduling.Conflict:
            return _too_late(request, meeting)
        else:
            if changed.revision == meeting.revision:
                messages.info(request, _("Nothing was changed; the meeting is as it was."))
            else:
                messages.success(request, _("The meeting is changed."))
            return redirect("meeting", meeting.pk)
    return render(request, "meetings/pages/reschedule.html", {"form": form, "meeting": meeting})


@require_http_methods(["GET", "POST"])
@login_required
def meeting_cancel(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    form = WordForm(request.POST if request.method == "POST" else None, name=meeting.contact.name)
    if not form.is_valid():
        if meeting.is_cancelled or meeting.is_over:
            return _too_late(request, meeting)
        return render(request, "meetings/pages/cancel.html", {"meeting": meeting, "form": form})
    try:
        scheduling.cancel(owner=request.user, meeting_id=meeting.pk, word=form.cleaned_data["word"])
    except scheduling.Conflict:
        return _too_late(request, meeting)
    messages.success(request, _("The meeting is cancelled."))
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


# --- A meeting and its link -------------------------------------------------------------------------------


@require_safe
@login_required
def meeting_page(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    context = _watched(request.user, meeting_id)
    context["form"] = WordForm(name=context["meeting"].contact.name)
    context["entry"] = deciding.of(context["meeting"])
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
        return _too_late(request, meeting)
    return redirect("meeting", meeting.pk)


@require_POST
@login_required
def meeting_new_link(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = _mine(request.user, meeting_id)
    if meeting.is_cancelled or meeting.is_over:
        return _too_late(request, meeting)
    # Only where the old one is gone: a second click must not throw the new link away.
    if meeting.link_job.problem == LinkJob.Problem.GONE:
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
        return _too_late(request, meeting)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("meeting", meeting.pk)


def _mine(owner: Owner, meeting_id: UUID) -> Meeting:
    """The signed-in owner's meeting; anybody else's is not found."""
    return get_object_or_404(reading.meetings_of(owner), pk=meeting_id)


def _contact(owner: Owner, contact_id: str) -> Contact:
    try:
        return get_object_or_404(Contact.objects.of(owner), pk=UUID(contact_id))
    except ValueError:
        raise Http404 from None


def _watched(owner: Owner, meeting_id: UUID, *, since: str = "") -> dict[str, Any]:
    """What a meeting's page shows, and what the card shows of it when it looks again."""
    meeting = _mine(owner, meeting_id)
    state = link_state(meeting, Means.of(owner))
    events = list(meeting.events.all()[:EVENTS_SHOWN])
    invitation = invitation_state(meeting)
    shown = (state, invitation, [event.pk for event in events[:1]])
    paces = [one.poll_seconds for one in (state, invitation) if one and one.poll_seconds]
    watch = polling.watch(shown, min(paces, default=0), since)
    context = {"meeting": meeting, "link": state, "invitation": invitation, "events": events, "watch": watch}
    return context | {"unsure": "" if meeting.is_cancelled or meeting.is_over else _unsure(events)}


def _unsure(events: list[MeetingEvent]) -> str:
    """Of this time as it was taken last, which calendars had not answered then; "" where all had."""
    about_its_time = (one for one in events if one.kind in {"scheduled", "rescheduled", "calendar_unsure"})
    last = next(about_its_time, None)
    return last.text if last and last.kind == "calendar_unsure" else ""


def _too_late(request: OwnerRequest, meeting: Meeting) -> HttpResponse:
    is_cancelled = Meeting.objects.filter(pk=meeting.pk, cancelled_at__isnull=False).exists()
    words = _("This meeting was cancelled; nothing was changed.") if is_cancelled else ""
    messages.warning(request, words or _("This meeting is over or needs no link; nothing was changed."))
    return redirect("meeting", meeting.pk)
