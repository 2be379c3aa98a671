"""Links that are later than they should be: for administrators, who look at all owners' at once."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from meetings.models import LinkJob

Problem = LinkJob.Problem

#: A link takes a second; somebody who waits for so long wonders.
SLOW = timedelta(minutes=2)


def links(now: datetime) -> QuerySet[LinkJob]:
    """What was asked for, is owed still, and does not wait for its owner to reconnect."""
    return LinkJob.objects.filter(wanted_at__lte=now - SLOW, waits_for_connection=False, due_at__isnull=False)


def pressing(now: datetime) -> QuerySet[LinkJob]:
    """Those that do not merely wait for the next day's limit."""
    return links(now).exclude(problem=Problem.DAILY_LIMIT)


def given_up(now: datetime) -> QuerySet[LinkJob]:
    """Of coming meetings: what is not tried again until somebody does something."""
    coming = LinkJob.objects.filter(due_at=None, meeting__cancelled_at=None, meeting__ends_at__gt=now)
    return coming.exclude(problem="")


def by_problem(now: datetime) -> "list[tuple[str, int, datetime]]":
    """Of the late ones: how many have which problem, and since when the oldest of them waits."""
    found = links(now).values_list("problem").annotate(Count("pk"), Min("wanted_at"))
    return list(found.order_by())


#: What whoever runs O-Key does about a problem; the provider's own words stand beside it.
TODO = {
    "": _("Nobody has answered yet. Run the doctor (System check): does a worker of the lane “links” run?"),
    Problem.UNAVAILABLE: _("See the provider’s status page. O-Key tries again by itself; nothing is lost."),
    Problem.DAILY_LIMIT: _("Nothing: the limit is the owner’s at the provider, and the link comes the day after."),
    Problem.MISCONFIGURED: _("Run the doctor (System check): it names the setting. Links come after the mend."),
    Problem.REFUSED: _("Read what the provider said, and give its support the tracking ID. Then try again."),
    Problem.MAY_NOT_HOST: _("The owner needs a licence or role at the provider that may host. Then try again."),
    Problem.PAID_ONLY: _("The owner’s plan does not allow it: a shorter meeting, or another plan. Then try again."),
    Problem.SCOPE_MISSING: _("The owner connects again and leaves every permission ticked; the link comes by itself."),
    Problem.USER_GONE: _("The owner connects an account that exists; the link comes by itself."),
    Problem.GONE: _("Somebody deleted it at the provider. The owner asks for a new link on the meeting’s page."),
    Problem.NO_LINK: _("The owner enters an address in the settings; then try again."),
    Problem.BAD_LINK: _("The provider sent an address of a host that O-Key does not know: report it. Nobody opens it."),
    Problem.TOO_LATE: _("Nothing: the meeting is over."),
}


def todo(job: LinkJob) -> str:
    """ "" where nothing is wrong."""
    if not job.problem and job.due_at is None:
        return ""
    if job.waits_for_connection:
        return str(_("The owner has to connect the provider again; they were told, and the link comes by itself."))
    return str(TODO[job.problem])
