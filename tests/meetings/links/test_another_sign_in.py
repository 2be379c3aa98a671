"""Microsoft demands another sign-in, of the token endpoint's or of Graph's own accord: the next one brings it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from integrations import authorization, connections, grants, upkeep
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from meetings.links.state import Means, link_state
from meetings.models import LinkJob, Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, is_due, job_of, make_due, work
from tests.microsoft_fixtures import PROVIDER, authorize, connect_teams
from tests.microsoft_simulator import MicrosoftSimulator

pytestmark = pytest.mark.django_db

Results = AuthorizationAttempt.Outcome
PassTime = Callable[..., None]
#: A second factor, by the name that an organization has given it.
DEMANDED = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}


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
def challenged(microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime, schedule: Schedule) -> Meeting:
    """A meeting whose link Graph refuses, since the organization wants a second factor."""
    connect_teams(microsoft, alice)
    pass_time(minutes=5)
    microsoft.change_user("carla", challenge=json.dumps(DEMANDED), graph_challenge=True)
    return work_until_done(schedule(provider=PROVIDER))


def work_until_done(meeting: Meeting) -> Meeting:
    """A worker is woken again where it asked for that."""
    make_due(meeting)
    for _time in range(4):
        if is_due(meeting):
            work(meeting)
    return Meeting.objects.get(pk=meeting.pk)


def account() -> ProviderAccount:
    return ProviderAccount.objects.get(vendor="microsoft")


def claims_of(url: str) -> Any:
    """What the authorization URL brings, if anything."""
    brought = parse_qs(urlsplit(url).query).get("claims", [""])[0]
    return json.loads(brought) if brought else None


def sent_at_connect(owner: Owner) -> Any:
    return claims_of(authorization.url_of(authorization.begin(owner, PROVIDER)))


def test_where_nothing_is_demanded_nothing_is_sent(microsoft: MicrosoftSimulator, alice: Owner) -> None:
    assert sent_at_connect(alice) is None


def test_graph_demands_another_sign_in_and_the_reconnect_brings_it(
    challenged: Meeting, microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client
) -> None:
    assert job_of(challenged).problem != LinkJob.Problem.MAY_NOT_HOST
    assert microsoft.calls("refresh") == 1, "one new token, in case that it is enough"
    assert (account().state, account().lost_why) == ("needs_reconnect", "challenged")
    page = alice_client.get("/settings/").content.decode()
    assert "Your organization wants you to sign in to Microsoft anew" in page
    assert "may not host" not in page
    assert link_state(challenged, Means.of(alice)).label == "Needs attention"

    assert sent_at_connect(alice) == DEMANDED
    assert authorize(microsoft, alice).outcome == Results.RECONNECTED
    assert (account().state, account().claims) == ("live", "")
    assert work_until_done(challenged).join_url
    assert sent_at_connect(alice) is None


def test_the_owner_is_told_once_and_at_once_and_nobody_asks_microsoft_again(
    challenged: Meeting, microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime
) -> None:
    [mail] = Mail.objects.filter(to=alice.email, subject__contains="reconnect")
    assert "wants you to sign in anew" in mail.text
    assert Connection.objects.get(owner=alice).announced == "connection.needs_reconnect"
    assert account().due_at is None
    before = microsoft.calls("refresh")
    for _day in range(3):
        pass_time(days=1)
        upkeep.work(account().pk)
    assert microsoft.calls("refresh") == before
    assert Mail.objects.filter(subject__contains="reconnect").count() == 1


def test_a_new_token_that_is_enough_ends_it(
    microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime, schedule: Schedule
) -> None:
    connect_teams(microsoft, alice)
    pass_time(minutes=5)
    old = grants.tokens_of(account())[0]
    grants.note_challenge(account().pk, account().grant_no, json.dumps(DEMANDED))
    microsoft.expire("carla")
    assert work_until_done(schedule(provider=PROVIDER)).join_url
    assert (account().state, account().claims) == ("live", "")
    assert grants.tokens_of(account())[0] != old


def test_the_token_endpoint_demands_it_and_the_second_refusal_is_the_verdict(
    microsoft: MicrosoftSimulator, alice: Owner, pass_time: PassTime, schedule: Schedule
) -> None:
    connect_teams(microsoft, alice)
    pass_time(hours=2)
    microsoft.change_user("carla", refresh_error=50076, challenge=json.dumps(DEMANDED))
    meeting = work(schedule(provider=PROVIDER))
    assert account().state == "live", "once is a suspicion"
    pass_time(seconds=61)
    upkeep.work(account().pk)
    assert (account().state, account().lost_why) == ("needs_reconnect", "challenged")
    assert sent_at_connect(alice) == DEMANDED
    connect_teams(microsoft, alice)
    assert work_until_done(meeting).join_url


def test_who_is_refused_while_connecting_is_told_and_brings_it_the_next_time(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client
) -> None:
    microsoft.change_user("carla", challenge=json.dumps(DEMANDED), graph_challenge=True)
    refused = authorize(microsoft, alice)
    assert (refused.outcome, refused.status) == (Results.CHALLENGED, "failed")
    assert refused.tokens is None
    page = alice_client.get(f"/integrations/attempts/{refused.pk}/").content.decode()
    assert "Microsoft Teams wants more of you at the sign-in." in page
    assert connections.entry(alice, PROVIDER).connection is None

    assert sent_at_connect(alice) == DEMANDED
    assert authorize(microsoft, alice).outcome == Results.CONNECTED
    assert sent_at_connect(alice) is None


def test_what_one_owner_has_to_bring_is_nobody_elses(
    challenged: Meeting, microsoft: MicrosoftSimulator, bob: Owner
) -> None:
    assert sent_at_connect(bob) is None
