"""What gets a meeting its link: the steps that the answer names are calls that work."""

from urllib.parse import urlsplit

import pytest

from integrations.models import ProviderAccount
from meetings import link_wait
from meetings.links import making
from meetings.models import LinkJob, Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, scheduled
from tests.meetings.linking import Schedule, job_of, work
from tests.meetings.page_cast import connect_jitsi, connect_zoom
from tests.okey.api.caller import Caller, problem
from tests.zoom_fixtures import connect_zoom as connect_for_real
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def follow(program: Caller, step: dict[str, str]) -> dict[str, object]:
    """Do what a next step says."""
    path = urlsplit(step["url"]).path.removeprefix("/api/v1")
    body = {"provider": step["provider"]} if step["provider"] else None
    return read(program.call(step["method"], path, body))


def test_a_real_link_and_nothing_of_the_hosts(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connect_for_real(zoom, alice)
    meeting = work(schedule())
    response = Caller(alice).get(f"/meetings/{meeting.pk}")
    assert read(response)["link"]["join_url"] == zoom.meetings()[0]["join_url"]
    said = response.content.decode()
    assert "start_url" not in said
    assert not [secret for secret in zoom.secrets() if secret in said]


def test_try_again(program: Caller, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)
    meeting = f"/meetings/{scheduled(alice, ann)['id']}"
    LinkJob.objects.update(due_at=None, problem=LinkJob.Problem.REFUSED, detail="Too long.")
    link = read(program.get(meeting))["link"]
    assert (link["status"], link["note"]) == ("needs_attention", "What Zoom said: Too long.")
    (step,) = link["next_steps"]
    assert step["action"] == "retry_link"
    assert follow(program, step)["link"]["status"] == "on_its_way"  # type: ignore[index]
    assert LinkJob.objects.get().due_at is not None


def test_add_a_link_of_one_that_is_connected(program: Caller, alice: Owner, ann: Contact) -> None:
    meeting = scheduled(alice, ann)
    connect_zoom(alice)
    connect_jitsi(alice)
    steps = read(program.get(f"/meetings/{meeting['id']}"))["link"]["next_steps"]
    assert [(step["action"], step["provider"]) for step in steps] == [("add_link", "zoom"), ("add_link", "jitsi")]
    added = follow(program, steps[0])
    assert (added["provider"], added["revision"]) == ("zoom", 2)
    assert follow(program, steps[0]) == added  # twice is once
    path = f"/meetings/{meeting['id']}/add-link"
    assert "another provider" in problem(program.post(path, {"provider": "jitsi"}), 409, "conflict")["detail"]


@pytest.mark.parametrize("provider", ["zoom", "nobody", "\0", "", "none", None])
def test_a_provider_that_is_not_connected_adds_nothing(
    program: Caller, alice: Owner, ann: Contact, provider: str | None
) -> None:
    path = f"/meetings/{scheduled(alice, ann)['id']}/add-link"
    refused = problem(program.post(path, {"provider": provider}), 422, "invalid")
    assert refused["errors"][0]["field"] == "provider"


def test_without_access_to_providers_no_link_is_added(program: Caller, alice: Owner, ann: Contact) -> None:
    path = f"/meetings/{scheduled(alice, ann)['id']}/add-link"
    connect_zoom(alice)
    Owner.objects.update(meeting_providers_enabled=False)
    problem(program.post(path, {"provider": "zoom"}), 403, "not_entitled")


def test_make_a_new_link_where_the_old_one_is_gone_and_only_there(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_for_real(zoom, alice)
    meeting, program = work(schedule()), Caller(alice)
    path = f"/meetings/{meeting.pk}"
    before = read(program.get(path))
    assert read(program.post(f"{path}/new-link")) == before
    LinkJob.objects.filter(pk=meeting.pk).update(problem=LinkJob.Problem.GONE)
    (step,) = read(program.get(path))["link"]["next_steps"]
    assert step["action"] == "new_link"
    follow(program, step)
    assert job_of(meeting).generation == 2
    making.work(meeting.pk)
    again = read(program.get(path))["link"]
    assert again["status"] == "ready"
    assert again["join_url"] != before["link"]["join_url"]


# --- Prefer: wait -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=7", "wait=7"),
        ("respond-async, wait = 7", "wait=7"),
        ('foo; bar, WAIT="7"', "wait=7"),
        ("wait=3600", "wait=20"),
        ("wait=0", None),
        ("wait", None),
        ("wait=", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=soon", None),
        ("waits=7", None),
        ("wait=" + "9" * 5000, None),
    ],
)
def test_how_long_a_caller_waits(
    program: Caller, alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch, prefer: str, applied: str | None
) -> None:
    waited: list[float] = []
    watch = link_wait._watch
    monkeypatch.setattr(link_wait, "_may_come", lambda _row, seconds: seconds > 0 and not waited)
    monkeypatch.setattr(
        link_wait, "_watch", lambda owner, row, deadline: waited.append(deadline) or watch(owner, row, deadline)
    )
    response = program.get(f"/meetings/{scheduled(alice, ann)['id']}", prefer=prefer)
    assert response.get("Preference-Applied") == applied
    assert bool(waited) == (applied is not None)


@pytest.mark.parametrize("path", ["", "/retry-link"])
def test_a_caller_who_waits_gets_the_link_as_soon_as_a_worker_has_made_it(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    connect_for_real(zoom, alice)
    meeting = schedule()
    monkeypatch.setattr(link_wait.time, "sleep", lambda _seconds: making.work(meeting.pk))
    call = Caller(alice).post if path else Caller(alice).get
    response = call(f"/meetings/{meeting.pk}{path}", prefer="wait=20")
    assert read(response)["link"]["status"] == "ready"
    assert response["Preference-Applied"] == "wait=20"
    assert response["ETag"] == Caller(alice).get(f"/meetings/{meeting.pk}")["ETag"]


def test_a_caller_who_schedules_and_waits_is_answered_201_with_the_link(
    zoom: ZoomSimulator, alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_for_real(zoom, alice)
    monkeypatch.setattr(link_wait.time, "sleep", lambda _seconds: making.work(Meeting.objects.get().pk))
    slot = read(Caller(alice).get("/slots?limit=1"))["items"][0]["starts_at"]
    body = {"contact_id": str(ann.pk), "title": "Kick-off", "starts_at": slot}
    said = read(Caller(alice).post("/meetings", body, prefer="wait=10"), 201)
    assert said["link"]["join_url"] == zoom.meetings()[0]["join_url"]


def test_nobody_waits_for_a_link_that_cannot_come(
    program: Caller, alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_wait.time, "sleep", lambda _seconds: pytest.fail("it waited"))
    connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)
    meeting = scheduled(alice, ann)
    assert read(program.get(f"/meetings/{meeting['id']}", prefer="wait=20"))["link"]["status"] == "needs_attention"


@pytest.mark.parametrize("path", ["", "/retry-link"])
def test_who_finds_no_place_to_wait_is_told_so_and_when_and_where_to_look(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    connect_for_real(zoom, alice)
    meeting = schedule()
    monkeypatch.setattr(link_wait, "PLACES", link_wait.Places(at_most=0, an_owner=0))
    call = Caller(alice).post if path else Caller(alice).get
    response = call(f"/meetings/{meeting.pk}{path}", prefer="wait=20")
    assert read(response)["link"]["status"] == "on_its_way"
    assert "Preference-Applied" not in response
    assert response["Retry-After"] == "2"
    making.work(meeting.pk)
    where = response["Location"].removeprefix("http://testserver.localhost:8000/api/v1")
    assert read(Caller(alice).get(where))["link"]["status"] == "ready"


def test_who_does_not_ask_to_wait_is_not_told_when_to_come_again(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_for_real(zoom, alice)
    response = Caller(alice).get(f"/meetings/{schedule().pk}")
    assert read(response)["link"]["status"] == "on_its_way"
    assert not {"Retry-After", "Location", "Preference-Applied"} & set(response.headers)
