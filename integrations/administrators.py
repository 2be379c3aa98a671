"""Where an organization's administrator has to allow O-Key before its people can connect (`asks_administrators`).

The vendor may say so on a page of its own and never send the person back. So they can say it here as well, and get a
text with a link to forward. Whoever opens that may have no account here, and comes back without a code: all that
changes is a note for the owner who asked.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from integrations import diary, grants, registry, scopes
from integrations.models import AuthorizationAttempt, ConnectionEvent
from integrations.providers.base import Service
from okey.owners.models import Owner

SALT = "integrations.administrators"
APPROVED = "approved"

Results = AuthorizationAttempt.Outcome
Status = AuthorizationAttempt.Status


class UnknownState(Exception):
    """No state, or none of ours."""


@dataclass(frozen=True)
class Wait:
    """An owner who waits for an administrator; `is_approved`: somebody came back from the page and had agreed."""

    link: str
    text: str
    is_approved: bool = False


def wait_for(owner_id: Any, provider: str, *, is_approved: bool = False) -> Wait:
    """What to forward."""
    one = registry.service(provider)
    link = registry.vendor_of(provider).administrators_url(
        state=signing.Signer(salt=SALT).sign_object([str(owner_id), provider]),
        redirect_uri=approved_url(provider),
        scopes=scopes.wanted(owner_id, one),
    )
    text = _(
        "Hello, I would like to use %(provider)s with O-Key (%(okey)s). In our organization an administrator "
        "has to allow O-Key once. This page shows which permissions it asks for, and lets you accept them: %(link)s"
    )
    values = {"provider": one.name, "okey": settings.OKEY_BASE_URL, "link": link}
    return Wait(link, text % values, is_approved)


def approved_url(provider: str) -> str:
    """Where the administrator comes back to; it has to stand in the vendor's app, to the letter."""
    return settings.OKEY_BASE_URL + reverse("integrations:approved", args=[provider])


def begin_waiting(attempt: AuthorizationAttempt) -> bool:
    """The owner says that the vendor asks for an administrator. False: the attempt is not pending any more."""
    over = {"status": Status.FAILED, "outcome": Results.NEEDS_ADMIN, "secrets": None, "due_at": None}
    pending = AuthorizationAttempt.objects.filter(pk=attempt.pk, status=Status.PENDING, spent_at=None)
    return bool(pending.update(**over))


def waiting(owner: Owner, providers: Collection[str]) -> dict[str, Wait]:
    """For which of these providers the owner waits: the last that is known is that an administrator is needed."""
    asking = [one for one in providers if asks(one)]
    if not asking:
        return {}
    ends = {Results.NEEDS_ADMIN, Results.CONNECTED, Results.RECONNECTED}
    attempts = AuthorizationAttempt.objects.filter(owner=owner, provider__in=asking, outcome__in=ends)
    last = {one.provider: one for one in attempts.order_by("created_at").only("provider", "outcome", "created_at")}
    open_ = {slug: one.created_at for slug, one in last.items() if one.outcome == Results.NEEDS_ADMIN}
    if not open_:
        return {}
    events = ConnectionEvent.objects.filter(owner=owner, kind=APPROVED, provider__in=open_)
    approved = dict(events.order_by("at").values_list("provider", "at"))
    return {
        slug: wait_for(owner.pk, slug, is_approved=slug in approved and approved[slug] > since)
        for slug, since in open_.items()
    }


def asks(provider: str) -> bool:
    """Whether an administrator may be needed there."""
    one = registry.connectable(provider)
    return isinstance(one, Service) and registry.vendor_of(provider).asks_administrators


def came_back(provider: str, *, state: str, is_approved: bool) -> None:
    """An administrator is back. Notes an approval, once, if the owner still waits. Raises UnknownState."""
    owner_id = _owner_of(provider, state)
    with transaction.atomic():
        owner = Owner.objects.select_for_update(no_key=True).filter(pk=owner_id, is_active=True).first()
        if owner is None:
            raise UnknownState
        wait = waiting(owner, [provider]).get(provider)
        if not is_approved or wait is None or wait.is_approved:
            return
        with translation.override(owner.language):
            text = _("An administrator of your organization has allowed O-Key. You can connect now.")
            diary.note(owner, provider, APPROVED, text)
        grants.announce_to(owner.pk, provider)


def _owner_of(provider: str, state: str) -> uuid.UUID:
    try:
        owner_id, named = signing.Signer(salt=SALT).unsign_object(state)
        if named != provider:
            raise UnknownState
        return uuid.UUID(owner_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise UnknownState from None
