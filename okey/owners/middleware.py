"""Every page speaks the signed-in owner's language and shows times in their zone."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from okey.lib import languages
from okey.owners import known_browser, second_factor


class OwnerTimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            language = languages.known(request.user.language)
            with timezone.override(request.user.timezone), translation.override(language):
                response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
        return self.get_response(request)


class KnownBrowserMiddleware:
    """Whoever signs in, or sets a password with a mailed key, does so in a browser that is known from then on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known_browser.remember(request, response)
        return response


class SecondFactorMiddleware:
    """Where the operator wants one of everybody, an owner without it comes no further than to setting it up.

    Programs are not concerned: they have tokens, which an owner made who had one.
    """

    #: Of sessions' pages, those that one needs for it, and what is the same for everybody.
    OPEN = (
        *("/accounts/", "/settings/security/", "/static/", "/health/", "/favicon.ico", "/zones/"),
        *("/help/", "/privacy/", "/terms/", "/support/"),
        *("/manifest.webmanifest", "/service-worker.js", "/offline/"),
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.OKEY_SECOND_FACTOR_REQUIRED and not request.path.startswith(self.OPEN):
            user = request.user
            if user.is_authenticated and not second_factor.has_one(user):
                messages.info(request, _("O-Key wants a second factor here. Set one up, then go on."))
                return redirect("security")
        return self.get_response(request)


class NeedsButtonMiddleware:
    """An address that only a button may ask, opened as a page: after a sign-in in between, say. Words, not a blank."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page
