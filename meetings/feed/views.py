"""The feed itself, and the owner's page about it."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meetings.feed import feeds
from okey.limits import limits
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately

#: Calendars ask every few minutes at most; a feed that many subscribe to is not what this is for.
READS_AN_HOUR = 240


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The owner's meetings for a calendar that subscribes. Whoever has the address reads it: there is no sign-in."""
    feed = feeds.find(token)
    if feed is None:
        raise Http404
    verdict = limits.hit("feed", str(feed.pk), limit=READS_AN_HOUR, seconds=3600)
    if not verdict.allowed:
        return _private(HttpResponse(status=429, headers={"Retry-After": str(verdict.retry_seconds)}))
    body, changed_at = feeds.written(feed)
    feeds.note_read(feed)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="o-key.ics"'
    # Weak: what is compressed on the way is other bytes of the same feed.
    etag = "W/" + quote_etag(hashlib.sha256(body).hexdigest()[:32])
    stamp = int(changed_at.timestamp())
    response["ETag"] = etag
    response["Last-Modified"] = changed_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return _private(get_conditional_response(request, etag, stamp, response) or response)


@never_cache
@require_safe
@login_required
def feed_page(request: OwnerRequest) -> HttpResponse:
    """The address with what to do with it, how to get another one, and how to switch it off."""
    feed = feeds.of(request.user)
    return render(request, "meetings/feed/page.html", {"feed": feed, "url": feeds.url(feed) if feed else ""})


@require_POST
@signed_in_lately
def feed_switch(request: OwnerRequest) -> HttpResponse:
    wanted = request.POST.get("to")
    if wanted == "on":
        feeds.switch_on(request.user)
        messages.success(request, _("The feed is on. Copy its address and subscribe to it in your calendar."))
    elif wanted == "new":
        feeds.renew(request.user)
        messages.success(request, _("The feed has a new address; the old one does not work any more."))
    elif wanted == "off":
        feeds.switch_off(request.user)
        messages.success(request, _("The feed is off. Calendars that subscribed to it get nothing any more."))
    return redirect("feed")


def _private(response: HttpResponse) -> HttpResponse:
    """Nobody on the way keeps it, and no search engine lists it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
