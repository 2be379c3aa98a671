"""Who fails several times in a row is left alone for a while; what is due for them stays due, and goes on by itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations import conferencing, resting
from integrations.models import Connection, Rest
from integrations.providers.base import Refused, Unavailable, Unknown
from meetings.links import making
from meetings.links.state import Means, link_state
from meetings.models import LinkJob, Meeting
from okey.lib import claims
from okey.owners.models import Owner
from tests.meetings.page_cast import connect_zoom, meeting_of

pytestmark = pytest.mark.django_db

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def owners() -> list[Owner]:
    """Six owners with an account each."""
    made = [Owner.objects.create_user(f"{number}@example.com", "a password") for number in range(6)]
    for owner in made:
        connect_zoom(owner)
    return made


def job_of(owner: Owner) -> Meeting:
    account = Connection.objects.get(owner=owner).account_id
    return meeting_of(owner, job={"due_at": timezone.now(), "turn": resting.key("zoom", account)})


def fail(owner: Owner, outcome: conferencing.Outcome | None = None) -> None:
    call(owner, outcome or Unknown("timeout"))


def call(owner: Owner, outcome: conferencing.Outcome | None = None) -> None:
    """A call for this owner, and what came of it."""
    connection = Connection.objects.get(owner=owner)
    try:
        with resting.heeding(connection):
            if outcome:
                raise outcome
    except conferencing.Outcome:
        pass


def next_job() -> Any:
    claim = claims.take_next(LinkJob, seconds=30)
    if claim is not None:
        claim.give_back()
    return claim and claim.pk


def test_an_account_that_fails_three_times_rests_and_others_go_on(owners: list[Owner]) -> None:
    first, other = job_of(owners[0]), job_of(owners[1])
    LinkJob.objects.filter(pk=other.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    LinkJob.objects.filter(pk=first.pk).update(due_at=timezone.now() - timedelta(seconds=2))
    for _ in range(resting.FAILURES):
        assert next_job() == first.pk
        fail(owners[0])
    assert next_job() == other.pk
    assert LinkJob.objects.filter(due_at__lte=timezone.now()).count() == 2


def test_the_rest_of_an_account_ends_and_grows_until_a_call_works(
    owners: list[Owner], clock: time_machine.Traveller
) -> None:
    job = job_of(owners[0])
    for _ in range(resting.FAILURES):
        fail(owners[0])
    rests = []
    for _ in range(8):
        rest = Rest.objects.get(is_wide=False)
        assert rest.rest_until is not None
        rests.append((rest.rest_until - timezone.now()).total_seconds())
        assert next_job() is None
        clock.move_to(rest.rest_until, tick=False)
        assert next_job() == job.pk
        fail(owners[0])
    assert 3 <= rests[0] <= 7
    assert rests[-1] >= 120
    call(owners[0])
    assert not Rest.objects.exists()
    assert next_job() == job.pk


def test_what_says_nothing_of_the_provider_makes_nobody_rest(owners: list[Owner]) -> None:
    for outcome in (Refused("no"), conferencing.ReconnectNeeded("401"), conferencing.Misconfigured("client")):
        for _ in range(5):
            fail(owners[0], outcome)
    assert not Rest.objects.exists()


def test_a_success_in_between_counts_from_the_beginning(owners: list[Owner]) -> None:
    job = job_of(owners[0])
    for _ in range(5):
        fail(owners[0])
        fail(owners[0])
        call(owners[0])
    assert next_job() == job.pk


def test_an_account_that_says_when_to_come_back_rests_until_then_and_no_other_does(
    owners: list[Owner], clock: time_machine.Traveller
) -> None:
    job_of(owners[0])
    for number in range(4):
        fail(owners[number], Unavailable("429", retry_at=NOW + timedelta(seconds=30)))
    other = job_of(owners[5])
    assert next_job() == other.pk
    LinkJob.objects.filter(pk=other.pk).update(due_at=None)
    assert next_job() is None
    clock.shift(29.9)
    assert next_job() is None
    clock.shift(resting.JITTER + timedelta(seconds=0.1))
    assert next_job() is not None


def provider_rests(owners: list[Owner]) -> Rest:
    for owner in owners[: resting.FAILURES]:
        fail(owner)
    return Rest.objects.get(is_wide=True)


def test_one_account_alone_makes_no_provider_rest(owners: list[Owner]) -> None:
    for _ in range(10):
        fail(owners[0])
    assert Rest.objects.get(is_wide=True).rest_until is None


def test_where_several_accounts_fail_the_provider_rests_for_everybody(
    owners: list[Owner], clock: time_machine.Traveller
) -> None:
    job_of(owners[5])
    rest = provider_rests(owners)
    assert next_job() is None
    fail(owners[4])  # a call that was under way
    assert Rest.objects.get(is_wide=True).rest_until == rest.rest_until
    jitsi = meeting_of(owners[5], provider="jitsi", job={"due_at": timezone.now(), "turn": "jitsi 1"})
    assert next_job() == jitsi.pk


def test_when_the_rest_is_over_one_call_tries_and_the_others_wait(
    owners: list[Owner], clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [job_of(owner) for owner in owners]
    rest = provider_rests(owners)
    assert rest.rest_until is not None
    clock.move_to(rest.rest_until + timedelta(minutes=5), tick=False)
    taken = [claim for _ in range(6) if (claim := claims.take_next(LinkJob, seconds=30))]
    assert len(taken) == len(jobs)  # by six workers in the same moment
    tried: list[Any] = []
    monkeypatch.setattr(making, "work_on", lambda claim: tried.append(claim.pk))
    for claim in taken:
        making.work_in_turn(claim)
    assert len(tried) == 1
    assert next_job() is None
    fail(owners[0])
    longer = Rest.objects.get(is_wide=True)
    assert longer.failures == 2
    assert longer.rest_until is not None
    assert longer.rest_until > timezone.now() + timedelta(seconds=7)


def test_a_provider_that_is_back_proves_it_one_call_after_the_other(
    owners: list[Owner], clock: time_machine.Traveller
) -> None:
    job_of(owners[5])
    rest = provider_rests(owners)
    assert rest.rest_until is not None
    clock.move_to(rest.rest_until, tick=False)
    Rest.objects.filter(is_wide=False).delete()
    for _ in range(resting.PROOFS):
        assert resting.may_try("zoom")
        assert not resting.may_try("zoom")
        call(owners[5])
    assert not Rest.objects.filter(is_wide=True).exists()
    assert resting.may_try("zoom")
    assert resting.may_try("zoom")


def test_whoever_dies_trying_keeps_the_others_waiting_for_seconds_only(
    owners: list[Owner], clock: time_machine.Traveller
) -> None:
    rest = provider_rests(owners)
    assert rest.rest_until is not None
    clock.move_to(rest.rest_until, tick=False)
    assert resting.may_try("zoom")
    clock.shift(resting.TRIAL_SECONDS - 1)
    assert not resting.may_try("zoom")
    clock.shift(1)
    assert resting.may_try("zoom")


def test_the_page_says_that_the_provider_does_not_answer_and_that_o_key_tries_again(owners: list[Owner]) -> None:
    provider_rests(owners)
    meeting = job_of(owners[5])
    state = link_state(meeting, Means.of(owners[5]))
    assert state.text == "Zoom does not answer at the moment. O-Key tries again by itself."
    assert state.poll_seconds
    Rest.objects.all().delete()
    assert "is being made" in link_state(meeting, Means.of(owners[5])).text


def test_a_call_that_works_looks_once_at_an_empty_table(
    owners: list[Owner], django_assert_num_queries: Callable[[int], Any]
) -> None:
    connection = Connection.objects.select_related("account").get(owner=owners[0])
    with django_assert_num_queries(1), resting.heeding(connection):
        pass
