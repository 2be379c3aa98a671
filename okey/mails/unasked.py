"""*I did not ask for this*: the address of a page that each mail to an unconfirmed address has.

It holds what the mail was about and whose mailbox it went to, signed: nothing is stored for it, and it works for as
long as the mail is kept. What its button does, the pages above say (meetings.booking.unasked_views).
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from okey.mails import limits

SALT = "okey.mails.unasked"


@dataclass(frozen=True)
class Unasked:
    """`kind` and `pk`: what the mail was about; `mailbox`: the key of whom it was sent to."""

    kind: str
    pk: UUID
    mailbox: str


def url(kind: str, pk: UUID, address: str) -> str:
    token = signing.Signer(salt=SALT).sign(f"{kind}-{pk.hex}-{limits.key_of(address)}")
    return settings.OKEY_BASE_URL + reverse("unasked", args=[token])


def read(token: str) -> Unasked | None:
    """None: it is none of ours."""
    try:
        kind, pk, mailbox = signing.Signer(salt=SALT).unsign(token).split("-")
    except (signing.BadSignature, ValueError):
        return None
    return Unasked(kind, UUID(pk), mailbox)
