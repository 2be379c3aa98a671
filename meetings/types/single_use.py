"""Links by which a type of meeting is booked once: made and withdrawn by its owner, used up by a booking.

Every writer locks the owner's row, so that of two who book by one link one does.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.models import Meeting, MeetingType, SingleUseLink
from meetings.types import editing
from meetings.types.offering import NotOffered
from okey.owners.models import Owner

DAYS, DAYS_MAX = 30, 365
#: That can still be used, of one owner.
OPEN_MAX = 500


class Spent(NotOffered):
    """The link was used, withdrawn, or is too old. Nothing was booked."""


@transaction.atomic
def make(owner: Owner, type_id: UUID | None, *, days: int = DAYS) -> SingleUseLink:
    """`type_id`: None is the owner's first. Raises ValidationError by field, MeetingType.DoesNotExist."""
    mine = editing.own(owner)
    if not 1 <= days <= DAYS_MAX:
        raise ValidationError({"days": _("A link works for 1 to %(max)d days.") % {"max": DAYS_MAX}})
    wanted = mine[0] if type_id is None else next((one for one in mine if one.pk == type_id), None)
    if wanted is None:
        raise MeetingType.DoesNotExist
    if usable(owner).count() >= OPEN_MAX:
        raise ValidationError(_("You have %(max)d links that nobody has used. Withdraw some.") % {"max": OPEN_MAX})
    return SingleUseLink.objects.create(meeting_type=wanted, expires_at=timezone.now() + timedelta(days=days))


@transaction.atomic
def withdraw(owner: Owner, link_id: Any) -> SingleUseLink:
    """Twice is once, and one that was used stays so. Raises SingleUseLink.DoesNotExist for another owner's."""
    Owner.objects.locked(owner.pk)
    link = of(owner).get(pk=link_id)
    if link.is_open:
        link.withdrawn_at = timezone.now()
        link.save(update_fields=["withdrawn_at"])
    return link


def of(owner: Owner) -> "QuerySet[SingleUseLink]":
    """The latest first."""
    mine = SingleUseLink.objects.filter(meeting_type__owner=owner)
    return mine.select_related("meeting_type", "meeting").order_by("-created_at", "pk")


def usable(owner: Owner) -> "QuerySet[SingleUseLink]":
    return of(owner).filter(used_at=None, withdrawn_at=None, expires_at__gt=timezone.now())


def find(token: str) -> SingleUseLink | None:
    if len(token) > SingleUseLink.TOKEN_MAX or not token.isascii() or "\0" in token:
        return None
    return SingleUseLink.objects.select_related("meeting_type__owner").filter(token=token).first()


def check(owner: Owner, link: SingleUseLink | None, meeting_type: MeetingType) -> None:
    """Of an owner whose row is locked. Raises Spent."""
    if link is None:
        return
    now = SingleUseLink.objects.filter(pk=link.pk, meeting_type=meeting_type, meeting_type__owner=owner).first()
    if now is None or not now.is_open:
        raise Spent


def use(link: SingleUseLink | None, meeting: Meeting) -> None:
    """In the transaction that has checked it."""
    if link is not None:
        SingleUseLink.objects.filter(pk=link.pk).update(used_at=timezone.now(), meeting=meeting)
