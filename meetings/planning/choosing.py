"""What the form says of its time: what could be chosen, what was, and what speaks against it."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.bot.understanding.cleaning import clean
from meetings.hours.cautions import cautions
from meetings.hours.suggesting import Suggestion, next_for_both, suggestion
from meetings.hours.words import minutes_words
from meetings.models import Meeting
from meetings.planning import series_dates, typed
from meetings.planning.series_dates import Date
from meetings.scheduling import Plan
from meetings.times import span_words, zone_words
from okey.contacts.models import Contact
from okey.owners.models import Owner

LENGTHS = (15, 30, 45, 60)
#: What is typed as a time.
TYPED_MAX = 100
#: The form goes on with these: something is filled in, nothing is scheduled.
STEPS = ("pick", "length", "look")


@dataclass(frozen=True)
class Length:
    minutes: int
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class Chosen:
    """The time that is in the form, on both clocks, and what speaks against it."""

    mine: str
    theirs: str
    cautions: list[str]
    #: All of a series that is to be made; those that follow in one that is moved.
    dates: list[Date] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Of what was said: who goes on anyway has read this, and nothing else. Dates are always to be read."""
        if not self.cautions and not self.dates:
            return ""
        said = [self.mine, *self.cautions, *(one.said for one in self.dates)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Filled:
    """What a step made of the form; `text` is left in the box where `question` asks about it."""

    given: dict[str, Any]
    text: str = ""
    question: str = ""


@dataclass(frozen=True)
class Choice:
    contact: Contact
    suggestions: list[Suggestion]
    lengths: list[Length]
    chosen: Chosen | None
    filled: Filled = field(default_factory=lambda: Filled({}))

    @property
    def zone(self) -> str:
        """The contact's, as people read it."""
        return self.contact.zone_name


def is_step(data: Mapping[str, str], query: Mapping[str, str]) -> bool:
    return bool(data.get("when", "").strip()) or any(name in data or name in query for name in STEPS)


def filled(data: Mapping[str, str], zone: ZoneInfo) -> Filled:
    """A button's moment or length, or what was typed as a time, put into the fields for them."""
    given: dict[str, Any] = {**data, "by_mail": "by_mail" in data}
    if (picked := moment_in(data.get("pick", ""))) is not None:
        return Filled(given | fields_of(picked.astimezone(zone)))
    if "length" in data:
        return Filled(given | {"minutes": data["length"][:5]})
    text = clean(data.get("when", "")[:TYPED_MAX]).kept
    if not text:
        return Filled(given)
    said = typed.read(text, timezone.localtime(timezone=zone))
    if said.day is not None:
        given["date"] = said.day.isoformat()
        given["time"] = ""
    if said.at is not None:
        given["time"] = f"{said.at:%H:%M}"
    if said.minutes is not None:
        given["minutes"] = said.minutes
    return Filled(given, text if said.question else "", said.question)


def fields_of(wall: datetime) -> dict[str, str]:
    return {"date": wall.date().isoformat(), "time": f"{wall:%H:%M}"}


def wall_in(text: str, zone: ZoneInfo) -> datetime | None:
    """The wall time there that a link to the form names, itself or as a moment; None as in `moment_in`."""
    moment = moment_in(text)
    if moment is not None:
        return moment.astimezone(zone).replace(tzinfo=None)
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall if wall.tzinfo is None and 2000 < wall.year < 3000 else None


def moment_in(text: str) -> datetime | None:
    """What a button or a link names; None where it is none, or not one that a meeting could have."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_near = moment.tzinfo is not None and 2000 < moment.year < 3000
    return moment.astimezone(UTC) if is_near else None


def choice(
    owner: Owner, contact: Contact, form: Any, done: Filled | None = None, *, ignoring: UUID | None = None
) -> Choice:
    """`form`: a MeetingForm. Bounded: a handful of queries, however much the owner has."""
    now = form.chosen()
    starts_at, minutes = now or (None, _minutes(form))
    since = _day_chosen(form, owner.timezone)
    free = next_for_both(owner, contact.timezone or None, minutes=minutes, since=since, ignoring=ignoring)
    lengths = sorted({*LENGTHS, minutes} if minutes else LENGTHS)
    return Choice(
        contact,
        [suggestion(slot.starts_at, owner, contact.timezone or None, chosen=starts_at) for slot in free],
        [Length(one, minutes_words(one), one == minutes) for one in lengths],
        chosen(owner, contact, form, ignoring=ignoring),
        done or Filled({}),
    )


def chosen(owner: Owner, contact: Contact, form: Any, *, ignoring: UUID | None = None) -> Chosen | None:
    """What the form's time would be; None where it has none yet. With dates it is a series."""
    now = form.chosen()
    if now is None:
        return None
    starts_at, minutes = now
    if repeat := form.repeat():
        dates = series_dates.of_new(owner, contact, starts_at, minutes, repeat, form.left_out)
        one = _on_clocks(owner, contact, starts_at, minutes)
        return replace(one, dates=dates)
    others = form.others()
    moving = [other.pk for other in others if str(other.pk) not in form.left_out]
    at = chosen_at(owner, contact, starts_at, minutes, ignoring=ignoring, moving=moving)
    if not others:
        return at
    plan = Plan(title=form.meeting.title, starts_at=starts_at, minutes=minutes, agenda=form.meeting.agenda)
    return replace(at, dates=series_dates.of_moved(form.meeting, others, plan, form.left_out))


def chosen_at(
    owner: Owner,
    contact: Contact,
    starts_at: datetime,
    minutes: int,
    *,
    ignoring: UUID | None = None,
    moving: Collection[UUID] = (),
) -> Chosen:
    """`ignoring`: the meeting that is moved; what speaks against the time that it has already is not said again.

    `moving`: those that are moved with it, and do not stand in its way either.
    """
    ends_at = starts_at + timedelta(minutes=minutes)
    is_as_it_was = (
        Meeting.objects.filter(pk=ignoring, starts_at=starts_at, minutes=minutes).exists() if ignoring else False
    )
    away = [ignoring, *moving] if ignoring else moving
    said = [] if is_as_it_was else cautions(owner, contact, starts_at, ends_at, ignoring=away)
    return replace(_on_clocks(owner, contact, starts_at, minutes), cautions=said)


def _on_clocks(owner: Owner, contact: Contact, starts_at: datetime, minutes: int) -> Chosen:
    ends_at = starts_at + timedelta(minutes=minutes)
    return Chosen(_on_clock(starts_at, ends_at, owner.timezone), _theirs(contact, starts_at, ends_at), [])


def _theirs(contact: Contact, starts_at: datetime, ends_at: datetime) -> str:
    return _on_clock(starts_at, ends_at, contact.timezone) if contact.timezone else ""


def _on_clock(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    words = {"when": span_words(starts_at, ends_at, zone), "zone": zone_words(zone, starts_at)}
    return _("%(when)s, %(zone)s") % words


def _day_chosen(form: Any, zone: ZoneInfo) -> datetime | None:
    """When the day begins that has no time yet."""
    day = moment_in(f"{form['date'].value() or ''}T00:00Z") if not form["time"].value() else None
    return datetime.combine(day.date(), time(), zone).astimezone(UTC) if day else None


def _minutes(form: Any) -> int | None:
    value = str(form["minutes"].value() or "")
    return int(value) if value.isdecimal() and len(value) < 5 and 0 < int(value) <= Meeting.MINUTES_MAX else None
