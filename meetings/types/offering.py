"""Which types of meeting an owner has, and which of them clients can book.

An owner without a row has one type all the same, which is as their rules say: who was bookable before there were
types still is.
"""

from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from integrations import connections
from meetings.models import Meeting, MeetingSettings, MeetingType
from okey.owners.models import Owner

FIRST_SLUG = "meeting"


class NotOffered(Exception):
    """This type of meeting cannot be booked, or not any more, or not in this length. Nothing was booked."""


def first_of(owner: Owner) -> MeetingType:
    """What an owner offers who has never changed it; not saved."""
    return MeetingType(owner=owner, name=_("Meeting"), slug=FIRST_SLUG)


def all_of(owner: Owner) -> list[MeetingType]:
    """In their order; the first one, not saved, where there is no other."""
    return list(MeetingType.objects.filter(owner=owner)) or [first_of(owner)]


def bookable_by(owner: Owner) -> list[MeetingType]:
    """Those that can be booked, hidden ones too."""
    return [one for one in all_of(owner) if one.is_on]


def listed_by(owner: Owner) -> list[MeetingType]:
    """Those that the booking page lists and the bot offers."""
    return [one for one in bookable_by(owner) if not one.is_hidden]


def find(owner: Owner, slug: str) -> MeetingType:
    """The one at this address. Raises NotOffered."""
    found = next((one for one in bookable_by(owner) if one.slug == slug), None)
    if found is None:
        raise NotOffered
    return found


def lengths_of(meeting_type: MeetingType, settings: MeetingSettings) -> list[int]:
    """Minutes to choose from. `settings`: the owner's, as they hold for it or for any."""
    return list(meeting_type.lengths) or [settings.slot_minutes]


def check_length(meeting_type: MeetingType, minutes: int, settings: MeetingSettings) -> None:
    """Raises ValidationError that names the lengths that it has."""
    lengths = lengths_of(meeting_type, settings)
    if minutes not in lengths:
        text = _("“%(name)s” takes one of: %(lengths)s minutes.")
        raise ValidationError(text % {"name": meeting_type.name, "lengths": ", ".join(map(str, lengths))})


def provider_of(owner: Owner, meeting_type: MeetingType) -> tuple[str, str]:
    """What makes its links; or "", and why there is none where its place is the reason (`Meeting.no_link`)."""
    if not meeting_type.is_by_video:
        return "", Meeting.NoLink.PLACE
    if meeting_type.place == MeetingType.Place.DEFAULT:
        return connections.default_provider(owner), ""
    mine = connections.active(owner).filter(provider=meeting_type.provider)
    if not owner.meeting_providers_enabled or not mine.exists():
        return "", Meeting.NoLink.NO_PROVIDER
    return meeting_type.provider, ""


def still(owner: Owner, meeting_type: MeetingType, minutes: int, settings: MeetingSettings) -> MeetingType:
    """The same as it is now, of an owner whose row is locked. Raises NotOffered."""
    if not meeting_type.is_saved:
        current = all_of(owner)[0]
    else:
        current = MeetingType.objects.filter(owner=owner, pk=meeting_type.pk).first() or meeting_type
    if not current.is_on or minutes not in lengths_of(current, settings):
        raise NotOffered
    return current


def mark_of(meeting_type: MeetingType, minutes: int) -> str:
    """What is promised to whoever books, for a form that asks whether it still is so."""
    group = ["group"] if meeting_type.is_group else []
    group += ["approval"] if meeting_type.needs_approval else []
    said = "|".join([str(minutes), meeting_type.name, meeting_type.place, meeting_type.provider, *group])
    return sha256(said.encode()).hexdigest()[:16]


def by_slug(owner: Owner, slug: Any) -> MeetingType:
    """For programs. Raises ValidationError that names what there is."""
    try:
        return find(owner, str(slug))
    except NotOffered:
        names = ", ".join(one.slug for one in bookable_by(owner)) or "–"
        text = _("There is no such type of meeting, or it is switched off. There is: %(types)s.")
        raise ValidationError(text % {"types": names}) from None
