"""After the breaking: nothing is injected any more, time passes, and everything must come right by itself.

O-Key waits up to a quarter of an hour for its next try, and until midnight where Zoom says so. Here time passes in
one step: what O-Key and the simulator have written down as times moves back. Claims are left alone; whoever holds
one either lives or keeps others out until it has really run out.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from tests.chaos.run import Run
from tests.chaos.weather import TOO_LONG_SECONDS

#: The longest claim, a mail's 90 s, must run out first where its holder died.
SETTLE_SECONDS = 240
#: The longest claim (45 s) must run out first, where its holder died; or a lost refresh be looked after for 40 s.
LOOK_SECONDS = 1.0
ON_THE_HOUR = timedelta(minutes=1)

#: A day is longer than any wait; meetings lie five days ahead.
TIME_PASSES = """
    UPDATE integrations_provideraccount SET
        due_at = LEAST(due_at, now()), suspected_at = suspected_at - interval '1 minute'
        WHERE suspected_at IS NOT NULL AND lost_at IS NULL AND claim IS NULL
"""
RESTS_END = "UPDATE integrations_rest SET rest_until = LEAST(rest_until, now())"
JOBS_FALL_DUE = """
    UPDATE meetings_linkjob SET due_at = now(), sent_at = sent_at - interval '15 minutes'
    WHERE due_at > now() AND claim IS NULL AND problem <> 'daily_limit'
"""
DOUBTS_GROW_OLD = """
    UPDATE meetings_providermeeting SET created_at = created_at - interval '15 minutes' WHERE external_id = ''
"""
A_DAY_PASSES = """
    UPDATE integrations_provideraccount SET
        due_at = now(), blocked_until = now(), suspected_at = suspected_at - interval '1 day',
        refreshed_at = refreshed_at - interval '1 day', expires_at = expires_at - interval '1 day'
    WHERE state = 'live'
"""
LIMITED_JOBS_FALL_DUE = "UPDATE meetings_linkjob SET due_at = now() WHERE due_at > now() AND claim IS NULL"
#: Not reminders, which wait for days.
MAILS_FALL_DUE = """
    UPDATE meetings_invitation SET due_at = now()
    WHERE due_at > now() AND claim IS NULL AND failing_since IS NOT NULL AND failed_at IS NULL
"""
RECEIVERS_ARE_ASKED_AGAIN = "UPDATE webhooks_endpoint SET rest_until = NULL WHERE rest_until > now()"
DELIVERIES_FALL_DUE = "UPDATE webhooks_delivery SET due_at = now() WHERE due_at > now() AND claim IS NULL"
OPEN_MESSAGES = """
    SELECT (SELECT count(*) FROM meetings_invitation WHERE due_at <= now() + interval '5 minutes' OR claim IS NOT NULL)
         + (SELECT count(*) FROM webhooks_delivery WHERE state = 'pending')
"""
#: What is still to come, apart from what waits for tomorrow. A refresh that owes a look (`lost_at`) is looked after
#: in real time, here and at Zoom: while it does, no clock may be put forward.
OPEN = """
    SELECT (SELECT count(*) FROM meetings_linkjob WHERE due_at IS NOT NULL AND problem <> 'daily_limit'
              AND NOT EXISTS (SELECT 1 FROM meetings_meeting m
                    JOIN integrations_connection c ON c.owner_id = m.owner_id AND c.ended_at IS NULL
                    JOIN integrations_provideraccount a ON a.id = c.account_id
                    WHERE m.id = meeting_id AND a.blocked_until > now()))
         + (SELECT count(*) FROM integrations_provideraccount a WHERE state <> 'live' OR suspected_at IS NOT NULL
              OR lost_at IS NOT NULL OR due_at <= now())
"""
OPEN_JOBS = "SELECT count(*) FROM meetings_linkjob WHERE due_at IS NOT NULL OR claim IS NOT NULL"
OPEN_ACCOUNTS = """
    SELECT count(*) FROM integrations_provideraccount
    WHERE state <> 'live' OR suspected_at IS NOT NULL OR lost_at IS NOT NULL OR due_at <= now() OR due_at IS NULL
"""
LIMITED = "SELECT meeting_id::text AS id FROM meetings_linkjob WHERE problem = 'daily_limit' AND due_at IS NOT NULL"


class NotSettled(AssertionError):
    """Something was still due long after everything was well again."""


def settle_today(run: Run) -> float:
    """Until nothing is due that does not wait for tomorrow. How many seconds it took."""
    threading.Event().wait(TOO_LONG_SECONDS)  # what Zoom was still slow about is over; only now may time pass

    def is_settled() -> bool:
        run.world.questions.change(DOUBTS_GROW_OLD)
        run.world.questions.change(TIME_PASSES)
        run.world.questions.change(RESTS_END)
        run.world.questions.change(JOBS_FALL_DUE)
        pass_time_of_messages(run)
        return bool(run.world.questions.one(OPEN) + run.world.questions.one(OPEN_MESSAGES) == 0)

    return _until(is_settled, run, "today")


def pass_time_of_messages(run: Run) -> None:
    """The next tries of mails and webhooks have come."""
    for statement in (MAILS_FALL_DUE, RECEIVERS_ARE_ASKED_AGAIN, DELIVERIES_FALL_DUE):
        run.world.questions.change(statement)


def limited(run: Run) -> list[str]:
    """The meetings that wait for tomorrow."""
    return [row["id"] for row in run.world.questions.rows(LIMITED)]


def settle_tomorrow(run: Run) -> float:
    """A day passes, for Zoom and for O-Key: until nothing is due at all. How many seconds it took."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), clock.min, tzinfo=UTC)
    run.world.stack.zoom.advance((midnight - now + ON_THE_HOUR).total_seconds())
    run.world.questions.change(A_DAY_PASSES)

    def is_settled() -> bool:
        run.world.questions.change(TIME_PASSES)
        run.world.questions.change(DOUBTS_GROW_OLD)
        run.world.questions.change(RESTS_END)
        run.world.questions.change(LIMITED_JOBS_FALL_DUE)
        pass_time_of_messages(run)
        left = (OPEN_JOBS, OPEN_ACCOUNTS, OPEN_MESSAGES)
        return sum(run.world.questions.one(ask) for ask in left) == 0

    return _until(is_settled, run, "tomorrow")


def _until(is_settled: object, run: Run, when: str) -> float:
    assert callable(is_settled)
    began = time.monotonic()
    pause = threading.Event()
    while not is_settled():
        if time.monotonic() - began > SETTLE_SECONDS:
            left = run.world.questions.rows(
                "SELECT meeting_id::text, due_at, claimed_until, problem, detail, attempts, sent_at"
                " FROM meetings_linkjob WHERE due_at IS NOT NULL OR claim IS NOT NULL LIMIT 10"
            )
            accounts = run.world.questions.rows(
                "SELECT email, state, suspected_at, lost_at, due_at, claimed_until, blocked_until, last_error"
                " FROM integrations_provideraccount"
            )
            mails = run.world.questions.rows(
                "SELECT id::text, due_at, claimed_until, failing_since, last_error FROM meetings_invitation"
                " WHERE due_at <= now() + interval '5 minutes' OR claim IS NOT NULL LIMIT 10"
            )
            raise NotSettled(f"{when}: {left} {accounts} {mails}")
        pause.wait(LOOK_SECONDS)
    return time.monotonic() - began
