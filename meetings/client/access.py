"""Who may open a client's pages: whoever has the token. Nobody signs in, and no cookie is needed to read."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meetings.invitations import spoken
from meetings.models import Invitation
from okey.lib import languages
from okey.limits import limits

#: Wrong tokens from one network address. A right one always opens: many people may share an address.
WRONG_LIMIT, WRONG_SECONDS = 30, 600
TOKEN_MAX = 64

ClientView = Callable[[HttpRequest, Invitation], HttpResponse]


def for_client(view: ClientView) -> Callable[..., HttpResponse]:
    """The view gets the token's invitation. A wrong token and a revoked one get the same page.

    Whatever comes is kept in no cache and no search engine.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        invitation = find(token)
        if invitation:
            _note_language(request, invitation)
        response = view(request, invitation) if invitation else _refused(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response

    return opened


def find(token: str) -> Invitation | None:
    """The invitation that this token opens."""
    if len(token) > TOKEN_MAX or not token.isascii() or "\0" in token:
        return None
    found = Invitation.objects.filter(token=token, revoked_at=None)
    found = found.select_related("meeting__owner", "meeting__link_job", "meeting__meeting_type", "contact")
    return found.prefetch_related("meeting__provider_meetings").first()


def _note_language(request: HttpRequest, invitation: Invitation) -> None:
    """Where the client has chosen one by the switch, for the mails that are to come; their owner chooses elsewhere."""
    code = languages.chosen(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
    if code and not request.user.is_authenticated:
        spoken.note_language(invitation, code)


def sends_forms(response: HttpResponse) -> HttpResponse:
    """For a page with a form: under no-referrer a browser posts with `Origin: null`, which the CSRF check refuses.

    Under same-origin, too, no other site learns the address.
    """
    response["Referrer-Policy"] = "same-origin"
    return response


def _refused(request: HttpRequest) -> HttpResponse:
    verdict = limits.hit("wrong client token", limits.address_of(request), limit=WRONG_LIMIT, seconds=WRONG_SECONDS)
    if verdict.allowed:
        return render(request, "meetings/client/unknown.html", status=404)
    response = render(request, "meetings/client/too_many.html", status=429)
    response["Retry-After"] = str(verdict.retry_seconds)
    return response
