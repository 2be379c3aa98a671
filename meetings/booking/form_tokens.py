"""Signed tokens in the booking page's forms, in place of a CSRF cookie, which no frame on another site would send back.

A booking needs nobody's session, so there is none to abuse. The token says that the form came from this owner's page
not long ago, and holds its `request_key`: however often the form is sent, it is one booking.
"""

from uuid import uuid4

from django.core import signing

from okey.owners.models import Owner

SALT = "meetings.booking.form"
#: How long a form may lie open.
LIFETIME_SECONDS = 4 * 3600


def make(owner: Owner) -> str:
    return signing.dumps([str(owner.pk), uuid4().hex], salt=SALT)


def request_key(token: str, owner: Owner) -> str:
    """What the form's sending is known by; "" for a token that is forged, expired or of another owner's page."""
    try:
        owner_id, key = signing.loads(token, salt=SALT, max_age=LIFETIME_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return f"booking:{key}" if owner_id == str(owner.pk) else ""
