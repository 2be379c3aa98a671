"""Owners' endpoints: added, changed, switched off and on, removed. The only writers of what an endpoint is.

What becomes of deliveries is written in deliveries.py; the endpoint's row is locked before theirs.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from okey.lib.sealing import CannotOpen
from okey.mails import outbox
from okey.owners.models import Owner
from okey.webhooks import addresses, signing
from okey.webhooks.models import Delivery, Endpoint, EventType

MOST_ENDPOINTS = 10
#: How long the secret before goes on signing.
OVERLAP = timedelta(hours=24)


def add(
    *,
    owner: Owner,
    url: str,
    events: Iterable[str],
    description: str = "",
    payload: str = Endpoint.Payload.THIN,
    only: Mapping[str, Iterable[str]] | None = None,
) -> Endpoint:
    """A new endpoint with a secret of its own. Raises ValidationError by field."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        fields = _checked(owner, url, events, description)
        if Endpoint.objects.of(owner).count() >= MOST_ENDPOINTS:
            raise ValidationError(
                {"url": _("You have %(count)d webhooks. Remove one first.") % {"count": MOST_ENDPOINTS}}
            )
        endpoint = Endpoint(owner=owner, payload=payload, only=_narrowed(only or {}), **fields)
        endpoint.secret = endpoint.seal("secret", signing.new_secret())
        endpoint.save(force_insert=True)
    return endpoint


def change(
    *,
    owner: Owner,
    endpoint_id: Any,
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
    payload: str | None = None,
    only: Mapping[str, Iterable[str]] | None = None,
) -> Endpoint:
    """None leaves a field as it is; of `only`, what is not named stays.

    Raises ValidationError by field, and Endpoint.DoesNotExist.
    """
    with transaction.atomic():
        endpoint = locked(owner, endpoint_id)
        fields = _checked(
            owner,
            endpoint.url if url is None else url,
            endpoint.event_set if events is None else events,
            endpoint.description if description is None else description,
            but=endpoint,
        )
        # What was held against one address says nothing of another.
        fresh = {} if fields["url"] == endpoint.url else _clean_slate()
        Endpoint.objects.filter(pk=endpoint.pk).update(
            payload=payload or endpoint.payload, only=_narrowed(endpoint.only | dict(only or {})), **fields, **fresh
        )
    return Endpoint.objects.get(pk=endpoint.pk)


def follow_contact(*, owner: Owner, was: UUID, now: UUID) -> None:
    """Those that are narrowed to a contact go on with the one that it was merged into. The owner's row is locked."""
    for endpoint in Endpoint.objects.of(owner).select_for_update(no_key=True).order_by("pk"):
        ids = set(endpoint.only.get("contact_ids", []))
        if str(was) in ids:
            only = endpoint.only | {"contact_ids": sorted(ids - {str(was)} | {str(now)})}
            Endpoint.objects.filter(pk=endpoint.pk).update(only=only)


def remove(*, owner: Owner, endpoint_id: Any) -> None:
    """With everything that waits for it. Raises Endpoint.DoesNotExist."""
    with transaction.atomic():
        locked(owner, endpoint_id)
        Endpoint.objects.select_for_update().get(pk=endpoint_id).delete()


def switch_off(*, owner: Owner, endpoint_id: Any) -> Endpoint:
    """The owner wants nothing sent there; what waits is given up. Raises Endpoint.DoesNotExist."""
    with transaction.atomic():
        endpoint = locked(owner, endpoint_id)
        if endpoint.is_enabled:
            _disable(endpoint, Endpoint.Disabled.BY_OWNER)
    return Endpoint.objects.get(pk=endpoint_id)


def switch_on(*, owner: Owner, endpoint_id: Any) -> Endpoint:
    """Events from now on are sent; earlier ones by replay. Raises Endpoint.DoesNotExist."""
    with transaction.atomic():
        endpoint = locked(owner, endpoint_id)
        if not endpoint.is_enabled:
            Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None, disabled_why="", **_clean_slate())
    return Endpoint.objects.get(pk=endpoint_id)


def stop(endpoint: Endpoint, why: str) -> None:
    """O-Key gives the endpoint up, and tells its owner. The endpoint is locked."""
    _disable(endpoint, why)
    owner = endpoint.owner
    with translation.override(owner.language):
        outbox.write(
            to=owner.email,
            template="webhooks/mails/stopped",
            context={
                "owner": owner,
                "endpoint": endpoint,
                "why": Endpoint.Disabled(why).label,
                "path": reverse("webhook", args=[endpoint.pk]),
            },
        )


def wake_up(endpoint: Endpoint) -> None:
    """Its owner wants it called now, however long it rests. The endpoint is locked."""
    Endpoint.objects.filter(pk=endpoint.pk).update(rest_until=None)


def rotate(*, owner: Owner, endpoint_id: Any) -> Endpoint:
    """A new secret; the one before signs as well for a day. Raises Endpoint.DoesNotExist."""
    with transaction.atomic():
        endpoint = locked(owner, endpoint_id)
        try:
            old = endpoint.opened("secret")
        except CannotOpen:  # its key is gone, so no receiver is sent it any more
            old = ""
        Endpoint.objects.filter(pk=endpoint.pk).update(
            secret=endpoint.seal("secret", signing.new_secret()),
            old_secret=endpoint.seal("old_secret", old) if old else None,
            old_secret_until=timezone.now() + OVERLAP if old else None,
        )
    return Endpoint.objects.get(pk=endpoint_id)


def locked(owner: Owner, endpoint_id: Any) -> Endpoint:
    """The owner's endpoint, until the transaction ends. Raises Endpoint.DoesNotExist."""
    Owner.objects.locked(owner.pk)
    return Endpoint.objects.of(owner).select_for_update(no_key=True).get(pk=endpoint_id)


def _disable(endpoint: Endpoint, why: str) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=timezone.now(), disabled_why=why, rest_until=None)
    undone = endpoint.deliveries.filter(state=Delivery.State.PENDING)
    undone.filter(trouble="").update(trouble=Delivery.Trouble.SWITCHED_OFF)
    undone.update(state=Delivery.State.FAILED, due_at=None)


def _narrowed(only: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {name: sorted(set(map(str, values))) for name in Endpoint.MEMBERS if (values := only.get(name))}


def _clean_slate() -> dict[str, Any]:
    return {"failures": 0, "failing_since": None, "rest_until": None}


def _checked(
    owner: Owner, url: str, events: Iterable[str], description: str, *, but: Endpoint | None = None
) -> dict[str, str]:
    """The fields as they are kept. Raises ValidationError by field."""
    errors: dict[str, Any] = {}
    asked = set(events)
    wanted = [event for event in EventType.values if event in asked]
    try:
        url = addresses.checked(url)
        if Endpoint.objects.of(owner).filter(url=url).exclude(pk__in=[but.pk] if but else []).exists():
            errors["url"] = _("You have a webhook with this address.")
    except ValidationError as error:
        errors |= error.message_dict
    if not wanted or asked - set(wanted):
        errors["events"] = _("Choose at least one event.") if not asked else _("There is no such event.")
    description = " ".join(description.replace("\0", " ").split())
    if len(description) > Endpoint.DESCRIPTION_MAX:
        errors["description"] = _("The description is longer than %(max)d characters.") % {
            "max": Endpoint.DESCRIPTION_MAX
        }
    if errors:
        raise ValidationError(errors)
    return {"url": url, "events": " ".join(wanted), "description": description}
