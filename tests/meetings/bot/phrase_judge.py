"""Whether the bot's answer to a phrase is a right one, by the rules in phrases/README.md. Knows nothing of the"
" grammar."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from meetings.bot.models import Conversation, Message
from meetings.bot.state import State

FOLDER = Path(__file__).parent / "phrases"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
OFFERED = [datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN) + timedelta(minutes=30 * step) for step in range(5)]
CHOSEN = datetime(2026, 11, 25, 11, 0, tzinfo=BERLIN)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: How the bot says that it does not know what was meant.
ASKS = re.compile(
    r"did not understand|What did you mean by|Do you mean|Which time zone is that|I don’t know the time zone"
    r"|does not look like an e-mail|Which of the two|Shall I move it, or book|your own address"
    r"|Which meeting do you mean"
    r"|What shall I change|Tell me a city|only understand English"
)
CANNOT = re.compile(
    r"not free|Nothing is free|cannot be had|too soon|outside|as far as|no hours on|That day is over|no free time"
    r"|just taken"
)
TOPICS = {
    "duration": r"30 minutes", "place": r"Where|video", "video": r"video", "cost": r"passed your question",
    "are_you_human": r"I am a bot", "zone": r"Europe/Berlin", "who": r"with Alice", "guests": r"one person",
    "help": r"I am a bot|I find a free time", "hours": r"09:00|hours|as far as", "when": r"Tue 24 Nov",
    "link": r"meeting page",
    "mail": r"passed|has your message|invitation", "running_late": r"running late", "change": r"move|cancel",
    "privacy": r"passed|has your",
    "languages": r"English", "why_name": r"name", "why_email": r"e-mail|address", "phone": r"passed|has your",
    "other": r"passed|has your",
}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines() if line]


def free_starts() -> list[datetime]:
    """All that the scene has, by its rules."""
    starts = []
    for step in range(61):
        day = date(2026, 11, 23) + timedelta(days=step)
        if day.weekday() < 5:
            begin = datetime(day.year, day.month, day.day, 9, tzinfo=BERLIN)
            starts += [begin + timedelta(minutes=30 * slot) for slot in range(16)]
    return [start for start in starts if start >= NOW + timedelta(hours=4)]


FREE = free_starts()


@dataclass(frozen=True)
class Stand:
    """Where a conversation stands, and what the bot said last."""

    state: State
    text: str
    offered: tuple[datetime, ...]
    is_waiting: bool
    meetings: tuple[Any, ...]
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, conversation: Conversation, message: Message) -> "Stand":
        from meetings.models import Invitation, Meeting  # noqa: PLC0415

        conversation.refresh_from_db()
        moments = [value[3:] for value in message.values.values() if value.startswith("at:")]
        return cls(
            State.load(conversation.state),
            message.text,
            tuple(datetime.fromisoformat(moment) for moment in moments),
            conversation.is_waiting,
            tuple(Meeting.objects.order_by("pk").values_list("pk", "starts_at", "cancelled_at")),
            tuple(Invitation.objects.order_by("pk").values_list("email", flat=True)),
        )


class Judge:
    def __init__(self, row: dict[str, Any], before: Stand, after: Stand) -> None:
        self.row, self.before, self.after = row, before, after
        self.zone = ZoneInfo(row["zone"])

    def verdict(self) -> str:
        """understood, asked or SILENT"""
        if self.before.meetings != self.after.meetings:
            return "SILENT"
        if any(self._fits(reading) for reading in self.row["means"]):
            return "understood"
        if not self._asked():
            return "SILENT"
        return "understood" if "ask" in self.row else "asked"

    def _asked(self) -> bool:
        after, before = self.after.state, self.before.state
        is_told = not self.row["means"] and CANNOT.search(self.after.text)
        picks = {OFFERED[one["pick"] - 1] for one in self.row["means"] if "pick" in one} if "ask" in self.row else set()
        if not (ASKS.search(self.after.text) or is_told or (picks and picks >= set(self.after.offered))):
            return False
        if after.chosen not in {before.chosen, None} or (after.name, after.email) != (before.name, before.email):
            return False
        readings = [
            one for one in self.row["means"] + self.row.get("ask", []) if {"exact", "windows", "options"} & set(one)
        ]
        if (
            not self.after.offered
            or not readings
            or "What did you mean by" not in self.after.text
            or CANNOT.search(self.after.text)
        ):
            return True
        return any(self._may_hold(one) for one in readings)

    def _may_hold(self, reading: dict[str, Any]) -> bool:
        """The offers contradict no reading: each lies on a day that it names."""
        zone = ZoneInfo(reading.get("zone", self.row["zone"]))
        if "windows" in reading:
            days = [{**one, "from": "00:00", "to": "24:00"} for one in reading["windows"]]
            return all(any(_within(start, one, zone) for one in days) for start in self.after.offered)
        named = {_moment(text, zone).date() for text in reading.get("options", [reading.get("exact")])}
        return all(start.astimezone(zone).date() in named for start in self.after.offered)

    # --- Readings -------------------------------------------------------------------------------------------

    def _fits(self, reading: dict[str, Any]) -> bool:
        zone = ZoneInfo(reading.get("zone", self.row["zone"]))
        checks = [self._keeps_the_rest(reading)]
        if "act" in reading:
            checks.append(self._acts(reading))
        if "zone" in reading:
            checks.append(self._is_in(zone))
        if "exact" in reading:
            checks.append(self._is_exactly(_moment(reading["exact"], zone), fits=reading["fits"]))
        if "options" in reading:
            checks.append(self._is_one_of([_moment(text, zone) for text in reading["options"]], fits=reading["fits"]))
        if "windows" in reading:
            checks.append(self._is_within(reading, zone))
        if "pick" in reading:
            checks.append(self.after.state.chosen == OFFERED[reading["pick"] - 1])
        if "not_pick" in reading:
            refused = {OFFERED[number - 1] for number in reading["not_pick"]}
            checks.append(not refused & {self.after.state.chosen, *self.after.offered})
        if reading.get("minutes", 30) != 30:
            checks.append("30 minutes" in self.after.text)
        if "name" in reading and reading.get("act") != "correct_name":
            checks.append(_plain(self.after.state.name) == _plain(reading["name"]))
        if "email" in reading and reading.get("act") != "correct_email":
            checks.append(self.after.state.email.lower() == reading["email"].lower())
        return all(checks)

    def _keeps_the_rest(self, reading: dict[str, Any]) -> bool:
        """Nothing else was taken than the reading says."""
        after, before = self.after.state, self.before.state
        is_timed = {"exact", "options", "windows", "pick", "not_pick"} & set(reading)
        may_change = {
            "move",
            "decline",
            "cancel",
            "other_times",
            "later",
            "earlier",
            "book_another",
            "human",
        }
        if not is_timed and reading.get("act") not in may_change and after.chosen != before.chosen:
            return False
        if self.row["after"] in {"name", "email"} and not is_timed and "act" not in reading and self.after.is_waiting:
            return False
        if "zone" not in reading:
            return _offset(after.zone or BERLIN) == _offset(self.zone)
        return True

    def _is_in(self, zone: ZoneInfo) -> bool:
        at = self.after.state.chosen or (self.after.offered[0] if self.after.offered else NOW)
        now = self.after.state.zone or BERLIN
        return _offset(now, at) == _offset(zone, at) and str(now).replace("_", " ") in self.after.text

    def _taken(self) -> list[datetime]:
        chosen = self.after.state.chosen
        return [chosen] if chosen is not None else list(self.after.offered)

    def _is_exactly(self, moment: datetime, *, fits: bool) -> bool:
        chosen, offered = self.after.state.chosen, self.after.offered
        if fits:
            return chosen == moment or (chosen is None and bool(offered) and offered[0] == moment)
        return chosen in {None, self.before.state.chosen} and bool(CANNOT.search(self.after.text))

    def _is_one_of(self, moments: list[datetime], *, fits: bool) -> bool:
        if not fits:
            return bool(CANNOT.search(self.after.text))
        taken = self._taken()
        return bool(taken) and all(moment in moments for moment in taken)

    def _is_within(self, reading: dict[str, Any], zone: ZoneInfo) -> bool:
        excluded = reading.get("excluded", [])
        taken = self._taken()
        if any(_within(start, one, zone) for start in taken for one in excluded):
            return False
        if not reading["fits"]:
            return bool(CANNOT.search(self.after.text))
        wanted = [start for start in FREE if self._admits(start, reading["windows"], excluded, zone)]
        if "edge" in reading:
            edge = min(wanted) if reading["edge"] == "first" else max(wanted)
            return edge in taken and all(start in wanted for start in taken)
        if not taken or not all(start in wanted for start in taken):
            return False
        return self.after.state.chosen is not None or self._wish_is_within(reading, wanted, zone)

    def _wish_is_within(self, reading: dict[str, Any], wanted: list[datetime], zone: ZoneInfo) -> bool:
        wish = self.after.state.wish
        if wish is None:
            return len(wanted) == len(FREE)
        now = self.after.state.zone or BERLIN
        admitted = [start for start in FREE if wish.admits(start, start + timedelta(minutes=30), now)]
        if any(start not in wanted for start in admitted):
            return False
        reached = [[start for start in wanted if self._admits(start, [one], [], zone)] for one in reading["windows"]]
        return all(not some or set(some) & set(admitted) for some in reached)

    @staticmethod
    def _admits(start: datetime, windows: list[Any], excluded: list[Any], zone: ZoneInfo) -> bool:
        is_in = any(_within(start, one, zone) for one in windows)
        return is_in and not any(_within(start, one, zone) for one in excluded)

    # --- Acts -----------------------------------------------------------------------------------------------

    def _acts(self, reading: dict[str, Any]) -> bool:
        act, after, before, text = reading["act"], self.after.state, self.before.state, self.after.text
        is_booked = self.row["after"] == "booked"
        if act.startswith("question:"):
            return self.after.is_waiting or bool(re.search(TOPICS[act.partition(":")[2]], text))
        if act == "cancel":
            return after.proposed == "cancel" if is_booked else "only see meetings" in text or bool(ASKS.search(text))
        if act == "move":
            return after.task == "move" if is_booked else "only see meetings" in text or bool(ASKS.search(text))
        if act == "book_another":
            return after.task == "meet" or (after.task is None and bool(ASKS.search(text)))
        if act == "correct_email":
            is_done = "email" in reading and reading["email"] in self.after.addresses
            return is_done or bool(re.search(r"e-mail address|has your message|passed", text))
        if act == "correct_name":
            return self.after.is_waiting or "name" in text
        if act in {"later", "earlier"}:
            offered = self.after.offered
            return bool(offered) and all(
                start > OFFERED[-1] if act == "later" else start < OFFERED[0] for start in offered
            )
        if act == "other_times":
            return bool(self.after.offered) and not set(self.after.offered) & set(before.offered)
        if act == "language":
            return "English" in text and "calendar" in text
        if act == "human":
            return self.after.is_waiting
        if act == "decline":
            return after.proposed is None and "Which of these" not in text
        return after.proposed is None and after.chosen == before.chosen


def _within(start: datetime, window: dict[str, Any], zone: ZoneInfo) -> bool:
    local = start.astimezone(zone)
    days = window.get("days")
    if days and not any(first <= local.date().isoformat() <= last for first, last in days):
        return False
    if "weekdays" in window and WEEKDAYS[local.weekday()] not in window["weekdays"]:
        return False
    return str(window.get("from", "00:00")) <= f"{local:%H:%M}" < str(window.get("to", "24:00"))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def _offset(zone: ZoneInfo, at: datetime = NOW) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _plain(name: str) -> str:
    return name.strip().rstrip(".,!?;:").strip().casefold()
