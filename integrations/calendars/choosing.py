"""Calendars are added, changed, looked at again and removed: by their owner."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.calendars import ics, mirror
from integrations.calendars.models import Calendar
from integrations.signals import meetings_calendar_chosen
from okey.owners.models import Owner

MOST_CALENDARS = 6
#: What makes the next reading a full one.
UNREAD: dict[str, Any] = {"marks": {}, "covers_until": None}


def add_address(*, owner: Owner, url: str, name: str = "") -> Calendar:
    """A calendar that is published at an address; it is read soon. Raises ValidationError by field."""
    try:
        url = ics.checked(url)
    except ValueError:
        words = _(
            "O-Key cannot read a calendar there. Enter an address that begins with https:// or webcal://, on the open "
            "internet, without a user name."
        )
        raise ValidationError({"url": words}) from None
    host = ics.host_of(url)
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        mine = Calendar.objects.filter(owner=owner)
        if mine.count() >= MOST_CALENDARS:
            raise ValidationError(
                {"url": _("You have %(count)d calendars. Remove one first.") % {"count": MOST_CALENDARS}}
            )
        calendar = Calendar(owner=owner, source=ics.IcsAddress.slug, name=name.strip() or host[: Calendar.NAME_MAX])
        calendar.host, calendar.turn, calendar.due_at = host, str(owner.pk), timezone.now()
        calendar.secret = calendar.seal("secret", url)
        calendar.save(force_insert=True)
        Calendar.wake_on_commit()
    return calendar


def change(*, owner: Owner, calendar_id: Any, name: str, all_day: str, tentative: str, addresses: str) -> None:
    """Read anew with what is chosen now. Raises Calendar.DoesNotExist."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        calendar = Calendar.objects.get(pk=calendar_id, owner=owner)
        chosen = {"all_day": all_day, "tentative": tentative, "addresses": "\n".join(addresses.split())}
        Calendar.objects.filter(pk=calendar.pk).update(name=name.strip() or calendar.host, **chosen)
        mirror.look(calendar, **UNREAD)


def enter_meetings_in(*, owner: Owner, calendar_id: Any) -> None:
    """O-Key's meetings are entered in this calendar from now on, and in no other; None: in none.

    Raises Calendar.DoesNotExist, also for one that may not be written to.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        mine = Calendar.objects.filter(owner=owner)
        chosen = mine.get(pk=calendar_id, can_write=True) if calendar_id else None
        mine.filter(takes_meetings=True).update(takes_meetings=False)
        if chosen is not None:
            mine.filter(pk=chosen.pk).update(takes_meetings=True)
        meetings_calendar_chosen.send(Calendar, owner_id=owner.pk)


def try_again(*, owner: Owner, calendar_id: Any) -> None:
    """Read it now. Raises Calendar.DoesNotExist."""
    with transaction.atomic():
        mirror.look(Calendar.objects.get(pk=calendar_id, owner=owner))


def remove(*, owner: Owner, calendar_id: Any) -> None:
    """Its times are free again, as far as it goes. Raises Calendar.DoesNotExist."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        Calendar.objects.get(pk=calendar_id, owner=owner).delete()
