"""Brings the provider in line with a meeting: the only writer of join links.

Level-triggered: each step compares the meeting with what its provider holds and closes the difference with one
call. So ten edits in a row owe one call, and a step that is repeated finds nothing to do.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone, translation

from integrations import conferencing, connections, resting
from integrations.conferencing import Access, Capability, MeetingRequest, RemoteMeeting
from integrations.models import Connection
from meetings.links import records, statements, there
from meetings.links.records import Work
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.lib import claims, deadlines, tracing
from okey.lib.claims import Claim

#: Longer than two refreshes of the token, which come before the call.
TOKEN_SECONDS = 30
#: What a call may take beyond its deadline before somebody else takes over.
CALL_MARGIN_SECONDS = 5
#: Steps under one claim: a spare to cancel may precede the create.
STEPS_MAX = 4
#: So many tries, some eight minutes, a lost create is looked for where the list of meetings does not come.
LOOKS_MAX = 9


class Do(Enum):
    NOTHING = "nothing"
    WAIT = "wait"  # for a connection
    RECONCILE = "reconcile"  # a create was sent and its outcome is not known
    CREATE = "create"
    UPDATE = "update"
    CANCEL = "cancel"
    LOOK_AGAIN = "look again"  # an earlier create may have been carried out after it was given up


#: What each of these needs to be allowed.
NEEDS = {Do.UPDATE: Capability.UPDATE, Do.CANCEL: Capability.CANCEL, Do.LOOK_AGAIN: Capability.FIND}


@dataclass(frozen=True)
class Step:
    """The one thing to do next."""

    do: Do
    connection: Connection | None = None
    held: ProviderMeeting | None = None


def work(meeting_id: Any) -> None:
    """Work on this meeting's link job, if it is due."""
    claim = claims.take(LinkJob, meeting_id, seconds=TOKEN_SECONDS)
    if claim is not None:
        work_on(claim)


def work_in_turn(claim: Claim[LinkJob]) -> None:
    """Work on it, unless its provider is back from a rest, perhaps, and somebody else is trying that."""
    job = claim.taken
    if job is None or not job.is_troubled or resting.may_try(job.turn.partition(" ")[0]):
        work_on(claim)
    else:
        claim.give_back()


def work_on(claim: Claim[LinkJob]) -> None:
    """Take the steps that are owed, until there is nothing more to do now."""
    for _number in range(STEPS_MAX):
        work_ = Work.read(claim)
        tracing.carry_on(work_.job.request_id)
        with translation.override(work_.owners_language):  # of the diary
            is_going_on = _go_on(work_)
        if not is_going_on:
            return
    claim.release(due_at=timezone.now())


def _go_on(work_: Work) -> bool:
    """Take the next step; False: there is nothing more to do now."""
    step = next_step(work_.meeting)
    if step.do is Do.NOTHING:
        records.settle(work_, again_at=_second_look_at(work_.meeting))
    elif step.do is Do.WAIT:
        records.wait(work_)
    else:
        return _take(work_, step)
    return False


def next_step(meeting: Meeting) -> Step:
    """What the difference between the meeting and its provider asks for."""
    held = [one for one in meeting.provider_meetings.all() if one.state != ProviderMeeting.State.ENDED]
    current = next((one for one in held if one.state == ProviderMeeting.State.CURRENT), None)
    if meeting.link_job.sent_at is not None and not _may_repeat(meeting.link_job):
        return _reconcile(meeting)
    there_still = [one for one in held if one.external_id and one.gone_at is None]
    unwanted = [one for one in there_still if one is not current or meeting.is_cancelled]
    for one in unwanted:
        step = _through_its_account(meeting, Do.CANCEL, one)
        if step.do is not Do.NOTHING:
            return step
    step = _towards_link(meeting, current)
    return step if step.do is not Do.NOTHING else _second_look(meeting)


def _may_repeat(job: LinkJob) -> bool:
    """Whether the create that was sent last may simply be sent again: nothing is looked for, nothing left over."""
    provider = job.sent_through.provider if job.sent_through else job.meeting.provider
    return conferencing.may_repeat_create(provider)


def _towards_link(meeting: Meeting, current: ProviderMeeting | None) -> Step:
    if not meeting.wants_link or meeting.is_over:
        return Step(Do.NOTHING)
    if current is None:
        connection = statements.USABLE.first(owner=meeting.owner_id, provider=meeting.provider)
        return Step(Do.CREATE, connection) if connection else Step(Do.WAIT)
    if current.gone_at is None and current.synced_revision < meeting.revision:
        return _through_its_account(meeting, Do.UPDATE, current)
    return Step(Do.NOTHING)


def _second_look(meeting: Meeting) -> Step:
    latest = timezone.now() - records.LATE
    for one in filter(records.is_doubt, meeting.provider_meetings.all()):
        if one.created_at > latest:
            continue
        step = _through_its_account(meeting, Do.LOOK_AGAIN, one)
        if step.do is not Do.NOTHING:
            return step
    return Step(Do.NOTHING)


def _second_look_at(meeting: Meeting) -> datetime | None:
    """When to look once more for what a create that was given up may have left, where that is allowed."""
    latest = timezone.now() - records.LATE
    for one in filter(records.is_doubt, meeting.provider_meetings.all()):
        if one.created_at > latest and _through_its_account(meeting, Do.LOOK_AGAIN, one).do is not Do.NOTHING:
            return one.created_at + records.LATE
    return None


def _reconcile(meeting: Meeting) -> Step:
    """Ask the account that the create was sent to. Without it the meeting goes on, or waits for any connection."""
    sent_through = meeting.link_job.sent_through
    usable = _usable(meeting)
    same = usable.filter(account=sent_through.account).first() if sent_through else usable.first()
    is_wanted = meeting.wants_link and not meeting.is_over
    return Step(Do.WAIT) if is_wanted and not usable.exists() else Step(Do.RECONCILE, same)


def _usable(meeting: Meeting) -> "QuerySet[Connection]":
    usable = connections.usable().filter(owner=meeting.owner_id, provider=meeting.provider)
    return usable.select_related("account", "owner")


def _through_its_account(meeting: Meeting, do: Do, held: ProviderMeeting) -> Step:
    """Only the account that created can be asked to do this, as far as its grant allows; else nothing is owed.

    Where that account needs reconnecting, the step waits, until the meeting is over.
    """
    mine = Connection.objects.active().filter(owner=meeting.owner_id, provider=held.provider, account=held.account)
    connection = mine.select_related("account", "owner").first()
    if connection is None or not conferencing.can(connection, NEEDS[do]):
        return Step(Do.NOTHING)
    if connections.usable().filter(pk=connection.pk).exists():
        return Step(do, connection, held)
    return Step(Do.NOTHING if meeting.is_over else Do.WAIT)


def _take(work_: Work, step: Step) -> bool:
    """Take one step. Returns whether to look for another under the same claim."""
    if step.do is Do.RECONCILE and _is_too_early(work_):
        return False
    if step.connection is None:
        # It can't be asked now. When it is back, it is asked for late creates (meetings.links.owed).
        return records.may_hold_spare(work_, work_.job.sent_through)
    if step.do is Do.RECONCILE and not conferencing.can(step.connection, Capability.FIND):
        return records.may_hold_spare(work_, step.connection)
    if step.do is Do.CREATE and not conferencing.can(step.connection, Capability.CREATE):
        records.give_up(work_, LinkJob.Problem.SCOPE_MISSING)
        return False
    try:
        if step.do is Do.CREATE:
            conferencing.pace(step.connection)
        return _call(work_, step, conferencing.opened(step.connection))
    except conferencing.NotLive:
        records.wait(work_)
    except conferencing.Busy as busy:
        work_.claim.put_back(seconds=busy.retry_seconds)
    except conferencing.CannotOpen as error:
        records.retry(work_, LinkJob.Problem.MISCONFIGURED, str(error))
    except conferencing.Outcome as outcome:
        records.fail(work_, outcome)
    return False


def _is_too_early(work_: Work) -> bool:
    """Nobody looks before an earlier create's deadline: it may be on its way at this moment."""
    assert work_.job.sent_at is not None  # noqa: S101 -- for the type checker
    over = work_.job.sent_at + timedelta(seconds=conferencing.deadline(work_.meeting.provider))
    left = (over - timezone.now()).total_seconds()
    if left > 0:
        work_.claim.put_back(seconds=left)
    return left > 0


def _call(work_: Work, step: Step, opened: Access) -> bool:
    """Make the call that the step stands for, and record what came of it. Returns as `_take` does."""
    try:
        # From here on, not from the call's own beginning: whoever takes over counts from what is announced.
        with deadlines.within(conferencing.deadline(work_.meeting.provider)):
            if not _announce(work_, step):
                return work_.claim.is_mine()
            return _make(work_, step, opened)
    except conferencing.ReconnectNeeded:
        # The access token was refused, so nothing was done. Once more with a new one.
        work_.claim.update(claimed_until=timezone.now() + timedelta(seconds=TOKEN_SECONDS))
        conferencing.renew_refused(opened)
        work_.claim.put_back(seconds=0)
        work_.job.wake()
        return False


def _announce(work_: Work, step: Step) -> bool:
    """Commit that a call is about to be made. False: somebody else has taken over, or what to create has changed."""
    seconds = conferencing.deadline(work_.meeting.provider) + CALL_MARGIN_SECONDS
    until = timezone.now() + timedelta(seconds=seconds)
    if step.do is Do.CREATE and step.connection is not None:
        return records.announce(work_, step.connection, claimed_until=until)
    if not work_.claim.update(claimed_until=until):
        return False
    if step.do is Do.UPDATE and step.held is not None:
        there.telling(step.held, work_.meeting)
    return True


def _make(work_: Work, step: Step, opened: Access) -> bool:
    held = step.held
    if step.do is Do.CREATE:
        made = _create(work_, opened)
        sent = {"generation": work_.sent_generation, "knows": work_.meeting.revision}
        return not records.record_made(work_, opened.connection, [made], **sent)
    if step.do is Do.RECONCILE:
        _reconcile_now(work_, opened)
    elif step.do is Do.UPDATE and held is not None:
        conferencing.update(opened, held.external_id, request_for(work_, generation=held.generation))
        records.mark_synced(work_, held)
    elif step.do is Do.CANCEL and held is not None:
        conferencing.cancel(opened, held.external_id)
        records.mark_ended(work_, held)
    elif step.do is Do.LOOK_AGAIN and held is not None:
        # A new link may have been asked for since: the create in doubt carries the reference of its own time.
        found = conferencing.find(opened, request_for(work_, generation=held.generation))
        records.record_made(work_, opened.connection, found, generation=held.generation, knows=0)
        records.clear_doubt(held)
    return True


def _reconcile_now(work_: Work, opened: Access) -> None:
    try:
        found = conferencing.find(opened, request_for(work_))
    except conferencing.Unavailable:
        if work_.job.attempts < LOOKS_MAX:
            raise
        # The link is worth more than a spare, which is looked for as long as it takes.
        records.may_hold_spare(work_, opened.connection)
        return
    # Which revision was sent with the lost create is not known, so an update follows where it is allowed.
    records.record_made(work_, opened.connection, found, generation=work_.sent_generation, knows=0)
    if not found:
        records.note_doubt(work_, opened.connection)


def _create(work_: Work, opened: Access) -> RemoteMeeting:
    try:
        return conferencing.create(
            opened, replace(request_for(work_), lets_everyone_in=opened.connection.lets_everyone_in)
        )
    except conferencing.UnsafeLink as outcome:
        records.keep_spare(work_, opened.connection, outcome.made)
        raise
    except conferencing.Unknown:
        if _may_repeat(work_.job):
            records.forget_create(work_)
            raise
        # `sent_at` stays: the next step reconciles first. Whoever has taken over meanwhile knows nothing of this call.
        if not work_.claim.is_mine():
            records.note_doubt(work_, opened.connection)
        raise
    except conferencing.Outcome:
        records.forget_create(work_)  # a definite answer: nothing was made
        raise


def request_for(work_: Work, *, generation: int | None = None) -> MeetingRequest:
    """The meeting as the provider shall know it; of another `generation` than was sent last where one is meant."""
    meeting = work_.meeting
    return MeetingRequest(
        reference=f"O-Key {meeting.pk}/{generation or work_.sent_generation}",
        title=meeting.title,
        agenda=meeting.agenda,
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        timezone=meeting.timezone,
    )
