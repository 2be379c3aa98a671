"""The booking page on the owner's own site: the script that shows it there, and the HTML that an owner pastes."""

from typing import NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings

AN_HOUR = 3600


class Snippet(NamedTuple):
    label: str
    help_text: str
    html: str


@require_safe
@cache_control(public=True, max_age=AN_HOUR)
def embed_script(_request: HttpRequest) -> HttpResponse:
    """For every site the same, and at an address that stays: it stands in pages that nobody here can change."""
    path = finders.find("js/embed.js")
    if not isinstance(path, str):
        raise Http404
    with open(path, encoding="utf-8") as script:
        return HttpResponse(script.read(), content_type="text/javascript; charset=utf-8")


def snippets(booking: BookingSettings, name: str) -> list[Snippet]:
    """What an owner pastes, by how clients see it. `name`: the owner's; nothing that it says becomes HTML."""
    said = {
        "inline": (_("In the page"), _("Days and times stand where you paste this, as high as they are.")),
        "popup": (_("In a window"), _("A link that opens them above your page.")),
        "button": (_("As a button in the corner"), _("It stays there while one reads your page.")),
    }
    context = {
        "page": booking_settings.page_url(booking),
        "script": settings.OKEY_BASE_URL + reverse("embed_script"),
        "name": name,
    }
    return [Snippet(*words, _html({**context, "kind": kind})) for kind, words in said.items()]


def _html(context: dict[str, str]) -> str:
    """To be shown as text: what a template rendered would count as HTML that is safe to show."""
    return str.strip(render_to_string("meetings/booking/settings/snippet.html", context))
