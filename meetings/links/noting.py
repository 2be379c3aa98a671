"""What a step on a link leaves behind to be read: by the owner in the diary, by the operator in log and counters."""

import logging

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from integrations.conferencing import keeps_times
from integrations.models import Connection
from meetings import diary
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey import figures

# --- For the operator -------------------------------------------------------------------------------------


def made(job: LinkJob, connection: Connection, tracking_id: str) -> None:
    seconds = max(0.0, (timezone.now() - job.wanted_at).total_seconds()) if job.wanted_at else None
    figures.note(
        figures.LINKS,
        seconds=seconds,
        provider=connection.provider,
        outcome="made",
        meeting=job.pk,
        account=connection.account_id,
        attempt=job.attempts,
        tracking_id=tracking_id,
    )


def failed(job: LinkJob, provider: str, problem: str, tracking_id: str) -> None:
    """It is tried again by itself."""
    _trouble(job, provider, f"retry_{problem}", tracking_id)


def given_up(job: LinkJob, provider: str, problem: str, tracking_id: str) -> None:
    """It waits for its owner."""
    _trouble(job, provider, f"given_up_{problem}", tracking_id)


def _trouble(job: LinkJob, provider: str, outcome: str, tracking_id: str) -> None:
    figures.note(
        figures.LINKS,
        level=logging.WARNING,
        provider=provider,
        outcome=outcome,
        meeting=job.pk,
        attempt=job.attempts,
        tracking_id=tracking_id,
    )


# --- For the owner ----------------------------------------------------------------------------------------


def spare(meeting: Meeting, provider: str, tracking_id: str) -> None:
    if not keeps_times(provider):
        return  # it shows in nobody's calendar
    text = _("%(provider)s holds a spare meeting that nobody needs.") % {
        "provider": connections.provider_name(provider)
    }
    diary.note(meeting.pk, "spare", text, tracking_id=tracking_id)


def settled(meeting: Meeting, *, is_too_late: bool) -> None:
    name = connections.provider_name(meeting.provider)
    if is_too_late:
        diary.note(meeting.pk, "too_late", _("The meeting is over; no link was made."))
        return
    current = meeting.provider_meetings.filter(state=ProviderMeeting.State.CURRENT, gone_at=None)
    behind = current.filter(synced_revision__lt=meeting.revision).first()
    if behind is None or not keeps_times(behind.provider):
        return
    if meeting.is_cancelled:
        text = _("O-Key can’t delete meetings in %(provider)s. You can delete it there yourself.")
    else:
        text = _("%(provider)s’s own calendar still shows what it was told first. The link stays the same and opens.")
    diary.note(meeting.pk, "not_synced", text % {"provider": name})
