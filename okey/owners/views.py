"""The settings page, the way in, and whether O-Key is well."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from okey.lib.outage import RETRY_SECONDS
from okey.owners.forms import ProfileForm
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner
from okey.owners.styleguide import StyleguideForm
from okey.owners.zones import options_of

ZONES_SECONDS = 7 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: OwnerRequest) -> HttpResponse:
    """The settings page: the profile's form, and the sections of the apps above."""
    # A copy: the page's head goes on showing what is saved while the form shows what was typed.
    owner = Owner.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=owner)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("settings")
    return render(request, "settings/index.html", {"form": form})


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers ask here where a page names no icon: the admin's pages, files, errors."""
    return redirect(static("img/mark.svg"))


@require_safe
@cache_control(public=True, max_age=ZONES_SECONDS)
def zones(_request: HttpRequest) -> HttpResponse:
    """The options of every `<select>` of time zones. Its address names the day, because offsets change."""
    return HttpResponse(options_of(timezone.now().date()))


@require_safe
@never_cache
def health(_request: HttpRequest) -> HttpResponse:
    """200 while the database answers; asked by the container's health check."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return HttpResponse("the database does not answer", status=503, content_type="text/plain", headers=headers)
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for whoever builds a page. Only where DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    wrong = StyleguideForm({"title": "", "minutes": "0"}, auto_id="wrong_%s")
    wrong.add_error(None, _("Nothing was saved. Look at the fields marked below."))
    context = {
        "form": StyleguideForm(),
        "wrong_form": wrong,
        "page": Paginator(range(60), 10).page(2),
        "badges": ("good", "wait", "bad", "muted", "info"),
        "notices": ("info", "good", "warn", "bad"),
        "kinds": ("primary", "secondary", "danger", "quiet"),
    }
    return render(request, "styleguide/index.html", context)
