"""A program moves, changes and cancels; and does not undo what somebody else did meanwhile, if it says what it knew."""

import pytest

from meetings import scheduling
from meetings.api.conditions import matches
from meetings.models import LinkJob, Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, scheduled
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(program: Caller, alice: Owner, ann: Contact) -> str:
    """The address of one that is scheduled."""
    connect_zoom(alice)
    return f"/meetings/{scheduled(alice, ann, agenda='Plans')['id']}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " New \n title "}, {"title": "New title", "agenda": "Plans", "minutes": 30}),
        ({"agenda": ""}, {"title": "Kick-off", "agenda": ""}),
        ({"minutes": 60}, {"starts_at": "2026-03-03T09:00:00Z", "ends_at": "2026-03-03T10:00:00Z"}),
        (
            {"starts_at": "2026-03-03T12:00:00+01:00"},
            {"starts_at": "2026-03-03T11:00:00Z", "ends_at": "2026-03-03T11:30:00Z"},
        ),
    ],
)
def test_what_is_not_sent_stays_as_it_is(
    program: Caller, meeting: str, change: dict[str, object], said: dict[str, object]
) -> None:
    answer = read(program.patch(meeting, change))
    assert {name: answer[name] for name in said} == said
    assert answer["revision"] == 2
    assert read(program.get(meeting)) == answer


def test_a_change_to_what_it_is_changes_nothing(program: Caller, meeting: str) -> None:
    before = read(program.get(meeting))
    assert read(program.patch(meeting, {"title": "Kick-off", "minutes": 30})) == before
    assert read(program.patch(meeting, {})) == before


def test_a_move_says_where_it_was(program: Caller, meeting: str) -> None:
    moved = read(program.patch(meeting, {"starts_at": "2026-03-04T09:00:00Z"}))
    assert moved["moved_from"] == "2026-03-03T09:00:00Z"


def test_a_meeting_is_moved_to_a_time_that_is_free_or_to_any_where_that_is_said(
    program: Caller, alice: Owner, ann: Contact, meeting: str
) -> None:
    scheduled(alice, ann, hours=1)
    to_the_other = {"starts_at": "2026-03-03T10:00:00Z"}
    refused = problem(program.patch(meeting, to_the_other), 409, "slot_taken")
    assert refused["next_free"][0]["starts_at"] == "2026-03-03T10:30:00Z"
    # The meeting itself is not in its way: half an hour later it still overlaps its own old time, not the other's.
    assert read(program.patch(meeting, {"minutes": 60}))["minutes"] == 60
    assert read(program.patch(meeting, {**to_the_other, "any_time": True}))["starts_at"] == "2026-03-03T10:00:00Z"


def test_a_new_title_needs_no_time_that_is_offered(program: Caller, alice: Owner, ann: Contact) -> None:
    at_night = scheduled(alice, ann, hours=12)
    assert read(program.patch(f"/meetings/{at_night['id']}", {"title": "New"}))["title"] == "New"


def test_cancelling_twice_is_once(program: Caller, meeting: str) -> None:
    cancelled = read(program.post(f"{meeting}/cancel"))
    assert (cancelled["status"], cancelled["revision"]) == ("cancelled", 2)
    assert cancelled["cancelled_at"] == "2026-03-02T06:00:00Z"
    assert read(program.post(f"{meeting}/cancel")) == cancelled


# --- ETags ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("PATCH", {"title": "Mine"}),
        ("POST /cancel", None),
        ("POST /retry-link", None),
        ("POST /new-link", None),
        ("POST /add-link", {"provider": "zoom"}),
    ],
)
def test_what_was_changed_since_it_was_read_is_not_changed_again(
    program: Caller, alice: Owner, meeting: str, call: str, body: object
) -> None:
    method, _, path = call.partition(" ")
    known = program.get(meeting)["ETag"]
    read(Caller(alice).patch(meeting, {"title": "Theirs"}))
    problem(program.call(method, meeting + path, body, if_match=known), 412, "changed_meanwhile")
    assert (Meeting.objects.get().title, Meeting.objects.get().revision) == ("Theirs", 2)
    known = program.get(meeting)["ETag"]
    read(program.call(method, meeting + path, body, if_match=f'"other", W/{known}'))


def test_every_answer_has_the_etag_of_what_it_says(program: Caller, alice: Owner, ann: Contact, meeting: str) -> None:
    changed = program.patch(meeting, {"title": "New"})
    assert changed["ETag"] == program.get(meeting)["ETag"]
    assert changed["ETag"].startswith('"2-')


def test_the_etag_is_another_as_soon_as_the_link_is_there(program: Caller, meeting: str) -> None:
    before = program.get(meeting)["ETag"]
    Meeting.objects.update(join_url="https://zoom.us/j/1")
    LinkJob.objects.update(due_at=None)
    after = program.get(meeting)["ETag"]
    assert before != after
    assert (before[:3], after[:3]) == ('"1-', '"1-')


def test_a_reader_who_knows_it_already_gets_304(program: Caller, meeting: str) -> None:
    known = program.get(meeting)["ETag"]
    for header in (known, f"W/{known}", f'"other", {known}', "*"):
        response = program.get(meeting, if_none_match=header)
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", known)
    for header in ('"other"', known.strip('"'), "nonsense", ""):
        assert program.get(meeting, if_none_match=header).status_code == 200


def test_an_etag_that_is_none_matches_nothing() -> None:
    assert not matches('"1-a"', "1-a")
    assert not matches('"1-a"', "")
    assert matches('"1-a"', "*")


def test_two_who_change_different_things_both_get_what_they_want(
    program: Caller, alice: Owner, meeting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has read the meeting under the lock, so what it leaves out is what the first made of it."""
    read(program.patch(meeting, {"title": "First"}))
    read(Caller(alice).patch(meeting, {"agenda": "Second"}))
    assert Meeting.objects.values_list("title", "agenda").get() == ("First", "Second")


def test_a_change_of_the_owners_is_seen_by_the_etag_too(program: Caller, alice: Owner, meeting: str) -> None:
    known, row = program.get(meeting)["ETag"], Meeting.objects.get()
    scheduling.cancel(owner=alice, meeting_id=row.pk)
    problem(program.patch(meeting, {"title": "New"}, if_match=known), 412, "changed_meanwhile")
    problem(program.patch(meeting, {"title": "New"}), 409, "conflict")
