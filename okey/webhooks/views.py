"""The pages of an owner's webhooks. The rules are in okey.webhooks.endpoints and okey.webhooks.sending."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.lib.pages import LongPaginator
from okey.lib.sealing import CannotOpen
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately
from okey.webhooks import endpoints, sending
from okey.webhooks.forms import EndpointForm
from okey.webhooks.models import Delivery, Endpoint, Event, EventType

PAGE_SIZE = 20
#: What is tried within this time is worth an open page's asking for news.
SOON = timedelta(minutes=1)

P = ParamSpec("P")
View = Callable[Concatenate[OwnerRequest, P], HttpResponse]


def mine_only(view: View[P]) -> View[P]:
    """For whoever is signed in; 404 for what is another owner's or does not exist."""

    @wraps(view)
    def guarded(request: OwnerRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (Endpoint.DoesNotExist, Delivery.DoesNotExist):
            raise Http404 from None

    return login_required(guarded)  # type: ignore[return-value] # its types know no OwnerRequest


@require_http_methods(["GET", "POST"])
@login_required
def webhook_list(request: OwnerRequest) -> HttpResponse:
    """What there is, and the form for a new one."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            endpoint = endpoints.add(owner=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Added. Copy its signing secret, then send a test."))
            return redirect("webhook", endpoint.pk)
    context = {"form": form, "endpoints": Endpoint.objects.of(request.user)}
    return render(request, "webhooks/list.html", context)


@never_cache
@require_safe
@mine_only
def webhook(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint: its state, its secret, and what became of each message."""
    endpoint = _mine(request, endpoint_id)
    log = endpoint.deliveries.select_related("event").order_by("-created_at", "-id")
    page = LongPaginator(log, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = [EventType(event).label for event in endpoint.events.split() if event in EventType.values]
    is_news = request.htmx and not request.htmx.history_restore_request
    context = {
        "endpoint": endpoint,
        "kept_days": Event.kept_for().days,
        "is_news": is_news,
        "page": page,
        "events": asked,
        "secret": _secret(endpoint),
        "overlaps_until": endpoint.overlaps_until,
        "is_waiting": any(one.due_at and one.due_at <= timezone.now() + SOON for one in page.object_list),
    }
    return render(request, "webhooks/parts/log.html" if is_news else "webhooks/webhook.html", context)


@require_http_methods(["GET", "POST"])
@mine_only
def webhook_edit(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _mine(request, endpoint_id)
    shown = {name: getattr(endpoint, name) for name in ("url", "description", "payload")}
    shown["events"] = endpoint.events.split()
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_valid():
        try:
            endpoints.change(owner=request.user, endpoint_id=endpoint_id, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", endpoint_id)
    return render(request, "webhooks/edit.html", {"form": form, "endpoint": endpoint})


@require_http_methods(["GET", "POST"])
@mine_only
def webhook_remove(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _mine(request, endpoint_id)
    if request.method == "POST":
        endpoints.remove(owner=request.user, endpoint_id=endpoint_id)
        messages.success(request, _("The webhook is removed."))
        return redirect("webhooks")
    return render(request, "webhooks/remove.html", {"endpoint": endpoint})


@require_POST
@mine_only
def webhook_switch(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    if request.POST.get("to") == "on":
        endpoints.switch_on(owner=request.user, endpoint_id=endpoint_id)
        messages.success(request, _("Switched on. Events from now on are sent."))
    else:
        endpoints.switch_off(owner=request.user, endpoint_id=endpoint_id)
        messages.success(request, _("Switched off. Nothing is sent until you switch it on."))
    return redirect("webhook", endpoint_id)


@require_POST
@signed_in_lately
@mine_only
def webhook_rotate(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    endpoints.rotate(owner=request.user, endpoint_id=endpoint_id)
    messages.success(request, _("There is a new secret. For 24 hours messages are signed with the old one as well."))
    return redirect("webhook", endpoint_id)


@require_POST
@mine_only
def webhook_test(request: OwnerRequest, endpoint_id: UUID) -> HttpResponse:
    return _send(request, endpoint_id, lambda: sending.test(owner=request.user, endpoint_id=endpoint_id))


@require_POST
@mine_only
def webhook_replay(request: OwnerRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    def again() -> Delivery:
        return sending.replay(owner=request.user, endpoint_id=endpoint_id, delivery_id=delivery_id)

    return _send(request, endpoint_id, again)


def _send(request: OwnerRequest, endpoint_id: UUID, send: Callable[[], Any]) -> HttpResponse:
    try:
        send()
    except sending.SwitchedOff:
        messages.error(request, _("This webhook is switched off. Switch it on first."))
    except sending.TooMany:
        messages.error(request, _("Too many at once. Try again in a moment."))
    else:
        messages.success(request, _("On its way: see below what comes of it."))
    return redirect("webhook", endpoint_id)


def _mine(request: OwnerRequest, endpoint_id: UUID) -> Endpoint:
    return Endpoint.objects.of(request.user).get(pk=endpoint_id)


def _secret(endpoint: Endpoint) -> str:
    """ "" where no key opens it: then a new one has to be made."""
    try:
        return endpoint.opened("secret")
    except CannotOpen:
        return ""
