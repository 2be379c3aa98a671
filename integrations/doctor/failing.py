"""What fails, though everything runs."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.calendars.models import Calendar, Subscription
from integrations.doctor.findings import Finding, bad, ok, warning
from integrations.models import Connection, ProviderAccount
from okey.pulse.models import Process
from okey.pulse.settings_seen import differing
from okey.webhooks.models import Endpoint

#: Google sends a first message at once.
HEARD_WITHIN = timedelta(minutes=10)


def accounts() -> Iterator[Finding]:
    """Their owners are told; that many at once have to is for whoever runs O-Key."""
    subject = _("Accounts to reconnect")
    lost = Connection.objects.active().filter(account__state=ProviderAccount.State.NEEDS_RECONNECT)
    if count := lost.values("account").distinct().count():
        text = ngettext("%(count)d needs reconnecting.", "%(count)d need reconnecting.", count)
        todo = _("Their owners were told. Of many at once, see the errors in the admin’s list of provider accounts.")
        yield warning(subject, text % {"count": count}, todo)
    else:
        yield ok(subject, _("None."))


def webhooks() -> Iterator[Finding]:
    subject = _("Webhooks that fail")
    if count := Endpoint.objects.filter(failing_since__isnull=False, disabled_at=None).count():
        text = ngettext("%(count)d receiver fails.", "%(count)d receivers fail.", count)
        yield warning(subject, text % {"count": count}, _("Their owners see why. Of all at once, see the network."))
    else:
        yield ok(subject, _("None."))


def calendars_that_tell() -> Iterator[Finding]:
    """Without it they are read every quarter of an hour, so owners need not know."""
    read = Calendar.objects.filter(connection__isnull=False, trouble="").count()
    if not read:
        return
    subject, now = _("Calendars that tell of changes"), timezone.now()
    todo = _("The others are read every 15 to 20 minutes. Vendors send to https addresses on the open internet only.")
    current = Subscription.objects.filter(calendar__trouble="", state__in=Subscription.CURRENT)
    refused = current.filter(state=Subscription.State.WANTED).exclude(problem="")
    if count := refused.count():
        text = ngettext("%(count)d is refused that (%(why)s).", "%(count)d are refused that (%(why)s).", count)
        why = refused.latest("asked_at").problem
        yield warning(subject, text % {"count": count, "why": why}, todo)
    silent = current.filter(state=Subscription.State.LIVE, heard_at=None, asked_at__lt=now - HEARD_WITHIN).count()
    if silent:
        text = ngettext("From %(count)d nothing has come so far.", "From %(count)d nothing has come so far.", silent)
        yield warning(subject, text % {"count": silent}, _("See whether OKEY_BASE_URL is reached from the internet."))
    if not count and not silent:
        told = current.filter(heard_at__isnull=False, expires_at__gt=now).values("calendar").distinct().count()
        yield ok(subject, _("%(told)d of %(count)d.") % {"told": told, "count": read})


def settings_of_processes() -> Iterator[Finding]:
    """A worker with an older `.env` than the web process does its work with other keys, or other addresses."""
    subject = _("Settings of workers and beat")
    running = list(Process.running())
    for process in running:
        if names := differing(process.settings):
            values = {"process": process.name, "names": ", ".join(names)}
            todo = _("Give it the same environment as the others, and restart it.")
            yield bad(subject, _("%(process)s has others than this process: %(names)s.") % values, todo)
    if not any(differing(process.settings) for process in running):
        yield ok(subject, _("The same everywhere, of %(count)d processes.") % {"count": len(running)})
