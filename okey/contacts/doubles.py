"""Which contacts may be one person."""

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace

from okey.contacts.models import Contact
from okey.lib.folding import fold

#: What people write between the digits of a phone number.
BETWEEN_DIGITS = " -/.()"


def likely_doubles(contact: Contact) -> "QuerySet[Contact]":
    """Other contacts of the owner's with the same name, however it is written, or the same phone; archived ones too."""
    digits = Replace(F("phone"), Value(BETWEEN_DIGITS[0]), Value(""))
    for letter in BETWEEN_DIGITS[1:]:
        digits = Replace(digits, Value(letter), Value(""))
    # What is searched begins with the name, a line of its own.
    same = Q(searched__startswith=fold(contact.name) + "\n")
    if contact.dialled:
        same |= Q(dialled_as=contact.dialled)
    others = Contact.objects.filter(owner=contact.owner_id).exclude(pk=contact.pk)
    return others.alias(dialled_as=digits).filter(same)
