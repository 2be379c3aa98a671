"""The providers that owners authorize at: what the operator set up, and what the provider says to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import administrators, registry
from integrations.doctor.findings import Finding, bad, ok, warning
from integrations.models import Connection
from integrations.providers.base import Misconfigured, Probe
from integrations.vendors.base import Vendor
from okey import figures
from okey.lib.environment import LOOPBACK_HOSTS

SKEW_SEEN = timedelta(seconds=30)
#: So long before a client secret runs out, it is time for a new one.
EXPIRES_SOON = timedelta(days=30)
#: Zoom's webhooks are refused beyond five minutes.
SKEW_HURTS = timedelta(minutes=4)


def _vendors() -> list[Vendor]:
    return [registry.vendor(slug) for slug in registry.VENDORS]


def _set_up() -> list[Vendor]:
    return [one for one in _vendors() if one.is_configured]


def settings_are_there() -> Iterator[Finding]:
    """Half a vendor's credentials are a mistake; none are a choice, as long as somebody can have links."""
    for one in _vendors():
        names = [f"{one.slug.upper()}_CLIENT_ID", f"{one.slug.upper()}_CLIENT_SECRET"]
        missing = [name for name in names if not registry.setting(name)]
        subject = _("%(name)s: settings") % {"name": one.name}
        if not missing:
            yield ok(subject, _("Set up."))
        elif len(missing) < len(names):
            text = _("%(names)s: not set, so nobody can connect.") % {"names": ", ".join(missing)}
            yield bad(subject, text, _("Copy it from O-Key’s app at %(name)s.") % {"name": one.name})
    if not _set_up() and not Connection.objects.active().exists():
        ids = ", ".join(f"{one.slug.upper()}_CLIENT_ID" for one in _vendors())
        text = _("None is set up that owners connect an account of, and nobody uses another one.")
        todo = _("Set one up (%(names)s, and the secret), or switch one on in settings that needs no account.")
        yield bad(_("Meeting providers"), text, todo % {"names": ids})


def secrets_that_expire() -> Iterator[Finding]:
    """A client secret that has run out ends every refresh at once, though each grant is as good as before."""
    for one in _set_up():
        if one.secret_expires_on is None:
            continue
        subject = _("%(name)s: client secret") % {"name": one.name}
        days = (one.secret_expires_on - timezone.localdate()).days
        values = {"day": one.secret_expires_on.isoformat(), "name": one.name, "prefix": one.slug.upper()}
        todo = _("Make a new one in O-Key’s app at %(name)s; set %(prefix)s_CLIENT_SECRET and …_EXPIRES.") % values
        if days < 0:
            yield bad(subject, _("It expired on %(day)s.") % values, todo)
        elif days < EXPIRES_SOON.days:
            yield warning(subject, _("It expires on %(day)s.") % values, todo)
        else:
            yield ok(subject, _("It expires on %(day)s.") % values)


def simulator() -> Iterator[Finding]:
    """A stand-in on this machine is fine for development, and a mistake elsewhere."""
    for one in _set_up():
        here = [url for url in one.base_urls if urlsplit(url).hostname in LOOPBACK_HOSTS]
        if here:
            values = {"name": one.name, "url": here[0], "prefix": one.slug.upper()}
            todo = _("Leave %(prefix)s’s settings that end with BASE_URL empty for the real %(name)s.") % values
            text = _("A simulator at %(url)s plays %(name)s.") % values
            yield warning(_("%(name)s: simulator") % values, text, todo)


def addresses_to_paste() -> Iterator[Finding]:
    """Exactly what has to stand in the vendor's app."""
    for vendor in _vendors():
        for one in registry.services(vendor.slug):
            url = registry.callback_url(one.slug)
            yield ok(_("%(name)s: redirect URL to paste") % {"name": one.name}, url, to_copy=True)
            if vendor.asks_administrators:
                subject = _("%(name)s: redirect URL to paste, for administrators") % {"name": one.name}
                yield ok(subject, administrators.approved_url(one.slug), to_copy=True)


def webhook() -> Iterator[Finding]:
    """Zoom's, where Zoom is used."""
    if not (settings.ZOOM_CLIENT_ID or settings.ZOOM_CLIENT_SECRET):
        return
    url = settings.OKEY_BASE_URL + reverse("integrations:zoom_webhook")
    if settings.ZOOM_WEBHOOK_SECRET_TOKEN:
        yield ok(_("Zoom: webhook URL to paste"), url, to_copy=True)
        yield from _signatures()
    else:
        todo = _("Subscribe to app_deauthorized and the events of meetings at %(url)s; set ZOOM_WEBHOOK_SECRET_TOKEN.")
        todo %= {"url": url}
        text = _("Off: an owner who removes O-Key in Zoom is noticed within a day only.")
        yield warning(_("Zoom: webhook"), text, todo)


def _signatures() -> Iterator[Finding]:
    """Strangers may send what is wrongly signed; that nothing else ever came is what is strange."""
    try:
        came = {labels[1]: count for name, labels, count in figures.counted() if name == figures.MESSAGES.name}
    except (redis.RedisError, OSError, ValueError):
        return  # the broker has a line of its own
    wrong = int(came.pop("bad_signature", 0))
    if wrong and not came:
        text = ngettext(
            "%(count)d message came, and was wrongly signed.", "%(count)d messages came, all wrongly signed.", wrong
        ) % {"count": wrong}  # fmt: skip
        yield warning(_("Zoom: webhook"), text, _("Compare ZOOM_WEBHOOK_SECRET_TOKEN with the app’s at Zoom."))


def credentials_and_clock() -> Iterator[Finding]:
    for one in _set_up():
        probed = one.probe(redirect_uri=registry.callback_url(registry.services(one.slug)[0].slug))
        yield _credentials(one, probed)
        if probed.their_time:
            yield _clock(one, probed.their_time)


def _credentials(one: Vendor, probed: Probe) -> Finding:
    subject = _("%(name)s: client ID and secret") % {"name": one.name}
    values = {"name": one.name, "detail": probed.outcome.detail if probed.outcome else ""}
    if probed.outcome is None:
        return ok(subject, _("%(name)s accepts them.") % values)
    if isinstance(probed.outcome, Misconfigured):
        todo = _("Compare client ID, client secret and redirect URL with O-Key’s app at %(name)s.") % values
        return bad(subject, _("%(name)s refuses them (%(detail)s).") % values, todo)
    text = _("%(name)s did not answer (%(detail)s), so they are not known to be right.") % values
    return warning(subject, text, _("Try again later; see whether this machine reaches %(name)s.") % values)


def _clock(one: Vendor, theirs: datetime) -> Finding:
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
