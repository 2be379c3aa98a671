"""Series of meetings as the tests need them, and what a worker does of them."""

from datetime import UTC, datetime
from typing import Any

from meetings import series, tasks
from meetings.hours.repeating import Repeat
from meetings.invitations import inviting, together
from meetings.links import making
from meetings.models import Invitation, LinkJob, Meeting, Series
from meetings.scheduling import Plan
from okey.contacts.models import Contact
from okey.lib.lanes import Work
from okey.owners.models import Owner

assert tasks  # by which a worker knows these tables
MAILS = (
    Work(Invitation, together.work_on_one, inviting.LEASE_SECONDS),
    Work(Series, together.work_on, together.LEASE_SECONDS),
)
LINKS = Work(LinkJob, making.work_in_turn, making.TOKEN_SECONDS)

#: Ten in Berlin, four weeks before the clocks go forward there and two before they do in New York.
START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def schedule_series(
    owner: Owner, contact: Contact, *, times: int = 6, every_weeks: int = 1, starts_at: datetime = START, **more: Any
) -> list[Meeting]:
    """Its meetings, the soonest first."""
    given = {name: more.pop(name) for name in ("title", "minutes", "provider", "agenda") if name in more}
    plan = Plan(**{"title": "Weekly", "starts_at": starts_at, "minutes": 30, **given})
    first = series.schedule(owner=owner, contact=contact, plan=plan, repeat=Repeat(every_weeks, times), **more)
    return meetings_with(first)


def meetings_with(meeting: Meeting) -> list[Meeting]:
    return list(Meeting.objects.filter(series=meeting.series_id).order_by("starts_at"))


def send_mails() -> None:
    """All that is due is worked on."""
    while sum(work.do_next() for work in MAILS):
        pass


def make_links() -> None:
    while LINKS.do_next():
        pass
