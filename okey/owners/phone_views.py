"""What a phone asks for to put O-Key among its apps, and to say where there is no internet. For everybody the same."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

#: As in parts/head.html, which has the dark one too: a manifest has room for one.
LIGHT, PAPER = "#ffffff", "#f8f8f7"
#: File, sizes and purpose: a phone may cut "maskable" ones to its own shape.
ICONS = (
    ("img/icon-192.png", "192x192", "any"),
    ("img/icon-512.png", "512x512", "any"),
    ("img/icon-maskable-512.png", "512x512", "maskable"),
)
A_DAY = 24 * 3600


@require_safe
@cache_control(public=True, max_age=A_DAY)
def manifest(_request: HttpRequest) -> HttpResponse:
    """A web app manifest: https://www.w3.org/TR/appmanifest/"""
    icons = [
        {"src": static(file), "sizes": sizes, "type": "image/png", "purpose": purpose} for file, sizes, purpose in ICONS
    ]
    facts = {
        "id": "/",
        "name": "O-Key",
        "short_name": "O-Key",
        "description": _("Your contacts, your meetings with them, and their join links."),
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": LIGHT,
        "icons": icons,
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker keeps for when there is no internet."""
    return render(request, "phone/offline.html")


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the top, because it may look at no address above its own."""
    kept = [reverse("offline"), static("css/okey.css"), static("css/plain.css"), static("img/mark.svg")]
    # Another page or stylesheet is another script, so browsers fetch what is kept anew.
    page = render(request, "phone/offline.html").content
    version = hashlib.sha256(page + "".join(kept).encode()).hexdigest()[:12]
    context = {"kept": kept, "offline": kept[0], "version": version}
    return render(request, "phone/service_worker.js", context, content_type="text/javascript")
