"""The pages in the system browser that a phone app opened: back to the app, with a handle or with what went wrong."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from integrations import phone_apps, registry, words
from integrations.models import AuthorizationAttempt

#: In the session: the attempts whose code came back through this browser.
CAME_BACK = "attempts_that_came_back"
#: In the session: the attempt whose page opens the app by itself. Once: going back in history must not leave again.
OPENS_APP = "attempt_that_opens_the_app"

Results = AuthorizationAttempt.Outcome
#: How an attempt that ended on the way back is called in the deep link; any other was used already.
HOW: dict[str, str] = {
    Results.DECLINED: "declined",
    Results.EXPIRED: "expired",
    Results.CODE_REFUSED: "refused",
    Results.OTHER_OWNER: "other_owner",
    Results.NEEDS_ADMIN: "needs_admin",
}


def hand_over(request: HttpRequest, attempt: AuthorizationAttempt, *, has_brought: bool) -> HttpResponse:
    """The callback's answer for an app's attempt; `has_brought`: this browser came with the code that waits."""
    if not has_brought:
        return _end(attempt)
    request.session[OPENS_APP] = str(attempt.pk)
    return redirect("integrations:to_app", attempt_id=attempt.pk)


def _end(attempt: AuthorizationAttempt) -> HttpResponse:
    is_late = attempt.status == AuthorizationAttempt.Status.RETURNED and attempt.is_expired
    how = "expired" if is_late else HOW.get(attempt.outcome, "used")
    return redirect("integrations:app_ended", provider=attempt.provider, how=how)


@never_cache
@require_GET
def to_app(request: HttpRequest, attempt_id: Any) -> HttpResponse:
    """Opens the app by itself and by a link; only in the browser that brought the code."""
    if str(attempt_id) not in request.session.get(CAME_BACK, []):
        raise Http404
    attempt = get_object_or_404(AuthorizationAttempt, pk=attempt_id)
    handle = phone_apps.handle_of(attempt)
    if not handle:
        return _end(attempt)
    context = {
        "attempt": attempt,
        "said": words.to_app(registry.provider(attempt.provider).name),
        "link": phone_apps.deep_link(handle=handle),
        "opens_by_itself": request.session.pop(OPENS_APP, "") == str(attempt_id),
    }
    return render(request, "integrations/to_app.html", context)


@never_cache
@require_safe
def ended(request: HttpRequest, provider: str, how: str) -> HttpResponse:
    """Nothing to hand over: in plain words, and by a code that the app reads from its deep link."""
    said = words.app_ended(how, registry.provider(provider).name) if provider in registry.PROVIDERS else None
    if said is None:
        raise Http404
    context = {"said": said, "link": phone_apps.deep_link(error=how), "opens_by_itself": True}
    return render(request, "integrations/to_app.html", context)
