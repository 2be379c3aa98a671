"""How a meeting stands at its provider: what O-Key told it, and what it is known to be there.

A standing is kept in a row as {"title", "starts_at", "minutes"}, the start in ISO 8601 and UTC.
"""

import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.db import transaction
from django.db.models import Case, DateTimeField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import conferencing, connections, resting
from integrations.conferencing import Capability, RemoteState
from integrations.models import Connection
from meetings import announcements, diary
from meetings.entries import owing
from meetings.links import there_mails
from meetings.links import words as link_words
from meetings.models import LinkJob, Meeting, ProviderMeeting, Watch
from okey.lib.prepared import insert
from okey.owners.models import Owner

CURRENT = ProviderMeeting.State.CURRENT
#: A look so long before the start, at a time of its own within `SPREAD` before that: many start at nine o'clock.
LOOKS = ((timedelta(hours=24), timedelta(hours=1)), (timedelta(hours=1), timedelta(minutes=15)))
#: So many of what O-Key told are kept: echoes of older ones do not come any more.
TOLD_MOST = 5
#: So many watches are made due by one UPDATE.
BATCH = 500


@dataclass(frozen=True)
class Standing:
    """How a meeting stands somewhere."""

    title: str
    starts_at: datetime
    minutes: int

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        """As the provider keeps it: to the second."""
        return cls(_one_line(meeting.title), meeting.starts_at.replace(microsecond=0), meeting.minutes)

    @classmethod
    def kept(cls, row: dict[str, Any]) -> Self:
        return cls(str(row["title"]), datetime.fromisoformat(row["starts_at"]), int(row["minutes"]))

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self) | {"starts_at": self.starts_at.astimezone(UTC).isoformat()}

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def with_(self, changes: dict[str, Any]) -> Self:
        """With what is known of it, by name, a start also as text; None and "" say nothing."""
        known = {name: value for name, value in changes.items() if value}
        if "title" in known:
            known["title"] = _one_line(known["title"])
        if isinstance(known.get("starts_at"), str):
            known["starts_at"] = datetime.fromisoformat(known["starts_at"])
        return replace(self, **known)

    def with_state(self, state: RemoteState) -> Self:
        return self.with_({"title": state.title, "starts_at": state.starts_at, "minutes": state.minutes})


def _one_line(title: str) -> str:
    return " ".join(title[: Meeting.TITLE_MAX].split())


def current_of(meeting: Meeting) -> ProviderMeeting | None:
    """What its link leads to, by what was read with the meeting."""
    return next((one for one in meeting.provider_meetings.all() if one.state == CURRENT), None)


def is_gone(meeting: Meeting) -> bool:
    """Whether somebody deleted at the provider what its link leads to."""
    current = current_of(meeting)
    return current is not None and current.gone_at is not None


def was_deleted(meeting: Meeting) -> bool:
    """The same, and no new link was asked for."""
    return meeting.link_job.problem == LinkJob.Problem.GONE or is_gone(meeting)


# --- Looks ------------------------------------------------------------------------------------------------


def next_look(held: ProviderMeeting, starts_at: datetime, seen_at: datetime | None) -> datetime | None:
    """When to look at it next; None: no more. What was seen or told since then needs no look."""
    for before, spread in LOOKS:
        at = starts_at - before - spread * (held.pk.int % 3600) / 3600
        if seen_at is None or seen_at < at:
            return at
    return None


def watch_made(held: ProviderMeeting, connection: Connection, sent: Meeting, *, is_known: bool) -> None:
    """O-Key has just made it, as `sent` says (`is_known`). Where it may be looked at, it is, before the meeting."""
    if not conferencing.can(connection, Capability.READ):
        return
    now = timezone.now()
    insert(
        Watch(
            provider_meeting=held,
            turn=resting.key(held.provider, held.account_id),
            told=[_told(sent, now)] if is_known else [],
            seen_at=now,
            due_at=next_look(held, sent.starts_at, now),
        )
    )


def of(held: ProviderMeeting) -> Watch:
    """Its row, made where there is none yet."""
    turn = resting.key(held.provider, held.account_id)
    return Watch.objects.get_or_create(provider_meeting=held, defaults={"turn": turn})[0]


def expect(meeting: Meeting) -> None:
    """It was moved: its look comes before the new start. Inside the transaction that moves it."""
    watches = Watch.objects.select_related("provider_meeting").filter(
        provider_meeting__meeting=meeting, provider_meeting__state=CURRENT, heard_gone=False
    )
    for watch in watches:
        due_at = next_look(watch.provider_meeting, meeting.starts_at, watch.seen_at)
        Watch.objects.filter(pk=watch.pk).update(due_at=due_at, attempts=0)


def may_be_looked_at(connection: Connection) -> None:
    """Its grant is new: what it may read now is looked at from now on. Of coming meetings alone.

    Not inside a transaction that holds anything: whoever works on one meeting may hold its watch while they wait for
    its link job, or the other way round.
    """
    if not conferencing.can(connection, Capability.READ):
        return
    pks = list(_unwatched(connection).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(pks), BATCH):
        _watch(connection, pks[first : first + BATCH])


def _unwatched(connection: Connection) -> "QuerySet[ProviderMeeting]":
    here = {"account": connection.account, "provider": connection.provider, "state": CURRENT, "gone_at": None}
    mine = ProviderMeeting.objects.filter(**here)
    coming = mine.filter(
        meeting__owner=connection.owner_id, meeting__cancelled_at=None, meeting__starts_at__gt=timezone.now()
    )
    return coming.exclude(external_id="").exclude(watch__due_at__isnull=False)


@transaction.atomic
def _watch(connection: Connection, pks: "list[uuid.UUID]") -> None:
    """With the owner locked: so nobody else locks several of their watches meanwhile, in another order."""
    Owner.objects.locked(connection.owner_id)
    held = list(_unwatched(connection).filter(pk__in=pks).select_related("meeting", "watch"))
    new = [Watch(provider_meeting=one, turn=resting.key(one.provider, one.account_id)) for one in held]
    Watch.objects.bulk_create(new, ignore_conflicts=True)
    looks = {one.pk: next_look(one, one.meeting.starts_at, _seen_at(one)) for one in held}
    due = [When(pk=pk, then=Value(at)) for pk, at in looks.items() if at is not None]
    if due:
        Watch.objects.filter(pk__in=looks, due_at=None).update(due_at=Case(*due, output_field=DateTimeField()))


def _seen_at(held: ProviderMeeting) -> datetime | None:
    watch = getattr(held, "watch", None)
    return watch.seen_at if watch else None


# --- What O-Key does there itself -------------------------------------------------------------------------


def telling(held: ProviderMeeting, meeting: Meeting) -> None:
    """O-Key is about to tell it this: what comes back of that later is O-Key's own doing."""
    watch = of(held)
    told = [*watch.told, _told(meeting, timezone.now())][-TOLD_MOST:]
    Watch.objects.filter(pk=watch.pk).update(told=told)


def told(held: ProviderMeeting, meeting: Meeting) -> None:
    """It knows how the meeting stands in O-Key: whatever somebody did to it before is written over."""
    now = timezone.now()
    mine = Watch.objects.filter(pk=held.pk, heard_gone=False)
    mine.update(found=None, mailed=None, seen_at=now)
    # A look that news have just asked for is not put off.
    later = Q(due_at=None) | Q(due_at__gt=now + timedelta(minutes=1))
    mine.filter(later).update(due_at=next_look(held, meeting.starts_at, now))


def _told(meeting: Meeting, now: datetime) -> dict[str, Any]:
    return Standing.of(meeting).row | {"at": now.isoformat()}


# --- What others do there ---------------------------------------------------------------------------------


def note_gone(meeting: Meeting, held: ProviderMeeting, *, is_settled: bool = False) -> bool:
    """Somebody deleted it there: its owner is told once, and decides. With the meeting's row locked. False: known.

    `is_settled`: the link job knows it already.
    """
    now = timezone.now()
    fresh: QuerySet[ProviderMeeting] = ProviderMeeting.objects.filter(pk=held.pk, state=CURRENT, gone_at=None)
    if meeting.is_cancelled or not fresh.update(gone_at=now):
        return False
    Watch.objects.filter(pk=held.pk).update(heard_gone=False, found=None, mailed=None, due_at=None, on_since=None)
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=now)
    owing.owe(meeting)
    if not is_settled:
        # Whoever works on the job writes the problem there, too; nothing more is owed to what is gone.
        LinkJob.objects.filter(pk=meeting.pk).update(due_at=now, waits_for_connection=False, attempts=0)
        LinkJob.wake_on_commit()
    diary.note(meeting.pk, LinkJob.Problem.GONE, link_words.problem_text(held.provider, LinkJob.Problem.GONE))
    announcements.link_needs_attention(meeting, LinkJob.Problem.GONE)
    if not meeting.is_over:
        there_mails.gone(meeting, held)
    return True


def note_gone_after_cancelling(meeting: Meeting, held: ProviderMeeting) -> None:
    """The owner has removed there what O-Key may not remove."""
    if ProviderMeeting.objects.filter(pk=held.pk, state=CURRENT).update(state=ProviderMeeting.State.ENDED):
        name = {"provider": connections.provider_name(held.provider)}
        diary.note(meeting.pk, "ended", _("The meeting was deleted at %(provider)s.") % name)
