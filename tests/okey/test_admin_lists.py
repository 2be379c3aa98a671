"""The administrators' lists at any size: each order has an index, nothing counts to the end, and searches find."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import connection
from django.db.models import Index, UniqueConstraint
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.models import LinkJob, Meeting, MeetingEvent
from okey.contacts.models import Contact
from okey.lib import pages
from okey.lib.large_lists import LargeListAdmin
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests import plans

LISTS = [pytest.param(model, model_admin, id=model.__name__) for model, model_admin in site._registry.items()]
#: Beside each index of theirs: what else orders a list by an index, and why.
BY_ANOTHER_TABLE = {"LinkJob": Meeting, "Invitation": Meeting, "CalendarEntry": Meeting}
#: Always there, although the column may be empty.
ALWAYS_DUE = {"UnconfirmedBooking", "Conversation", "Event", "MeetingEnd"}


def url_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def orders_with_an_index(model: Any) -> set[tuple[str, ...]]:
    """Columns by which an index or a constraint orders this table's rows."""
    found = {(model._meta.pk.name,), ("pk",)}
    found |= {(one.name,) for one in model._meta.concrete_fields if one.unique or one.db_index}
    indexes = [one for one in model._meta.indexes if not one.condition]
    for one in [*indexes, *model._meta.constraints]:
        if isinstance(one, Index | UniqueConstraint) and not one.expressions:
            found.add(tuple(name.removeprefix("-") for name in one.fields))
    return found


@pytest.mark.parametrize(("model", "model_admin"), LISTS)
def test_an_index_carries_the_order_and_nothing_is_counted_or_grouped(model: Any, model_admin: Any) -> None:
    assert isinstance(model_admin, LargeListAdmin)
    assert not model_admin.date_hierarchy
    assert not model_admin.show_full_result_count
    assert model_admin.sortable_by == ()
    assert model_admin.show_facets.name == "NEVER"
    table = BY_ANOTHER_TABLE.get(model.__name__, model)
    first = str(model_admin.ordering[0]).removeprefix("-").rpartition("__")[2]
    assert any(order[0] == first for order in orders_with_an_index(table)), f"no index orders by {first}"
    may_be_empty = first != "pk" and table._meta.get_field(first).null and model.__name__ not in ALWAYS_DUE
    assert not may_be_empty, f"all that have no {first} are sorted for one page"


@pytest.mark.parametrize(("model", "model_admin"), LISTS)
def test_filters_know_their_choices_without_looking_at_the_rows(model: Any, model_admin: Any) -> None:
    """Django reads the choices of a field that names none from the table, by SELECT DISTINCT."""
    for name in model_admin.list_filter:
        if isinstance(name, str):
            field = model
            for part in name.split("__"):
                field = field._meta.get_field(part)
                field = getattr(field, "related_model", None) or field
            assert field.choices or field.get_internal_type() in {"BooleanField", "DateTimeField"}, name


@pytest.fixture
def three_meetings(alice: Owner) -> list[Meeting]:
    ann = Contact.objects.create(owner=alice, name="Ann", email="Ann@client.example")
    now = timezone.now()
    made = []
    for hours in (1, 3, 2):
        starts_at = now + timedelta(hours=hours)
        meeting = Meeting.objects.create(
            owner=alice, contact=ann, title=f"In {hours}", starts_at=starts_at, minutes=30, ends_at=starts_at
        )
        LinkJob.objects.create(meeting=meeting)
        MeetingEvent.objects.create(meeting=meeting, owner=alice, kind="scheduled", text="Scheduled.")
        Mail.objects.create(to=alice.email, subject=f"In {hours}", text="")
        made.append(meeting)
    return made


def shown(client: Client, model: Any, query: str = "") -> list[str]:
    context = client.get(url_of(model) + query).context
    return [str(row.pk) for row in context["cl"].result_list]


@pytest.mark.parametrize("term", ["ALICE@example.com", "ann@CLIENT.example", "{pk}"])
@pytest.mark.parametrize("model", [Meeting, LinkJob])
def test_meetings_are_found_by_owner_contact_and_key(
    admin_client: Client, three_meetings: list[Meeting], bob: Owner, model: Any, term: str
) -> None:
    soon, late, between = (str(meeting.pk) for meeting in three_meetings)

    found = shown(admin_client, model, "?q=" + term.format(pk=soon))

    assert found == ([soon] if "{" in term else [late, between, soon])
    for nobody in ("bob@example.com", "alice", "alice@example", "%", "\0", "1"):
        assert shown(admin_client, model, f"?q={nobody}") == ([] if nobody != "\0" else [late, between, soon])


def test_lines_of_the_diary_are_found_by_owner_and_by_meeting(
    admin_client: Client, three_meetings: list[Meeting]
) -> None:
    assert len(shown(admin_client, MeetingEvent, "?q=alice@example.com")) == 3
    assert len(shown(admin_client, MeetingEvent, f"?q={three_meetings[0].pk}")) == 1


def test_a_long_list_has_pages_without_being_counted(
    admin_client: Client, three_meetings: list[Meeting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNTED", 2)
    monkeypatch.setattr(site.get_model_admin(Meeting), "list_per_page", 1)
    soon, late, _between = (str(meeting.pk) for meeting in three_meetings)

    with CaptureQueriesContext(connection) as captured:
        assert shown(admin_client, Meeting) == [late]
    assert all("LIMIT" in query["sql"] for query in captured if "COUNT(" in query["sql"])
    last = admin_client.get(url_of(Meeting) + "?p=3")
    assert [str(row.pk) for row in last.context["cl"].result_list] == [soon]
    text = last.content.decode()
    assert "more than 2 meetings" in text
    assert 'href="?p=2"' in text
    assert "2 results" not in text
    assert 'href="?p=4"' not in text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL reads is asked of PostgreSQL")
@pytest.mark.parametrize(("model", "model_admin"), LISTS)
def test_postgresql_reads_the_list_in_the_order_of_an_index(
    admin_client: Client, three_meetings: list[Meeting], model: Any, model_admin: Any
) -> None:
    """With sequential scans and whole sorts made dear, as they are in a large table."""
    request = admin_client.get(url_of(model)).wsgi_request
    rows = model_admin.get_changelist_instance(request).queryset[:100]
    plans.close("seqscan", "sort", "hashjoin", "mergejoin", "bitmapscan")
    plan = rows.explain()
    assert "Index Scan" in plan or "Index Only Scan" in plan
    assert "Seq Scan" not in plan, plan
    assert "  Sort  " not in plan.replace("Incremental Sort", ""), plan
