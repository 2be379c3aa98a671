"""Whether a client hears of what an owner is about to do."""

from django import template

from meetings.models import Invitation, Meeting

register = template.Library()


@register.simple_tag
def hears_by_mail(meeting: Meeting) -> bool:
    """Whether the contact was sent an invitation, or may have been, so that they are sent changes of it, too."""
    told = Invitation.objects.filter(meeting=meeting, is_mailed=True, revoked_at=None)
    return told.exclude(told_revision=None, telling_mail="").exists()
