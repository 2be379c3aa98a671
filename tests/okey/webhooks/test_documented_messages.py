"""The API's document has every message that webhooks are sent. What the writers of events say is held against it where
they are tested: tests/meetings/test_announcements.py and tests/integrations/test_announcements.py.
"""

from typing import Any

import pytest
from pydantic import ValidationError

from okey.owners.models import Owner
from okey.webhooks import endpoints, sending
from okey.webhooks.models import TEST, Event, EventType
from okey.webhooks.payloads import MESSAGES
from tests.api.operations import document, resolved
from tests.okey.webhooks.messages import check_as_documented


def test_every_event_has_its_message_in_the_document() -> None:
    assert set(MESSAGES) == {*EventType.values, TEST}
    assert set(document()["webhooks"]) == {*EventType.values, TEST}


@pytest.mark.parametrize("name", [*EventType.values, TEST])
def test_a_message_names_its_type_and_the_headers_of_its_signature(name: str) -> None:
    described: dict[str, Any] = document()["webhooks"][name]["post"]
    message = resolved(described["requestBody"]["content"]["application/json"]["schema"])
    assert message["properties"]["type"]["const"] == name
    assert set(message["required"]) == {"type", "timestamp", "data"}
    headers = {one["name"] for one in described["parameters"]}
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}


@pytest.mark.django_db
def test_the_test_message_is_as_documented(alice: Owner) -> None:
    endpoint = endpoints.add(owner=alice, url="https://example.com/okey", events=[EventType.CONNECTED])
    sending.test(owner=alice, endpoint_id=endpoint.pk)
    check_as_documented()


@pytest.mark.django_db
def test_what_the_document_does_not_name_would_be_noticed(alice: Owner) -> None:
    endpoint = endpoints.add(owner=alice, url="https://example.com/okey", events=[EventType.CONNECTED])
    sending.test(owner=alice, endpoint_id=endpoint.pk)
    Event.objects.update(data={"message": "x", "join_url": "https://zoom.us/j/1"})
    with pytest.raises(ValidationError):
        check_as_documented()
