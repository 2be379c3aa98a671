"""What a contact's page shows of mails."""

from typing import Any

from django import template
from django.conf import settings

from okey.contacts.models import Contact
from okey.mails.models import Mail

register = template.Library()

SHOWN = 10


@register.inclusion_tag("contacts/parts/mails.html")
def contact_mails(contact: Contact) -> dict[str, Any]:
    """What O-Key mailed them for this owner, the newest first, as long as mails are kept."""
    addresses = [contact.email, *contact.merged.values_list("email", flat=True)]
    theirs = Mail.objects.filter(to__in=addresses, account=str(contact.owner_id), is_secret=False)
    columns = ("subject", "created_at", "sent_at", "due_at", "not_sent")
    return {
        "mails": theirs.order_by("-created_at", "-pk").only(*columns)[:SHOWN],
        "days": settings.OKEY_KEEP_MAILS_DAYS,
    }
