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
#: Whatever else stands beside it, this was not understood.
IN_THE_DARK = re.compile(r"did not understand|What did you mean by|does not look like an e-mail")
#: That a time cannot be had: with the reason, or with the time itself.
REASON = re.compile(r"too soon|outside|as far as|no hours on|That day is over|That time has passed|no free time")
CANNOT = re.compile(rf"{REASON.pattern}|not free|Nothing is free|cannot be had|just taken")
TOOK = re.compile(r"I took (?P<day>\w{3} \d{1,2} \w{3})(?: \d{4})?(?:, (?P<at>\d\d:\d\d))?")
IDLE = frozenset({"decline", "thanks", "keep", "wait", "smalltalk", "language"})
PASSED_ON = r"passed (?:your question|this) on|has your message"
TOPICS = {
    "duration": r"take 30 minutes", "place": r"^Where: ", "video": r"^How you meet: ", "cost": PASSED_ON,
    "are_you_human": r"I am a bot, no human", "zone": r"I say times in |15:00–15:30, Europe/Berlin",
    "who": r"The meeting is with Alice", "guests": r"can invite one person",
    "help": r"I find a free time with", "hours": r"hours: Mon 09:00–17:00.*as far as",
    "when": r"(?:meeting is|have a meeting) on Tue 24 Nov 2026, 15:00", "link": r"How to join is on your meeting page",
    "mail": PASSED_ON, "running_late": r"that you are running late", "change": r"“move it” or “cancel it”",
    "privacy": PASSED_ON, "languages": r"only understand English", "why_name": rf"on the invitation|{PASSED_ON}",
    "why_email": rf"where the invitation goes|{PASSED_ON}", "phone": PASSED_ON, "other": PASSED_ON,
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
    #: "Do you mean 24 November or 30 November?"
    days_asked: tuple[date, ...]
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
            tuple(date.fromisoformat(value[4:]) for value in message.values.values() if value.startswith("day:")),
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
        if self.before.meetings != self.after.meetings or not self._took_what_it_says():
            return "SILENT"
        in_the_dark = IN_THE_DARK.search(self.after.text) is not None
        if not in_the_dark and any(self._fits(reading) for reading in self.row["means"]):
            return "understood"
        if not self._asked():
            return "SILENT"
        return "understood" if "ask" in self.row else "asked"

    @property
    def _all(self) -> list[dict[str, Any]]:
        """What may be taken, or proposed where something is asked."""
        return [*self.row["means"], *self.row.get("ask", [])]

    def _asked(self) -> bool:
        """Nothing was taken that no reading has, and all that is proposed lies in a reading."""
        after, before, text = self.after.state, self.before.state, self.after.text
        is_told = any(reading.get("fits") is False for reading in self._all) and self._says_it_cannot_be(self._all[0])
        is_choice = bool(self.after.offered) and "ask" in self.row and self._all and self._proposes_readings()
        if not (ASKS.search(text) or is_told or is_choice):
            return False
        return after.chosen in {before.chosen, None} and self._keeps_person() and self._proposes_readings()

    def _keeps_person(self) -> bool:
        after, before = self.after.state, self.before.state
        names = {_plain(one["name"]) for one in self._all if "name" in one} | {_plain(before.name)}
        emails = {one["email"].lower() for one in self._all if "email" in one} | {before.email.lower()}
        is_same = (_plain(after.name), after.email.lower()) == (_plain(before.name), before.email.lower())
        return is_same or (_plain(after.name) in names and after.email.lower() in emails)

    def _proposes_readings(self) -> bool:
        timed = [one for one in self._all if {"exact", "windows", "options", "pick", "not_pick"} & set(one)]
        if (
            self.after.days_asked
            and timed
            and not all(any(self._has_day(one, day) for one in timed) for day in self.after.days_asked)
        ):
            return False
        offered = self.after.offered
        if not offered or CANNOT.search(self.after.text) or offered == self.before.offered:
            return True
        if not timed and not self.row["means"]:
            return True
        if "ask" in self.row:  # which of its readings is asked
            return all(any(self._may_be(one, start) for one in timed) for start in offered)
        return any(all(self._may_be(one, start) for start in offered) for one in timed) or self._keeps_pick(offered)

    def _keeps_pick(self, offered: tuple[datetime, ...]) -> bool:
        """Fewer of those that were offered, with the one that was picked still among them."""
        picks = [OFFERED[one["pick"] - 1] for one in self._all if "pick" in one]
        return set(offered) <= set(self.before.offered) and any(pick in offered for pick in picks)

    def _may_be(self, reading: dict[str, Any], start: datetime) -> bool:
        zone = ZoneInfo(reading.get("zone", self.row["zone"]))
        if "windows" in reading:
            return self._admits(start, reading["windows"], reading.get("excluded", []), zone)
        if "pick" in reading:
            return start == OFFERED[reading["pick"] - 1]
        if "not_pick" in reading:
            return start not in {OFFERED[number - 1] for number in reading["not_pick"]}
        return start in {_moment(text, zone) for text in reading.get("options", [reading.get("exact")])}

    def _has_day(self, reading: dict[str, Any], day: date) -> bool:
        if "windows" in reading:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
            days = [{**one, "from": "00:00", "to": "24:00"} for one in reading["windows"]]
            return any(_within(noon, one, BERLIN) for one in days)
        if "pick" in reading or "not_pick" in reading:
            return day == OFFERED[0].date()
        return day.isoformat() in {text[:10] for text in reading.get("options", [reading.get("exact")])}

    def _took_what_it_says(self) -> bool:
        """ "I took Fri 27 Nov": a day, and a time, that some reading has."""
        match = TOOK.search(self.after.text)
        if match is None or ("ask" in self.row and not self._all):
            return True
        year = 2027 if "Jan" in match["day"] else 2026
        day = datetime.strptime(f"{match['day']} {year}", "%a %d %b %Y").replace(tzinfo=UTC).date()
        return any(
            self._has_day(one, day) and (match["at"] is None or self._has_time(one, match["at"]))
            for one in self._all
            if {"exact", "windows", "options", "pick", "not_pick"} & set(one)
        )

    @staticmethod
    def _has_time(reading: dict[str, Any], at: str) -> bool:
        texts = reading.get("options", [reading["exact"]] if "exact" in reading else [])
        return at in {text[11:] for text in texts}

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
            is_open = self.after.state.chosen is None and bool(self.after.offered)
            checks.append(is_open and not refused & set(self.after.offered))
        if reading.get("minutes", 30) != 30:
            checks.append("30 minutes" in self.after.text)
        if self.row["after"] != "booked":
            checks.append(self._is_person(reading))
        return all(checks)

    def _is_person(self, reading: dict[str, Any]) -> bool:
        """The name and the address that it tells, and where it tells none, those that stood.

        Beside another state than the one that asks for it, either may be asked for again.
        """
        after, before = self.after.state, self.before.state
        names, emails = {_plain(before.name)}, {before.email.lower()}
        if "name" in reading:
            is_asked = self.row["after"] == "name"
            names = {_plain(reading["name"])} if is_asked or reading.get("act") else {_plain(reading["name"]), ""}
        if "email" in reading:
            is_asked = self.row["after"] == "email"
            emails = {reading["email"].lower()} if is_asked or reading.get("act") else {reading["email"].lower(), ""}
        if reading.get("act", "").startswith("correct_"):
            names.add("")
            emails.add("")
        return _plain(after.name) in names and after.email.lower() in emails

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
        if reading.get("act") in IDLE and not set(self.after.offered) <= set(before.offered):
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
        return chosen in {None, self.before.state.chosen} and self._says_it_cannot_be(
            {"exact": f"{moment:%Y-%m-%dT%H:%M}"}
        )

    def _says_it_cannot_be(self, reading: dict[str, Any]) -> bool:
        """With the reason, or naming the time."""
        text = self.after.text
        named = [one[11:] for one in reading.get("options", [reading["exact"]] if "exact" in reading else [])]
        is_named = not named or any(one in text for one in named)
        return bool(REASON.search(text) or (CANNOT.search(text) and is_named))

    def _is_one_of(self, moments: list[datetime], *, fits: bool) -> bool:
        if not fits:
            return self._says_it_cannot_be({"options": [f"{moment:%Y-%m-%dT%H:%M}" for moment in moments]})
        taken = self._taken()
        return bool(taken) and all(moment in moments for moment in taken)

    def _is_within(self, reading: dict[str, Any], zone: ZoneInfo) -> bool:
        excluded = reading.get("excluded", [])
        taken = self._taken()
        if any(_within(start, one, zone) for start in taken for one in excluded):
            return False
        if not reading["fits"]:
            is_kept = self.after.state.chosen in {None, self.before.state.chosen}
            return is_kept and bool(CANNOT.search(self.after.text))
        wanted = [start for start in FREE if self._admits(start, reading["windows"], excluded, zone)]
        if "edge" in reading:
            edge = min(wanted) if reading["edge"] == "first" else max(wanted)
            return edge in taken and all(start in wanted for start in taken)
        if not taken or not all(start in wanted for start in taken):
            return False
        if self.after.state.chosen is not None:  # of several that were meant none is chosen for the client
            return len(wanted) == 1
        return self._wish_is_within(reading, wanted, zone)

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
            is_proposed = after.proposed is not None and after.proposed != before.proposed
            return not is_proposed and bool(re.search(TOPICS[act.partition(":")[2]], text, re.MULTILINE))
        if act in {"cancel", "move", "book_another"}:
            return self._is_about_the_meeting(act, is_booked=is_booked)
        if act == "correct_email":
            if "email" in reading:
                return reading["email"].lower() in {one.lower() for one in self.after.addresses}
            return bool(re.search(r"To which e-mail address|has your message|passed", text))
        if act == "correct_name":
            return self.after.is_waiting or "What is your name?" in text
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
        if act in IDLE and (self.after.is_waiting or after.task not in {before.task, None}):
            return False
        if act == "decline":
            return after.proposed is None and "Which of these" not in text
        return after.proposed is None and after.chosen == before.chosen

    def _is_about_the_meeting(self, act: str, *, is_booked: bool) -> bool:
        after, text = self.after.state, self.after.text
        if act == "book_another":
            is_asked = after.task is None and "Shall I move it, or book another one?" in text
            return after.task == "meet" or is_asked
        if not is_booked:
            return "only see meetings" in text or bool(ASKS.search(text))
        if act == "cancel":
            return after.proposed == "cancel"
        return after.task == "move" or "Shall I move it, or book another one?" in text


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
