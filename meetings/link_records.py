"""What a step on a link leaves in the database: links, spares, problems and due times.

A result is written where the claim is still mine *or* the meeting wants a link and has none; `due_at` is cleared
only where claim and revision are the ones that were worked on. The meeting's row is locked first, as scheduling
does, so that a change while a call was in flight is never forgotten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from integrations.conferencing import (
    Misconfigured,
    Outcome,
    Refused,
    RemoteMeeting,
    Unavailable,
    Unknown,
    tell_administrators,
)
from integrations.models import Connection
from meetings import announcements, diary, invitations, words
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.lib import claims
from okey.lib.claims import Claim
from okey.owners.models import Owner

CURRENT, SPARE, ENDED = ProviderMeeting.State.CURRENT, ProviderMeeting.State.SPARE, ProviderMeeting.State.ENDED
Problem = LinkJob.Problem


#: How long a provider may still carry out a call that was given up.
LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class Work:
    """A claimed job and its meeting, as read before the step."""

    claim: Claim[LinkJob]
    job: LinkJob
    meeting: Meeting

    @classmethod
    def read(cls, claim: Claim[LinkJob]) -> "Work":
        job = claim.row()
        return cls(claim, job, job.meeting)


@transaction.atomic
def settle(work: Work, *, again_at: datetime | None = None) -> None:
    """Nothing is left to do, unless the meeting has changed since it was read; or not before `again_at`."""
    meeting = _locked(work)
    if _has_changed(work, meeting):
        work.claim.release(due_at=timezone.now())
        return
    is_too_late = meeting.wants_link and meeting.is_over and not meeting.join_url
    problem = Problem.TOO_LATE if is_too_late else ""
    if work.claim.release(due_at=again_at, attempts=0, sent_at=None, problem=problem) and again_at is None:
        _note_settled(meeting, is_too_late=is_too_late)


@transaction.atomic
def made(work: Work, connection: Connection, found: list[RemoteMeeting], *, knows: int) -> None:
    """The provider made the meeting, or it was found there: the first is its link, the others are spares.

    `knows`: the revision that the provider was told.
    """
    meeting = _locked(work)
    held = meeting.provider_meetings
    for remote in found:
        if held.filter(
            provider=connection.provider, account=connection.account, external_id=remote.external_id
        ).exists():
            continue
        is_wanted = meeting.wants_link and not held.filter(state=CURRENT).exists()
        held.create(
            provider=connection.provider,
            account=connection.account,
            connection=connection,
            external_id=remote.external_id,
            generation=work.job.generation,
            join_url=remote.join_url,
            passcode=remote.passcode,
            synced_revision=knows,
            state=CURRENT if is_wanted else SPARE,
        )
        if is_wanted:
            _rewrite(meeting, join_url=remote.join_url, passcode=remote.passcode)
            invitations.owe(meeting)
            text = _("The %(link)s is ready.") % {"link": words.link_name(connection.provider)}
            diary.note(meeting.pk, "link_ready", text, tracking_id=remote.tracking_id)
            announcements.link_ready(meeting)
        else:
            _note_spare(meeting, connection.provider, remote.tracking_id)
    if not work.claim.update(sent_at=None, problem="", detail="", tracking_id=""):
        # Somebody took over meanwhile; what was made is recorded, and the job shall look at it.
        LinkJob.objects.filter(pk=meeting.pk).update(due_at=timezone.now())


@transaction.atomic
def spare(work: Work, connection: Connection, remote: RemoteMeeting) -> None:
    """The provider made a meeting whose link cannot be used."""
    meeting = _locked(work)
    meeting.provider_meetings.create(
        provider=connection.provider,
        account=connection.account,
        connection=connection,
        external_id=remote.external_id,
        generation=work.job.generation,
        state=SPARE,
    )
    work.claim.update(sent_at=None)
    _note_spare(meeting, connection.provider, remote.tracking_id)


@transaction.atomic
def wait(work: Work) -> None:
    """No connection can be used now: the job stays due, and is woken when there is one again."""
    if work.claim.release(attempts=max(0, work.job.attempts - 1)):
        name = connections.provider_name(work.meeting.provider)
        text = _("%(provider)s is not connected at the moment. This goes on as soon as it is again.")
        diary.note(work.meeting.pk, "waiting", text % {"provider": name})
        announcements.link_needs_attention(work.meeting, announcements.NOT_CONNECTED)


@transaction.atomic
def synced(work: Work, held: ProviderMeeting) -> None:
    """The provider knows the revision that was worked on."""
    _locked(work)
    ProviderMeeting.objects.filter(pk=held.pk, synced_revision__lt=work.meeting.revision).update(
        synced_revision=work.meeting.revision
    )
    name = connections.provider_name(held.provider)
    diary.note(work.meeting.pk, "synced", _("%(provider)s knows of the change.") % {"provider": name})


@transaction.atomic
def ended(work: Work, held: ProviderMeeting) -> None:
    """The provider's meeting is cancelled there."""
    _locked(work)
    ProviderMeeting.objects.filter(pk=held.pk).update(state=ENDED)
    name = connections.provider_name(held.provider)
    text = (
        _("Cancelled at %(provider)s.") if held.state == CURRENT else _("A spare meeting at %(provider)s was removed.")
    )
    diary.note(work.meeting.pk, "ended", text % {"provider": name})


@transaction.atomic
def may_hold_spare(work: Work, connection: Connection | None) -> bool:
    """An earlier create's answer was lost and cannot be looked up: the provider may hold one meeting too many.

    Returns whether the claim is still mine.
    """
    if not work.claim.update(sent_at=None):
        return False
    _add_unknown_spare(work, connection)
    name = connections.provider_name(work.meeting.provider)
    text = _("%(provider)s did not answer, so a link is made anew. %(provider)s may show a second meeting; ignore it.")
    diary.note(work.meeting.pk, "may_hold_spare", text % {"provider": name})
    return True


@transaction.atomic
def doubt(work: Work, connection: Connection) -> None:
    """A create was given up, and nothing is there yet: the provider may still carry it out. Look once more, later."""
    _locked(work)
    _add_unknown_spare(work, connection)
    LinkJob.objects.filter(pk=work.meeting.pk, due_at=None).update(due_at=timezone.now() + LATE)


def doubts(meeting: Meeting) -> "QuerySet[ProviderMeeting]":
    """Creates that may have left a meeting at the provider which nobody has seen."""
    return meeting.provider_meetings.filter(state=SPARE, external_id="")


def dispelled(held: ProviderMeeting) -> None:
    """It was looked for once more; whatever there was is on record now."""
    ProviderMeeting.objects.filter(pk=held.pk).update(state=ENDED)


def _add_unknown_spare(work: Work, connection: Connection | None) -> None:
    work.meeting.provider_meetings.create(
        provider=work.meeting.provider,
        account=connection.account if connection else None,
        connection=connection,
        generation=work.job.generation,
        state=SPARE,
    )


def fail(work: Work, outcome: Outcome) -> None:
    """Name what went wrong, and say when to try again, or that the owner must do something."""
    if isinstance(outcome, Unavailable):
        problem = Problem.DAILY_LIMIT if outcome.daily_limit else Problem.UNAVAILABLE
        retry(work, problem, outcome.detail, retry_at=outcome.retry_at, tracking_id=outcome.tracking_id)
    elif isinstance(outcome, Unknown):
        retry(work, Problem.UNAVAILABLE, outcome.detail, tracking_id=outcome.tracking_id)
    elif isinstance(outcome, Misconfigured):
        retry(work, Problem.MISCONFIGURED, outcome.detail, tracking_id=outcome.tracking_id)
    elif isinstance(outcome, Refused):
        reason = outcome.reason if outcome.reason in Problem.values else Problem.REFUSED
        give_up(work, reason, outcome.detail, tracking_id=outcome.tracking_id)
    else:
        wait(work)


@transaction.atomic
def retry(
    work: Work,
    problem: str,
    detail: str,
    *,
    retry_at: datetime | None = None,
    tracking_id: str = "",
) -> None:
    """Try again later, by itself. A create whose outcome is not known stays marked as sent."""
    if problem == Problem.MISCONFIGURED:
        tell_administrators(work.meeting.provider, detail)
    due_at = retry_at or timezone.now() + claims.backoff(work.job.attempts)
    if work.claim.release(due_at=due_at, problem=problem, detail=detail[:1000], tracking_id=tracking_id):
        diary.note(
            work.meeting.pk, problem, words.problem_text(work.meeting.provider, problem), tracking_id=tracking_id
        )
        if problem == Problem.MISCONFIGURED:
            announcements.link_needs_attention(work.meeting, problem)


@transaction.atomic
def give_up(work: Work, problem: str, detail: str = "", *, tracking_id: str = "") -> None:
    """It will fail again as it is: wait for the owner, unless the meeting has changed meanwhile."""
    meeting = _locked(work)
    due_at = timezone.now() if _has_changed(work, meeting) else None
    if work.claim.release(due_at=due_at, problem=problem, detail=detail[:1000], tracking_id=tracking_id, attempts=0):
        _rewrite(meeting)
        diary.note(meeting.pk, problem, words.problem_text(meeting.provider, problem), tracking_id=tracking_id)
        if due_at is None:
            announcements.link_needs_attention(meeting, problem)


@transaction.atomic
def new_link(*, owner: Owner, meeting_id: Any) -> Meeting:
    """The owner asks for a new link in place of the one there is. Raises Meeting.DoesNotExist."""
    Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting_id, owner=owner)
    job = meeting.link_job
    if not meeting.wants_link or meeting.is_over or job.sent_at is not None:
        return meeting
    is_gone = job.problem == Problem.GONE
    meeting.provider_meetings.filter(state=CURRENT).update(state=ENDED if is_gone else SPARE)
    _rewrite(meeting, join_url="", passcode="")
    LinkJob.objects.filter(pk=job.pk).update(
        due_at=timezone.now(), problem="", detail="", attempts=0, generation=job.generation + 1, announced=""
    )
    diary.note(meeting.pk, "new_link", _("A new link was asked for."))
    transaction.on_commit(job.wake)
    return Meeting.objects.get(pk=meeting.pk)


def _rewrite(meeting: Meeting, **link: str) -> None:
    """Of a meeting whose row is locked: its link, or only how that stands, is another one now."""
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=timezone.now(), **link)


def _locked(work: Work) -> Meeting:
    return Meeting.objects.select_for_update(no_key=True).get(pk=work.meeting.pk)


def _has_changed(work: Work, meeting: Meeting) -> bool:
    """Whether the meeting, or which link it shall have, is another than what was worked on."""
    return (meeting.revision, meeting.link_job.generation) != (work.meeting.revision, work.job.generation)


def _note_spare(meeting: Meeting, provider: str, tracking_id: str) -> None:
    text = _("%(provider)s holds a spare meeting that nobody needs.") % {
        "provider": connections.provider_name(provider)
    }
    diary.note(meeting.pk, "spare", text, tracking_id=tracking_id)


def _note_settled(meeting: Meeting, *, is_too_late: bool) -> None:
    name = connections.provider_name(meeting.provider)
    if is_too_late:
        diary.note(meeting.pk, "too_late", _("The meeting is over; no link was made."))
        return
    behind = meeting.provider_meetings.filter(state=CURRENT, synced_revision__lt=meeting.revision).first()
    if behind is None:
        return
    if meeting.is_cancelled:
        text = _("%(provider)s was not told: O-Key may only create meetings there. Remove it at %(provider)s.")
    else:
        text = _("%(provider)s’s own calendar still shows what it was told first. The link stays the same and opens.")
    diary.note(meeting.pk, "not_synced", text % {"provider": name})
