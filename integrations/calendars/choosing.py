"""Calendars are added, changed, looked at again and removed: by their owner."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections, registry
from integrations.calendars import ics, mirror
from integrations.calendars.models import Calendar
from integrations.calendars.signed_in import PRIMARY, Listed
from integrations.models import Connection
from integrations.signals import meetings_calendar_chosen
from okey.limits import limits
from okey.owners.models import Owner

MOST_CALENDARS = 6
#: So often an owner may have calendars read at once, by whatever button.
AN_HOUR = 30
#: What makes the next reading a full one.
UNREAD: dict[str, Any] = {"marks": {}, "covers_until": None}


class TooOften(Exception):
    """Calendars of this owner's were read at once often enough lately; they are read at their time."""


def add_address(*, owner: Owner, url: str, name: str = "") -> Calendar:
    """A calendar that is published at an address; it is read soon. Raises ValidationError by field."""
    url = _checked(url)
    host = ics.host_of(url)
    _count_address(owner)
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


def begin(connection: Connection) -> None:
    """An owner has signed in for their calendars: those count that they had chosen of this account before, else the one
    that everybody has. Those of another account count no more. In the caller's transaction, which has locked the owner.
    """
    mine = Calendar.objects.filter(owner=connection.owner_id)
    before = mine.filter(source=connection.provider).exclude(connection=connection)
    chosen = before.filter(connection__account=connection.account_id).update(connection=connection)
    before.delete()
    if not chosen and mine.count() < MOST_CALENDARS:
        _add(connection, Listed(PRIMARY, registry.calendars(connection.provider).name, can_write=True))


@transaction.atomic
def choose(*, owner: Owner, connection: Connection, listed: Collection[Listed], chosen: Collection[str]) -> None:
    """These of the calendars that the owner sees there count, and no others of that account.

    Raises ValidationError: those would be too many.
    """
    owner = Owner.objects.locked(owner.pk)
    wanted = {one.id: one for one in listed if one.id in chosen}
    mine = Calendar.objects.filter(owner=owner, connection=connection)
    mine.exclude(external_id__in=wanted).delete()
    writable = [one.id for one in listed if one.can_write]
    mine.filter(external_id__in=writable).update(can_write=True)
    mine.exclude(external_id__in=writable).update(can_write=False)
    counted = Calendar.objects.filter(owner=owner)
    there = set(mine.values_list("external_id", flat=True))
    new = [one for one in wanted if one not in there]
    if counted.count() + len(new) > MOST_CALENDARS:
        raise ValidationError(_("You can have %(count)d calendars. Choose fewer.") % {"count": MOST_CALENDARS})
    for calendar_id in new:
        _add(connection, wanted[calendar_id])


def disconnect(*, owner: Owner, service: str) -> bool:
    """O-Key forgets these calendars and their times, and gives the permission back where nothing else needs it.

    False where they were not connected. Raises connections.TryAgain.
    """
    held = connections.held(owner, service)
    if held is None:
        return False
    connections.disconnect(owner=owner, connection_id=held.pk)
    Calendar.objects.filter(owner=owner, connection=held).delete()
    return True


def _add(connection: Connection, listed: Listed) -> None:
    calendar = Calendar(owner_id=connection.owner_id, source=connection.provider, connection=connection)
    calendar.external_id, calendar.name = listed.id, listed.name[: Calendar.NAME_MAX]
    calendar.can_write = listed.can_write
    calendar.host, calendar.turn, calendar.due_at = str(connection.account), str(connection.owner_id), timezone.now()
    calendar.save(force_insert=True)
    Calendar.wake_on_commit()


def replace_address(*, owner: Owner, calendar_id: Any, url: str) -> None:
    """The same calendar, its choices and the times that are known of it, read from there now.

    Raises ValidationError by field, Calendar.DoesNotExist.
    """
    url = _checked(url)
    host = ics.host_of(url)
    _count_address(owner)
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        calendar = Calendar.objects.get(pk=calendar_id, owner=owner, connection=None)
        name = host[: Calendar.NAME_MAX] if calendar.name == calendar.host[: Calendar.NAME_MAX] else calendar.name
        # How many entries there were says nothing of what there are at another address.
        mirror.look(calendar, secret=calendar.seal("secret", url), host=host, name=name, events=0, **UNREAD)


def change(*, owner: Owner, calendar_id: Any, name: str, addresses: str, **chosen: str) -> None:
    """Read anew with what is chosen now: `all_day`, `tentative`, `when_unread`. Raises Calendar.DoesNotExist."""
    at_once = _may_be_read_at_once(owner)
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        calendar = Calendar.objects.get(pk=calendar_id, owner=owner)
        name = name.strip() or calendar.host[: Calendar.NAME_MAX]
        changed = {"name": name, "addresses": "\n".join(addresses.split()), **chosen}
        Calendar.objects.filter(pk=calendar.pk).update(**changed, **UNREAD)
        if at_once:
            mirror.look(calendar)


def enter_meetings_in(*, owner: Owner, calendar_id: Any) -> Calendar | None:
    """O-Key's meetings are entered in this calendar from now on, and in no other; None: in none. The calendar.

    Its vendor may have to allow that first (granted.must_be_allowed): until then they wait.

    Raises Calendar.DoesNotExist, also for one that may not be written to.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        mine = Calendar.objects.filter(owner=owner)
        writable = mine.filter(can_write=True).select_related("connection__account")
        chosen = writable.get(pk=calendar_id) if calendar_id else None
        mine.filter(takes_meetings=True).update(takes_meetings=False)
        if chosen is not None:
            mine.filter(pk=chosen.pk).update(takes_meetings=True)
        meetings_calendar_chosen.send(Calendar, owner_id=owner.pk)
    return chosen


def try_again(*, owner: Owner, calendar_id: Any) -> None:
    """Read it now. Raises Calendar.DoesNotExist, TooOften."""
    if not _may_be_read_at_once(owner):
        raise TooOften
    with transaction.atomic():
        mirror.look(Calendar.objects.get(pk=calendar_id, owner=owner))


def remove(*, owner: Owner, calendar_id: Any) -> None:
    """Its times are free again, as far as it goes. Raises Calendar.DoesNotExist."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        Calendar.objects.get(pk=calendar_id, owner=owner).delete()


def _checked(url: str) -> str:
    try:
        return ics.checked(url)
    except ValueError:
        words = _(
            "O-Key cannot read a calendar there. Enter an address that begins with https:// or webcal://, on the open "
            "internet, without a user name."
        )
        raise ValidationError({"url": words}) from None


def _count_address(owner: Owner) -> None:
    if not _may_be_read_at_once(owner):
        raise ValidationError({"url": _("You have entered many addresses just now. Try again in an hour.")})


def _may_be_read_at_once(owner: Owner) -> bool:
    return limits.hit("calendars read at once", str(owner.pk), limit=AN_HOUR, seconds=3600).allowed
