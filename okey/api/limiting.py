"""How often the API may be called, and the headers that say how much is left."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from okey.api.models import Bearer
from okey.api.problems import Code, Problem
from okey.limits.limits import Verdict, address_of, hit

#: All of an owner's tokens together.
CALLS_A_MINUTE = 300
#: From one network address, without a token that works.
REFUSALS_A_MINUTE = 60


def count_call(request: HttpRequest, token: Bearer) -> None:
    """One more call of this owner's. Raises Problem when there are too many."""
    verdict = hit("api", str(token.owner_id), limit=CALLS_A_MINUTE, seconds=60)
    request.META["okey.rate"] = verdict  # for `describe`, when the answer is made
    if not verdict.allowed:
        raise too_many(verdict)


def count_mail(token: Bearer) -> None:
    """One more call with this token, or this grant, that mails a client: half of what its owner may send in a day.

    So a stolen token sends few mails, and the owner goes on working. Raises Problem when there are too many; the caller
    has changed nothing yet.
    """
    verdict = hit("api mails", str(token.pk), limit=max(1, settings.OKEY_MAILS_A_DAY // 2), seconds=24 * 3600)
    if not verdict.allowed:
        words = _("This token has caused as many mails to clients as one may within a day.")
        raise Problem(Code.TOO_MANY_REQUESTS, words, headers={"Retry-After": str(verdict.retry_seconds)})


def count_refusal(request: HttpRequest) -> None:
    """One more call without a token that works. Raises Problem when somebody seems to be trying them out."""
    verdict = hit("api-refused", address_of(request), limit=REFUSALS_A_MINUTE, seconds=60)
    request.META["okey.rate"] = verdict
    if not verdict.allowed:
        raise too_many(verdict)


def too_many(verdict: Verdict) -> Problem:
    """429, with when to come again."""
    return Problem(Code.TOO_MANY_REQUESTS, headers={"Retry-After": str(verdict.retry_seconds)})


def describe(request: HttpRequest, response: HttpResponse) -> None:
    """Say on the answer how many calls are left, where they were counted."""
    verdict = request.META.get("okey.rate")
    if isinstance(verdict, Verdict):
        response["RateLimit-Limit"] = str(verdict.limit)
        response["RateLimit-Remaining"] = str(verdict.left)
        response["RateLimit-Reset"] = str(verdict.retry_seconds)
