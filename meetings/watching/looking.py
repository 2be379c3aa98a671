"""A look at the provider: a day and an hour before each meeting, and where news came. What is found, its owner is told.

A look is never worth a link: looks have a lane of their own, go one at a time for each account, and not while that
rests. One that cannot be made in time is left out, and the history says so.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import conferencing, connections, resting
from integrations.conferencing import Capability, RemoteState
from integrations.models import Connection
from meetings import diary
from meetings.links import there, there_mails
from meetings.links.there import Standing
from meetings.models import LinkJob, Meeting, ProviderMeeting, Watch
from meetings.times import span_words
from okey.lib import claims
from okey.lib.claims import Claim

#: Longer than two refreshes of the token, which come before the call; and what a call may take beyond its deadline.
LEASE_SECONDS, CALL_MARGIN_SECONDS = 30, 5
#: A look is of no use any more so short before the start.
TOO_LATE = timedelta(minutes=5)
FIRST_SECONDS, LONGEST_SECONDS = 30, 600
#: So often a look is tried where news came; then the news decide. And once more where it says that all is well.
TRIES, SURE = 3, 2
SURE_SECONDS = 30


@dataclass(frozen=True)
class Seen:
    """A claimed row, and what was read with it before the look."""

    claim: Claim[Watch]
    watch: Watch
    held: ProviderMeeting
    meeting: Meeting

    @classmethod
    def read(cls, claim: Claim[Watch]) -> "Seen":
        rows = Watch.objects.select_related("provider_meeting__account", "provider_meeting__meeting__owner")
        watch = rows.select_related("provider_meeting__meeting__contact").get(pk=claim.pk)
        return cls(claim, watch, watch.provider_meeting, watch.provider_meeting.meeting)

    @property
    def is_wanted(self) -> bool:
        is_current = self.held.state == ProviderMeeting.State.CURRENT and self.held.gone_at is None
        return is_current and not self.meeting.is_cancelled and not self.meeting.is_over

    @property
    def has_news(self) -> bool:
        return self.watch.heard_gone or (self.watch.found is not None and self.watch.found != self.watch.mailed)

    @property
    def is_planned(self) -> bool:
        """Whether it is one of those before each meeting that is due now."""
        at = there.next_look(self.held, self.meeting.starts_at, self.watch.seen_at)
        return at is not None and at <= timezone.now()


def work_in_turn(claim: Claim[Watch]) -> None:
    """Work on it, unless its provider is back from a rest, perhaps, and somebody else is trying that."""
    row = claim.taken
    if row is None or not row.is_troubled or resting.may_try(row.turn.partition(" ")[0]):
        work_on(claim)
    else:
        claim.give_back()


def work_on(claim: Claim[Watch]) -> None:
    """Look, if that is allowed and of use, and tell the owner what is not as O-Key has it."""
    seen = Seen.read(claim)
    with translation.override(seen.meeting.owner.language):
        if not seen.is_wanted:
            claim.release(due_at=None, attempts=0, heard_gone=False)
            return
        is_late = timezone.now() > seen.meeting.starts_at - TOO_LATE
        connection = None if is_late and not seen.has_news else connection_of(seen.meeting, seen.held)
        if connection is None:
            _without_a_look(seen)
        else:
            _look(seen, connection)


def connection_of(meeting: Meeting, held: ProviderMeeting) -> Connection | None:
    """By which it may be looked at now."""
    mine = connections.usable().filter(owner=meeting.owner_id, provider=held.provider, account=held.account)
    connection = mine.select_related("account", "owner").first()
    return connection if connection and conferencing.can(connection, Capability.READ) else None


def _look(seen: Seen, connection: Connection) -> None:
    claim = seen.claim
    try:
        conferencing.pace_look(connection)
        opened = conferencing.opened(connection, only_looks=True)
        seconds = conferencing.deadline(seen.held.provider)
        if not claim.update(claimed_until=timezone.now() + timedelta(seconds=seconds + CALL_MARGIN_SECONDS)):
            return
        try:
            state = conferencing.look(opened, seen.held.external_id)
        except conferencing.ReconnectNeeded:
            # The access token was refused: once more with a new one.
            claim.update(claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS))
            conferencing.renew_refused(opened)
            claim.put_back(seconds=0)
            return
    except conferencing.NotLive:
        _without_a_look(seen)
    except conferencing.Busy as busy:
        claim.put_back(seconds=busy.retry_seconds)
    except conferencing.Refused as refusal:
        if refusal.reason == "gone":
            _found_gone(seen)
        else:
            _without_a_look(seen)
    except (conferencing.Outcome, conferencing.CannotOpen) as outcome:
        _later(seen, outcome)
    else:
        _judge(seen, state)


def _later(seen: Seen, outcome: Exception) -> None:
    """The provider does not answer. News that came are believed after a few tries; nothing waits beyond its use."""
    if seen.has_news and seen.watch.attempts >= TRIES:
        _without_a_look(seen)
        return
    due_at = timezone.now() + claims.backoff(seen.watch.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
    if isinstance(outcome, conferencing.Unavailable) and outcome.retry_at is not None:
        due_at = max(due_at, claims.jittered(outcome.retry_at, within=timedelta(minutes=1)))
    latest = max(timezone.now() + timedelta(seconds=FIRST_SECONDS), seen.meeting.starts_at - TOO_LATE)
    seen.claim.release(due_at=min(due_at, latest))


@transaction.atomic
def _without_a_look(seen: Seen) -> None:
    """It cannot be looked at: what was heard counts as it was heard, and a look that is left out is said."""
    meeting = _locked(seen)
    held = ProviderMeeting.objects.get(pk=seen.held.pk)
    watch = Watch.objects.get(pk=seen.watch.pk)
    if watch.due_at != seen.watch.due_at:
        seen.claim.release(due_at=watch.due_at)  # news came meanwhile
        return
    is_missed = seen.is_planned and not watch.heard_gone
    now = timezone.now()
    due_at = there.next_look(held, meeting.starts_at, now) if connection_of(meeting, held) else None
    if not seen.claim.release(due_at=due_at, attempts=0, heard_gone=False, seen_at=now if is_missed else watch.seen_at):
        return
    if watch.heard_gone:
        there.note_gone(meeting, held)
        return
    if is_missed and _is_expected(meeting, held):
        text = _("%(provider)s could not be asked before the meeting whether it still stands there.")
        diary.note(meeting.pk, "not_looked", text % {"provider": connections.provider_name(held.provider)})
    _tell(meeting, held)


def _is_expected(meeting: Meeting, held: ProviderMeeting) -> bool:
    """Whether its owner has allowed looks, whatever keeps O-Key from this one."""
    mine = Connection.objects.active().filter(owner=meeting.owner_id, provider=held.provider, account=held.account)
    return any(conferencing.can(one, Capability.READ) for one in mine.select_related("account"))


@transaction.atomic
def _found_gone(seen: Seen) -> None:
    meeting = _locked(seen)
    if seen.claim.release(due_at=None, attempts=0, heard_gone=False, seen_at=timezone.now()):
        there.note_gone(meeting, ProviderMeeting.objects.get(pk=seen.held.pk))


@transaction.atomic
def _judge(seen: Seen, state: RemoteState) -> None:
    """What was seen is somebody else's doing where O-Key has told nothing else, and tells nothing else now."""
    meeting = _locked(seen)
    held, watch = ProviderMeeting.objects.get(pk=seen.held.pk), Watch.objects.get(pk=seen.watch.pk)
    if watch.due_at != seen.watch.due_at:
        seen.claim.release(due_at=watch.due_at)  # news came while the provider was asked
        return
    before = (seen.meeting.revision, seen.held.synced_revision, seen.watch.told)
    if before != (meeting.revision, held.synced_revision, watch.told):
        seen.claim.put_back(seconds=SURE_SECONDS)  # O-Key has told it something meanwhile
        return
    if watch.heard_gone and watch.attempts < SURE:
        seen.claim.release(due_at=timezone.now() + timedelta(seconds=SURE_SECONDS))
        return
    now = timezone.now()
    due_at = there.next_look(held, meeting.starts_at, now)
    stands = Standing.of(meeting).with_state(state)
    found = stands.row if _is_others_doing(meeting, held, watch, stands) else None
    done = {"due_at": due_at, "attempts": 0, "heard_gone": False, "seen_at": now, "found": found}
    mailed = watch.mailed if found else None
    if seen.claim.release(**done, mailed=mailed) and found:
        if found != watch.found:
            note_moved(meeting, held, stands)
        _tell(meeting, held)


def _is_others_doing(meeting: Meeting, held: ProviderMeeting, watch: Watch, stands: Standing) -> bool:
    if stands == Standing.of(meeting):
        return False
    if held.synced_revision >= meeting.revision:
        return True
    # It was not told what O-Key has now: it stands as it was told before, or will soon be told.
    will_be_told = LinkJob.objects.filter(pk=meeting.pk, due_at__isnull=False, waits_for_connection=False).exists()
    return bool(watch.told) and not will_be_told and stands not in map(Standing.kept, watch.told)


def note_moved(meeting: Meeting, held: ProviderMeeting, stands: Standing) -> None:
    """In the meeting's history."""
    when = span_words(stands.starts_at, stands.ends_at, meeting.owner.timezone)
    named = {"provider": connections.provider_name(held.provider), "when": when, "title": stands.title}
    here = Standing.of(meeting)
    if (stands.starts_at, stands.minutes) != (here.starts_at, here.minutes):
        text = _("It was changed at %(provider)s: there it is %(when)s.") % named
    else:
        text = _("It was changed at %(provider)s: there it is called “%(title)s”.") % named
    diary.note(meeting.pk, "changed_there", text)
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=timezone.now())


def _tell(meeting: Meeting, held: ProviderMeeting) -> None:
    """By mail, once for each thing that is found."""
    watch = Watch.objects.get(pk=held.pk)
    if watch.found is None or watch.found == watch.mailed:
        return
    stands = Standing.kept(watch.found)
    Watch.objects.filter(pk=watch.pk).update(mailed=watch.found)
    there_mails.moved(meeting, held, title=stands.title, starts_at=stands.starts_at, minutes=stands.minutes)


def _locked(seen: Seen) -> Meeting:
    meetings = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "contact")
    return meetings.get(pk=seen.meeting.pk)
