"""What holds for every meeting that is made, whoever asks. Of an owner whose row is locked."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from integrations import connections
from meetings.models import Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner


def contact(owner: Owner, contact: Contact) -> None:
    """Raises ValidationError by field."""
    # Whoever closes an account holds the owner's row: what was scheduled before is cancelled, later comes nothing.
    if owner.closed_at is not None:
        raise ValidationError(_("This account is closed."))
    if contact.owner_id != owner.pk:
        raise ValidationError({"contact": _("This is not one of your contacts.")})
    if contact.archived_at is not None:
        raise ValidationError({"contact": _("This contact is archived. Restore it first.")})


def provider(owner: Owner, provider: str) -> None:
    """Raises ValidationError by field."""
    if not provider:
        return
    if not owner.meeting_providers_enabled:
        raise ValidationError({"provider": _("Meeting-provider access is switched off for your account.")})
    if not connections.active(owner).filter(provider=provider).exists():
        name = connections.provider_name(provider)
        raise ValidationError({"provider": _("%(provider)s is not connected any more.") % {"provider": name}})


def why_no_link(owner: Owner) -> str:
    """Of a meeting for which no provider is asked (`Meeting.no_link`)."""
    mine = connections.active(owner)
    if not mine.exists():
        return Meeting.NoLink.NOT_CONNECTED
    return Meeting.NoLink.CHOSEN if mine.filter(is_default=True).exists() else Meeting.NoLink.NO_DEFAULT
