"""What the doctor asks about links and invitations: whether they come, not whether somebody works on them."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.doctor.findings import Finding, bad, ok, warning
from meetings.links import late
from meetings.models import Invitation, LinkJob

Problem = LinkJob.Problem
LOOKED_AT = timedelta(days=7)
#: The owner can do nothing about these.
OURS = (Problem.REFUSED, Problem.BAD_LINK, Problem.MISCONFIGURED)


def links() -> Iterator[Finding]:
    now, subject = timezone.now(), _("Meetings without a link")
    waiting = [(problem, count) for problem, count, _since in late.by_problem(now)]
    given_up = late.given_up(now).values_list("problem").annotate(Count("pk")).order_by()
    for problem, count in waiting:
        text = ngettext(
            "%(count)d waits for longer than two minutes", "%(count)d wait for longer than two minutes", count
        )
        is_harmless = problem == Problem.DAILY_LIMIT
        yield (warning if is_harmless else bad)(subject, _line(text, count, problem), _todo(problem))
    for problem, count in given_up:
        text = ngettext("%(count)d gets none as it is", "%(count)d get none as it is", count)
        yield (bad if problem in OURS else warning)(subject, _line(text, count, problem), _todo(problem))
    if not waiting and not given_up:
        yield ok(subject, _("None waits for longer than two minutes."))


def _line(text: str, count: int, problem: str) -> str:
    why = str(Problem(problem).label) if problem else _("no answer yet")
    return f"{text % {'count': count}}: {why}."


def _todo(problem: str) -> str:
    if problem == Problem.MISCONFIGURED:
        return _(
            "See the lines on settings and keys above; what the provider said is in the admin’s list of link jobs."
        )
    return _("What the provider said is in the admin’s list of link jobs, by problem.")


def invitations() -> Iterator[Finding]:
    subject, since = _("Invitations that fail"), timezone.now() - LOOKED_AT
    lost = Invitation.objects.filter(failed_at__gte=since).count()
    trying = Invitation.objects.filter(failing_since__isnull=False, due_at__isnull=False).count()
    todo = _("Check EMAIL_URL and the mail server; the errors are in the invitations, and owners can send them again.")
    if lost:
        text = ngettext("%(count)d was given up this week.", "%(count)d were given up this week.", lost)
        yield bad(subject, text % {"count": lost}, todo)
    if trying:
        text = ngettext("%(count)d is tried again.", "%(count)d are tried again.", trying)
        yield warning(subject, text % {"count": trying}, todo)
    if not lost and not trying:
        yield ok(subject, _("None."))
