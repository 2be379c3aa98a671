"""Google Meet through the real core, and the simulated Google: connecting, links, limits, and the end."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import connections, grants, resting, upkeep
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from meetings import scheduling
from meetings.links import making
from meetings.links.state import LinkState, Means, link_state
from meetings.models import LinkJob, Meeting, MeetingEvent, ProviderMeeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.google_fixtures import authorize, connect_google_meet
from tests.google_simulator import GoogleSimulator
from tests.meetings.linking import Schedule, edit, is_due, job_of, make_due, work
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

CREATED = "https://www.googleapis.com/auth/meetings.space.created"
Results = AuthorizationAttempt.Outcome
PassTime = Callable[..., None]


@pytest.fixture
def pass_time(google: GoogleSimulator) -> Iterator[PassTime]:
    """Our clock and Google's stand still, and go on together."""
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as ours:

        def go_on(**duration: float) -> None:
            seconds = timedelta(**duration).total_seconds()
            ours.shift(seconds)
            google.advance(seconds)

        yield go_on


@pytest.fixture
def meet(schedule: Schedule) -> Callable[..., Meeting]:
    """A meeting that wants a Google Meet link."""

    def make(**changes: Any) -> Meeting:
        return schedule(provider="google_meet", **changes)

    return make


def account() -> ProviderAccount:
    return ProviderAccount.objects.get(vendor="google")


def shown(owner: Owner, meeting: Meeting) -> LinkState:
    return link_state(Meeting.objects.get(pk=meeting.pk), Means.of(owner))


def told(meeting: Meeting) -> set[str]:
    return set(MeetingEvent.objects.filter(meeting=meeting).values_list("kind", flat=True))


def until(due_at: datetime | None, pass_time: PassTime) -> None:
    assert due_at is not None
    pass_time(seconds=max(0, (due_at - timezone.now()).total_seconds()))


# --- From Connect to Disconnect ---------------------------------------------------------------------------


def test_from_connecting_over_a_link_and_a_week_of_refreshes_to_disconnecting(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connection = connect_google_meet(google, alice)
    will = next(one for one in google.state("users")["users"] if one["email"] == account().email)
    assert account().external_id == will["id"]
    assert connections.default_provider(alice) == "google_meet"

    meeting = work(meet())
    assert meeting.join_url == google.meetings()[0]["uri"]
    assert (google.calls("create"), google.calls("refresh")) == (1, 0)

    refresh_token = grants.tokens_of(account())[1]
    for day in range(1, 8):
        until(account().due_at, pass_time)
        upkeep.work(account().pk)
        assert (account().state, account().pair_no, grants.tokens_of(account())[1]) == ("live", day, refresh_token)
    assert google.calls("refresh") == 7

    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    assert (account().state, account().tokens) == ("ended", None)
    assert google.grants() == []
    assert len(google.revocations()) == 1
    assert Meeting.objects.get(pk=meeting.pk).join_url == meeting.join_url


def test_an_unticked_box_is_named_and_the_next_try_connects(google: GoogleSimulator, alice: Owner) -> None:
    attempt = authorize(google, alice, scopes=[])
    assert (attempt.outcome, attempt.detail) == (Results.SCOPE_MISSING, CREATED)
    assert authorize(google, alice).outcome == Results.CONNECTED


def test_declining_at_google_changes_nothing(google: GoogleSimulator, alice: Owner, alice_client: Client) -> None:
    page = alice_client.post("/integrations/google_meet/connect/")["Location"]
    url = alice_client.get(page).context["authorization_url"]
    back = google.decline(url)
    text = alice_client.get(back.partition("8000")[2], follow=True).content.decode()
    assert "You declined at Google Meet." in text
    assert not Connection.objects.exists()


def test_a_callback_that_comes_twice_connects_once(google: GoogleSimulator, alice: Owner, alice_client: Client) -> None:
    page = alice_client.post("/integrations/google_meet/connect/")["Location"]
    back = google.approve(alice_client.get(page).context["authorization_url"]).partition("8000")[2]
    assert "Google Meet is connected as will@example." in alice_client.get(back, follow=True).content.decode()
    assert "has been used already" in alice_client.get(back, follow=True).content.decode()
    assert google.calls("exchange") == 1
    assert len(google.grants()) == 1


def test_two_owners_of_one_google_person_do_not_end_each_others_grant(
    google: GoogleSimulator, alice: Owner, bob: Owner, meet: Callable[..., Meeting]
) -> None:
    mine, his = connect_google_meet(google, alice), connect_google_meet(google, bob)
    assert mine.account == his.account
    assert authorize(google, bob, scopes=[]).outcome == Results.RECONNECTED  # what was granted before is included
    connections.disconnect(owner=bob, connection_id=his.pk)
    upkeep.work(account().pk)
    assert google.revocations() == []
    assert work(meet()).join_url


def test_a_permission_that_was_removed_at_google_is_found_out_and_reconnecting_heals(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_google_meet(google, alice)
    google.deauthorize("will")
    meeting = meet(starts_at=timezone.now() + timedelta(days=3))
    for _look in range(12):
        making.work(meeting.pk)
        upkeep.work(account().pk)
        if account().lost_why == ProviderAccount.Lost.REFUSED:
            break
        until(account().due_at, pass_time)
    assert account().state == "needs_reconnect"
    assert Mail.objects.filter(to=alice.email, subject__contains="Google Meet").exists()
    assert "Google Meet needs reconnecting" in shown(alice, meeting).text
    assert authorize(google, alice).outcome == Results.RECONNECTED
    make_due(meeting)
    assert work(meeting).join_url
    assert google.revocations() == []


# --- Links -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "status"])
def test_a_create_whose_answer_was_lost_is_sent_again(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], kind: str
) -> None:
    connect_google_meet(google, alice)
    meeting = meet()
    google.fault("create", kind, after=True) if kind == "status" else google.fault("create", kind)
    assert work(meeting).join_url == ""
    make_due(meeting)
    assert work(meeting).join_url == google.meetings()[1]["uri"]
    assert ProviderMeeting.objects.get(meeting=meeting).state == "current"
    assert told(meeting).isdisjoint({"spare", "may_hold_spare"})


def test_nothing_is_owed_when_a_meeting_moves_or_is_cancelled(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_google_meet(google, alice)
    meeting = work(meet())
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1))
    assert work(meeting).join_url == meeting.join_url
    assert "calendar" not in shown(alice, meeting).note
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert not is_due(meeting)
    assert shown(alice, meeting).note == ""
    assert (google.calls("create"), google.calls("update")) == (1, 0)


def test_the_owner_chooses_who_comes_in_and_the_meeting_says_what_google_made_of_it(
    google: GoogleSimulator, alice: Owner, alice_client: Client, meet: Callable[..., Meeting]
) -> None:
    connection = connect_google_meet(google, alice)
    first = work(meet())
    assert "until you let them in" in shown(alice, first).note
    theirs = reverse("client_meeting", args=[first.invitations.get().token])
    assert "You may have to wait there until Alice Archer lets you in" in Client().get(theirs).content.decode()
    page = f"/integrations/connections/{connection.pk}/lobby/"
    assert (
        "asked to let people with the link come in"
        in alice_client.post(page, {"everyone": "1"}, follow=True).content.decode()
    )
    later = timezone.now() + timedelta(days=2)
    assert shown(alice, work(meet(starts_at=later))).note == ""
    assert google.meetings()[1]["config"]["accessType"] == "OPEN"

    google.change_user("will", open_meetings="403")
    refused = work(meet(starts_at=later + timedelta(days=1)))
    assert refused.join_url
    assert "until you let them in" in shown(alice, refused).note


def test_a_program_chooses_too(google: GoogleSimulator, alice: Owner, bob: Owner) -> None:
    connection = connect_google_meet(google, alice)
    path, wanted = f"/connections/{connection.pk}/lobby", {"lets_everyone_in": True}
    assert problem(Caller(bob).post(path, wanted), 404, "not_found")
    assert Caller(alice).get(f"/connections/{connection.pk}").json()["lets_everyone_in"] is False
    assert Caller(alice).post(path, wanted).json()["lets_everyone_in"] is True
    jitsi = connections.connect(owner=alice, provider="jitsi")
    assert problem(Caller(alice).post(f"/connections/{jitsi.pk}/lobby", wanted), 404, "not_found")


def test_nobody_else_chooses_and_only_where_there_is_a_choice(
    google: GoogleSimulator, alice: Owner, bob_client: Client, alice_client: Client
) -> None:
    connection = connect_google_meet(google, alice)
    jitsi = connections.connect(owner=alice, provider="jitsi")
    assert bob_client.post(f"/integrations/connections/{connection.pk}/lobby/", {"everyone": "1"}).status_code == 404
    assert alice_client.post(f"/integrations/connections/{jitsi.pk}/lobby/", {"everyone": "1"}).status_code == 404
    assert not Connection.objects.filter(lets_everyone_in=True).exists()


def test_a_person_without_meet_reads_whom_to_ask(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_google_meet(google, alice)
    google.change_user("will", has_meet=False)
    meeting = work(meet())
    assert job_of(meeting).problem == LinkJob.Problem.MAY_NOT_HOST
    assert "Your Google Meet account may not host meetings" in shown(alice, meeting).text


def test_an_api_that_is_not_switched_on_is_told_to_administrators(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_google_meet(google, alice)
    google.settings(is_api_enabled=False)
    assert job_of(work(meet())).problem == LinkJob.Problem.MISCONFIGURED
    assert account().state == "live"
    assert Mail.objects.filter(subject__contains="Google Meet").exists()


# --- Limits ----------------------------------------------------------------------------------------------


def test_one_owner_is_paced_below_what_google_takes_of_a_person(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_google_meet(google, alice)
    made = [work(meet(starts_at=timezone.now() + timedelta(days=day))) for day in range(1, 13)]
    waiting = [one for one in made if not one.join_url]
    assert (len(made) - len(waiting), google.calls("create")) == (8, 8)
    for one in waiting:
        job = job_of(one)
        assert (job.problem, job.attempts) == ("", 0)
        assert job.due_at is not None
        assert timedelta(0) < job.due_at - timezone.now() <= timedelta(seconds=100)
        assert told(one).isdisjoint({"unavailable"})
    pass_time(seconds=101)
    assert all(work(one).join_url for one in waiting)
    assert google.calls("create") == 12


def test_all_owners_together_are_paced(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_google_meet(google, alice)
    monkeypatch.setattr("integrations.providers.google_meet.GoogleMeet.creates_a_minute", 2)
    made = [work(meet(starts_at=timezone.now() + timedelta(days=day))) for day in range(1, 4)]
    assert [bool(one.join_url) for one in made] == [True, True, False]


def test_the_projects_quota_has_everybody_wait_and_the_grants_stay(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_google_meet(google, alice)
    google.fault("create", "rate_limit_project")
    meeting = work(meet())
    assert not resting.may_try("google_meet")
    assert "does not answer at the moment" in shown(alice, meeting).text
    assert account().state == "live"
    pass_time(minutes=3)
    assert resting.may_try("google_meet")
    assert work(meeting).join_url


def test_a_persons_quota_has_only_that_person_wait(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_google_meet(google, alice)
    google.fault("create", "rate_limit_user")
    work(meet())
    assert resting.may_try("google_meet")


def test_a_403_that_is_a_limit_is_no_missing_permission(
    google: GoogleSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_google_meet(google, alice)
    google.fault("create", "rate_limit_403")
    assert job_of(work(meet())).problem == LinkJob.Problem.UNAVAILABLE
