"""Microsoft Teams through the real core, and the simulated Microsoft: connecting, links, changes, and the end."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone

from integrations import authorization, connections, grants, upkeep
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from meetings import scheduling
from meetings.links import making
from meetings.links import records as link_records
from meetings.links.state import LinkState, Means, link_state
from meetings.models import LinkJob, Meeting, MeetingEvent, ProviderMeeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, edit, is_due, job_of, make_due, work
from tests.microsoft_fixtures import authorize, connect_teams
from tests.microsoft_simulator import MicrosoftSimulator

pytestmark = pytest.mark.django_db

Results = AuthorizationAttempt.Outcome
PassTime = Callable[..., None]
CARLA = "c0000000-0000-4000-8000-000000000001/11111111-1111-4111-8111-111111111111"


@pytest.fixture
def pass_time(microsoft: MicrosoftSimulator) -> Iterator[PassTime]:
    """Our clock and Microsoft's stand still, and go on together."""
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as ours:

        def go_on(**duration: float) -> None:
            seconds = timedelta(**duration).total_seconds()
            ours.shift(seconds)
            microsoft.advance(seconds)

        yield go_on


@pytest.fixture
def meet(schedule: Schedule) -> Callable[..., Meeting]:
    """A meeting that wants a Teams link."""

    def make(**changes: Any) -> Meeting:
        return schedule(provider="microsoft_teams", **changes)

    return make


def account() -> ProviderAccount:
    return ProviderAccount.objects.get(vendor="microsoft")


def shown(owner: Owner, meeting: Meeting) -> LinkState:
    return link_state(Meeting.objects.get(pk=meeting.pk), Means.of(owner))


def told(meeting: Meeting) -> set[str]:
    return set(MeetingEvent.objects.filter(meeting=meeting).values_list("kind", flat=True))


def until(due_at: Any, pass_time: PassTime) -> None:
    assert due_at is not None
    pass_time(seconds=max(0, (due_at - timezone.now()).total_seconds()))


# --- From Connect to Disconnect ---------------------------------------------------------------------------


def test_from_connecting_over_a_link_and_a_week_of_refreshes_to_disconnecting(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connection = connect_teams(microsoft, alice)
    assert (account().external_id, account().email) == (CARLA, "carla@contoso.example.com")
    assert connections.default_provider(alice) == "microsoft_teams"

    meeting = work(meet())
    [made] = microsoft.meetings()
    assert (meeting.join_url, made["subject"]) == (made["join_url"], meeting.title)
    assert made["start"] == meeting.starts_at.timestamp()
    assert (microsoft.calls("create"), microsoft.calls("update")) == (1, 0)

    seen = {grants.tokens_of(account())[1]}
    for day in range(1, 8):
        until(account().due_at, pass_time)
        upkeep.work(account().pk)
        assert (account().state, account().pair_no) == ("live", day)
        seen.add(grants.tokens_of(account())[1])
    assert len(seen) == 8  # the newest is kept

    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    assert (account().state, account().tokens) == ("ended", None)
    assert Meeting.objects.get(pk=meeting.pk).join_url == meeting.join_url


def test_disconnecting_says_where_the_permission_itself_is_taken_back(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client
) -> None:
    connection = connect_teams(microsoft, alice)
    text = alice_client.get(f"/integrations/connections/{connection.pk}/disconnect/").content.decode()
    assert "O-Key deletes the tokens. Only you can take the permission itself back" in text
    assert 'href="https://myapps.microsoft.com"' in text


def test_two_owners_of_one_person_share_the_account_and_one_goes_on(
    microsoft: MicrosoftSimulator, alice: Owner, bob: Owner, meet: Callable[..., Meeting]
) -> None:
    mine, his = connect_teams(microsoft, alice), connect_teams(microsoft, bob)
    assert mine.account == his.account
    connections.disconnect(owner=bob, connection_id=his.pk)
    upkeep.work(account().pk)
    assert work(meet()).join_url


def test_a_personal_account_is_named_as_one(microsoft: MicrosoftSimulator, alice: Owner) -> None:
    """Microsoft lets none in at `organizations`; one that has no organization all the same connects nothing."""
    url = authorization.url_of(authorization.begin(alice, "microsoft_teams"))
    assert "personal account" in microsoft.stay(url, user="pat")
    microsoft.fault("organization", "status", status=200, body={"value": []})
    attempt = authorize(microsoft, alice)
    assert attempt.outcome == Results.PERSONAL_ACCOUNT
    assert not Connection.objects.exists()


def test_a_permission_that_was_removed_is_found_out_and_reconnecting_heals(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_teams(microsoft, alice)
    microsoft.deauthorize("carla")
    meeting = meet(starts_at=timezone.now() + timedelta(days=3))
    _until_lost(meeting, pass_time)
    assert account().state == "needs_reconnect"
    assert "AADSTS65001, consent withdrawn" in account().last_error
    assert "carla" not in account().last_error
    assert Mail.objects.filter(to=alice.email, subject__contains="Microsoft Teams").exists()
    assert authorize(microsoft, alice).outcome == Results.RECONNECTED
    make_due(meeting)
    assert work(meeting).join_url


@pytest.mark.parametrize("code", [50196, 90033, 90055])
def test_microsofts_own_trouble_ends_no_grant(
    microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime, code: int
) -> None:
    connect_teams(microsoft, alice)
    microsoft.change_user("carla", refresh_error=code)
    for _day in range(3):
        until(account().due_at, pass_time)
        upkeep.work(account().pk)
    assert (account().state, account().suspected_at) == ("live", None)
    microsoft.change_user("carla", refresh_error=0)
    until(account().due_at, pass_time)
    upkeep.work(account().pk)
    assert account().last_error == ""


def test_an_expired_client_secret_keeps_every_grant_and_administrators_hear_of_it(
    microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime
) -> None:
    connect_teams(microsoft, alice)
    microsoft.settings(is_secret_expired=True)
    until(account().due_at, pass_time)
    upkeep.work(account().pk)
    assert (account().state, account().suspected_at) == ("live", None)
    assert "AADSTS7000222" in account().last_error
    assert Mail.objects.filter(subject__contains="Microsoft").exists()


def test_an_organization_that_blocks_okey_ends_only_its_own_grants(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_teams(microsoft, alice)
    pass_time(hours=2)
    microsoft.change_tenant("contoso.example.com", is_app_blocked=True)
    _until_lost(meet(starts_at=timezone.now() + timedelta(days=3)), pass_time)
    assert "removed by the organization" in account().last_error


def test_a_wrong_client_id_ends_no_grant(
    microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime, settings: Any
) -> None:
    connect_teams(microsoft, alice)
    settings.MICROSOFT_CLIENT_ID = "another"
    until(account().due_at, pass_time)
    upkeep.work(account().pk)
    assert (account().state, account().suspected_at) == ("live", None)
    assert "AADSTS700016" in account().last_error


# --- Links -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "status", "empty"])
def test_a_create_whose_answer_was_lost_is_sent_again_and_makes_no_second_meeting(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], kind: str
) -> None:
    connect_teams(microsoft, alice)
    meeting = meet()
    more = {} if kind == "drop_after" else {"after": True}
    microsoft.fault("create", kind, **more)
    assert work(meeting).join_url == ""
    make_due(meeting)
    [made] = microsoft.meetings()
    assert work(meeting).join_url == made["join_url"]
    assert ProviderMeeting.objects.get(meeting=meeting).state == "current"
    assert told(meeting).isdisjoint({"spare", "may_hold_spare"})


def test_a_meeting_that_moved_while_its_create_was_lost_is_made_at_the_new_time(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_teams(microsoft, alice)
    meeting = meet()
    microsoft.fault("create", "drop_after")
    work(meeting)
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1), title="Moved")
    make_due(meeting)
    work(meeting)
    [made] = microsoft.meetings()
    assert (made["start"], made["subject"]) == ((meeting.starts_at + timedelta(hours=1)).timestamp(), "Moved")


def test_a_move_is_told_so_the_link_outlives_sixty_days_and_a_cancel_deletes(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_teams(microsoft, alice)
    meeting = work(meet())
    [before] = microsoft.meetings()
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(days=90))
    assert work(meeting).join_url == meeting.join_url
    [after] = microsoft.meetings()
    assert after["dies_at"] == before["dies_at"] + 90 * 24 * 3600
    assert microsoft.calls("create") == 1
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert not is_due(meeting)
    assert microsoft.meetings() == []


def test_a_new_link_is_another_meeting_and_the_old_one_goes(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    connect_teams(microsoft, alice)
    meeting = work(meet())
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    make_due(meeting)
    again = work(meeting)
    assert again.join_url not in {"", meeting.join_url}
    assert [made["join_url"] for made in microsoft.meetings()] == [again.join_url]


@pytest.mark.parametrize("style", ["short", "long"])
def test_the_link_is_kept_byte_for_byte(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], style: str
) -> None:
    microsoft.settings(join_style=style)
    connect_teams(microsoft, alice)
    meeting = work(meet())
    assert meeting.join_url == microsoft.meetings()[0]["join_url"]
    assert requests.get(meeting.join_url, timeout=15).status_code == 200


def test_a_link_on_an_odd_host_is_given_to_nobody(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting]
) -> None:
    microsoft.settings(join_base="https://teams.microsoft.com.evil.example")
    connect_teams(microsoft, alice)
    assert work(meet()).join_url == ""


def test_the_owner_chooses_who_comes_in_and_the_meeting_says_what_the_policy_made_of_it(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client, meet: Callable[..., Meeting]
) -> None:
    connection = connect_teams(microsoft, alice)
    assert "until you let them in" in shown(alice, work(meet())).note
    alice_client.post(f"/integrations/connections/{connection.pk}/lobby/", {"everyone": "1"})
    later = timezone.now() + timedelta(days=2)
    assert shown(alice, work(meet(starts_at=later))).note == ""
    assert microsoft.meetings()[1]["lobby"] == "everyone"

    microsoft.change_user("carla", may_open_lobby=False)
    overruled = work(meet(starts_at=later + timedelta(days=1)))
    assert overruled.join_url
    assert "until you let them in" in shown(alice, overruled).note


@pytest.mark.parametrize("change", [{"has_teams": False}, {"is_guest": True}])
def test_a_person_without_teams_reads_whom_to_ask(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], change: dict[str, bool]
) -> None:
    connect_teams(microsoft, alice)
    microsoft.change_user("carla", **change)
    meeting = work(meet())
    assert job_of(meeting).problem == LinkJob.Problem.MAY_NOT_HOST
    assert "Your Microsoft Teams account may not host meetings" in shown(alice, meeting).text


def test_throttling_is_heeded_and_the_grant_stays(
    microsoft: MicrosoftSimulator, alice: Owner, meet: Callable[..., Meeting], pass_time: PassTime
) -> None:
    connect_teams(microsoft, alice)
    microsoft.fault("create", "throttled", seconds=120)
    meeting = work(meet())
    due_at = job_of(meeting).due_at
    assert due_at is not None
    assert due_at >= timezone.now() + timedelta(seconds=119)
    pass_time(seconds=500)
    assert work(meeting).join_url
    assert account().state == "live"


def test_a_permission_that_is_withheld_is_named(microsoft: MicrosoftSimulator, alice: Owner) -> None:
    microsoft.change_tenant("contoso.example.com", withheld=["OnlineMeetings.ReadWrite"])
    attempt = authorize(microsoft, alice)
    assert (attempt.outcome, attempt.detail) == (Results.SCOPE_MISSING, "OnlineMeetings.ReadWrite")


def _calls(microsoft: MicrosoftSimulator) -> dict[str, int]:
    counters = microsoft.state("counters")["counters"]
    return {name: counted["calls"] for name, counted in counters.items() if counted["calls"]}


def _until_lost(meeting: Meeting, pass_time: PassTime) -> None:
    """The verdict is spoken, and the owners are told."""
    for _look in range(12):
        making.work(meeting.pk)
        upkeep.work(account().pk)
        if account().lost_why == ProviderAccount.Lost.REFUSED:
            return
        until(account().due_at, pass_time)
    raise AssertionError(account().lost_why)
