"""What strangers may say of themselves, by form, bot and API alike."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from meetings.booking.models import NAME_MAX
from meetings.fields import DIRECTIONS
from meetings.invitations import calendars
from okey.mails.addresses import strangers_address

__all__ = ["DIRECTIONS", "name_of", "strangers_address"]

#: A name with a link is somebody's advertisement, and would travel in mails, whose readers make links of these.
LINK = re.compile(
    r"://|\bwww\.|\w\.(?:com|net|org|info|biz|io|ru|cn|xyz|top|shop|site|online|link|click)\b", re.IGNORECASE
)


def name_of(text: str) -> str:
    """The name on one line, without what is not seen. Raises ValidationError where it is none, or holds a link."""
    name = calendars.plain(" ".join(text.translate(DIRECTIONS).split()))
    if not any(letter.isalpha() for letter in name) or len(name) > NAME_MAX:
        raise ValidationError(_("Write your name."))
    if LINK.search(name):
        raise ValidationError(_("Write your name without a link."))
    return name
