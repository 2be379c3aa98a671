"""What a client is to be told of several meetings of a series at once is one mail.

What is owed is computed for each invitation as ever (steps.py), and what was told is recorded in each: so later
changes of one are that one's. The worker of an invitation sends its reminders itself and leaves all else to the series'
row, whose claim lets in one worker; that waits a moment for those that are about to be owed the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone, translation

from meetings import diary
from meetings.invitations import history, inviting, series_mails
from meetings.invitations import mails as invitation_mails
from meetings.invitations.steps import Mail, Step, facts, is_for_series, is_up_to_date, next_step, revision_to_tell
from meetings.models import Invitation, MeetingSettings, Series
from okey import figures
from okey.lib.claims import Claim
from okey.lib.patience import insist
from okey.mails import limits, outbox, refusals
from okey.mails.limits import Held, Place
from okey.mails.messages import Message

LEASE_SECONDS = outbox.LEASE_SECONDS
#: What is left to the series' worker is looked after again, should nothing come of it.
LEFT_TO_OTHERS = timedelta(minutes=15)

#: Which goes first where several kinds are owed: nobody waits for a cancellation.
ORDER = (Mail.CANCELLATION, Mail.CHANGE, Mail.INVITATION)


@dataclass(frozen=True)
class Work:
    """The mail that is owed now: to whom all of `invitations` belong; or, with none, when to look again."""

    claim: Claim[Series]
    mail: Mail | None
    invitations: list[Invitation]
    at: datetime | None

    @classmethod
    def read(cls, claim: Claim[Series], *, locked: bool = False) -> "Work":
        mine = Invitation.objects.filter(meeting__series=claim.pk, is_mailed=True, revoked_at=None)
        if locked:
            # By themselves, as for one invitation; in one order, so that two who lock them do not wait for each other.
            Series.objects.select_for_update(no_key=True).get(pk=claim.pk)
            list(mine.select_for_update(no_key=True, of=("self",)).order_by("pk"))
        found = list(
            mine.select_related("meeting__owner", "meeting__link_job", "contact").order_by("meeting__starts_at", "pk")
        )
        if not found:
            return cls(claim, None, [], None)
        settings = MeetingSettings.objects.filter(owner=found[0].meeting.owner).first() or MeetingSettings()
        now = timezone.now()
        steps = [(one, next_step(one, settings, now)) for one in found]
        return cls._of(claim, [(one, step) for one, step in steps if _is_ours(one, step)])

    @classmethod
    def _of(cls, claim: Claim[Series], owed: list[tuple[Invitation, Step]]) -> "Work":
        for mail in ORDER:
            batch = [one for one, step in owed if step.mail is mail]
            soon = [step.at for one, step in owed if step.mail is None and step.at is not None]
            if not batch or (soon and mail is not Mail.CANCELLATION):
                continue
            first = batch[0].email.casefold()
            return cls(claim, mail, [one for one in batch if one.email.casefold() == first], None)
        later = [step.at for _one, step in owed if step.at is not None]
        return cls(claim, None, [], min(later, default=None))


def _is_ours(invitation: Invitation, step: Step) -> bool:
    """A mail that is no reminder, owed now or in a moment."""
    if step.mail is not None:
        return not step.mail.is_reminder
    return step.at is not None and not is_up_to_date(invitation)


@dataclass(frozen=True)
class Announced:
    """A mail that the server is about to get. `before`: what was open then of each, in case the server says no."""

    work: Work
    mail: Mail
    place: Place
    before: list[dict[str, Any]]


def work_on_one(claim: Claim[Invitation]) -> None:
    """An invitation's worker: of a meeting in a series it sends reminders, and leaves all else to the series'."""
    invitation = Invitation.objects.select_related("meeting").get(pk=claim.pk)
    series_id = invitation.meeting.series_id
    if series_id is None or not _leave(claim, series_id):
        inviting.work_on(claim)


@transaction.atomic
def _leave(claim: Claim[Invitation], series_id: UUID) -> bool:
    """False: there is nothing to leave. Locks the series first, as all do who lock several of its invitations."""
    Series.objects.select_for_update(no_key=True).get(pk=series_id)
    Invitation.objects.select_for_update(no_key=True).get(pk=claim.pk)
    invitation = Invitation.objects.select_related("meeting__owner", "meeting__link_job", "contact").get(pk=claim.pk)
    settings = MeetingSettings.objects.filter(owner=invitation.meeting.owner).first() or MeetingSettings()
    step = next_step(invitation, settings, timezone.now())
    if not is_for_series(invitation, step):
        return False
    Series.objects.filter(pk=series_id).update(due_at=timezone.now())
    Series.wake_on_commit()
    claim.release(due_at=timezone.now() + LEFT_TO_OTHERS, attempts=0)
    return True


def work_on(claim: Claim[Series]) -> None:
    """Send what is owed, if anything is, and note when to look again."""
    if Work.read(claim).mail is None:
        _settle(claim)
        return
    try:
        with get_connection(keep=partial(outbox.keep, claim)) as server:
            _send(claim, server)
    except refusals.SENDING_FAILED as error:
        _failed(claim, error)


def _send(claim: Claim[Series], server: BaseEmailBackend) -> None:
    if not outbox.keep(claim):
        return  # somebody has taken over
    announced = _announce(claim)
    if isinstance(announced, Held):
        return
    if announced is not None:
        found = announced.work
        try:
            _composed(announced, server).send()
        except refusals.NOT_TAKEN:
            announced.place.give_back()
            _take_back(announced)
            raise
        insist(partial(_told, announced))
        known = {"series": claim.pk, "meetings": len(found.invitations)}
        figures.note(figures.MAILS, kind=inviting.KIND, outcome="sent", mail=announced.mail.value, **known)
    _settle(claim)


def _composed(announced: Announced, server: BaseEmailBackend) -> Message:
    """Of one meeting it is the very mail that any other meeting has."""
    about = announced.work.invitations
    if len(about) == 1:
        return invitation_mails.compose(about[0], announced.mail, server)
    return series_mails.compose(about, announced.mail, server)


@transaction.atomic
def _announce(claim: Claim[Series]) -> Announced | Held | None:
    """As for one invitation: written down before the server gets it. None: nothing is owed any more."""
    found = Work.read(claim, locked=True)
    if found.mail is None or not claim.is_mine():
        return None
    first = found.invitations[0]
    is_confirmed = all(one.is_address_confirmed for one in found.invitations)
    place = limits.take(first.email, is_confirmed=is_confirmed, account=str(first.meeting.owner_id))
    if isinstance(place, Held):
        claim.release(due_at=place.until)
        _all(found).update(held=place.reason, due_at=place.until)
        return place
    before = []
    for one in found.invitations:
        before.append({f"telling_{name}": getattr(one, f"telling_{name}") for name in inviting.TELLING})
        values = (found.mail.value, revision_to_tell(one), one.resends, *facts(one))
        telling = zip(inviting.TELLING, values, strict=True)
        Invitation.objects.filter(pk=one.pk).update(**{f"telling_{name}": value for name, value in telling})
    return Announced(found, found.mail, place, before)


@transaction.atomic
def _told(sent: Announced) -> None:
    """The mail server has taken it. What it said is in the invitations as they were read for it."""
    Series.objects.select_for_update(no_key=True).get(pk=sent.work.claim.pk)
    now = timezone.now()
    with translation.override(sent.work.invitations[0].meeting.owner.language):
        text = str(history.sent_words(sent.mail))
    for one in sent.work.invitations:
        values = (revision_to_tell(one), one.resends, *facts(one))
        done = {f"told_{name}": value for name, value in zip(inviting.TELLING[1:], values, strict=True)}
        done |= {**inviting.NOTHING_OPEN, **inviting.FRESH, "told_at": now, "invited_at": one.invited_at or now}
        if _announced(one, sent.mail).update(**done, due_at=now):
            diary.note(one.meeting_id, f"mail_{sent.mail}", text % {"email": one.email})
    Invitation.wake_on_commit()  # for their reminders


@transaction.atomic
def _take_back(refused: Announced) -> None:
    Series.objects.select_for_update(no_key=True).get(pk=refused.work.claim.pk)
    for one, before in zip(refused.work.invitations, refused.before, strict=True):
        _announced(one, refused.mail).update(**before)


def _announced(invitation: Invitation, mail: Mail) -> Any:
    """This very one, as long as nobody has given it to another address meanwhile."""
    return Invitation.objects.filter(pk=invitation.pk, token=invitation.token, telling_mail=mail.value)


def _all(found: Work) -> Any:
    return Invitation.objects.filter(pk__in=[one.pk for one in found.invitations])


@transaction.atomic
def _settle(claim: Claim[Series]) -> None:
    """Give the claim up, due again when there is something to look at; with the rows locked, as for one invitation."""
    found = Work.read(claim, locked=True)
    claim.release(due_at=timezone.now() if found.mail else found.at, attempts=0)


@transaction.atomic
def _failed(claim: Claim[Series], error: Exception) -> None:
    """As for one invitation, and each of them says so."""
    found, now = Work.read(claim, locked=True), timezone.now()
    if found.mail is None:
        claim.release(due_at=found.at)
        return
    attempts = claim.row().attempts
    since = min((one.failing_since for one in found.invitations if one.failing_since), default=now)
    is_hopeless = now - since >= inviting.GIVE_UP_AFTER or refusals.is_final(error)
    due_at = None if is_hopeless else now + refusals.pause(error, attempts)
    # Once these are given up, others may be owed something else.
    if not claim.release(due_at=now if is_hopeless else due_at):
        return
    changes = {"last_error": refusals.words_of(error)[: outbox.ERROR_MAX], "due_at": due_at}
    for one in found.invitations:
        failed = {"failed_at": now} if is_hopeless else {}
        Invitation.objects.filter(pk=one.pk).update(**changes, **failed, failing_since=one.failing_since or now)
        if is_hopeless:
            inviting.note_failed(one)
    known = {"series": claim.pk, "meetings": len(found.invitations), "attempt": attempts}
    outbox.note_failure(inviting.KIND, error, is_hopeless=is_hopeless, **known)
