"""What an endpoint is told, and of which things: thin or with the whole object, all or narrowed; and samples of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import scheduling
from meetings.models import Meeting
from okey.contacts import editing
from okey.contacts.models import Contact
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Endpoint, Event, EventType
from okey.webhooks.payloads import SOURCES, message_of, sample
from okey.webhooks.signing import body_of
from tests.api.operations import document
from tests.okey.webhooks.receivers import Receiver, deliver, message

pytestmark = pytest.mark.django_db

URL = "https://example.com/okey"


@pytest.fixture
def dora(alice: Owner) -> Contact:
    return editing.add_contact(owner=alice, name="Dora", email="dora@example.com")


def schedule(owner: Owner, contact: Contact, source: str = "crm") -> Meeting:
    starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    plan = scheduling.Plan(title="Kick-off", starts_at=starts_at, minutes=30)
    return scheduling.schedule(owner=owner, contact=contact, plan=plan, source=source)


def told(endpoint: Endpoint) -> list[str]:
    found = Delivery.objects.filter(endpoint=endpoint).select_related("event").order_by("created_at", "event__at")
    return [one.event.type for one in found]


def test_who_wants_the_whole_object_gets_it_and_others_do_not(alice: Owner, dora: Contact) -> None:
    thin = endpoints.add(owner=alice, url=URL, events=EventType.values)
    whole = endpoints.add(owner=alice, url=URL + "/2", events=EventType.values, payload="whole")
    meeting = schedule(alice, dora)
    editing.change_contact(contact=dora, phone="1")
    for event in Event.objects.exclude(type="contact.created"):
        assert "object" not in message(body_of(event, thin.payload))
        said = message(body_of(event, whole.payload))
        message_of(event.type).model_validate(said)
        if event.type == "meeting.scheduled":
            assert (said["object"]["id"], said["object"]["title"]) == (str(meeting.pk), "Kick-off")
            assert said["object"]["contact"]["email"] == "dora@example.com"
        else:
            assert (said["object"]["id"], said["object"]["phone"]) == (str(dora.pk), "1")
    assert told(thin) == told(whole) == ["meeting.scheduled", "contact.changed"]


def test_the_object_is_as_it_was_when_it_happened(alice: Owner, dora: Contact) -> None:
    endpoints.add(owner=alice, url=URL, events=["contact.changed"], payload="whole")
    editing.change_contact(contact=dora, name="One")
    editing.change_contact(contact=dora, name="Two")
    changed = Event.objects.filter(type="contact.changed").order_by("at")
    assert [one.whole["name"] for one in changed] == ["One", "Two"]


@pytest.mark.usefixtures("receivers_here")
def test_it_is_signed_and_sent(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoints.add(owner=alice, url=receiver.url, events=["contact.created"], payload="whole")
        editing.add_contact(owner=alice, name="Dora", email="dora@example.com")
        deliver(Delivery.objects.get())
        [said] = receiver.verified(endpoint.opened("secret"))
    assert said["object"]["email"] == "dora@example.com"


def test_nothing_is_read_for_those_who_want_ids_alone(alice: Owner, dora: Contact) -> None:
    endpoint = endpoints.add(owner=alice, url=URL, events=["meeting.scheduled"])

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            schedule(alice, dora)
        return len(asked)

    thin = cost()
    endpoints.change(owner=alice, endpoint_id=endpoint.pk, events=["contact.created"], payload="whole")
    assert cost() == thin - 1  # nobody asked, so there is no delivery either
    assert Event.objects.exclude(whole=None).count() == 0


def test_an_endpoint_is_told_only_of_what_it_is_narrowed_to(alice: Owner, dora: Contact) -> None:
    ann = editing.add_contact(owner=alice, name="Ann", email="ann@example.com")
    of_dora = endpoints.add(owner=alice, url=URL, events=EventType.values, only={"contact_ids": [str(dora.pk)]})
    booked = endpoints.add(owner=alice, url=URL + "/2", events=EventType.values, only={"sources": ["bot", "booking"]})
    zoom = endpoints.add(owner=alice, url=URL + "/3", events=EventType.values, only={"providers": ["zoom"]})
    schedule(alice, ann, "booking")
    schedule(alice, dora)
    editing.archive_contact(contact=ann)
    assert told(of_dora) == ["meeting.scheduled"]
    assert told(booked) == ["meeting.scheduled", "contact.archived"]  # a contact has no source
    assert told(zoom) == ["contact.archived"]
    endpoints.change(owner=alice, endpoint_id=zoom.pk, only={"providers": []})
    assert Endpoint.objects.get(pk=zoom.pk).only == {}


def test_the_sources_are_those_of_meetings() -> None:
    assert list(SOURCES) == Meeting.Source.values


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", EventType.values)
def test_a_sample_is_as_the_document_says(name: str, whole: bool) -> None:
    made: Any = sample(name, whole=whole)
    message_of(name).model_validate(made)
    assert ("object" in made) == (whole and not name.startswith("connection."))


def test_the_document_says_that_messages_may_have_an_object() -> None:
    schemas = document()["components"]["schemas"]
    object_ = schemas["MeetingScheduledMessage"]["properties"]["object"]
    assert object_["allOf"] == [{"$ref": "#/components/schemas/MeetingOut"}]
    assert "object" not in schemas["MeetingScheduledMessage"]["required"]
    assert "object" not in schemas["ConnectedMessage"]["properties"]


def test_the_form_takes_the_choice_and_leaves_what_programs_narrowed(alice: Owner, alice_client: Client) -> None:
    endpoint = endpoints.add(owner=alice, url=URL, events=["meeting.over"], only={"sources": ["bot"]})
    page = f"/settings/webhooks/{endpoint.pk}/"
    sent = {"url": URL, "events": ["meeting.over"], "payload": "whole"}
    alice_client.post(page + "edit/", sent)
    endpoint.refresh_from_db()
    assert (endpoint.payload, endpoint.only) == ("whole", {"sources": ["bot"]})
    words = alice_client.get(page).content.decode()
    assert "With the whole object" in words
    assert "narrowed by your program" in words
