"""What became of a mail, in words for whoever caused it."""

from django import template
from django.utils.translation import gettext as _

from okey.mails.models import Mail

register = template.Library()


@register.simple_tag
def mail_words(mail: Mail | None) -> str:
    """None: there was no address to mail it to, or nothing is known of it any more."""
    if mail is None:
        return ""
    if mail.not_sent:
        return _("Not mailed to %(email)s. %(why)s") % {"email": mail.to, "why": mail.get_not_sent_display()}
    if mail.sent_at is not None:
        return _("Mailed to %(email)s.") % {"email": mail.to}
    if mail.due_at is None:
        return _("It could not be mailed to %(email)s.") % {"email": mail.to}
    return _("It is being mailed to %(email)s.") % {"email": mail.to}
