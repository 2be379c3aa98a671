"""Closing an account: at once nobody gets in any more; then clients are told and grants end; later all is deleted.

What is left to do is always read from the database: which meetings are still to come, which cancellations are still on
their way, which connections live. So a worker that dies in between has done nothing twice, and leaves nothing undone.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from integrations import connections
from integrations.calendars.models import Calendar, CalendarAccount
from integrations.models import Connection
from meetings import scheduling
from meetings.bot import messenger_keys
from meetings.feed import feeds
from meetings.models import CalendarEntry, Invitation, LinkJob, Meeting
from meetings.personal import deleting
from meetings.personal.models import Closing
from okey.api import tokens
from okey.api.oauth import grants as app_grants
from okey.lib.claims import Claim
from okey.mails import outbox
from okey.owners import sessions
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint

logger = logging.getLogger(__name__)

#: Longer than a batch of anything takes.
LEASE_SECONDS = 120
#: Meetings that are cancelled under one claim.
BATCH = 50
LOOK_AGAIN_SECONDS = 30
#: Then connections end though a provider or a calendar has not heard of every cancellation.
PATIENCE = timedelta(days=1)
#: Deleting waits so long after the end of connections until their grants are given back. Upkeep tries for a day, and
#: then destroys the tokens (integrations/grants.py: REVOKE_FOR): in between there may be another account's pair.
GIVING_BACK = timedelta(days=2)


class LastAdministrator(Exception):
    """Nobody would be left who can let others in."""


class TooLate(Exception):
    """It is being deleted by now; or it is open."""


@transaction.atomic
def close(*, owner: Owner) -> Closing:
    """From this moment nothing and nobody gets in. Twice is once. Raises LastAdministrator."""
    _lock_administrators()  # of two who close at once, one sees that the other has
    owner = Owner.objects.locked(owner.pk)
    if owner.closed_at is not None:
        return Closing.objects.get(owner=owner)
    if owner.is_superuser and not _other_administrators(owner).exists():
        raise LastAdministrator
    owner.closed_at = timezone.now()
    owner.set_unusable_password()  # with it every session ends, those that no list knows, too
    owner.save(update_fields=["closed_at", "password"])
    sessions.end_all(owner)
    tokens.revoke_all(owner=owner)
    app_grants.end_all(owner=owner)
    for endpoint in Endpoint.objects.of(owner):
        endpoints.remove(owner=owner, endpoint_id=endpoint.pk)
    feeds.switch_off(owner)
    messenger_keys.remove(owner)
    closing = Closing.objects.create(owner=owner, due_at=timezone.now())
    Closing.wake_on_commit()
    with translation.override(owner.language), timezone.override(owner.timezone):
        context = {"owner": owner, "deleted_at": closing.deleted_at}
        outbox.write(to=owner.email, template="meetings/personal/mails/closed", context=context)
    logger.info("Account %s is closed.", owner.pk)
    return closing


def _lock_administrators() -> None:
    list(Owner.objects.select_for_update(no_key=True).filter(is_superuser=True).order_by("pk").values_list("pk"))


def _other_administrators(owner: Owner) -> "QuerySet[Owner]":
    """Who may let others in; support may not."""
    return Owner.objects.filter(is_superuser=True, is_active=True, closed_at=None).exclude(pk=owner.pk)


@transaction.atomic
def reopen(*, owner_id: UUID) -> Owner:
    """The owner may sign in again, with a password that they set anew. What was cancelled and ended stays so.

    Raises TooLate.
    """
    owner = Owner.objects.locked(owner_id)
    closing = Closing.objects.select_for_update().filter(owner=owner).first()
    if closing is None or closing.deleted_at <= timezone.now():
        raise TooLate
    closing.delete()
    owner.closed_at, owner.is_active = None, True
    owner.save(update_fields=["closed_at", "is_active"])
    logger.info("Account %s is open again.", owner.pk)
    return owner


def work_on(claim: Claim[Closing]) -> None:
    """What is due: the next of what is to end, or to be deleted."""
    closing = claim.row()
    if closing.settled_at is None:
        _end_things(claim, closing.owner)
    elif closing.deleted_at > timezone.now():
        claim.release(due_at=closing.deleted_at, attempts=0)
    elif _is_giving_back(closing):
        claim.put_back(seconds=LOOK_AGAIN_SECONDS)
    elif deleting.is_done(closing.owner):
        logger.info("Account %s is deleted.", claim.pk)
    else:
        claim.put_back(seconds=0)


def waits_until(closing: Closing) -> datetime | None:
    """When it is deleted whatever a provider says, where a grant is still to be given back; else None."""
    is_owed = Connection.objects.filter(owner=closing.owner_id, account__revoke_after__isnull=False).exists()
    return closing.settled_at + GIVING_BACK if closing.settled_at and is_owed else None


def _is_giving_back(closing: Closing) -> bool:
    until = waits_until(closing)
    if until is not None and until <= timezone.now():
        logger.warning("Account %s is deleted with a grant that no provider has taken back.", closing.pk)
        return False
    return until is not None


def _end_things(claim: Claim[Closing], owner: Owner) -> None:
    """Clients first: the cancellations go through the connections that end afterwards."""
    if _cancel_some(owner):
        claim.put_back(seconds=0)
    elif _is_telling(owner) and timezone.now() < (owner.closed_at or timezone.now()) + PATIENCE:
        claim.put_back(seconds=LOOK_AGAIN_SECONDS)
    elif claim.is_mine():  # nobody has opened it again meanwhile
        _end_connections(owner)
        with transaction.atomic():
            if claim.release(settled_at=timezone.now(), due_at=Closing(owner=owner).deleted_at, attempts=0):
                Owner.objects.filter(pk=owner.pk).update(is_active=False)


def _cancel_some(owner: Owner) -> bool:
    """Meetings that are still to come, as if the owner had cancelled each. False: there is none."""
    to_come = Meeting.objects.filter(owner=owner, cancelled_at=None, starts_at__gt=timezone.now())
    found = list(to_come.order_by("starts_at", "pk").values_list("pk", flat=True)[:BATCH])
    with translation.override(owner.language):
        for meeting_id in found:
            scheduling.cancel(owner=owner, meeting_id=meeting_id)
    return bool(found)


def _is_telling(owner: Owner) -> bool:
    """Whether a cancellation is on its way: to a client, to a provider or to the owner's calendar."""
    cancelled = {"meeting__owner": owner, "meeting__cancelled_at__isnull": False, "due_at__isnull": False}
    return any(model._default_manager.filter(**cancelled).exists() for model in (LinkJob, Invitation, CalendarEntry))


def _end_connections(owner: Owner) -> None:
    """Grants are revoked where nobody else uses them; passwords and addresses of calendars go now."""
    with translation.override(owner.language):
        for connection in Connection.objects.active().filter(owner=owner):
            connections.disconnect(owner=owner, connection_id=connection.pk)
    with transaction.atomic():
        Calendar.objects.filter(owner=owner).delete()
        CalendarAccount.objects.filter(owner=owner).delete()
