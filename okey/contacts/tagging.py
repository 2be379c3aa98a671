"""Tags of contacts: an owner's own words to find them by. Written with the contact (okey.contacts.editing)."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from okey.contacts.models import TAG_MAX, Contact, Tag, Tagging
from okey.lib.folding import fold
from okey.owners.models import Owner

#: Of one contact.
TAGS_MAX = 20


def names_in(text: str) -> list[str]:
    """Tags as people type them, with commas between. Raises ValidationError where they are too many or too long."""
    return checked(part for part in text.replace("\n", ",").split(","))


def checked(names: Iterable[str]) -> list[str]:
    """Each once, in whatever case, without the empty ones. Raises ValidationError."""
    plain = [" ".join(name.split()) for name in names]
    found = list({fold(name): name for name in reversed(plain) if name}.values())[::-1]
    if len(found) > TAGS_MAX:
        raise ValidationError(_("A contact has at most %(max)d tags."), params={"max": TAGS_MAX})
    for name in found:
        if len(name) > TAG_MAX:
            raise ValidationError(_("A tag has at most %(max)d characters."), params={"max": TAG_MAX})
        if "," in name:
            raise ValidationError(_("A tag has no comma."))
    return found


def tag(contact: Contact, names: list[str]) -> bool:
    """Have these tags and no others; whether that changed any. Raises ValidationError, as `checked`.

    The owner's address book is held.
    """
    wanted = set(_known_or_new(contact.owner, checked(names)).values())
    had = dict(Tagging.objects.filter(contact=contact).values_list("tag", "pk"))
    gone = set(had) - wanted
    Tagging.objects.filter(pk__in=[had[pk] for pk in gone]).delete()
    Tagging.objects.bulk_create(Tagging(contact=contact, tag_id=pk) for pk in sorted(wanted - set(had)))
    forget_unused(contact.owner)
    return wanted != set(had)


def forget_unused(owner: Owner) -> None:
    """Tags that no contact has. The owner's address book is held."""
    Tag.objects.filter(owner=owner, taggings=None).delete()


def tag_new(owner: Owner, names_of: Mapping[Contact, list[str]]) -> None:
    """New contacts, many at once. The owner's address book is held."""
    pks = _known_or_new(owner, [name for names in names_of.values() for name in names])
    rows = (Tagging(contact=one, tag_id=pks[fold(name)]) for one, names in names_of.items() for name in names)
    Tagging.objects.bulk_create(rows, batch_size=500)


def _known_or_new(owner: Owner, names: Iterable[str]) -> dict[str, int]:
    """Keys of the owner's tags by their folded names; as they are written already, where they are there."""
    wanted = {fold(name): name for name in names}
    known = Tag.objects.filter(owner=owner, folded__in=wanted)
    pks = dict(known.values_list("folded", "pk"))
    new = Tag.objects.bulk_create(Tag(owner=owner, name=wanted[one]) for one in sorted(set(wanted) - set(pks)))
    return pks | {one.folded: one.pk for one in new}
