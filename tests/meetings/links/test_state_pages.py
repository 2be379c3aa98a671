"""Every state of a link: its word, its sentence, and its one next step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings import reading
from meetings.links.state import LinkState, Means, link_state
from meetings.links.words import problem_text
from meetings.models import LinkJob, Meeting
from okey.owners.models import Owner
from tests.meetings.page_cast import CREATE_ONLY, connect_jitsi, connect_zoom, meeting_of, ready_meeting

Problem = LinkJob.Problem
NOW = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)  # noon in Berlin
SETTINGS = "/settings/#providers"
MANAGES = f"{CREATE_ONLY} meeting:update:meeting meeting:delete:meeting"


@pytest.fixture(autouse=True)
def _noon_in_berlin() -> Any:
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        yield


def state_of(meeting: Meeting) -> LinkState:
    read = reading.meetings_of(meeting.owner).get(pk=meeting.pk)
    return link_state(read, Means.of(Owner.objects.get(pk=meeting.owner_id)))


def last_part(state: LinkState) -> list[str]:
    return [step.url if not step.is_post else step.url.split("/")[-2] for step in state.steps]


@pytest.mark.parametrize(
    ("job", "label", "words", "steps"),
    [
        ({"due_at": NOW}, "On its way", "is being made", []),
        (
            {"due_at": NOW + timedelta(hours=2, minutes=5), "problem": Problem.UNAVAILABLE},
            "On its way",
            "Zoom is not available at the moment. O-Key keeps trying; next try at 14:05.",
            ["retry"],
        ),
        ({"due_at": NOW, "problem": Problem.UNAVAILABLE}, "On its way", "asking again now", ["retry"]),
        (
            {"due_at": datetime(2026, 7, 2, tzinfo=UTC), "problem": Problem.DAILY_LIMIT},
            "On its way",
            "after Thu 2 Jul, 02:00.",
            [],
        ),
        ({"due_at": NOW, "problem": Problem.DAILY_LIMIT}, "On its way", "asking again now", []),
        (
            {"due_at": NOW, "problem": Problem.MISCONFIGURED},
            "Needs attention",
            "administrator has been told",
            ["retry"],
        ),
        ({"due_at": NOW, "problem": Problem.REFUSED}, "On its way", "is being made", []),
        ({"problem": Problem.REFUSED, "detail": "300: bad"}, "Needs attention", "Zoom refused", ["retry"]),
        ({"problem": Problem.MAY_NOT_HOST}, "Needs attention", "may not host", ["retry"]),
        ({"problem": Problem.PAID_ONLY}, "Needs attention", "The plan of your Zoom account", ["retry"]),
        ({"problem": Problem.SCOPE_MISSING}, "Needs attention", "the permission to create", [SETTINGS]),
        ({"problem": Problem.USER_GONE}, "Needs attention", "no longer exists", [SETTINGS]),
        ({"problem": Problem.GONE}, "Needs attention", "was deleted at Zoom", ["new-link"]),
        ({"problem": Problem.NO_LINK}, "Needs attention", "has no address", [SETTINGS]),
        ({"problem": Problem.BAD_LINK}, "Needs attention", "not safe to open", ["retry"]),
        ({}, "Needs attention", "No Zoom link was made", ["retry"]),
    ],
)
def test_while_zoom_is_connected(alice: Owner, job: dict[str, Any], label: str, words: str, steps: list[str]) -> None:
    connect_zoom(alice)

    state = state_of(meeting_of(alice, job=job))

    assert state.label == label
    assert words in state.text
    assert last_part(state) == steps


def test_while_zoom_refuses_and_o_key_asks_again_by_itself_nobody_has_to_act(alice: Owner) -> None:
    connect_zoom(alice)
    ProviderAccount.objects.update(state="needs_reconnect", lost_why="doubted")

    state = state_of(meeting_of(alice, job={"due_at": NOW}))

    assert state.label == "On its way"
    assert state.text.startswith("Zoom refuses O-Key’s permission at the moment. O-Key asks again by itself")
    assert last_part(state) == [SETTINGS]


def test_every_problem_has_its_words(alice: Owner) -> None:
    connect_zoom(alice)
    fallback = state_of(meeting_of(alice)).text

    for problem in set(Problem) - {Problem.TOO_LATE, Problem.UNAVAILABLE, Problem.DAILY_LIMIT, Problem.MISCONFIGURED}:
        assert state_of(meeting_of(alice, job={"problem": problem})).text != fallback


def test_no_sentence_has_an_empty_place(alice: Owner) -> None:
    connect_zoom(alice)

    for problem in Problem:
        for due_at in (None, NOW, NOW + timedelta(days=1)):
            state = state_of(meeting_of(alice, job={"problem": problem, "due_at": due_at}))
            assert "%(" not in state.text + state.note


def test_a_refusal_says_what_the_provider_said(alice: Owner) -> None:
    connect_zoom(alice)

    state = state_of(meeting_of(alice, job={"problem": Problem.REFUSED, "detail": "300: too %(provider)s"}))

    assert state.note == "What Zoom said: 300: too %(provider)s"


def test_a_ready_link_has_no_next_step(alice: Owner) -> None:
    state = state_of(ready_meeting(alice, connect_zoom(alice)))

    assert (state.label, state.tone, state.note, state.steps) == ("Ready", "good", "", ())


def test_a_ready_link_stays_ready_when_its_provider_is_disconnected(alice: Owner) -> None:
    connection = connect_zoom(alice)
    meeting = ready_meeting(alice, connection)
    type(connection).objects.update(ended_at=NOW, is_default=False)

    assert state_of(meeting).label == "Ready"


def test_after_a_reschedule_zooms_own_calendar_shows_the_old_time(alice: Owner) -> None:
    state = state_of(ready_meeting(alice, connect_zoom(alice), revision=2))

    assert state.label == "Ready"
    assert "still shows the old details" in state.note


@pytest.mark.parametrize(("problem", "words"), [("", "is being told"), (Problem.UNAVAILABLE, "keeps trying")])
def test_a_change_that_is_still_to_be_told(managing: None, alice: Owner, problem: str, words: str) -> None:
    job = {"due_at": NOW, "problem": problem}

    state = state_of(ready_meeting(alice, connect_zoom(alice, scopes=MANAGES), revision=2, job=job))

    assert state.label == "Ready"
    assert words in state.note


@pytest.mark.parametrize("problem", ["", Problem.UNAVAILABLE])
def test_a_change_that_zoom_may_not_be_told_is_not_promised(managing: None, alice: Owner, problem: str) -> None:
    job = {"due_at": NOW, "problem": problem}

    state = state_of(ready_meeting(alice, connect_zoom(alice), revision=2, job=job))

    assert state.note == "Zoom still shows the old details of this meeting. The link works as before."


def test_a_change_through_another_account_is_not_promised(managing: None, alice: Owner) -> None:
    meeting = ready_meeting(alice, connect_zoom(alice, scopes=MANAGES), revision=2, job={"due_at": NOW})
    other = ProviderAccount.objects.create(vendor="zoom", external_id="other", scopes=MANAGES)
    Connection.objects.update(account=other)

    assert "still shows the old details" in state_of(meeting).note


def test_a_change_waits_for_the_account_to_be_reconnected(managing: None, alice: Owner) -> None:
    lost = connect_zoom(alice, scopes=MANAGES, state=ProviderAccount.State.NEEDS_RECONNECT)

    changed = state_of(ready_meeting(alice, lost, revision=2, job={"due_at": NOW}))
    cancelled = state_of(ready_meeting(alice, lost, cancelled_at=NOW, job={"due_at": NOW}))

    assert "is told of the change once you reconnect" in changed.note
    assert cancelled.note == "Zoom is told once you reconnect it."


def test_a_room_without_a_calendar_has_no_old_time(alice: Owner) -> None:
    state = state_of(ready_meeting(alice, connect_jitsi(alice), provider="jitsi", revision=2))

    assert state.note == ""


def test_a_meeting_deleted_at_zoom_is_not_ready_though_it_has_a_link(alice: Owner) -> None:
    state = state_of(ready_meeting(alice, connect_zoom(alice), job={"problem": Problem.GONE}))

    assert (state.label, last_part(state)) == ("Needs attention", ["new-link"])


def test_a_deleted_meeting_needs_a_connection_first(alice: Owner) -> None:
    connection = connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)

    state = state_of(ready_meeting(alice, connection, job={"problem": Problem.GONE}))

    assert "Reconnect Zoom to make a new one" in state.text
    assert last_part(state) == [SETTINGS]


@pytest.mark.parametrize(
    ("job", "then"),
    [
        ({"due_at": NOW}, "gets its link as soon as you reconnect Zoom"),
        ({"problem": Problem.USER_GONE}, "gets its link as soon as you reconnect Zoom"),
        ({"problem": Problem.REFUSED}, "Reconnect Zoom, then try again here"),
    ],
)
@pytest.mark.parametrize("state", ["needs_reconnect", "scope_missing", None])
def test_while_zoom_is_not_usable(alice: Owner, state: str | None, job: dict[str, Any], then: str) -> None:
    if state == "scope_missing":
        connect_zoom(alice, scopes="user:read:user")
    elif state:
        connect_zoom(alice, state=state)

    said = state_of(meeting_of(alice, job=job))

    assert said.label == "Needs attention"
    assert said.text.startswith("Zoom needs reconnecting." if state else "Zoom is not connected.")
    assert then in said.text
    assert [step.label for step in said.steps] == ["Reconnect Zoom"]
    assert last_part(said) == [SETTINGS]
    assert said.poll_seconds == 0


def test_without_access_the_administrator_is_named(alice: Owner) -> None:
    connect_zoom(alice)
    Owner.objects.update(meeting_providers_enabled=False)

    for meeting in (meeting_of(alice, job={"due_at": NOW}), meeting_of(alice, job={"problem": Problem.GONE})):
        state = state_of(meeting)
        assert (state.label, state.steps) == ("Needs attention", ())
        assert "Ask your administrator" in state.text


@pytest.mark.parametrize(
    ("no_link", "words"),
    [("chosen", "You chose no"), ("no_default", "was your default"), ("not_connected", "was connected"), ("", "asked")],
)
def test_no_video_link_says_why_and_offers_one(alice: Owner, no_link: str, words: str) -> None:
    connect_zoom(alice)
    connect_jitsi(alice)

    state = state_of(meeting_of(alice, provider="", no_link=no_link))

    assert (state.label, state.tone) == ("No video link", "muted")
    assert words in state.text
    assert [step.label for step in state.steps] == ["Add Zoom link", "Add Jitsi link"]
    assert [step.provider for step in state.steps] == ["zoom", "jitsi"]


@pytest.mark.parametrize(
    ("no_link", "is_held", "labels"),
    [
        ("not_connected", False, ["Connect a meeting provider"]),
        ("not_connected", True, ["Reconnect Zoom"]),
        ("chosen", False, []),
    ],
)
def test_no_video_link_and_nothing_usable(alice: Owner, no_link: str, is_held: bool, labels: list[str]) -> None:
    if is_held:
        connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)

    state = state_of(meeting_of(alice, provider="", no_link=no_link))

    assert [step.label for step in state.steps] == labels


def test_no_video_link_without_access(alice: Owner) -> None:
    Owner.objects.update(meeting_providers_enabled=False)

    state = state_of(meeting_of(alice, provider="", no_link="not_connected"))

    assert "Ask your administrator" in state.text
    assert state.steps == ()


@pytest.mark.parametrize(
    ("fields", "words"), [({}, "it has no Zoom link"), ({"provider": "", "no_link": "chosen"}, "It had no video link")]
)
def test_a_meeting_that_is_over_without_a_link(alice: Owner, fields: dict[str, Any], words: str) -> None:
    connect_zoom(alice)

    state = state_of(meeting_of(alice, hours=-2, job={"due_at": NOW}, **fields))

    assert (state.label, state.steps, state.poll_seconds) == ("No video link", (), 0)
    assert words in state.text


def test_a_meeting_that_is_over_keeps_its_link(alice: Owner) -> None:
    state = state_of(ready_meeting(alice, connect_zoom(alice), hours=-2))

    assert state.label == "Ready"
    assert "stays on the record" in state.text


@pytest.mark.parametrize(
    ("scopes", "job", "note"),
    [
        (MANAGES, {"due_at": NOW}, "Zoom is being told."),
        (CREATE_ONLY, {"due_at": NOW}, "O-Key can’t delete meetings in Zoom"),
        (CREATE_ONLY, {}, "O-Key can’t delete meetings in Zoom"),
    ],
)
def test_a_cancelled_meeting_says_whether_zoom_knows(
    managing: None, alice: Owner, scopes: str, job: dict[str, Any], note: str
) -> None:
    state = state_of(ready_meeting(alice, connect_zoom(alice, scopes=scopes), job=job, cancelled_at=NOW))

    assert (state.label, state.steps) == ("No video link", ())
    assert note in state.note


def test_a_personal_link_is_not_called_a_link_twice(alice: Owner) -> None:
    Connection.objects.create(owner=alice, provider="personal_link", link="https://meet.example/ann", is_default=True)

    without = state_of(meeting_of(alice, provider="", no_link="chosen"))
    waiting = state_of(meeting_of(alice, provider="personal_link", job={"due_at": NOW}))

    assert [step.label for step in without.steps] == ["Add Personal link"]
    assert waiting.text.startswith("The Personal link is being made.")


def test_every_problem_names_the_provider_in_the_history() -> None:
    assert problem_text("zoom", Problem.UNAVAILABLE) == "Zoom is not available at the moment."
    for problem in set(Problem) - {Problem.TOO_LATE}:
        assert "Zoom" in problem_text("zoom", problem)


def test_a_cancelled_meeting_without_a_link(alice: Owner) -> None:
    assert state_of(meeting_of(alice, cancelled_at=NOW)).note == ""
