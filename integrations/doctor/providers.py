"""The providers that owners authorize at: what the operator set up, and what the provider says to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import registry
from integrations.doctor.findings import Finding, bad, ok, warning
from integrations.providers.base import Misconfigured, OAuthProvider, Probe
from okey.lib.environment import LOOPBACK_HOSTS

SKEW_SEEN = timedelta(seconds=30)
#: Zoom's webhooks are refused beyond five minutes.
SKEW_HURTS = timedelta(minutes=4)


def _to_authorize_at() -> list[OAuthProvider]:
    return [one for one in registry.providers() if isinstance(one, OAuthProvider)]


def settings_are_there() -> Iterator[Finding]:
    for one in _to_authorize_at():
        prefix, subject = one.slug.upper(), _("%(name)s: settings") % {"name": one.name}
        missing = [name for name in (f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET") if not getattr(settings, name)]
        if missing:
            text = _("%(names)s: not set, so nobody can connect.") % {"names": ", ".join(missing)}
            yield bad(subject, text, _("Copy it from your app in the %(name)s Marketplace.") % {"name": one.name})
        else:
            yield ok(subject, _("Set up."))


def simulator() -> Iterator[Finding]:
    """A stand-in on this machine is fine for development, and a mistake elsewhere."""
    if urlsplit(settings.ZOOM_OAUTH_BASE_URL).hostname in LOOPBACK_HOSTS:
        text = _("A simulator at %(url)s plays Zoom.") % {"url": settings.ZOOM_OAUTH_BASE_URL}
        yield warning(
            _("Zoom: simulator"), text, _("Leave ZOOM_OAUTH_BASE_URL and ZOOM_API_BASE_URL empty for the real Zoom.")
        )


def addresses_to_paste() -> Iterator[Finding]:
    """Exactly what has to stand in the provider's app."""
    for one in _to_authorize_at():
        url = settings.OKEY_BASE_URL + reverse("integrations:callback", args=[one.slug])
        yield ok(_("%(name)s: redirect URL to paste") % {"name": one.name}, url, to_copy=True)


def webhook() -> Iterator[Finding]:
    url = settings.OKEY_BASE_URL + reverse("integrations:zoom_webhook")
    if settings.ZOOM_WEBHOOK_SECRET_TOKEN:
        yield ok(_("Zoom: webhook URL to paste"), url, to_copy=True)
    else:
        todo = _("Subscribe to app_deauthorized at %(url)s and set ZOOM_WEBHOOK_SECRET_TOKEN.") % {"url": url}
        text = _("Off: an owner who removes O-Key in Zoom is noticed within a day only.")
        yield warning(_("Zoom: webhook"), text, todo)


def credentials_and_clock() -> Iterator[Finding]:
    for one in _to_authorize_at():
        if one.is_configured:
            probed = one.probe()
            yield _credentials(one, probed)
            if probed.their_time:
                yield _clock(one, probed.their_time)


def _credentials(one: OAuthProvider, probed: Probe) -> Finding:
    subject = _("%(name)s: client ID and secret") % {"name": one.name}
    values = {"name": one.name, "detail": probed.outcome.detail if probed.outcome else ""}
    if probed.outcome is None:
        return ok(subject, _("%(name)s accepts them.") % values)
    if isinstance(probed.outcome, Misconfigured):
        todo = (
            _("Compare client ID, client secret and redirect URL with your app in the %(name)s Marketplace.") % values
        )
        return bad(subject, _("%(name)s refuses them (%(detail)s).") % values, todo)
    text = _("%(name)s did not answer (%(detail)s), so they are not known to be right.") % values
    return warning(subject, text, _("Try again later; see whether this machine reaches %(name)s.") % values)


def _clock(one: OAuthProvider, theirs: datetime) -> Finding:
    subject, skew = _("Clock"), abs(theirs - timezone.now())
    seconds = round(skew.total_seconds())
    values = {"name": one.name, "seconds": seconds}
    if skew < SKEW_SEEN:
        return ok(subject, _("It agrees with %(name)s’s.") % values)
    text = ngettext(
        "It is %(seconds)d second off %(name)s’s.", "It is %(seconds)d seconds off %(name)s’s.", seconds
    ) % values  # fmt: skip
    todo = _("Set this machine’s clock by NTP: tokens and signatures depend on it.")
    return bad(subject, text, todo) if skew >= SKEW_HURTS else warning(subject, text, todo)
