"""In which language somebody reads who has not signed in: as their browser wishes, or as they switch it here."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from okey.lib import languages

SECONDS = 365 * 24 * 3600


@csrf_exempt  # clients' pages have no cookie but this one, which says nothing but "de"
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Back to the page that it was switched on; a language that there is not changes nothing."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    if code := languages.chosen(request.POST.get("language", "")):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=SECONDS,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response
