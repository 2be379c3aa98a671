"""What has to run: the database, the broker, the worker and beat; and whether the work gets done."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.backoff import NoBackoff
from redis.retry import Retry

from integrations.doctor.findings import Finding, bad, ok, warning
from okey.lib.claims import Claimable, unclaimed
from okey.mails.models import Mail
from okey.pulse.models import Process, Pulse
from okey.pulse.reporting import BEAT

#: Twice this is how long the broker may take: to connect, and to answer.
BROKER_SECONDS = 0.25
PULSE_STOPPED = timedelta(minutes=1)
DUE_IS_SLOW = timedelta(minutes=1)
DUE_IS_STUCK = timedelta(minutes=5)
MAILS_LOOKED_AT = timedelta(days=7)


def database() -> Iterator[Finding]:
    subject = _("Database")
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield bad(subject, *_no_answer(error))
        return
    if missing:
        text = ngettext("%(count)d migration is missing.", "%(count)d migrations are missing.", len(missing))
        yield bad(subject, text % {"count": len(missing)}, _("Run manage.py migrate."))
    elif connection.vendor == "sqlite" and not settings.DEBUG:
        yield warning(subject, _("SQLite answers."), _("Use PostgreSQL in production: set DATABASE_URL."))
    else:
        yield ok(subject, _("%(vendor)s answers, up to date.") % {"vendor": connection.display_name})


def _no_answer(error: DatabaseError) -> tuple[str, str]:
    """What it is and what to do, in words of our own: PostgreSQL's name user, host and database."""
    said = str(error)
    if "password authentication failed" in said or "no pg_hba.conf entry" in said:
        todo = _("Check user and password in DATABASE_URL; both are percent-encoded there.")
        return _("It refuses the user or the password."), todo
    if "database" in said and "does not exist" in said:
        return _("There is no database of that name."), _("Make it, or check the name at the end of DATABASE_URL.")
    if "Connection refused" in said or "resolve host" in said or "timeout expired" in said:
        return _("Nobody answers at its host and port."), _("Start it, and check host and port in DATABASE_URL.")
    text = _("It does not answer (%(error)s).") % {"error": type(error).__name__}
    return text, _("Start it, and check DATABASE_URL.")


def broker() -> Iterator[Finding]:
    subject = _("Broker")
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        text = _("It does not answer (%(error)s). Nothing is lost meanwhile: work waits in the tables.")
        yield bad(subject, text % {"error": type(error).__name__}, _("Start it, and check REDIS_URL."))
    else:
        yield ok(subject, _("It answers."))


def worker_and_beat() -> Iterator[Finding]:
    """One sign of life proves both: beat sent it, a worker wrote it."""
    subject = _("Worker and beat")
    pulse = Pulse.last()
    if pulse is not None and pulse.at >= timezone.now() - PULSE_STOPPED:
        yield ok(subject, _("Alive."))
        return
    text = _("No sign of life yet.")
    if pulse is not None:
        text = _("The last sign of life was %(ago)s ago.") % {"ago": timesince(pulse.at)}
    which, todo = _which_has_stopped()
    yield bad(subject, f"{text} {which}".strip(), todo)


def _which_has_stopped() -> tuple[str, str]:
    """By what each process says of itself, through the database alone."""
    names = Process.running().values_list("name", flat=True)
    beats = [name for name in names if name.startswith(BEAT)]
    if not names:
        todo = _("Start both, with this DATABASE_URL: celery -A okey worker, and celery -A okey beat.")
        return "", todo
    if not beats:
        return _("Workers run, and beat does not."), _("Start it: celery -A okey beat.")
    if len(beats) == len(names):
        todo = _("Start one, with this DATABASE_URL: celery -A okey worker.")
        return _("Beat runs, and no worker does."), todo
    todo = _("Give both the same REDIS_URL; some worker has to look at “pulse” (-Q). See their logs.")
    return _("Both run, but what beat asks reaches no worker."), todo


def due_work() -> Iterator[Finding]:
    """The oldest row that is due in each table of claims, and that nobody works on."""
    now = timezone.now()
    for model in apps.get_models():
        if issubclass(model, Claimable):
            waiting = model._default_manager.order_by().filter(unclaimed(now), model.may_go(now), due_at__lte=now)
            found = waiting.aggregate(oldest=Min("due_at"), count=Count("pk"))
            yield _due(capfirst(str(model._meta.verbose_name_plural)), **found)


def _due(subject: str, *, oldest: datetime | None, count: int) -> Finding:
    age = timezone.now() - oldest if oldest else timedelta()
    if oldest is None or age < DUE_IS_SLOW:
        return ok(subject, _("Nothing waits."))
    text = ngettext("%(count)d is due, for %(ago)s.", "%(count)d are due, the oldest for %(ago)s.", count)
    text %= {"count": count, "ago": timesince(oldest)}
    todo = _("See whether the worker runs, and what its log says.")
    return bad(subject, text, todo) if age >= DUE_IS_STUCK else warning(subject, text, todo)


def mails() -> Iterator[Finding]:
    subject = _("Mails that fail")
    lately = Mail.objects.filter(sent_at=None, created_at__gte=timezone.now() - MAILS_LOOKED_AT)
    given_up = lately.filter(due_at=None)
    failing = lately.filter(due_at__isnull=False).exclude(last_error="")
    todo = _("Check EMAIL_URL and the mail server. The mails and their errors are in the admin’s list of mails.")
    if lost := given_up.count():
        text = ngettext("%(count)d was given up this week.", "%(count)d were given up this week.", lost)
        yield bad(subject, text % {"count": lost}, todo)
    if trying := failing.count():
        text = ngettext("%(count)d is tried again (%(error)s).", "%(count)d are tried again (%(error)s).", trying)
        newest = failing.latest("created_at")
        yield warning(subject, text % {"count": trying, "error": newest.last_error.partition(":")[0]}, todo)
    if not lost and not trying:
        yield ok(subject, _("None."))
