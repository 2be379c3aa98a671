"""Rest: who fails several times in a row is left alone for a while, then asked once.

One row an account that fails, and one a provider, kept while they do; what is due for them stays due meanwhile
(meetings.models.LinkJob.may_go). An account rests after some failures in a row, and whenever it names a time to come
back. A provider rests when several accounts in a row have failed, or a quota that all share is used up. When a rest is
over, one call tries again: where it fails, the next rest is longer, and after some that worked, one after the other,
all go on.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr
from django.db.models.lookups import In
from django.utils import timezone

from integrations.models import Connection, Rest
from integrations.providers.base import Outcome, Unavailable, Unknown
from okey.lib import claims
from okey.lib.prepared import Given, Question

#: So many failures in a row of an account, and so many accounts in a row of a provider.
FAILURES = 3
#: Of a provider that is back: so many calls, one by one, before all go on.
PROOFS = 5
FIRST_SECONDS, LONGEST_SECONDS = 5, 180
#: So that all who were told the same time do not come at once.
JITTER = timedelta(seconds=5)
#: Longer than a call's deadline: whoever tries may die of it.
TRIAL_SECONDS = 20
#: A row that nothing was heard of for so long is forgotten.
KEPT_FOR = timedelta(days=1)


#: What is known against an account and its provider.
_HELD_AGAINST = Question(
    lambda: Rest.objects.filter(key__in=[Given("account", CharField()), Given("provider", CharField())])
)


def key(provider: str, account: object) -> str:
    """What an account is called here, and in LinkJob.turn."""
    return f"{provider} {account}"


def free(turn: str, now: datetime) -> Q:
    """Rows whose field of this name holds a key that may be called now: neither the account nor its provider rests."""
    resting = in_force(now).values("key")
    provider = Substr(turn, 1, StrIndex(turn, Value(" ")))
    # As lists that the database reads once, however many rows are due.
    return Q(~Q(In(F(turn), resting.query)), ~Q(In(provider, resting.filter(is_wide=True).query)))


def anybody() -> "QuerySet[Rest]":
    """Whoever has failed lately. Usually nobody, and then `may_try` has nothing to find."""
    return Rest.objects.all()


def in_force(now: datetime) -> "QuerySet[Rest]":
    return Rest.objects.filter(Q(rest_until__gt=now) | Q(trial_until__gt=now))


def resting_for(connections: Iterable[Connection]) -> frozenset[str]:
    """The providers among these that are left alone just now, or whose account is."""
    keys = {_of(one): one.provider for one in connections} | {_wide(one.provider): one.provider for one in connections}
    found = in_force(timezone.now()).filter(key__in=keys).values_list("key", flat=True) if keys else ()
    return frozenset(keys[found_key] for found_key in found)


def rests_until(connection: Connection) -> datetime | None:
    """Until when this account, or its provider for everybody, is left alone; None where it may be called."""
    found = in_force(timezone.now()).filter(Q(key=_of(connection)) | Q(key=_wide(connection.provider), is_wide=True))
    return max((one.trial_until or one.rest_until or timezone.now() for one in found), default=None)


def may_try(provider: str) -> bool:
    """Whether to call this provider now: when its rest is over one does, and the others wait for what comes of it."""
    rest = Rest.objects.filter(key=_wide(provider)).first()
    if rest is None or rest.rest_until is None:
        return True
    now = timezone.now()
    over = Rest.objects.filter(Q(trial_until=None) | Q(trial_until__lte=now), pk=rest.pk, rest_until__lte=now)
    return bool(over.update(trial_until=now + timedelta(seconds=TRIAL_SECONDS)))


def end(provider: str, account_id: object) -> None:
    """The account has a new grant: what was held against it was about the old one."""
    Rest.objects.filter(key=key(provider, account_id)).delete()


@contextmanager
def heeding(connection: Connection, *, proves: bool = True) -> Iterator[None]:
    """Around a call for this connection: what comes of it says who rests. `proves`: that nothing is raised says that
    the provider answered.
    """
    if connection.account_id is None:
        yield
        return
    try:
        yield
    except (Unavailable, Unknown) as outcome:
        _failed(connection, outcome)
        raise
    except Outcome:
        _answered(connection)
        raise
    if proves:
        _answered(connection)


def _answered(connection: Connection) -> None:
    """Usually nobody rests, and this is one look at an empty table."""
    for rest in _HELD_AGAINST.all(account=_of(connection), provider=_wide(connection.provider)):
        if rest.is_wide and rest.rest_until is not None and rest.proofs + 1 < PROOFS:
            Rest.objects.filter(pk=rest.pk).update(proofs=F("proofs") + 1, trial_until=None)
        else:
            rest.delete()


@transaction.atomic
def _failed(connection: Connection, outcome: Unavailable | Unknown) -> None:
    retry_at = outcome.retry_at if isinstance(outcome, Unavailable) else None
    account = _locked(_of(connection), is_wide=False)
    account.failures += 1
    if retry_at is not None:
        account.rest_until = claims.jittered(retry_at, within=JITTER)
    elif account.failures >= FAILURES:
        account.rest_until = _rest_until(account.failures - FAILURES + 1)
    account.save()
    if retry_at is None:  # one that names a time is well, and knows that account
        _failed_everywhere(connection)
    elif isinstance(outcome, Unavailable) and outcome.for_everyone:
        _rests_until(connection.provider, retry_at)
    Rest.objects.filter(changed_at__lt=timezone.now() - KEPT_FOR).delete()


def _failed_everywhere(connection: Connection) -> None:
    provider = _locked(_wide(connection.provider), is_wide=True)
    provider.accounts = [*{*provider.accounts, str(connection.account_id)}][:FAILURES]
    is_trial = provider.rest_until is not None and provider.rest_until <= timezone.now()
    # Calls that were under way when the rest began say nothing new.
    if is_trial or (provider.rest_until is None and len(provider.accounts) >= FAILURES):
        provider.failures += 1
        provider.rest_until = _rest_until(provider.failures)
        provider.trial_until, provider.proofs = None, 0
    provider.save()


def _rests_until(provider: str, retry_at: datetime) -> None:
    """A quota that all owners share is used up."""
    rest = _locked(_wide(provider), is_wide=True)
    rest.rest_until, rest.trial_until, rest.proofs = claims.jittered(retry_at, within=JITTER), None, 0
    rest.save()


def _locked(name: str, *, is_wide: bool) -> Rest:
    Rest.objects.get_or_create(key=name, defaults={"is_wide": is_wide})
    return Rest.objects.select_for_update().get(key=name)


def _rest_until(times: int) -> datetime:
    return timezone.now() + claims.backoff(times, first=FIRST_SECONDS, longest=LONGEST_SECONDS)


def _of(connection: Connection) -> str:
    return key(connection.provider, connection.account_id)


def _wide(provider: str) -> str:
    """With the space, so that it begins the keys of the provider's accounts and of no other's."""
    return f"{provider} "
