"""Which times of an owner are taken. The database makes one of those that overlap: reading thirty thousand entries of
six calendars as rows would cost a booking page ten times what all the rest of it does.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Value

from integrations.calendars import busy as calendars
from integrations.calendars.models import BusyTime
from meetings.models import Invitation, Meeting
from okey.owners.models import Owner

DAY = timedelta(days=1)
#: How far off a meeting may start and still matter to a day: two meetings of a day each, free time, and the zone.
MARGIN = 4 * DAY

Span = tuple[datetime, datetime]

#: Of spans that overlap or touch, the first start and the last end. A span begins an island where all before it have
#: ended; so many islands as have begun before it is the number of its own.
_ISLANDS = """
    SELECT {moment[0]}MIN(starts_at){moment[1]}, {moment[0]}MAX(ends_at){moment[1]}, NULL FROM (
        SELECT starts_at, ends_at, SUM(begins) OVER (ORDER BY starts_at, ends_at ROWS UNBOUNDED PRECEDING) AS island
        FROM (
            SELECT starts_at, ends_at, CASE WHEN starts_at <= MAX(ends_at) OVER (
                ORDER BY starts_at, ends_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) THEN 0 ELSE 1 END AS begins
            FROM ({spans}) AS spans
        ) AS marked
    ) AS numbered GROUP BY island
"""
_AND_MEETINGS = "{islands} UNION ALL SELECT NULL, NULL, {moment[0]}starts_at{moment[1]} FROM ({starts}) AS meetings"
#: Around a moment that is read. In seconds they come at a seventh of what Django takes for a moment; SQLite has texts,
#: in UTC.
_MOMENT = {"postgresql": ("CAST(EXTRACT(EPOCH FROM ", ") AS double precision)"), "sqlite": ("", "")}


@dataclass(frozen=True)
class Taken:
    """What is taken in a span, and what may matter to its edges."""

    #: In order, none overlapping another, and none longer than a day.
    spans: list[Span]
    #: When the owner's meetings start, if that was asked for.
    meetings: list[datetime]


def between(owner: Owner, since: datetime, until: datetime, *, ignoring: UUID | None, with_meetings: bool) -> Taken:
    """What reaches into this span, and what fills its days; and all of it where one of the owner's own calendars cannot
    be read for long, and they want nothing offered then. One query.

    `ignoring`: the ID of a meeting that is to be moved.
    """
    since, until = since - MARGIN, until + MARGIN
    meetings = Meeting.objects.filter(owner=owner, cancelled_at=None, starts_at__gt=since, starts_at__lt=until)
    if ignoring is not None:
        meetings = meetings.exclude(pk=ignoring)
    meetings = meetings.order_by()
    spans = meetings.values_list("starts_at", "ends_at").union(
        taken_by_calendars(owner, since, until).values_list("starts_at", "ends_at"),
        calendars.shut(owner.pk).values_list(Value(since), Value(until)),
        all=True,
    )
    statement, values = _sql(spans)
    moment = _MOMENT[connection.vendor]
    statement = _ISLANDS.format(spans=statement, moment=moment)
    if with_meetings:
        starts, of_meetings = _sql(meetings.values_list("starts_at"))
        statement, values = _AND_MEETINGS.format(islands=statement, starts=starts, moment=moment), values + of_meetings
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    of_spans = ((_moment(starts), _moment(ends)) for starts, ends, _meeting in rows if starts is not None)
    islands = sorted((max(starts, since), min(ends, until)) for starts, ends in of_spans)
    return Taken(_in_pieces(islands), [_moment(meeting) for *_span, meeting in rows if meeting is not None])


def taken_by_calendars(owner: Owner, since: datetime, until: datetime) -> "QuerySet[BusyTime]":
    """What stands in the owner's own calendars and reaches into this span; not O-Key's entries, which are meetings."""
    ours = Invitation.objects.filter(pk=OuterRef("uid_of_okey"), meeting__owner=owner)
    groups = Meeting.objects.filter(pk=OuterRef("uid_of_okey"), owner=owner, is_group=True)
    return calendars.times(owner.pk, since, until).filter(~Exists(ours), ~Exists(groups))


def _sql(rows: "QuerySet[Any, Any]") -> tuple[str, tuple[Any, ...]]:
    statement, values = rows.query.sql_with_params()
    return statement, tuple(values)


def _moment(value: float | str) -> datetime:
    if isinstance(value, float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _in_pieces(islands: list[Span]) -> list[Span]:
    """The same time, none longer than a day (`MARGIN`)."""
    pieces = []
    for starts, ends in islands:
        while ends - starts > DAY:
            pieces.append((starts, starts + DAY))
            starts += DAY
        pieces.append((starts, ends))
    return pieces
