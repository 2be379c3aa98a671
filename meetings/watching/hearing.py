"""What a provider tells of meetings by itself: kept in the request, and worked on from the table.

Such messages come late, twice and in any order, of meetings that are not O-Key's, of what O-Key did itself, and before
the answer to the create is on record. So where the meeting may be looked at, news are no more than a reason to look;
where it may not, what they name is compared with what O-Key told, and when.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import resting
from integrations.connections import provider_name
from integrations.models import ProviderAccount
from integrations.told import News, Told
from meetings import diary
from meetings.links import there
from meetings.links.there import Standing
from meetings.models import LinkJob, Meeting, ProviderMeeting, ProviderNews, Watch
from meetings.watching import looking
from okey.lib.claims import Claim

LEASE_SECONDS = 30
#: So long a create may be under way whose answer is not on record.
CREATING, AGAIN_SECONDS = timedelta(minutes=10), 10.0
#: Zoom's last retry comes 85 minutes after the first try; what was signed earlier than this is not heard.
KEPT_FOR = timedelta(hours=2)
#: The provider's clock and ours: within this of O-Key's own call nobody knows which came first.
DOUBT = timedelta(minutes=1)
#: What follows one after the other is told as one.
SETTLING = timedelta(seconds=10)


def receive(provider: str, news: News) -> None:
    """Keep it, where the meeting may be O-Key's. One that is known already changes nothing."""
    if not _may_be_ours(provider, news):
        return
    now = timezone.now()
    changes = {name: _kept(value) for name, value in news.changes.items()}
    _row, is_new = ProviderNews.objects.get_or_create(
        mark=news.mark,
        defaults={
            "provider": provider,
            "external_id": news.external_id,
            "host_id": news.host_id,
            "account_id": news.account_id,
            "told": news.told.value,
            "happened_at": news.at,
            "changes": changes,
            "received_at": now,
            "due_at": now,
        },
    )
    if is_new:
        ProviderNews.wake_on_commit()


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _may_be_ours(provider: str, news: News) -> bool:
    """Its number is known, or a create of that person's is under way whose answer is not on record."""
    if ProviderMeeting.objects.filter(provider=provider, external_id=news.external_id).exists():
        return True
    who = Q(external_id=news.host_id) if news.host_id else Q(external_account_id=news.account_id)
    if not (news.host_id or news.account_id):
        return False
    accounts = ProviderAccount.objects.filter(who, vendor=provider).values_list("pk", flat=True)[:100]
    turns = [resting.key(provider, pk) for pk in accounts]
    return LinkJob.objects.filter(turn__in=turns, due_at__isnull=False, sent_at__isnull=False).exists()


def work_on(claim: Claim[ProviderNews]) -> None:
    """Settle it if that is due; delete it when no replay of it can come any more."""
    news = claim.row()
    if news.settled_at is not None:
        news.delete()
        return
    held = next(_held(news), None)
    if held is None and timezone.now() < news.received_at + CREATING and _is_unknown(news):
        claim.put_back(seconds=AGAIN_SECONDS)
        return
    with transaction.atomic():
        if held is not None:
            meeting = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "contact")
            _apply(meeting.get(pk=held.meeting_id), held.pk, news)
        gone_at = max(news.received_at + KEPT_FOR, timezone.now())
        claim.release(settled_at=timezone.now(), due_at=gone_at, attempts=0)


def _is_unknown(news: ProviderNews) -> bool:
    return not ProviderMeeting.objects.filter(provider=news.provider, external_id=news.external_id).exists()


def _held(news: ProviderNews) -> Iterator[ProviderMeeting]:
    """What is current of that number, in the account that is named, as far as one is."""
    named = ProviderMeeting.objects.filter(provider=news.provider, external_id=news.external_id)
    for held in named.filter(state=ProviderMeeting.State.CURRENT).select_related("account"):
        account = held.account
        is_host = account is None or news.host_id in {"", account.external_id}
        is_there = account is None or len({news.account_id, account.external_account_id} - {""}) < 2
        if is_host and is_there:
            yield held


def _apply(meeting: Meeting, pk: Any, news: ProviderNews) -> None:
    """Of a meeting whose row is locked."""
    held = ProviderMeeting.objects.filter(pk=pk, state=ProviderMeeting.State.CURRENT, gone_at=None).first()
    if held is None:
        return
    with translation.override(meeting.owner.language):
        told = Told(news.told)
        if told in {Told.STARTED, Told.ENDED}:
            _note_going_on(meeting, held, news, is_on=told is Told.STARTED)
        elif meeting.is_cancelled:
            # Where O-Key may cancel, this is the echo of it, or soon will be its doing.
            if told is Told.GONE and not LinkJob.objects.filter(pk=meeting.pk, due_at__isnull=False).exists():
                there.note_gone_after_cancelling(meeting, held)
        elif meeting.is_over:
            return  # whoever tidies up takes nothing from anybody
        elif told is Told.GONE:
            _hear_gone(meeting, held)
        elif news.changes:
            _hear_changes(meeting, held, news)


def _hear_gone(meeting: Meeting, held: ProviderMeeting) -> None:
    if looking.connection_of(meeting, held) is None:
        there.note_gone(meeting, held)
        return
    watch = there.of(held)
    Watch.objects.filter(pk=watch.pk).update(heard_gone=True, due_at=timezone.now(), attempts=0)
    Watch.wake_on_commit()


def _hear_changes(meeting: Meeting, held: ProviderMeeting, news: ProviderNews) -> None:
    watch, now = there.of(held), timezone.now()
    soon = {"due_at": now + SETTLING, "attempts": 0}
    if looking.connection_of(meeting, held) is not None:
        Watch.objects.filter(pk=watch.pk).update(**soon)
        return
    at = news.happened_at or news.received_at
    told_at = datetime.fromisoformat(watch.told[-1]["at"]) if watch.told else None
    if told_at is not None and at < told_at - DOUBT:
        return  # O-Key has written over it since then
    new = {name: value for name, value in news.changes.items() if at.isoformat() > watch.heard.get(name, "")}
    if not new:
        return
    heard = watch.heard | dict.fromkeys(new, at.isoformat())
    base = Standing.kept(watch.found) if watch.found else _as_told(meeting, held, watch)
    stands = base.with_(new)
    is_echo = told_at is not None and at < told_at + DOUBT and stands in map(Standing.kept, watch.told)
    if is_echo or stands == Standing.of(meeting):
        Watch.objects.filter(pk=watch.pk).update(heard=heard, found=None, mailed=None)
    elif stands.row != watch.found:
        Watch.objects.filter(pk=watch.pk).update(heard=heard, found=stands.row, **soon)
        looking.note_moved(meeting, held, stands)


def _as_told(meeting: Meeting, held: ProviderMeeting, watch: Watch) -> Standing:
    """How it stands there if nobody else has done anything."""
    if watch.told and held.synced_revision < meeting.revision:
        return Standing.kept(watch.told[-1])
    return Standing.of(meeting)


def _note_going_on(meeting: Meeting, held: ProviderMeeting, news: ProviderNews, *, is_on: bool) -> None:
    """The newest of these news says whether it goes on; each is in the history."""
    at = news.happened_at or news.received_at
    said = _("It has begun at %(provider)s.") if is_on else _("It has ended at %(provider)s.")
    text = said % {"provider": provider_name(held.provider)}
    diary.note(meeting.pk, "began_there" if is_on else "ended_there", text)
    watch = there.of(held)
    older = Q(on_heard_at=None) | Q(on_heard_at__lt=at)
    Watch.objects.filter(older, pk=watch.pk).update(on_heard_at=at, on_since=at if is_on else None)
