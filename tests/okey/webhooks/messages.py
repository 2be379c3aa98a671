"""What was told, held against what the API's document says of it."""

import json

from okey.webhooks.models import Event
from okey.webhooks.payloads import MESSAGES
from okey.webhooks.signing import body_of


def check_as_documented() -> None:
    """Every event that there is: its message has the members that the document names, and no others."""
    for event in Event.objects.all():
        message = json.loads(body_of(event))
        assert set(message) == {"type", "timestamp", "data"}
        MESSAGES[event.type].model_validate(message)
