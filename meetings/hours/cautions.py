"""What an owner is told of a time before they take it: they may take any, and should know what speaks against it."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.hours import availability
from meetings.hours.taken import taken_by_calendars
from meetings.hours.wall_clock import day_begins
from meetings.hours.words import ranges_words
from meetings.models import Meeting
from meetings.times import is_at_night, span_words, zone_words
from okey.contacts.models import Contact
from okey.owners.models import Owner

#: Of each kind.
SHOWN = 3
LONGEST = timedelta(minutes=Meeting.MINUTES_MAX)


def cautions(
    owner: Owner, contact: Contact, starts_at: datetime, ends_at: datetime, *, ignoring: Collection[UUID] = ()
) -> list[str]:
    """Sentences for the owner, on their clocks; none where nothing speaks against it. `ignoring`: what is moved."""
    others = Meeting.objects.filter(owner=owner, cancelled_at=None).select_related("contact")
    others = others.exclude(pk__in=ignoring) if ignoring else others
    overlapping = others.filter(starts_at__lt=ends_at, ends_at__gt=starts_at, starts_at__gt=starts_at - LONGEST)
    met = list(overlapping.order_by("starts_at", "pk")[:SHOWN])
    same_day = _of_day(others.filter(contact=contact), starts_at, owner.timezone)
    return [
        *_night(contact, starts_at, ends_at),
        *(_meeting(_("You meet %(name)s then: “%(title)s”, %(when)s."), one, owner) for one in met),
        *_calendars(owner, starts_at, ends_at),
        *_hours(owner, starts_at, ends_at),
        *(
            _meeting(_("You meet %(name)s on that day already: “%(title)s”, %(when)s."), one, owner)
            for one in same_day.order_by("starts_at", "pk")[: SHOWN + len(met)]
            if one not in met
        ),
    ]


def _night(contact: Contact, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    zone = contact.timezone
    if zone and is_at_night(starts_at, ends_at, zone):
        when, where = span_words(starts_at, ends_at, zone), zone_words(zone, starts_at)
        text = _("It is night for %(name)s then: %(when)s, %(zone)s.")
        yield text % {"name": contact.name, "when": when, "zone": where}


def _meeting(text: str, meeting: Meeting, owner: Owner) -> str:
    when = span_words(meeting.starts_at, meeting.ends_at, owner.timezone)
    return text % {"name": meeting.with_whom, "title": meeting.title, "when": when}


def _calendars(owner: Owner, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    for entry in taken_by_calendars(owner, starts_at, ends_at).order_by("starts_at")[:SHOWN]:
        when = span_words(entry.starts_at, entry.ends_at, owner.timezone)
        yield _("Your calendar has something then: %(when)s.") % {"when": when}


def _hours(owner: Owner, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    if availability.is_open(owner, starts_at, ends_at):
        return
    day = starts_at.astimezone(owner.timezone).date()
    hours, name = ranges_words(availability.hours_on(owner, day)), date_format(day, "D j M Y")
    if hours:
        yield _("Your meeting times on %(day)s are %(hours)s.") % {"day": name, "hours": hours}
    else:
        yield _("%(day)s is a day off in your meeting times.") % {"day": name}


def _of_day(meetings: "QuerySet[Meeting]", moment: datetime, zone: ZoneInfo) -> "QuerySet[Meeting]":
    day = moment.astimezone(zone).date()
    begins, ends = (day_begins(one).replace(tzinfo=zone) for one in (day, day + timedelta(days=1)))
    return meetings.filter(starts_at__gte=begins, starts_at__lt=ends)
