"""What a language model may say: one of these objects, to the letter. All else is as if it had said nothing.

Whatever it says, it is no more than a client could have typed: no agreement, no name, no address, no text that is kept
or shown, no moment that was not offered.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from meetings.bot.understanding.hours import AROUND
from meetings.bot.understanding.intents import Act, Scene, Understood
from meetings.bot.understanding.questions import Topic
from meetings.bot.understanding.wanted_times import ALL_WEEK, WHOLE_DAY, Days, Hours, Window, Wish
from okey.owners.zones import known_zone

#: Days that it may name, from the client's today: what is over is answered with that, what is far away likewise.
BACK, AHEAD = timedelta(days=31), timedelta(days=731)
WINDOWS, UNWANTED = 4, 3
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Another length than those there are: it is told which there are.
OTHER_LENGTH = 0
#: Acts that may have times with them.
TIMED = frozenset({Act.MEET, Act.MOVE, Act.ANOTHER, Act.NO, Act.MORE, Act.EARLIER, Act.LATER})

Clock = Annotated[str, StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Said = Literal[
    "meet", "pick", "tell", "yes", "no", "move", "cancel", "more", "earlier", "later", "about_meeting", "another",
    "restart", "human", "ask", "help", "thanks", "bye", "greet", "small_talk", "unknown",
]  # fmt: skip
Topics = Literal[
    "length", "video", "where", "zone", "who", "cost", "guest", "late", "prepare", "robot", "hours", "languages",
    "change", "other",
]  # fmt: skip


class Unusable(Exception):
    """It said something else than it may. What it said is in no line of a log."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Span(_Strict):
    """Days and hours, each of them where something was said of it."""

    first: date | None = None
    last: date | None = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = []
    since: Clock | None = None
    until: Clock | None = None
    at: Clock | None = None
    around: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError("the last day is before the first")
        if self.at == "24:00" or (self.at is not None and (self.since or self.until)) or (self.around and not self.at):
            raise ValueError("at is a time of its own")
        if _minute(self.since) >= _minute(self.until, WHOLE_DAY):
            raise ValueError("the hours end before they begin")
        return self

    def days(self, today: date) -> Days | None:
        """Raises Unusable for days that nobody means."""
        if self.first is None and self.last is None and not self.weekdays:
            return None
        first = self.first or today
        last = self.last or (first if self.first and not self.weekdays else today + AHEAD)
        if not today - BACK <= first <= last <= today + AHEAD:
            raise Unusable("days")
        weekdays = frozenset(map(WEEKDAYS.index, self.weekdays)) or ALL_WEEK
        return Days(first, last, weekdays)

    @property
    def hours(self) -> Hours | None:
        if self.at is not None:
            minute = _minute(self.at)
            if not self.around:
                return Hours.at(minute, is_half_told=True)
            return Hours(max(0, minute - AROUND // 2), min(WHOLE_DAY, minute + AROUND), minute)
        if self.since is None and self.until is None:
            return None
        return Hours(_minute(self.since), _minute(self.until, WHOLE_DAY))

    def window(self, today: date) -> Window:
        return Window(days=self.days(today), hours=self.hours)


class Wanted(Span):
    latest: bool = False
    unwanted: Annotated[list[Span], Field(max_length=UNWANTED)] = []

    def window(self, today: date) -> Window:
        unwanted = tuple(one.window(today) for one in self.unwanted)
        return replace(super().window(today), is_latest_first=self.latest, unwanted=unwanted)


class Answer(_Strict):
    act: Said
    times: Annotated[list[Wanted], Field(max_length=WINDOWS)] = []
    pick: int | None = None
    zone: Annotated[str, StringConstraints(max_length=50)] | None = None
    topic: Topics | None = None
    length: int | Literal["other"] | None = None
    instead: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.times and Act(self.act) not in TIMED:
            raise ValueError("this act has no times")
        if (self.pick is not None) is not (self.act == "pick") or (self.topic is not None) is not (self.act == "ask"):
            raise ValueError("a pick has its number and a question its topic, and nothing else has")
        return self


@dataclass(frozen=True)
class Bounds:
    """What an answer is held against: the scene, and how long meetings can be."""

    scene: Scene
    lengths: tuple[int, ...]


def read(said: str, bounds: Bounds) -> Understood | None:
    """What it means; None where it does not know either. Raises Unusable."""
    try:
        answer = Answer.model_validate_json(said)
    except (ValidationError, RecursionError):
        raise Unusable("form") from None
    if answer.act == "unknown":
        return None
    return Understood(
        act=Act(answer.act),
        wish=_wish(answer, bounds.scene.now),
        picked=_picked(answer, bounds.scene),
        zone=_zone(answer),
        topic=Topic(answer.topic) if answer.topic else None,
        minutes=_minutes(answer, bounds.lengths),
        is_instead=answer.instead,
    )


def _wish(answer: Answer, now: datetime) -> Wish | None:
    return Wish(tuple(one.window(now.date()) for one in answer.times)) if answer.times else None


def _picked(answer: Answer, scene: Scene) -> int | None:
    if answer.pick is None:
        return None
    if not 1 <= answer.pick <= len(scene.offered):
        raise Unusable("pick")
    return answer.pick - 1


def _zone(answer: Answer) -> ZoneInfo | None:
    if answer.zone is None:
        return None
    zone = known_zone(answer.zone)
    if zone is None:
        raise Unusable("zone")
    return zone


def _minutes(answer: Answer, lengths: tuple[int, ...]) -> int | None:
    if answer.length is None or answer.length in lengths:
        return answer.length
    if answer.length != "other":
        raise Unusable("length")
    return OTHER_LENGTH


def _minute(clock: str | None, otherwise: int = 0) -> int:
    if clock is None:
        return otherwise
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
