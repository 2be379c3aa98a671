"""What is forgotten of connections: after some time (okey.lib.retention), and of a person who removed O-Key."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils import timezone

from integrations import grants
from integrations.models import AuthorizationAttempt, ConnectionEvent, ProviderAccount
from okey.mails.models import Mail


def old_attempts(limit: int) -> "QuerySet[AuthorizationAttempt]":
    """That are over, whatever came of them; their secrets went long before."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_ATTEMPTS_DAYS)
    return AuthorizationAttempt.objects.filter(due_at=None, created_at__lt=before).order_by("created_at")[:limit]


def old_events(limit: int) -> "QuerySet[ConnectionEvent]":
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_EVENTS_DAYS)
    return ConnectionEvent.objects.filter(at__lt=before).order_by("at")[:limit]


def _mails_of_its_owners(account: ProviderAccount) -> "QuerySet[Mail]":
    """To those who connect by this account, and about their meetings: nobody else's are touched."""
    owners = dict(account.connections.values_list("owner", "owner__email"))
    return Mail.objects.filter(Q(to__in=owners.values()) | Q(account__in=[str(key) for key in owners]))


@transaction.atomic
def forget_person(account: ProviderAccount) -> None:
    """What the provider told of a person who removed O-Key there: name, address, their organization.

    Its ID of them stays, because by it a reconnect finds the account and its meetings again. Nothing is forgotten
    where a newer grant has come.
    """
    grants.lock(account.pk)
    found = ProviderAccount.objects.filter(pk=account.pk, tokens=None).first()
    if found is None:
        return
    events, mails = ConnectionEvent.objects.filter(account=found), _mails_of_its_owners(found)
    for said in filter(None, (found.email, found.display_name)):
        # Neither history nor mails are others' to lose: only the words go.
        events.filter(text__contains=said).update(text=Replace(F("text"), Value(said), Value("…")))
    if found.email:
        for column in ("subject", "text"):
            named = mails.filter(**{f"{column}__contains": found.email})
            named.update(**{column: Replace(F(column), Value(found.email), Value("…"))})
    ProviderAccount.objects.filter(pk=found.pk).update(
        email="", display_name="", external_account_id="", last_error="", last_error_at=None
    )
