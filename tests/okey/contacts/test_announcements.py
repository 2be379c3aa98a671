"""Owners' webhooks are told of contacts: once for each change, without names and addresses, or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okey.contacts import editing, importing
from okey.contacts.models import Contact
from okey.contacts.reading import Line, ReadFile
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Event, EventType
from tests.okey.webhooks.messages import check_as_documented

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_documented(db: None) -> Iterator[None]:
    yield
    check_as_documented()


def told() -> list[tuple[str, dict[str, Any]]]:
    events = Event.objects.order_by("at", "pk")
    return [
        (one.type.removeprefix("contact."), {k: v for k, v in one.data.items() if k != "contact_id"}) for one in events
    ]


@pytest.fixture
def dora(alice: Owner) -> Contact:
    return editing.add_contact(owner=alice, name="Dora", email="dora@example.com")


def test_a_contact_is_told_of_from_adding_to_deleting(alice: Owner, dora: Contact) -> None:
    editing.change_contact(contact=dora, name="Dora Diver", email="dora@example.com", metadata={})
    editing.archive_contact(contact=dora)
    editing.restore_contact(contact=dora)
    pk = str(dora.pk)
    editing.delete_contact(contact=dora)
    assert told() == [
        ("created", {}),
        ("changed", {"changed": ["name"]}),
        ("archived", {}),
        ("restored", {}),
        ("deleted", {}),
    ]
    assert {one.data["contact_id"] for one in Event.objects.all()} == {pk}


def test_what_changes_nothing_is_not_told(alice: Owner, dora: Contact) -> None:
    editing.change_contact(contact=dora, name="Dora", phone="")
    editing.restore_contact(contact=dora)
    editing.put_contact(owner=alice, name="Dora", email="DORA@example.com".lower())
    editing.known_or_new(owner=alice, name="Else", email="dora@example.com")
    editing.archive_contact(contact=dora)
    editing.archive_contact(contact=dora)
    assert [name for name, _more in told()] == ["created", "archived"]


def test_what_is_refused_is_not_told(alice: Owner, dora: Contact) -> None:
    with pytest.raises(editing.AddressTaken):
        editing.add_contact(owner=alice, name="Dora", email="dora@example.com")
    assert [name for name, _more in told()] == ["created"]


def test_an_import_is_told_of_line_by_line_in_as_few_statements(alice: Owner) -> None:
    endpoints.add(owner=alice, url="https://example.com/okey", events=[EventType.CONTACT_CREATED])

    def cost(count: int, tag: str) -> int:
        lines = [Line(number, {"name": f"N{number}", "email": f"{tag}{number}@example.com"}) for number in range(count)]
        read = ReadFile(lines=lines, encoding="utf-8", ignored_columns=[])
        upload = importing.keep_upload(owner=alice, file_name="x.csv", read=read)
        with CaptureQueriesContext(connection) as asked:
            importing.confirm_import(upload=upload)
        return len(asked)

    assert cost(2, "a") == cost(40, "b")
    assert len(told()) == Delivery.objects.count() == 42
