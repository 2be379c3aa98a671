"""Statements that are put into SQL once: the same rows as Django's own, whatever comes each time, from any thread."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Model, UUIDField
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings import diary
from meetings.links import statements
from meetings.models import LinkJob, Meeting, MeetingEvent, ProviderMeeting
from okey.lib.prepared import Change, Given, Question, insert
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.meetings.page_cast import connect_zoom, meeting_of

pytestmark = pytest.mark.django_db(transaction=True)

NAMED = Question(lambda: Owner.objects.filter(name__in=[Given("one", CharField()), Given("other", CharField())]))
BY_KEY = Question(lambda: Owner.objects.filter(pk=Given("pk", UUIDField())))


@pytest.fixture
def owners() -> list[Owner]:
    names = ("Ann", "Ben", "Cleo")
    return [Owner.objects.create_user(f"{name}@example.com", "a password", name=name) for name in names]


def test_each_asking_has_its_own_values(owners: list[Owner]) -> None:
    ann, ben, cleo = owners
    assert {one.pk for one in NAMED.all(one="Ann", other="Cleo")} == {ann.pk, cleo.pk}
    assert {one.pk for one in NAMED.all(one="Ben", other="%s")} == {ben.pk}
    assert BY_KEY.get(pk=ben.pk) == BY_KEY.first(pk=str(ben.pk)) == ben
    assert vars(BY_KEY.get(pk=cleo.pk)).keys() == vars(Owner.objects.get(pk=cleo.pk)).keys()


def test_what_is_not_there(owners: list[Owner]) -> None:
    assert BY_KEY.first(pk=uuid.uuid4()) is None
    with pytest.raises(Owner.DoesNotExist):
        BY_KEY.get(pk=uuid.uuid4())


def test_it_is_put_into_sql_once(owners: list[Owner], monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(lambda: Owner.objects.filter(pk=Given("pk", UUIDField())))
    question.get(pk=owners[0].pk)
    monkeypatch.delattr(SQLCompiler, "as_sql")
    assert question.get(pk=owners[1].pk) == owners[1]


def test_what_belongs_to_a_row_comes_with_it(
    owners: list[Owner], django_assert_num_queries: Callable[[int], Any]
) -> None:
    for owner in owners[:2]:
        connect_zoom(owner)
    Connection.objects.create(owner=owners[2], provider="jitsi")
    for owner, provider in zip(owners, ("zoom", "zoom", "jitsi"), strict=True):
        with django_assert_num_queries(1):
            found = statements.USABLE.get(owner=owner.pk, provider=provider)
            assert (found.owner, found.provider) == (owner, provider)
            account = found.account
        assert account == Connection.objects.get(owner=owner).account
        assert account is None or vars(account).keys() == vars(ProviderAccount.objects.get(pk=account.pk)).keys()


def test_a_change_writes_where_it_says_and_counts(owners: list[Owner]) -> None:
    changed = {"name": Given("name", CharField()), "timezone": ""}
    rename = Change(lambda: (Owner.objects.filter(pk=Given("pk", UUIDField())), changed))
    assert rename.write(pk=owners[0].pk, name="An O'Hara %s") == 1
    assert rename.write(pk=uuid.uuid4(), name="nobody") == 0
    assert sorted(Owner.objects.values_list("name", flat=True)) == ["An O'Hara %s", "Ben", "Cleo"]


def test_a_link_is_announced_only_where_job_and_meeting_are_as_they_were_read(owners: list[Owner]) -> None:
    connect_zoom(owners[0])
    meeting, now = meeting_of(owners[0], job={"due_at": timezone.now()}), timezone.now()
    claim = uuid.uuid4()
    LinkJob.objects.update(claim=claim, generation=2)
    through = Connection.objects.get()
    told = {"pk": meeting.pk, "claim": claim, "generation": 2, "revision": meeting.revision}
    sent = {"now": now, "claimed_until": now, "connection": through.pk}
    for changed in ({"claim": uuid.uuid4()}, {"generation": 1}, {"revision": 9}, {"pk": uuid.uuid4()}):
        assert statements.ANNOUNCE.write(**told | changed, **sent) == 0
    assert LinkJob.objects.get().sent_at is None
    assert statements.ANNOUNCE.write(**told, **sent) == 1
    job = LinkJob.objects.get()
    assert (job.sent_at, job.sent_through, job.sent_generation, job.claimed_until) == (now, through, 2, now)


def test_threads_ask_over_their_own_connections(owners: list[Owner]) -> None:
    def ask(number: int) -> bool:
        try:
            return BY_KEY.get(pk=owners[number % 3].pk) == owners[number % 3]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(40)))


def test_a_row_is_asked_for_and_locked(owners: list[Owner]) -> None:
    meeting = meeting_of(owners[0])
    with transaction.atomic():
        assert statements.LOCKED.get(pk=meeting.pk) == Meeting.objects.get(pk=meeting.pk)


def as_saved(row: Model) -> dict[str, Any]:
    return type(row)._default_manager.values().get(pk=row.pk)


def test_a_row_is_written_as_django_writes_it(owners: list[Owner]) -> None:
    """Twice, as the second is put into SQL no more: with a key of its own, with JSON, with and without a value."""
    connection_ = connect_zoom(owners[0])
    now = timezone.now()
    for number, whole in enumerate(({"a": ["%s", "O'Hara", None]}, None)):
        said = {"owner": owners[number], "type": "link.ready", "data": {"n": number}, "whole": whole, "at": now}
        ours, theirs = Event(**said), Event(**said)
        insert(ours)
        theirs.save(force_insert=True)
        assert as_saved(ours) == {**as_saved(theirs), "id": ours.pk}
        assert not ours._state.adding
        ours.refresh_from_db()
    for state in (ProviderMeeting.State.CURRENT, ProviderMeeting.State.SPARE):
        meeting = meeting_of(owners[0])
        account = connection_.account
        insert(ProviderMeeting(meeting=meeting, provider="zoom", account=account, generation=4, state=state))
        found = meeting.provider_meetings.get()
        assert (found.state, found.generation, found.account, found.external_id) == (state, 4, account, "")
        assert found.created_at >= now


def test_a_row_whose_key_the_database_gives_or_whose_value_it_computes(owners: list[Owner]) -> None:
    first, second = meeting_of(owners[0]), meeting_of(owners[1])
    diary.note_news(first.pk, "a", "known", owner_id=owners[0].pk)
    diary.note_news(second.pk, "b", "computed")
    diary.note_news(first.pk, "c", "known again", owner_id=owners[0].pk)
    lines = MeetingEvent.objects.filter(meeting__in=[first, second], kind__in="abc").order_by("pk")
    assert [(one.kind, one.text, one.owner) for one in lines] == [
        ("a", "known", owners[0]),
        ("b", "computed", owners[1]),
        ("c", "known again", owners[0]),
    ]


def test_a_key_twice_is_refused_as_ever(owners: list[Owner]) -> None:
    row = Event(owner=owners[0], type="link.ready", data={}, at=timezone.now())
    insert(row)
    with pytest.raises(IntegrityError):
        insert(row)
