"""Messages as the Standard Webhooks convention has them: body, headers, signatures."""

import base64
import json
import secrets

from django.utils import timezone
from standardwebhooks import Webhook

from okey.lib.zulu import zulu
from okey.webhooks.models import Endpoint, Event

SECRET_PREFIX = "whsec_"  # noqa: S105 -- how every secret begins
SECRET_BYTES = 32


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def body_of(event: Event, payload: str = Endpoint.Payload.THIN) -> bytes:
    """The same bytes for every try."""
    message = {"type": event.type, "timestamp": zulu(event.at), "data": event.data}
    if payload == Endpoint.Payload.WHOLE and event.whole is not None:
        message["object"] = event.whole
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers_for(endpoint: Endpoint, event: Event, body: bytes) -> dict[str, str]:
    """Signed now, with each secret that is valid now. Raises CannotOpen."""
    now = timezone.now()
    signatures = [
        Webhook(secret).sign(event.message_id, now, body.decode()) for secret in _valid_secrets(endpoint) if secret
    ]
    return {
        "content-type": "application/json",
        "webhook-id": event.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _valid_secrets(endpoint: Endpoint) -> list[str]:
    secrets_ = [endpoint.opened("secret")]
    if endpoint.overlaps_until:
        secrets_.append(endpoint.opened("old_secret"))
    return secrets_
