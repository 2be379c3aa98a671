"""The pages that an invitation's token opens. The rules are in meetings.client.actions."""

from contextlib import suppress
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from meetings import polling, scheduling
from meetings.client import actions
from meetings.client import reader as readers
from meetings.client.access import for_client, sends_forms
from meetings.client.forms import AskForm, CancelForm
from meetings.client.page import client_page, web_calendars
from meetings.invitations import calendars
from meetings.invitations import words as client_words
from meetings.models import Invitation
from okey.limits import limits
from okey.owners.zones import known_zone, typed_zone

#: Messages to the owner about one meeting.
ASK_LIMIT, ASK_SECONDS = 5, 3600


@require_safe
@for_client
def client_meeting(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    context = _watched(request, invitation)
    context |= {
        "calendars": web_calendars(invitation),
        "was_asked": "asked" in request.GET,
        "clocks": readers.clocks(request),
        "clock": readers.switched(request) or "",
    }
    response = render(request, "meetings/client/meeting.html", context)
    readers.remember(response, request)
    return response


@require_safe
@for_client
def client_state(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The open page asks whether there is anything new: 204 if not, else what it shows of the meeting."""
    if "HX-Request" not in request.headers:
        return redirect("client_meeting", invitation.token)
    context = _watched(request, invitation)
    if context["watch"].mark == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "meetings/client/parts/meeting.html", context)


@require_safe
@for_client
def client_join(_request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """To the link that the meeting has now; without one, to the page that says what is with it."""
    if client_page(invitation).can_join:
        return HttpResponseRedirect(invitation.meeting.join_url)
    return redirect("client_meeting", invitation.token)


@require_safe
@for_client
def client_calendar(_request: HttpRequest, invitation: Invitation) -> HttpResponse:
    data = calendars.download(client_words.entry(invitation))
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_client
def client_cancel(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with suppress(scheduling.Conflict):  # over, or too late: the page says so
            actions.cancel(invitation, reason=form.cleaned_data["reason"])
        return redirect("client_meeting", invitation.token)
    if not client_page(invitation).can_cancel:
        return redirect("client_meeting", invitation.token)
    return _form_page(request, invitation, "meetings/client/cancel.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_client
def client_ask(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if not client_page(invitation).can_ask:
        return redirect("client_meeting", invitation.token)
    form = AskForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, invitation, "meetings/client/ask.html", form=form)
    verdict = limits.hit("client message", str(invitation.pk), limit=ASK_LIMIT, seconds=ASK_SECONDS)
    if not verdict.allowed:
        return _asked_too_often(request, invitation, form, verdict)
    try:
        actions.ask_for_another_time(invitation, form.cleaned_data["message"])
    except scheduling.Conflict:
        return redirect("client_meeting", invitation.token)
    return HttpResponseRedirect(client_words.page_url(invitation) + "?asked=1")


def _asked_too_often(
    request: HttpRequest, invitation: Invitation, form: AskForm, verdict: limits.Verdict
) -> HttpResponse:
    """Their words stay in the form, to be sent later."""
    minutes = ceil(verdict.retry_seconds / 60)
    words = ngettext(
        "You have written several times already. Send this in %(minutes)d minute, or wait for an answer.",
        "You have written several times already. Send this in %(minutes)d minutes, or wait for an answer.",
        minutes,
    )
    form.add_error("message", words % {"minutes": minutes})
    response = _form_page(request, invitation, "meetings/client/ask.html", form=form)
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(verdict.retry_seconds)
    return response


def _form_page(request: HttpRequest, invitation: Invitation, template: str, **more: Any) -> HttpResponse:
    page = client_page(invitation, clock=readers.clock_of(request))
    return sends_forms(render(request, template, {"invitation": invitation, "page": page, **more}))


def _watched(request: HttpRequest, invitation: Invitation) -> dict[str, Any]:
    """What the page shows, and what it shows of it when it looks again."""
    chosen, clock = known_zone(typed_zone(request.GET)), readers.clock_of(request)
    page = client_page(invitation, chosen, clock)
    watch = polling.watch(page, page.poll_seconds, request.GET.get("since", ""))
    looks: dict[str, Any] = {"since": watch.since, "seen": watch.mark, readers.NAME: clock.value}
    looks |= {"zone": str(chosen)} if chosen else {}
    return {"invitation": invitation, "page": page, "watch": watch, "query": urlencode(looks)}
