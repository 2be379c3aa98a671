"""What owners decide about a meeting that was changed at its provider: it follows, or stays as O-Key has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import conferencing, connections
from integrations.conferencing import Capability
from integrations.models import Connection
from meetings import diary, scheduling, writing
from meetings.links import there
from meetings.links.there import Standing
from meetings.models import Meeting, ProviderMeeting, Watch
from okey.owners.models import Owner


class Changed(Exception):
    """It is not as the page said any more: nothing was done."""


@dataclass(frozen=True)
class Found:
    """What a meeting's page says of it as it stands at its provider."""

    provider: str
    title: str
    starts_at: datetime
    ends_at: datetime
    is_moved: bool
    is_renamed: bool
    #: Whether O-Key may change it there.
    can_put_back: bool
    #: By it a button knows that it is still about what the page said.
    seen: str


def of(meeting: Meeting) -> Found | None:
    """None where there is nothing to decide. One query, and two more where there is."""
    if meeting.is_cancelled or meeting.is_over:
        return None
    held = there.current_of(meeting)
    if held is None or held.gone_at is not None:
        return None
    watch = Watch.objects.filter(pk=held.pk, found__isnull=False).first()
    return _found(meeting, held, watch) if watch else None


def goes_on_since(meeting: Meeting) -> datetime | None:
    """Since when it goes on at its provider, as that says. One query."""
    return goes_on([meeting]).get(meeting.pk)


def goes_on(meetings: "list[Meeting]") -> dict[Any, datetime]:
    """Those that go on now, and since when."""
    now = timezone.now()
    begun = {one.pk: one for one in meetings if not one.is_cancelled and one.starts_at < now + there.LOOKS[0][0]}
    if not begun:
        return {}
    on = Watch.objects.filter(
        provider_meeting__meeting__in=begun,
        provider_meeting__state=ProviderMeeting.State.CURRENT,
        on_since__gt=now - there.LOOKS[0][0],
    )
    found: dict[Any, datetime] = dict(on.values_list("provider_meeting__meeting", "on_since"))  # type: ignore[arg-type] # none is NULL
    return found


def _found(meeting: Meeting, held: ProviderMeeting, watch: Watch) -> Found | None:
    stands, here = Standing.kept(watch.found or {}), Standing.of(meeting)
    if stands == here:
        return None
    return Found(
        provider=connections.provider_name(held.provider),
        title=stands.title,
        starts_at=stands.starts_at,
        ends_at=stands.ends_at,
        is_moved=(stands.starts_at, stands.minutes) != (here.starts_at, here.minutes),
        is_renamed=stands.title != here.title,
        can_put_back=_through(meeting, held) is not None,
        seen="/".join(map(str, stands.row.values())),
    )


def _through(meeting: Meeting, held: ProviderMeeting) -> Connection | None:
    """By which it may be changed there."""
    mine = connections.usable().filter(owner=meeting.owner_id, provider=held.provider, account=held.account)
    connection = mine.select_related("account", "owner").first()
    return connection if connection and conferencing.can(connection, Capability.UPDATE) else None


@transaction.atomic
def follow(*, owner: Owner, meeting_id: Any, seen: str) -> Meeting:
    """The meeting becomes what it is there, by the ordinary way: its client is invited anew.

    Raises Changed, and as scheduling.reschedule does.
    """
    meeting, held, stands = _asked(owner, meeting_id, seen)
    plan = scheduling.Plan(
        title=stands.title,
        starts_at=stands.starts_at,
        minutes=stands.minutes,
        agenda=meeting.agenda,
        provider=meeting.provider,
    )
    changed = scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=plan)
    # It is so there already, so nothing is owed.
    ProviderMeeting.objects.filter(pk=held.pk).update(synced_revision=changed.revision)
    Watch.objects.filter(pk=held.pk).update(found=None, mailed=None)
    return changed


@transaction.atomic
def put_back(*, owner: Owner, meeting_id: Any, seen: str) -> bool:
    """The meeting stays as O-Key has it. Returns whether the provider is told so; else it goes on showing its own.

    Raises Changed, Meeting.DoesNotExist.
    """
    meeting, held, stands = _asked(owner, meeting_id, seen)
    is_told = _through(meeting, held) is not None
    watch = Watch.objects.get(pk=held.pk)
    left = [*watch.told, stands.row | {"at": timezone.now().isoformat()}][-there.TOLD_MOST :]
    Watch.objects.filter(pk=held.pk).update(found=None, mailed=None, told=left)
    ProviderMeeting.objects.filter(pk=held.pk).update(synced_revision=0)
    if is_told:
        writing.make_due(meeting.link_job, meeting.provider)
    name = {"provider": connections.provider_name(held.provider)}
    text = (
        _("You left the meeting as it is in O-Key; %(provider)s is being told.")
        if is_told
        else _("You left the meeting as it is in O-Key; %(provider)s goes on showing its own.")
    )
    diary.note_news(meeting.pk, "kept_here", text % name)
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=timezone.now())
    return is_told


def _asked(owner: Owner, meeting_id: Any, seen: str) -> tuple[Meeting, ProviderMeeting, Standing]:
    """With the owner's and the meeting's row locked. Raises Changed, Meeting.DoesNotExist."""
    Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.locked(meeting_id, owner=owner)
    found = of(meeting)
    if found is None or found.seen != seen:
        raise Changed
    held = meeting.provider_meetings.get(state=ProviderMeeting.State.CURRENT)
    watch = Watch.objects.select_for_update().get(pk=held.pk)
    return meeting, held, Standing.kept(watch.found or {})
