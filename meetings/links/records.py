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
    deadline,
    tell_administrators,
)
from integrations.models import Connection
from meetings import announcements, diary
from meetings.entries import owing
from meetings.invitations import inviting
from meetings.links import noting, owed, reconnect_mails, statements, there
from meetings.links import words as link_words
from meetings.links.statements import NO_TROUBLE
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.prepared import insert, keep
from okey.owners.models import Owner

CURRENT, SPARE, ENDED = ProviderMeeting.State.CURRENT, ProviderMeeting.State.SPARE, ProviderMeeting.State.ENDED
Problem = LinkJob.Problem

#: How long a provider may still carry out a call that was given up.
LATE = timedelta(minutes=1)
#: How far apart the retries of jobs are that wait for the same moment.
SPREAD_LEAST, SPREAD_MOST = timedelta(seconds=1), timedelta(minutes=5)
#: How often a job that waits for a connection looks by itself, should a reconnect have been missed: once in twice this.
PARKED = timedelta(days=1)


@dataclass(frozen=True)
class Work:
    """A claimed job and its meeting, as read before the step."""

    claim: Claim[LinkJob]
    job: LinkJob
    meeting: Meeting

    @classmethod
    def read(cls, claim: Claim[LinkJob]) -> "Work":
        """With all that the provider holds for the meeting: `meeting.provider_meetings.all()` asks nothing."""
        job = statements.JOB.get(pk=claim.pk)
        keep(job.meeting, "provider_meetings", statements.HELD.all(meeting=job.meeting.pk))
        return cls(claim, job, job.meeting)

    @property
    def owners_language(self) -> str:
        """As it was read with the job."""
        return str(vars(self.job)["owners_language"])

    @property
    def sent_generation(self) -> int:
        """Of the create that was sent last."""
        return self.job.sent_generation or self.job.generation


@transaction.atomic
def settle(work: Work, *, again_at: datetime | None = None) -> None:
    """Nothing is left to do, unless the meeting has changed since it was read; or not before `again_at`."""
    meeting = _locked(work)
    if _has_changed(work, meeting) or _holds_other(work, meeting):
        work.claim.release(due_at=timezone.now())
        return
    is_too_late = meeting.wants_link and meeting.is_over and not meeting.join_url
    problem = Problem.TOO_LATE if is_too_late else ""
    problem = Problem.GONE if not problem and there.is_gone(meeting) else problem
    done = {"attempts": 0, "sent_at": None, "wanted_at": None, "problem": problem}
    if work.claim.release(due_at=again_at, **done) and again_at is None:
        noting.settled(meeting, is_too_late=is_too_late)


def announce(work: Work, connection: Connection, *, claimed_until: datetime) -> bool:
    """Commit that a create is about to be sent, of the meeting as it was read.

    From here on its number stays with it, by which a lost answer is looked up, whatever is asked for meanwhile. False:
    the meeting has changed, another link was asked for, or somebody else has taken over; nothing was written.
    """
    now, job = timezone.now(), work.job
    read = {**_as_read(work), "revision": work.meeting.revision}
    if not statements.ANNOUNCE.write(**read, now=now, connection=connection.pk, claimed_until=claimed_until):
        return False
    job.sent_at, job.sent_through, job.sent_generation = now, connection, job.generation
    return True


def forget_create(work: Work) -> None:
    """Nothing was made, or nothing that would be in anybody's way."""
    if work.claim.update(sent_at=None):
        work.job.sent_at = None


@transaction.atomic
def record_made(work: Work, connection: Connection, found: list[RemoteMeeting], *, generation: int, knows: int) -> bool:
    """The provider made the meeting, or it was found there: the first is its link, the others are spares.

    `generation`: which create it came from. `knows`: the revision that the provider was told. Returns whether that
    settled the job: the meeting is still what the provider was told, and the provider holds nothing else for it.
    """
    meeting = _locked(work)
    held = statements.HELD.all(meeting=meeting.pk)
    known = {(one.provider, one.account_id, one.external_id) for one in held}
    new = [one for one in found if (connection.provider, connection.account_id, one.external_id) not in known]
    is_wanted = meeting.wants_link and not any(one.state == CURRENT for one in held)
    link, spares = (new[0], new[1:]) if new and is_wanted else (None, new)
    for remote in new:
        new_one = ProviderMeeting(
            meeting=meeting,
            provider=connection.provider,
            account=connection.account,
            connection=connection,
            external_id=remote.external_id,
            generation=generation,
            join_url=remote.join_url,
            passcode=remote.passcode,
            lets_everyone_in=remote.lets_everyone_in,
            synced_revision=knows,
            state=CURRENT if remote is link else SPARE,
        )
        insert(new_one)
        if remote is link:
            there.watch_made(new_one, connection, work.meeting, is_known=bool(knows))
    is_all = link is not None and not spares and all(one.state == ENDED for one in held)
    is_settled = is_all and knows == meeting.revision and _settle_with_link(work)
    if link is not None:
        _write_link(meeting, connection.provider, link, announced=work.job.announced if is_settled else None)
        noting.made(work.job, connection, link.tracking_id)
    for remote in spares:
        noting.spare(meeting, connection.provider, remote.tracking_id)
    if not is_settled and not work.claim.update(**NO_TROUBLE):
        # Somebody took over meanwhile; what was made is recorded, and the job shall look at it.
        LinkJob.objects.filter(pk=meeting.pk).update(due_at=timezone.now())
    return is_settled


def _settle_with_link(work: Work) -> bool:
    """Where the job is as it was read."""
    return statements.SETTLE.write(**_as_read(work)) == 1


def _write_link(meeting: Meeting, provider: str, link: RemoteMeeting, *, announced: str | None) -> None:
    statements.WRITE_LINK.write(pk=meeting.pk, now=timezone.now(), join_url=link.join_url, passcode=link.passcode)
    inviting.owe(meeting)
    owing.owe_link(meeting)
    text = _("The %(link)s is ready.") % {"link": link_words.link_name(provider)}
    diary.note_news(meeting.pk, "link_ready", text, tracking_id=link.tracking_id, owner_id=meeting.owner_id)
    announcements.link_ready(meeting, announced=announced)


@transaction.atomic
def keep_spare(work: Work, connection: Connection, remote: RemoteMeeting) -> None:
    """The provider made a meeting whose link cannot be used."""
    meeting = _locked(work)
    meeting.provider_meetings.create(
        provider=connection.provider,
        account=connection.account,
        connection=connection,
        external_id=remote.external_id,
        generation=work.sent_generation,
        state=SPARE,
    )
    work.claim.update(sent_at=None)
    noting.spare(meeting, connection.provider, remote.tracking_id)


@transaction.atomic
def wait(work: Work) -> None:
    """No connection can be used now: the job is parked until there is one again (meetings.links.owed)."""
    meeting = work.meeting
    look_at = min(meeting.ends_at, claims.jittered(timezone.now() + PARKED, within=PARKED))
    if work.claim.release(due_at=look_at, waits_for_connection=True, attempts=max(0, work.job.attempts - 1)):
        if connections.usable().filter(owner=meeting.owner_id, provider=meeting.provider).exists():
            # It came back between the look and this, so whoever heals has passed by.
            LinkJob.objects.filter(pk=meeting.pk).update(due_at=timezone.now() + claims.backoff(1))
        reconnect_mails.expect(meeting)
        name = connections.provider_name(work.meeting.provider)
        text = _("Waiting for %(provider)s to be reconnected.")
        diary.note(work.meeting.pk, "waiting", text % {"provider": name})
        announcements.link_needs_attention(work.meeting, announcements.NOT_CONNECTED)


@transaction.atomic
def mark_synced(work: Work, held: ProviderMeeting) -> None:
    """The provider knows the revision that was worked on."""
    _locked(work)
    ProviderMeeting.objects.filter(pk=held.pk, synced_revision__lt=work.meeting.revision).update(
        synced_revision=work.meeting.revision
    )
    there.told(held, work.meeting)
    name = connections.provider_name(held.provider)
    diary.note(work.meeting.pk, "synced", _("%(provider)s knows of the change.") % {"provider": name})


@transaction.atomic
def mark_ended(work: Work, held: ProviderMeeting) -> None:
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

    The diary says so once a link, however many answers are lost on the way to it. Returns whether the claim is still
    mine.
    """
    if not work.claim.update(sent_at=None):
        return False
    is_said = doubts(work.meeting).filter(generation=work.sent_generation).exists()
    _add_unknown_spare(work, connection)
    if is_said:
        return True
    name = connections.provider_name(work.meeting.provider)
    text = _("%(provider)s did not answer, so a link is made anew. %(provider)s may show a second meeting; ignore it.")
    diary.note(work.meeting.pk, "may_hold_spare", text % {"provider": name})
    return True


@transaction.atomic
def note_doubt(work: Work, connection: Connection) -> None:
    """A create was given up, and nothing is there yet: the provider may still carry it out. Look once more, later."""
    _locked(work)
    _add_unknown_spare(work, connection)
    LinkJob.objects.filter(pk=work.meeting.pk, due_at=None).update(due_at=timezone.now() + LATE)


def is_doubt(held: ProviderMeeting) -> bool:
    """Whether nobody knows if the provider holds it at all."""
    return held.state == SPARE and not held.external_id


def doubts(meeting: Meeting) -> "QuerySet[ProviderMeeting]":
    """Creates that may have left a meeting at the provider which nobody has seen."""
    return meeting.provider_meetings.filter(state=SPARE, external_id="")


def clear_doubt(held: ProviderMeeting) -> None:
    """It was looked for once more; whatever there was is on record now."""
    ProviderMeeting.objects.filter(pk=held.pk).update(state=ENDED)


def _add_unknown_spare(work: Work, connection: Connection | None) -> None:
    work.meeting.provider_meetings.create(
        provider=work.meeting.provider,
        account=connection.account if connection else None,
        connection=connection,
        generation=work.sent_generation,
        state=SPARE,
    )


def fail(work: Work, outcome: Outcome) -> None:
    """Name what went wrong, and say when to try again, or that the owner must do something."""
    if isinstance(outcome, Unavailable):
        problem = Problem.DAILY_LIMIT if outcome.daily_limit else Problem.UNAVAILABLE
        retry(work, problem, outcome.detail, retry_at=outcome.retry_at, tracking_id=outcome.tracking_id)
    elif isinstance(outcome, Unknown):
        retry(work, Problem.UNAVAILABLE, outcome.detail, not_before=_known_at(work), tracking_id=outcome.tracking_id)
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
    not_before: datetime | None = None,
    tracking_id: str = "",
) -> None:
    """Try again later, by itself. A create whose outcome is not known stays marked as sent.

    `retry_at`: when the provider wants to be asked again. `not_before`: when there may be something to find.
    """
    if problem == Problem.MISCONFIGURED:
        tell_administrators(work.meeting.provider, detail)
    due_at = _spread(retry_at, problem) if retry_at else timezone.now() + claims.backoff(work.job.attempts)
    due_at = max(due_at, not_before or due_at)
    if work.claim.release(due_at=due_at, problem=problem, detail=detail[:1000], tracking_id=tracking_id):
        noting.failed(work.job, work.meeting.provider, problem, tracking_id)
        diary.note(
            work.meeting.pk, problem, link_words.problem_text(work.meeting.provider, problem), tracking_id=tracking_id
        )
        if problem == Problem.MISCONFIGURED:
            announcements.link_needs_attention(work.meeting, problem)


def _known_at(work: Work) -> datetime | None:
    """When a create that was sent is over, whoever sent it: nobody looks for it before."""
    sent_at = work.job.sent_at
    return sent_at + timedelta(seconds=deadline(work.meeting.provider)) if sent_at else None


def _spread(retry_at: datetime, problem: str) -> datetime:
    """A time that many wait for, and for midnight all of them: each comes a little after it."""
    a_part = min(max((retry_at - timezone.now()) / 4, SPREAD_LEAST), SPREAD_MOST)
    return claims.jittered(retry_at, within=SPREAD_MOST if problem == Problem.DAILY_LIMIT else a_part)


@transaction.atomic
def give_up(work: Work, problem: str, detail: str = "", *, tracking_id: str = "") -> None:
    """It will fail again as it is: wait for the owner, unless the meeting has changed meanwhile."""
    meeting = _locked(work)
    due_at = timezone.now() if _has_changed(work, meeting) else None
    known: dict[str, Any] = {"problem": problem, "detail": detail[:1000], "tracking_id": tracking_id}
    known |= {} if due_at else {"wanted_at": None}
    if work.claim.release(due_at=due_at, attempts=0, **known):
        noting.given_up(work.job, meeting.provider, problem, tracking_id)
        _rewrite(meeting)
        diary.note(meeting.pk, problem, link_words.problem_text(meeting.provider, problem), tracking_id=tracking_id)
        if due_at is None:
            announcements.link_needs_attention(meeting, problem)
        if problem == Problem.GONE:
            _note_gone(meeting)


@transaction.atomic
def new_link(*, owner: Owner, meeting_id: Any) -> Meeting:
    """The owner asks for a new link in place of the one there is. Raises Meeting.DoesNotExist."""
    Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.locked(meeting_id, owner=owner)
    job = meeting.link_job
    if not meeting.wants_link or meeting.is_over or job.sent_at is not None:
        return meeting
    is_gone = job.problem == Problem.GONE or there.is_gone(meeting)
    meeting.provider_meetings.filter(state=CURRENT).update(state=ENDED if is_gone else SPARE)
    _rewrite(meeting, join_url="", passcode="")
    owing.owe(meeting)
    LinkJob.objects.filter(pk=job.pk).update(
        **owed.due_now(job), attempts=0, generation=job.generation + 1, announced=""
    )
    diary.note(meeting.pk, "new_link", _("A new link was asked for."))
    LinkJob.wake_on_commit()
    return Meeting.objects.get(pk=meeting.pk)


def _note_gone(meeting: Meeting) -> None:
    for held in meeting.provider_meetings.filter(state=CURRENT):
        there.note_gone(meeting, held, is_settled=True)


def _as_read(work: Work) -> dict[str, Any]:
    """The job, while the claim is still mine and no other link was asked for."""
    return {"pk": work.job.pk, "claim": work.claim.token, "generation": work.job.generation}


def _rewrite(meeting: Meeting, **link: str) -> None:
    """Of a meeting whose row is locked: its link, or only how that stands, is another one now."""
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=timezone.now(), **link)


def _locked(work: Work) -> Meeting:
    return statements.LOCKED.get(pk=work.meeting.pk)


def _has_changed(work: Work, meeting: Meeting) -> bool:
    """Whether the meeting, or which link it shall have, is another than what was worked on."""
    return (meeting.revision, meeting.link_job.generation) != (work.meeting.revision, work.job.generation)


def _holds_other(work: Work, meeting: Meeting) -> bool:
    """Whether something else is on record by now than was compared: whoever slept past its claim came back with it."""
    seen, now = ({(x.pk, x.state, x.gone_at) for x in of.provider_meetings.all()} for of in (work.meeting, meeting))
    return seen != now
