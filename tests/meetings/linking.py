"""What the tests of join links do to a meeting, in place of a worker and of time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from meetings import scheduling
from meetings.links import making
from meetings.models import LinkJob, Meeting
from okey.owners.models import Owner

#: What an owner grants who leaves only the needed permissions ticked.
MINIMAL = ["user:read:user", "meeting:write:meeting"]

Schedule = Callable[..., Meeting]


def work(meeting: Meeting) -> Meeting:
    """What a worker does when woken. Returns the meeting as it is then."""
    making.work(meeting.pk)
    return Meeting.objects.get(pk=meeting.pk)


def make_due(meeting: Meeting) -> None:
    """Time passes: the next try has come, and any call under way is beyond its deadline."""
    job = LinkJob.objects.filter(pk=meeting.pk)
    job.update(due_at=timezone.now())
    job.filter(sent_at__isnull=False).update(sent_at=timezone.now() - timedelta(minutes=1))


def is_due(meeting: Meeting) -> bool:
    return LinkJob.objects.filter(pk=meeting.pk, due_at__lte=timezone.now()).exists()


def job_of(meeting: Meeting) -> LinkJob:
    return LinkJob.objects.get(pk=meeting.pk)


def edit(owner: Owner, meeting: Meeting, **changes: Any) -> None:
    plan = {"title": meeting.title, "starts_at": meeting.starts_at, "minutes": meeting.minutes, **changes}
    scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=scheduling.Plan(**plan))
