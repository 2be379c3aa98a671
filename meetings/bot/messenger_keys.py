"""The secret that an owner's messenger signs with: made, shown once, replaced; and the check of a signature.

Requests are signed to the Standard Webhooks convention, so a gateway needs no code of ours.
"""

import base64
import secrets
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from meetings.bot.models import MessengerKey
from okey.owners.models import Owner

MARK = "whsec_"
SECRET_BYTES = 32
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def replace(owner: Owner) -> str:
    """A new secret, which works from now on instead of the old one. It is kept sealed and shown only now."""
    secret = MARK + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with transaction.atomic():
        Owner.objects.locked(owner.pk)
        MessengerKey.objects.filter(owner=owner).delete()
        key = MessengerKey(owner=owner, made_at=timezone.now())
        key.secret = key.seal("secret", secret)
        key.save(force_insert=True)
    return secret


def remove(owner: Owner) -> None:
    MessengerKey.objects.filter(owner=owner).delete()


def of(owner: Owner) -> MessengerKey | None:
    return MessengerKey.objects.filter(owner=owner).first()


def signed_at(key: MessengerKey, body: bytes, headers: dict[str, str]) -> int | None:
    """When the request was signed, in seconds since 1970; None unless the signature is right and of these minutes."""
    try:
        Webhook(key.opened("secret")).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: what is no base64 or no text
        return None
    return int(datetime.fromtimestamp(float(headers["webhook-timestamp"]), UTC).timestamp())
