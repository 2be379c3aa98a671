"""What a meeting's history says of mails to clients."""

from django.utils.translation import gettext as _

from meetings.invitations.steps import Mail


def sent_words(mail: Mail) -> str:
    """With `email` to be filled in."""
    return {
        Mail.INVITATION: _("The invitation was sent to %(email)s."),
        Mail.CHANGE: _("The change was sent to %(email)s."),
        Mail.CANCELLATION: _("The cancellation was sent to %(email)s."),
        Mail.DAY_REMINDER: _("The reminder of the day before was sent to %(email)s."),
        Mail.HOUR_REMINDER: _("The reminder of the last hour was sent to %(email)s."),
    }[mail]
