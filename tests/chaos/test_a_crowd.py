"""Much is due at once: everything comes, one account that hangs holds up nobody else, and no restart of the broker ends
a worker. Counted, not timed.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import redis

from okey.lib import asking
from tests.chaos.people import Owner
from tests.chaos.world import Case, World, world
from tests.processes import eventually

pytestmark = pytest.mark.processes

JOBS, MAILS, USERS = 300, 30, 10
SEATS = 8
TOLD = "SELECT count(*) FROM meetings_invitation WHERE told_at IS NOT NULL"
IN_FLIGHT = """
    SELECT count(*) FROM meetings_linkjob j JOIN meetings_meeting m ON m.id = j.meeting_id
    WHERE j.claim IS NOT NULL AND j.claimed_until > now() AND m.owner_id = %(owner)s
"""
#: Straight into the tables, while nobody is asked to look: as after an outage.
MAKE_CROWD = """
from datetime import timedelta
from django.utils import timezone
from meetings import scheduling
from okey.contacts.models import Contact
from okey.lib import asking
asking.ask = lambda lane: True
contacts = list(Contact.objects.select_related("owner").filter(owner__email__startswith="owner"))
day = timezone.now() + timedelta(days=2)
def schedule(number, **plan):
    contact = contacts[number % len(contacts)]
    wish = scheduling.Plan(title="Kick-off", starts_at=day + timedelta(minutes=number), minutes=30, **plan)
    scheduling.schedule(owner=contact.owner, contact=contact, plan=wish, by_mail=not wish.provider)
for number in range({jobs}):
    schedule(number, provider="zoom")
for number in range({mails}):
    schedule(number, provider="")
"""


@pytest.fixture(scope="module")
def crowded() -> Iterator[World]:
    with world(Case("only creating is allowed", manages=False, refresh_grace=0), zoom_users=USERS) as here:
        here.stack.kill("worker-2")
        yield here


@pytest.fixture(autouse=True)
def well(crowded: World) -> Iterator[None]:
    yield
    crowded.stack.zoom.clear_faults()
    crowded.stack.zoom.release()


def schedule(owner: Owner) -> str:
    day = datetime.now(UTC) + timedelta(days=7)
    return owner.schedule(str(uuid.uuid4()), title="Kick-off", date=f"{day:%Y-%m-%d}", time=f"{day:%H:%M}")


def link(here: World, meeting: str, seconds: float = 30) -> Any:
    ask = "SELECT join_url FROM meetings_meeting WHERE id = %(id)s"
    return eventually(lambda: here.questions.one(ask, id=meeting), seconds, what=f"no link for {meeting}")


def queues(here: World) -> dict[str, int]:
    with redis.Redis(port=here.stack.broker_port) as broker:
        return {lane: int(broker.llen(lane)) for lane in (*asking.LANES, asking.PULSE)}


def test_as_many_links_are_made_at_once_as_there_are_seats_one_an_account(crowded: World) -> None:
    crowded.stack.zoom.fault("create", "hold", times=None)
    crowded.stack.kill("worker")  # all are due at once: the first call does not run out before the last comes
    meetings = [schedule(owner) for owner in crowded.owners]
    crowded.stack.start("worker")
    assert len(crowded.stack.zoom.wait_until_held(SEATS)) == SEATS
    in_flight = crowded.questions.one("SELECT count(*) FROM meetings_linkjob WHERE claimed_until > now()")
    assert in_flight == SEATS
    crowded.stack.zoom.clear_faults()
    crowded.stack.zoom.release()
    assert all(link(crowded, meeting) for meeting in meetings)


def test_one_account_that_hangs_has_one_call_and_holds_up_nobody(crowded: World) -> None:
    hanging = crowded.owners[-1]
    crowded.stack.zoom.fault("create", "hold", user=crowded.zoom_ids[hanging.user], times=None)
    theirs = [schedule(hanging) for _ in range(2 * SEATS)]
    crowded.stack.zoom.wait_until_held(1)
    others = [schedule(owner) for owner in crowded.owners[:-1]]
    assert all(link(crowded, meeting) for meeting in others)
    # None while it rests. Zoom still holds calls that were given up, so O-Key's own are counted.
    assert crowded.questions.one(IN_FLIGHT, owner=hanging.id) <= 1
    crowded.stack.zoom.clear_faults()
    crowded.stack.zoom.release()
    assert all(link(crowded, meeting, 90) for meeting in theirs)


def test_a_crowd_is_worked_off_mails_beside_it_and_the_queues_stay_short(crowded: World) -> None:
    crowded.stack.kill("worker")
    crowded.stack.manage("shell", "-c", MAKE_CROWD.format(jobs=JOBS, mails=MAILS))
    eventually(lambda: queues(crowded)["links"], what="beat asks for a look")
    assert all(length <= asking.seats(lane) for lane, length in queues(crowded).items() if lane != asking.PULSE)
    with psycopg.connect(crowded.server.url, autocommit=True) as server:
        sessions = "SELECT sum(sessions) FROM pg_stat_database WHERE datname LIKE 'okey_%'"
        [before] = server.execute(sessions).fetchone() or [0]
        crowded.stack.start("worker")
        longest: list[int] = []

        def all_are_done() -> bool:
            longest.append(max(queues(crowded).values()))
            due = "SELECT (SELECT count(*) FROM meetings_linkjob WHERE due_at <= now()) +"
            due += " (SELECT count(*) FROM meetings_invitation WHERE due_at <= now())"
            return not crowded.questions.one(due)  # type: ignore[arg-type] # a literal in two parts

        eventually(all_are_done, 240, what="the crowd is not worked off")
        [after] = server.execute(sessions).fetchone() or [0]
    links = crowded.questions.one("SELECT count(*) FROM meetings_meeting WHERE title = 'Kick-off' AND join_url <> ''")
    assert links >= JOBS
    assert crowded.questions.one(TOLD) >= MAILS
    # Whoever asks looks at the queue first. All seats whose time is over may do so at one moment, and each adds one.
    assert max(longest) <= 2 * SEATS
    # A connection for each thread that has worked, not for each link; beside it what this test and the pages opened.
    assert after - before <= asking.threads() + 10


def test_zoom_hangs_for_everybody_and_is_left_alone_until_it_is_back(crowded: World) -> None:
    crowded.stack.zoom.fault("create", "hold", times=None)
    before, told = crowded.stack.zoom.calls("create"), crowded.questions.one(TOLD)
    crowded.stack.manage("shell", "-c", MAKE_CROWD.format(jobs=6 * SEATS, mails=MAILS))
    resting = "SELECT count(*) FROM integrations_rest WHERE is_wide AND failures > 1"
    eventually(lambda: crowded.questions.one(resting), 90, what="Zoom rests, and was tried once")
    eventually(lambda: crowded.questions.one(TOLD) >= told + MAILS, what="mails wait for nobody")
    assert crowded.stack.zoom.calls("create") - before <= 2 * SEATS
    assert crowded.questions.one("SELECT count(*) FROM meetings_linkjob WHERE due_at <= now()") >= 4 * SEATS
    crowded.stack.zoom.clear_faults()
    crowded.stack.zoom.release()
    missing = "SELECT count(*) FROM meetings_meeting WHERE provider = 'zoom' AND join_url = ''"
    eventually(lambda: not crowded.questions.one(missing), 180, what="all links come once it is back")
    assert not crowded.questions.one("SELECT count(*) FROM integrations_rest WHERE is_wide")


def test_the_broker_dies_under_a_working_worker_which_lives_and_goes_on(crowded: World) -> None:
    crowded.stack.zoom.fault("create", "hold", times=None)
    meetings = [schedule(owner) for owner in crowded.owners[1:5]]
    crowded.stack.zoom.wait_until_held(4)
    crowded.stack.kill("valkey")
    crowded.stack.zoom.clear_faults()
    crowded.stack.zoom.release()
    assert all(link(crowded, meeting) for meeting in meetings)
    while_it_is_away = schedule(crowded.owners[6])
    pulse = "SELECT at FROM pulse_pulse"
    before = crowded.questions.one(pulse)
    crowded.stack.start("valkey")
    assert link(crowded, while_it_is_away)
    eventually(lambda: crowded.questions.one(pulse) > before, 60, what="signs of life come again")
    assert crowded.stack.is_running("worker")
    assert link(crowded, schedule(crowded.owners[7]))
    assert "Unrecoverable" not in crowded.stack.logs()


def test_a_worker_that_starts_before_the_broker_waits_for_it(crowded: World) -> None:
    for name in ("worker", "valkey"):
        crowded.stack.kill(name)
    crowded.stack.start("worker", wait=False)
    meeting = schedule(crowded.owners[2])
    eventually(lambda: "Cannot connect to" in crowded.stack.said("worker"), 60, what="it looks for the broker")
    crowded.stack.start("valkey")
    assert link(crowded, meeting)
    assert crowded.stack.is_running("worker")
