"""What owners decide about their types of meeting: the only writer of them.

Every writer locks the owner's row, so that nobody books what is just being changed.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from integrations import connections
from meetings.hours import rules
from meetings.hours.availability import Hours
from meetings.models import MeetingType
from meetings.types import questions as asked
from meetings.types.offering import FIRST_SLUG, first_of
from meetings.types.questions import Question
from okey.owners.models import Owner

TYPES_MAX = 30
LENGTHS_MAX = 6
SHORTEST, LONGEST = 5, 480
#: What stands below a booking page already.
RESERVED = frozenset({"chat", "details", "embed", "free-times", "messenger", "once"})


class Changes(TypedDict, total=False):
    """What an owner may change."""

    name: str
    slug: str
    description: str
    is_on: bool
    is_hidden: bool
    lengths: list[int]
    place: str
    provider: str
    place_words: str
    notice_minutes: int | None
    change_notice_minutes: int | None
    horizon_days: int | None
    a_day: int | None
    a_week: int | None
    seats: int
    guests: int
    needs_approval: bool
    questions: list[Question]
    leads_to: str


@transaction.atomic
def own(owner: Owner) -> list[MeetingType]:
    """All of the owner's, in their order; the first one is made where there is none."""
    owner = Owner.objects.locked(owner.pk)
    found = list(MeetingType.objects.filter(owner=owner))
    if not found:
        first = first_of(owner)
        first.save(force_insert=True)
        found = [first]
    return found


@transaction.atomic
def add(owner: Owner, **values: Unpack[Changes]) -> MeetingType:
    """At the end. Without a `slug` it gets one from its name. Raises ValidationError by field."""
    others = own(owner)
    if len(others) >= TYPES_MAX:
        raise ValidationError(_("You can have %(max)d types of meeting.") % {"max": TYPES_MAX})
    made = MeetingType(owner=owner, position=max(one.position for one in others) + 1)
    if not values.get("slug"):
        values["slug"] = _free_slug(values.get("name", ""), {one.slug for one in others})
    _put(made, values, others)
    made.save(force_insert=True)
    return made


@transaction.atomic
def change(owner: Owner, type_id: UUID, **changes: Unpack[Changes]) -> MeetingType:
    """Raises ValidationError by field, and MeetingType.DoesNotExist for one that is not the owner's."""
    mine = own(owner)
    changed = _among(mine, type_id)
    _put(changed, changes, [one for one in mine if one.pk != type_id])
    changed.save()
    return changed


@transaction.atomic
def set_hours(owner: Owner, type_id: UUID, weekly: Mapping[int, Sequence[Hours]] | None) -> MeetingType:
    """Its own week, by weekday (0 is Monday); None: the owner's. Raises ValidationError, MeetingType.DoesNotExist."""
    changed = _among(own(owner), type_id)
    if weekly is not None:
        rules.check_week(weekly)
    changed.weekly = None if weekly is None else _kept(weekly)
    changed.save(update_fields=["weekly"])
    return changed


@transaction.atomic
def move_up(owner: Owner, type_id: UUID) -> None:
    """One place up; the first stays. Raises MeetingType.DoesNotExist."""
    mine = own(owner)
    index = mine.index(_among(mine, type_id))
    if index:
        mine[index - 1], mine[index] = mine[index], mine[index - 1]
    for position, one in enumerate(mine):
        one.position = position
    MeetingType.objects.bulk_update(mine, ["position"])


def _among(mine: list[MeetingType], type_id: UUID) -> MeetingType:
    found = next((one for one in mine if one.pk == type_id), None)
    if found is None:
        raise MeetingType.DoesNotExist
    return found


def _put(meeting_type: MeetingType, changes: Changes, others: list[MeetingType]) -> None:
    """Raises ValidationError by field."""
    for name, value in changes.items():
        setattr(meeting_type, name, value)
    meeting_type.name = " ".join(asked.plain(meeting_type.name).split())
    meeting_type.lengths = sorted(set(meeting_type.lengths))
    if meeting_type.place != MeetingType.Place.PROVIDER:
        meeting_type.provider = ""
    if meeting_type.place not in (MeetingType.Place.PHONE, MeetingType.Place.IN_PERSON):
        meeting_type.place_words = ""
    errors = _errors(meeting_type, changes, others)
    try:
        meeting_type.clean_fields(exclude=["owner", *errors])
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)


def _errors(meeting_type: MeetingType, changes: Changes, others: list[MeetingType]) -> dict[str, Any]:
    """What the fields themselves cannot know."""
    errors: dict[str, Any] = {}
    if meeting_type.slug in RESERVED or any(one.slug == meeting_type.slug for one in others):
        errors["slug"] = _("This address is taken. Choose another.")
    lengths = meeting_type.lengths
    if len(lengths) > LENGTHS_MAX:
        errors["lengths"] = _("Choose at most %(max)d lengths.") % {"max": LENGTHS_MAX}
    elif any(not SHORTEST <= one <= LONGEST for one in lengths):
        errors["lengths"] = _("A meeting takes 5 to 480 minutes.")
    if "provider" in changes or "place" in changes:
        errors |= _place_errors(meeting_type)
    if meeting_type.guests and meeting_type.is_group:
        errors["guests"] = _("A type with seats has no guests: everybody takes a seat by themselves.")
    if meeting_type.needs_approval and meeting_type.is_group:
        errors["needs_approval"] = _("A type with seats is booked at once: nobody approves single seats.")
    if why := why_no_address(meeting_type.leads_to):
        errors["leads_to"] = why
    try:
        asked.check(meeting_type.questions)
    except ValidationError as error:
        errors["questions"] = error.messages
    return errors


def _place_errors(meeting_type: MeetingType) -> dict[str, Any]:
    if meeting_type.place != MeetingType.Place.PROVIDER:
        return {}
    if not connections.active(meeting_type.owner).filter(provider=meeting_type.provider).exists():
        return {"provider": _("Choose a provider that you have connected.")}
    return {}


def why_no_address(address: str) -> str:
    """Why a browser cannot be sent to this address after a booking; "" where it can, or there is none."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_web = False
    return "" if is_web else _("Write the whole address of a page, such as https://www.example.com/thanks.")


def _free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name.replace("_", "-"))[: MeetingType.SLUG_MAX - 5].strip("-") or FIRST_SLUG
    tries = [base, *(f"{base}-{number}" for number in range(2, TYPES_MAX + 3))]
    free = next((one for one in tries if one not in taken | RESERVED), None)
    return free or f"{base}-{secrets.token_hex(2)}"


def _kept(weekly: Mapping[int, Sequence[Hours]]) -> dict[str, list[list[str]]]:
    return {
        str(weekday): [[f"{starts:%H:%M}", f"{ends:%H:%M}"] for starts, ends in sorted(ranges)]
        for weekday, ranges in sorted(weekly.items())
        if ranges
    }
