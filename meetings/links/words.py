"""Words about providers, their choice and their problems that several modules share."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import connections
from meetings.models import LinkJob

Problem = LinkJob.Problem

#: The choice of no provider; not "", so that a form without an answer is not taken for one.
NO_VIDEO_LINK = "none"

#: A problem as a line in the history.
PROBLEMS = {
    Problem.UNAVAILABLE: gettext_lazy("%(provider)s is not available at the moment."),
    Problem.DAILY_LIMIT: gettext_lazy("The daily limit of the %(provider)s account is used up."),
    Problem.MISCONFIGURED: gettext_lazy("%(provider)s is not set up correctly here."),
    Problem.REFUSED: gettext_lazy("%(provider)s refused."),
    Problem.MAY_NOT_HOST: gettext_lazy("The %(provider)s account may not host meetings."),
    Problem.PAID_ONLY: gettext_lazy("The plan of the %(provider)s account does not allow this."),
    Problem.SCOPE_MISSING: gettext_lazy("%(provider)s did not give O-Key a permission that this needs."),
    Problem.USER_GONE: gettext_lazy("The %(provider)s account no longer exists."),
    Problem.GONE: gettext_lazy("The meeting was deleted at %(provider)s."),
    Problem.NO_LINK: gettext_lazy("%(provider)s has no address to use."),
    Problem.BAD_LINK: gettext_lazy("%(provider)s sent a link that is not safe to open."),
    Problem.TOO_LATE: gettext_lazy("The meeting is over."),
}


def link_name(provider: str) -> str:
    """What a link from this provider is called: "Zoom link", but not "Personal link link"."""
    name = connections.provider_name(provider)
    return name if connections.is_called_link(provider) else _("%(provider)s link") % {"provider": name}


def problem_text(provider: str, problem: str) -> str:
    return str(PROBLEMS[Problem(problem)]) % {"provider": connections.provider_name(provider)}


def clock(moment: datetime) -> str:
    """The time of day in the current time zone, with the day where that is not today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if is_today else "D j M, H:i")
