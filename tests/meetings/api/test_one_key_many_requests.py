"""One Idempotency-Key is one meeting, however often and however close together the request comes. On both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.utils import timezone

from meetings import scheduling
from meetings.links import making
from meetings.models import Invitation, LinkJob, Meeting, MeetingEvent
from okey.api.models import IdempotentRequest
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read
from tests.okey.api.caller import Caller, problem
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 100


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com")


@pytest.fixture
def body(alice: Owner, ann: Contact) -> dict[str, Any]:
    """At a time that is offered: so a second meeting would be refused, and not only be one too many."""
    slot = read(Caller(alice).get("/slots?limit=20"))["items"][-1]["starts_at"]
    return {"contact_id": str(ann.pk), "title": "Kick-off", "starts_at": slot}


def at_once(calls: Iterator[Any], count: int) -> list[HttpResponse]:
    """Each call in a thread of its own, with a database connection of its own, all let go together."""
    barrier = Barrier(count)

    def run(call: Any) -> HttpResponse:
        try:
            barrier.wait(timeout=30)
            response: HttpResponse = call()
            return response
        finally:
            database.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, calls))


def test_a_hundred_at_once_are_one_meeting_one_call_to_zoom_and_one_answer(
    zoom: ZoomSimulator, alice: Owner, body: dict[str, Any]
) -> None:
    connect_zoom(zoom, alice)
    secret = Caller(alice).secret
    callers = (Caller(alice, secret=secret) for _number in range(CALLS))
    responses = at_once(
        ((lambda caller=caller: caller.post("/meetings", body, idempotency_key="k")) for caller in callers), CALLS
    )
    assert {response.status_code for response in responses} == {201}, responses[0].content
    assert len({(response.content, response["Location"], response["ETag"]) for response in responses}) == 1
    meeting = Meeting.objects.get()
    assert (LinkJob.objects.count(), Invitation.objects.count(), MeetingEvent.objects.count()) == (1, 1, 1)
    at_once(((lambda: making.work(meeting.pk)) for _number in range(8)), 8)
    assert zoom.calls("create") == 1
    again = read(Caller(alice).post("/meetings", body, idempotency_key="k"), 201)
    assert again["link"]["join_url"] == zoom.meetings()[0]["join_url"]
    assert zoom.calls("create") == 1


def test_of_many_other_requests_with_one_key_the_first_wins_and_the_others_are_told(
    alice: Owner, body: dict[str, Any]
) -> None:
    secret = Caller(alice).secret
    calls = [
        (
            lambda number=number: Caller(alice, secret=secret).post(
                "/meetings", {**body, "title": f"Title {number}"}, idempotency_key="k"
            )
        )
        for number in range(10)
    ]
    statuses = sorted(response.status_code for response in at_once(iter(calls), 10))
    assert statuses == [201] + [422] * 9
    assert Meeting.objects.count() == 1


def test_without_a_key_a_time_is_still_taken_only_once(alice: Owner, body: dict[str, Any]) -> None:
    secret = Caller(alice).secret
    calls = [(lambda: Caller(alice, secret=secret).post("/meetings", body)) for _number in range(10)]
    statuses = sorted(response.status_code for response in at_once(iter(calls), 10))
    assert statuses == [201] + [409] * 9
    assert Meeting.objects.count() == 1


def test_the_same_key_with_another_body_is_refused_and_with_the_same_body_written_otherwise_is_not(
    alice: Owner, body: dict[str, Any]
) -> None:
    program = Caller(alice)
    made = program.post("/meetings", body, idempotency_key="k")
    otherwise = dict(reversed(body.items()))
    assert program.post("/meetings", otherwise, idempotency_key="k").content == made.content
    problem(program.post("/meetings", {**body, "agenda": "More"}, idempotency_key="k"), 422, "idempotency_key_reused")
    contact = {"name": "Ben", "email": "ben@example.com"}
    problem(program.post("/contacts", contact, idempotency_key="k"), 422, "idempotency_key_reused")
    assert Meeting.objects.count() == 1


def test_a_repeated_request_is_answered_with_the_meeting_as_it_is_by_then(alice: Owner, body: dict[str, Any]) -> None:
    program = Caller(alice)
    said = read(program.post("/meetings", body, idempotency_key="k"), 201)
    scheduling.cancel(owner=alice, meeting_id=said["id"])
    again = read(program.post("/meetings", body, idempotency_key="k"), 201)
    assert (again["id"], again["status"]) == (said["id"], "cancelled")


def test_a_request_that_was_refused_may_come_again(alice: Owner, ann: Contact, body: dict[str, Any]) -> None:
    program = Caller(alice)
    Contact.objects.update(archived_at=timezone.now())
    problem(program.post("/meetings", body, idempotency_key="k"), 422, "invalid")
    Contact.objects.update(archived_at=None)
    read(program.post("/meetings", body, idempotency_key="k"), 201)


def test_a_crash_before_the_commit_leaves_nothing_behind(
    alice: Owner, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Caller(alice)
    with monkeypatch.context() as patch:
        patch.setattr(IdempotentRequest, "save", _dies)
        with pytest.raises(RuntimeError, match="killed"):
            program.post("/meetings", body, idempotency_key="k")
    assert not Meeting.objects.exists()
    read(program.post("/meetings", body, idempotency_key="k"), 201)
    assert Meeting.objects.count() == 1


def test_a_crash_between_commit_and_answer_loses_the_answer_only(
    alice: Owner, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Caller(alice)
    with monkeypatch.context() as patch:
        patch.setattr("meetings.api.answering.wait_for_link", _dies)
        with pytest.raises(RuntimeError, match="killed"):
            program.post("/meetings", body, idempotency_key="k")
    meeting = Meeting.objects.get()
    assert read(program.post("/meetings", body, idempotency_key="k"), 201)["id"] == str(meeting.pk)
    assert Meeting.objects.count() == 1


def test_a_key_is_remembered_with_the_meeting_when_the_requests_own_record_is_gone(
    alice: Owner, body: dict[str, Any]
) -> None:
    program = Caller(alice)
    said = read(program.post("/meetings", body, idempotency_key="k"), 201)
    IdempotentRequest.objects.update(created_at=timezone.now() - IdempotentRequest.KEPT_FOR - timedelta(minutes=1))
    program.post("/contacts", {"name": "Ben", "email": "ben@example.com"}, idempotency_key="other")  # sweeps
    assert not IdempotentRequest.objects.filter(object_id=said["id"]).exists()
    assert read(program.post("/meetings", body, idempotency_key="k"), 201)["id"] == said["id"]
    assert Meeting.objects.count() == 1


def _dies(*_arguments: object, **_more: object) -> None:
    raise RuntimeError("killed")
