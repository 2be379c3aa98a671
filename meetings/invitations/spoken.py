"""The language in which a client hears of a meeting, as they chose it."""

from meetings.models import Invitation
from okey.contacts.editing import note_contacts_language


def note_language(invitation: Invitation, language: str) -> None:
    """The client has chosen a language: what is mailed to them from now on is in it.

    Whoever merely typed an address chooses for this meeting, not for the contact who has it.
    """
    if invitation.language != language:
        Invitation.objects.filter(pk=invitation.pk).update(language=language)
        invitation.language = language
    if invitation.is_address_confirmed and invitation.contact.language != language:
        note_contacts_language(invitation.contact, language)
