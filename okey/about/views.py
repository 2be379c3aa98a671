"""What everybody may read, and what Zoom and Google look for to know whose domain this is."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okey.about import texts


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    one = next(page for page in texts.PAGES if page.name == name)
    context = {
        "page": one,
        "text": texts.operators(one),
        "support_email": settings.SUPPORT_EMAIL,
        "base_url": settings.OKEY_BASE_URL,
        "model_host": urlsplit(settings.OKEY_LANGUAGE_MODEL_URL).hostname,
    }
    return render(request, one.template, context)


@require_safe
def zoom_proof(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """https://developers.zoom.us/docs/build-flow/verify-domains/, *Upload an HTML file*."""
    if not settings.OKEY_ZOOM_VERIFICATION:
        raise Http404
    return HttpResponse(settings.OKEY_ZOOM_VERIFICATION)


@require_safe
def google_proof(request: HttpRequest, code: str) -> HttpResponse:  # noqa: ARG001 -- a view
    """Search Console's *HTML file*: its name is all that it holds."""
    name = f"google{code}.html"
    if name != settings.OKEY_GOOGLE_VERIFICATION:
        raise Http404
    return HttpResponse(f"google-site-verification: {name}")
