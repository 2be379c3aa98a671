"""Connecting at a provider: the way out, the way back, and how it ended."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from integrations import (
    administrators,
    app_views,
    authorization,
    checking,
    connections,
    registry,
    returning,
    section,
    words,
)
from integrations.app_views import CAME_BACK
from integrations.diary import latest
from integrations.models import AuthorizationAttempt, Connection
from integrations.providers.base import Provider, Service
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner
from okey.owners.signed_in_lately import signed_in_lately

SECTION = "#providers"
STATUS = AuthorizationAttempt.Status
RESULTS = AuthorizationAttempt.Outcome
ENDS_ON_THE_WAY_BACK = {RESULTS.DECLINED, RESULTS.EXPIRED, RESULTS.OTHER_OWNER, RESULTS.NEEDS_ADMIN}


def back_to_settings() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("settings") + SECTION)


def _back_to(service: str, wanted: str = "") -> str:
    """Where one goes on after connecting or disconnecting it. `wanted`: the page that one came from, if it is known."""
    if returning.is_safe(wanted):
        return wanted
    return reverse("calendars") if service in registry.CALENDARS else reverse("settings") + SECTION


def _provider(slug: str) -> Provider | Service:
    try:
        return registry.connectable(slug)
    except KeyError:
        raise Http404 from None


# --- the way out -----------------------------------------------------------------------------------------


@login_required
@require_POST
def connect(request: OwnerRequest, provider: str) -> HttpResponse:
    """Start connecting. Answers 303 to the attempt's own page, or its address as JSON for the popup's script.

    `next`: the path to go on at afterwards.
    """
    one, place = _provider(provider), returning.place(request)
    wants_json = request.headers.get("Accept") == "application/json"
    if isinstance(one, Provider) and one.needs_link:
        page = reverse("integrations:link", args=[provider])
        return _go(f"{page}?{urlencode({'next': place})}" if place else page, wants_json=wants_json)
    if not isinstance(one, Service):
        return _go(_switch_on(request, one, place), wants_json=wants_json)
    try:
        attempt = authorization.begin(request.user, provider, in_popup=wants_json, return_to=place)
    except authorization.TooManyAttempts as refusal:
        messages.error(request, words.too_many_attempts(one.name, refusal.retry_seconds))
        return _go(_back_to(provider, place), wants_json=wants_json)
    except (authorization.NotEntitled, authorization.NotConfigured):
        return _go(_back_to(provider, place), wants_json=wants_json)
    page = reverse("integrations:attempt", args=[attempt.pk])
    if wants_json:
        return JsonResponse({"page": page, "authorization_url": authorization.url_of(attempt)})
    # Not straight to the provider: `form-action` stops a form post that redirects to another site.
    return HttpResponseRedirect(page, status=303)


def _go(page: str, *, wants_json: bool) -> HttpResponse:
    """To a page of O-Key's own, without a window of the provider's."""
    return JsonResponse({"page": page}) if wants_json else HttpResponseRedirect(page)


def _switch_on(request: OwnerRequest, provider: Provider, place: str) -> str:
    """Where to go on."""
    try:
        connection = connections.connect(owner=request.user, provider=provider.slug)
    except connections.NotEntitled:
        return _back_to(provider.slug)
    messages.success(request, words.switched_on(connection, connections.provider_name(provider.slug)))
    return _back_to(provider.slug, place)


@login_required
@require_http_methods(["GET", "POST"])
def link(request: OwnerRequest, provider: str) -> HttpResponse:
    """The owner's own meeting address, for a provider that needs one."""
    one = _provider(provider)
    if not isinstance(one, Provider) or not one.needs_link:
        raise Http404
    place = returning.place(request)
    current = connections.active(request.user).filter(provider=provider).first()
    value, error = (current.link if current else ""), ""
    if request.method == "POST":
        value = request.POST.get("link", "")
        try:
            connection = connections.connect(owner=request.user, provider=provider, link=value)
        except connections.NotEntitled:
            return back_to_settings()
        except ValidationError as errors:
            error = errors.message_dict["link"][0]
        else:
            messages.success(request, words.switched_on(connection, connections.provider_name(provider)))
            return HttpResponseRedirect(_back_to(provider, place))
    back = _back_to(provider, place)
    context = {"provider": one, "current": current, "value": value, "error": error, "next": place, "back": back}
    return render(request, "integrations/link.html", context, status=400 if error else 200)


# --- the attempt's own page ------------------------------------------------------------------------------


def _attempt(request: OwnerRequest, attempt_id: Any) -> AuthorizationAttempt:
    return get_object_or_404(AuthorizationAttempt.objects.select_related("account"), pk=attempt_id, owner=request.user)


def _attempt_context(attempt: AuthorizationAttempt) -> dict[str, Any]:
    is_pending = attempt.status == STATUS.PENDING and not attempt.is_expired
    return {
        "attempt": attempt,
        "provider": registry.service(attempt.provider),
        "back": _back_to(attempt.provider, attempt.return_to),
        "leads_elsewhere": returning.is_safe(attempt.return_to),
        "is_pending": is_pending,
        "is_asking": attempt.status == STATUS.ASKING,
        "is_over": bool(attempt.outcome) or (attempt.status == STATUS.PENDING and attempt.is_expired),
        "authorization_url": authorization.url_of(attempt) if is_pending else "",
        "said": words.of(attempt) if attempt.outcome else words.expired(attempt),
        "support_email": settings.SUPPORT_EMAIL,
        "wait": (
            administrators.wait_for(attempt.owner_id, attempt.provider)
            if is_pending and administrators.asks(attempt.provider)
            else None
        ),
        "current": connections.held(attempt.owner, attempt.provider),
    }


@never_cache
@login_required
@require_safe
def attempt(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """Where an attempt stands, with the authorization URL to open or copy while it is pending."""
    return render(request, "integrations/attempt.html", _attempt_context(_attempt(request, attempt_id)))


@never_cache
@login_required
@require_safe
def attempt_status(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """Asked by the attempt's page every two seconds; ends it when there is something to say."""
    one = _attempt(request, attempt_id)
    if one.outcome or one.status == STATUS.ASKING:
        answer = HttpResponse(status=200)
        name = "integrations:attempt" if one.status == STATUS.ASKING else "integrations:attempt_over"
        answer["HX-Redirect"] = reverse(name, args=[one.pk])
        return answer
    return render(request, "integrations/parts/attempt_status.html", _attempt_context(one))


@never_cache
@login_required
@require_safe
def attempt_over(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """Back to where it was begun, with what came of it."""
    one = _attempt(request, attempt_id)
    if not one.outcome:
        return redirect("integrations:attempt", attempt_id=one.pk)
    return _end(request, one)


def _end(request: HttpRequest, one: AuthorizationAttempt) -> HttpResponse:
    said = words.of(one)
    _say_once(request, said.level, f"{said.title} {said.text}".strip())
    return HttpResponseRedirect(_back_to(one.provider, one.return_to))


def _say_once(request: HttpRequest, level: int, text: str) -> None:
    """A slow page asks several times whether the attempt is over, and is led here as often."""
    waiting = messages.get_messages(request)
    assert isinstance(waiting, BaseStorage)  # noqa: S101 -- for the type checker; the middleware brings it
    is_said = any(one.message == text for one in waiting)
    waiting.used = False  # they have been looked at, not shown
    if not is_said:
        messages.add_message(request, level, text)


@login_required
@require_POST
def attempt_answer(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """The answer to "replace the connected account?"."""
    one = _attempt(request, attempt_id)
    one = authorization.answer(one.pk, replace=request.POST.get("answer") == "replace")
    if not one.outcome:
        return redirect("integrations:attempt", attempt_id=one.pk)
    return _end(request, one)


@never_cache
@require_safe
def section_news(request: HttpRequest) -> HttpResponse:
    """Settings that were left open ask whether somebody is back from a provider: 204 while nothing is new."""
    if not isinstance(request.user, Owner):
        return HttpResponseClientRefresh()  # signed out meanwhile; the page itself leads to the sign-in
    if "HX-Request" not in request.headers:
        return back_to_settings()
    context = section.context(request.user, is_news=True)
    if context["mark"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "integrations/section_news.html", context)


# --- the way back ----------------------------------------------------------------------------------------


@never_cache
@require_GET  # a HEAD request would spend the state
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Where the provider sends the person. Answers with a redirect to a URL that holds no code."""
    try:
        registry.service(provider)
    except KeyError:
        raise Http404 from None
    given = request.GET
    if "admin_consent" in given and not given.get("code") and administrators.asks(provider):
        # From an administrator's page that did not name the address for this: nobody's attempt ends here.
        approved = reverse("integrations:approved", args=[provider])
        return redirect(f"{approved}?{given.urlencode()}")
    try:
        one = authorization.receive(
            provider,
            state=given.get("state", ""),
            code=given.get("code", ""),
            error=given.get("error", ""),
            description=given.get("error_description", ""),
            visitor=request.user if request.user.is_authenticated else None,
        )
    except authorization.UnknownState:
        # The provider's own "Add" button comes without a state. Its code is never exchanged.
        name = "integrations:stateless" if not given.get("state") else "integrations:unknown"
        return redirect(name, provider=provider)
    has_brought = authorization.brought(one, given.get("code", ""))
    if has_brought:
        request.session[CAME_BACK] = [*request.session.get(CAME_BACK, [])[-9:], str(one.pk)]
    if one.is_for_app:
        return app_views.hand_over(request, one, has_brought=has_brought)
    return redirect("integrations:returned", attempt_id=one.pk)


@never_cache
@login_required
@require_GET
def returned(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """Go on, for the attempt's own owner only, in the browser that came back from the provider."""
    one = get_object_or_404(AuthorizationAttempt, pk=attempt_id)
    if one.owner_id != request.user.pk:
        authorization.refuse_stranger(one)
        return _refused(request, one.provider, words.other_owner())
    if one.status == STATUS.RETURNED and str(one.pk) not in request.session.get(CAME_BACK, []):
        # Whoever gave their permission elsewhere may have been sent there by this owner, for an account that is
        # not this owner's: only the browser that brought the code goes on, with this owner signed in.
        return _refused(request, one.provider, words.other_browser(registry.service(one.provider).name))
    # These end an attempt on the way back itself; any other end is an earlier one.
    if one.outcome and one.outcome not in ENDS_ON_THE_WAY_BACK:
        return _refused(request, one.provider, words.used_already(one), status=200)
    one = authorization.proceed(one.pk)
    if one.in_popup or not one.outcome or one.outcome == one.Outcome.OTHER_OWNER:
        return redirect("integrations:attempt", attempt_id=one.pk)
    return _end(request, one)


@require_safe
def unknown(request: HttpRequest, provider: str) -> HttpResponse:
    """A way back that leads nowhere."""
    return _refused(request, provider, words.unknown_state(_provider(provider).name))


@require_safe
def stateless(request: HttpRequest, provider: str) -> HttpResponse:
    """Where the provider's own "Add" leads, by its button or as the app's landing page. Signed in or not, the next step
    connects: signing in leads back here.
    """
    one = _provider(provider)
    if not isinstance(one, Service):
        raise Http404
    back = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
    return _refused(request, provider, words.stateless(one.name), status=200, back=back)


def _refused(
    request: HttpRequest, provider: str, said: words.Said, *, status: int = 400, back: str = ""
) -> HttpResponse:
    """`back`: where the button leads that connects nothing by itself, if not to the settings."""
    context = {"said": said, "provider": registry.connectable(provider), "back": back or _back_to(provider)}
    return render(request, "integrations/refused.html", context, status=status)


# --- connections -----------------------------------------------------------------------------------------


@login_required
@require_POST
def make_default(request: OwnerRequest, connection_id: Any) -> HttpResponse:
    try:
        connection = connections.make_default(owner=request.user, connection_id=connection_id)
    except Connection.DoesNotExist:
        raise Http404 from None
    except connections.NotEntitled:
        return back_to_settings()
    messages.success(request, words.now_default(connections.provider_name(connection.provider)))
    return back_to_settings()


@login_required
@require_POST
def lobby(request: OwnerRequest, connection_id: Any) -> HttpResponse:
    """The owner's choice who comes into new meetings without being let in."""
    everyone = request.POST.get("everyone") == "1"
    try:
        connection = connections.let_everyone_in(owner=request.user, connection_id=connection_id, everyone=everyone)
    except Connection.DoesNotExist:
        raise Http404 from None
    except connections.NotEntitled:
        return back_to_settings()
    name = connections.provider_name(connection.provider)
    messages.success(request, words.lobby(name, everyone=everyone))
    return back_to_settings()


@login_required
@require_POST
def check(request: OwnerRequest, connection_id: Any) -> HttpResponse:
    """Whether the provider answers and lets O-Key in, asked now."""
    try:
        said = checking.check(owner=request.user, connection_id=connection_id)
    except Connection.DoesNotExist:
        raise Http404 from None
    messages.add_message(request, said.level, f"{said.title} {said.text}".strip())
    return back_to_settings()


@signed_in_lately
@require_http_methods(["GET", "POST"])
def disconnect(request: OwnerRequest, connection_id: Any) -> HttpResponse:
    """The confirm step, which names the consequences, and the end itself."""
    connection = get_object_or_404(Connection.objects.select_related("account"), pk=connection_id, owner=request.user)
    name = connections.provider_name(connection.provider)
    if request.method == "POST":
        try:
            if connections.disconnect(owner=request.user, connection_id=connection.pk):
                messages.success(request, words.disconnected(name))
        except connections.TryAgain:
            messages.warning(request, words.try_again())
        return back_to_settings()
    if connection.ended_at is not None:
        return back_to_settings()
    entry = connections.entry(request.user, connection.provider)
    return render(request, "integrations/disconnect.html", {"entry": entry, "connection": connection})


@login_required
@require_safe
def diary(request: OwnerRequest, provider: str) -> HttpResponse:
    """What happened to the owner's connection to this provider."""
    one = _provider(provider)
    context = {"provider": one, "events": latest(request.user, provider, 50)}
    return render(request, "integrations/diary.html", context)
