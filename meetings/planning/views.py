"""The pages that schedule and move a meeting. The rules are in meetings.scheduling.

Buttons of the form fill something in and show it again, by themselves or by htmx; what is sent at last is scheduled,
once the owner has read what speaks against the time.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from integrations import connections
from meetings import reading, scheduling, series
from meetings.hours import asking
from meetings.links.state import Means
from meetings.models import Meeting, Series
from meetings.pages.late import too_late
from meetings.planning import choosing, series_dates
from meetings.planning.choosing import Filled
from meetings.planning.forms import MeetingForm, RescheduleForm, ScheduleForm
from meetings.scheduling import Plan
from meetings.series import Reach
from meetings.templatetags.client_mails import hears_by_mail
from okey.contacts.models import Contact
from okey.lib.pages import LongPaginator
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

PAGE_SIZE = 25
SEARCH_LENGTH = 200
#: In the session: what was typed in a form whose owner went to connect a provider.
KEPT = "schedule_form"
KEPT_MAX = 2000


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
    if request.method != "POST":
        return _schedule_page(request, contact, _schedule_form(request, contact, given=_given(request, contact)))
    if connections.is_on_offer(request.POST.get("connect", "")):
        return _connect(request, contact)
    if choosing.is_step(request.POST, request.GET):
        done = choosing.filled(request.POST.dict(), request.user.timezone)
        return _schedule_page(request, contact, _schedule_form(request, contact, given=done.given), done)
    form = _schedule_form(request, contact, request.POST)
    meeting = _schedule(request, contact, form)
    if meeting is None:
        return _schedule_page(request, contact, form)
    if form.asks_for(meeting, contact):
        request.session.pop(KEPT, None)
        return _to(meeting)
    # What was typed would be another meeting, which the next sending of the form makes.
    another = _schedule_form(request, contact, {**request.POST.dict(), "request_key": str(uuid4())})
    return _schedule_page(request, contact, another, already=meeting)


def _given(request: OwnerRequest, contact: Contact) -> dict[str, Any]:
    """What the link to the form fills in, or what was typed before its owner went to connect a provider."""
    wall = choosing.wall_in(request.GET.get("at", ""), request.user.timezone)
    if wall is not None:
        repeat = {name: request.GET[name][:9] for name in ("every", "times") if name in request.GET}
        return choosing.fields_of(wall) | repeat
    kept = request.session.get(KEPT, {}) if "kept" in request.GET else {}
    if kept.get("contact") != str(contact.pk):
        return {}
    given: dict[str, Any] = dict(kept["given"])
    if connections.active(request.user).filter(provider=kept["provider"]).exists():
        given["provider"] = kept["provider"]
    return given


def _connect(request: OwnerRequest, contact: Contact) -> HttpResponse:
    """On to connecting, by the same click; what was typed waits in the session."""
    given = {name: value[:KEPT_MAX] for name, value in request.POST.dict().items() if name in ScheduleForm.base_fields}
    provider = request.POST["connect"]
    request.session[KEPT] = {
        "contact": str(contact.pk),
        "provider": provider,
        "given": given | {"by_mail": "by_mail" in given},
    }
    here = f"{reverse('meeting_new')}?{urlencode({'contact': str(contact.pk), 'kept': '1'})}"
    away = f"{reverse('integrations:connect', args=[provider])}?{urlencode({'next': here})}"
    return HttpResponse(status=307, headers={"Location": away})  # which keeps the POST


def _schedule_page(
    request: OwnerRequest,
    contact: Contact,
    form: ScheduleForm,
    done: Filled | None = None,
    *,
    already: Meeting | None = None,
) -> HttpResponse:
    choice = choosing.choice(request.user, contact, form, done)
    look_url = "?" + urlencode({"contact": str(contact.pk), "look": "1"})
    context = {"form": form, "contact": contact, "choice": choice, "already": already, "look_url": look_url}
    context |= {"keeps_form": "meeting", "connectable": [] if form.has_providers else connections.on_offer()}
    return render(request, "meetings/planning/schedule.html", context, status=409 if already else 200)


def _schedule_form(
    request: OwnerRequest,
    contact: Contact,
    data: Mapping[str, Any] | None = None,
    *,
    given: Mapping[str, Any] | None = None,
) -> ScheduleForm:
    form = ScheduleForm(data, means=Means.of(request.user), contact=contact, owner=request.user, given=given)
    form.left_out = _left_out(request)
    return form


def _schedule(request: OwnerRequest, contact: Contact, form: ScheduleForm) -> Meeting | None:
    """What this form has scheduled, now or when it was sent before; None where it has something to ask."""
    is_valid = form.is_valid()
    request_key = str(form.cleaned_data.get("request_key") or "")
    mine = Meeting.objects.filter(owner=request.user, request_key=request_key)
    # What was right a second ago, on the first click, may not be any more on the second.
    if request_key and (earlier := mine.first()):
        return earlier
    if not is_valid or form.plan is None or not _is_agreed(request, contact, form):
        return None
    wanted: dict[str, Any] = {
        "owner": request.user,
        "contact": contact,
        "plan": form.plan,
        "request_key": request_key,
        "by_mail": form.cleaned_data["by_mail"],
    }
    try:
        if repeat := form.repeat():
            return series.schedule(**wanted, repeat=repeat, left_out=form.dates_left_out())
        return scheduling.schedule(**wanted)
    except ValidationError as error:
        form.refuse(error)
    return None


def _is_agreed(request: OwnerRequest, contact: Contact, form: MeetingForm, *, ignoring: UUID | None = None) -> bool:
    """Whether nothing speaks against the time, or the owner has read what does and goes on anyway."""
    now = form.chosen()
    if now is None:
        return True
    starts_at, minutes = now
    if dates := series_dates.span(form, starts_at, minutes):
        asking.ask_between(request.user, *dates)
    else:
        asking.ask(request.user, starts_at, minutes=minutes, ignoring=ignoring)
    chosen = choosing.chosen(request.user, contact, form, ignoring=ignoring)
    key = chosen.key if chosen else ""
    return not key or request.POST.get("anyway") == key


def _left_out(request: OwnerRequest) -> frozenset[str]:
    return frozenset(request.POST.getlist("leave_out")[: Series.TIMES_MAX])


def _to(meeting: Meeting) -> HttpResponse:
    """What was scheduled: the meeting, or the series that it begins."""
    return redirect("meeting", meeting.pk) if meeting.series_id is None else redirect("series", meeting.series_id)


def _choose_contact(request: OwnerRequest) -> HttpResponse:
    """Whom the meeting is with; a page of its own, because an owner may have thousands of contacts."""
    search = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    found = Contact.objects.of(request.user).active().search(search)
    page = LongPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    at = choosing.wall_in(request.GET.get("at", ""), request.user.timezone)
    when = {"at": f"{at:%Y-%m-%dT%H:%M}"} if at else {}
    query = urlencode({"q": search, **when} if search else when)
    context = {"page": page, "search": search, "query": query, "at": at, "when": when}
    return render(request, "meetings/planning/choose_contact.html", context)


def _contact(owner: Owner, contact_id: str) -> Contact:
    try:
        return get_object_or_404(Contact.objects.of(owner), pk=UUID(contact_id))
    except ValueError:
        raise Http404 from None


# --- Moving -----------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def meeting_reschedule(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = get_object_or_404(reading.meetings_of(request.user), pk=meeting_id)
    if meeting.is_cancelled or meeting.is_over:
        return too_late(request, meeting)
    if request.method != "POST":
        return _reschedule_page(request, meeting, _reschedule_form(request, meeting))
    if choosing.is_step(request.POST, request.GET):
        done = choosing.filled(request.POST.dict(), request.user.timezone)
        return _reschedule_page(request, meeting, _reschedule_form(request, meeting, given=done.given), done)
    form = _reschedule_form(request, meeting, request.POST)
    if form.is_valid() and form.plan and _is_agreed(request, meeting.contact, form, ignoring=meeting.pk):
        try:
            changed = _change(request.user, meeting, form, form.plan)
        except ValidationError as error:
            form.refuse(error)
        except scheduling.Conflict:
            return too_late(request, meeting)
        else:
            return _rescheduled(request, meeting, changed)
    return _reschedule_page(request, meeting, form)


def _change(owner: Owner, meeting: Meeting, form: RescheduleForm, plan: Plan) -> Meeting:
    """Raises ValidationError by field, and Conflict."""
    if not form.others():
        return scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=plan, word=form.said)
    left_out = [other.pk for other in form.others() if str(other.pk) in form.left_out]
    return series.reschedule(owner=owner, meeting_id=meeting.pk, plan=plan, left_out=left_out, word=form.said)


def _rescheduled(request: OwnerRequest, meeting: Meeting, changed: Meeting) -> HttpResponse:
    if changed.revision == meeting.revision:
        messages.info(request, _("Nothing was changed; the meeting is as it was."))
    else:
        messages.success(request, _("Meeting updated."))
    return redirect("meeting", meeting.pk)


def _reschedule_form(
    request: OwnerRequest,
    meeting: Meeting,
    data: Mapping[str, Any] | None = None,
    *,
    given: Mapping[str, Any] | None = None,
) -> RescheduleForm:
    is_told = hears_by_mail(meeting)
    if data is None and request.method == "GET" and request.GET.get("reach") == Reach.FOLLOWING:
        given = {"reach": Reach.FOLLOWING.value}
    form = RescheduleForm(data, meeting=meeting, zone=request.user.timezone, is_told=is_told, given=given)
    form.left_out = _left_out(request)
    return form


def _reschedule_page(
    request: OwnerRequest, meeting: Meeting, form: RescheduleForm, done: Filled | None = None
) -> HttpResponse:
    choice = choosing.choice(request.user, meeting.contact, form, done, ignoring=meeting.pk)
    context = {"form": form, "meeting": meeting, "contact": meeting.contact, "choice": choice, "look_url": "?look=1"}
    return render(request, "meetings/planning/reschedule.html", context)
