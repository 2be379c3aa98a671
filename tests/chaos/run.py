"""One run of one case: owners schedule, everything breaks, everything is mended, and the books are closed."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.chaos import weather
from tests.chaos.killing import Death, Killer
from tests.chaos.people import Owner
from tests.chaos.post_office import Mood as PostMood
from tests.chaos.receiver import Mood as HookMood
from tests.chaos.world import DAILY_LIMIT, World

#: What one owner schedules, of whom Zoom takes no more after a hundred.
LIMITED_MEETINGS = DAILY_LIMIT + 4
SECONDS_BETWEEN_FAULTS = 0.5
SECONDS_BETWEEN_DEATHS = 3.0
SECONDS_BETWEEN_EXPIRIES = 3.0
SECONDS_BETWEEN_MOODS = 2.0
#: Of each owner who makes their links elsewhere; Google takes ten a minute of a person, and two share one.
MEETINGS_ELSEWHERE = 6
#: Of calls to Google and Microsoft there are far fewer.
SECONDS_BETWEEN_FAULTS_ELSEWHERE = 4.0
#: One of the two who share a Google account disconnects and comes back, after so many meetings.
LEAVES_AFTER = (2, 4)
#: When one user meets the daily limit by a fault: after so many expiries.
DAILY_TURN = 16
WATCH_SECONDS = 0.25

LINKS = "SELECT id::text, join_url FROM meetings_meeting"
DEAD = """
    SELECT a.provider AS vendor, a.external_id, a.grant_no, a.pair_no, min(c.owner_id::text) AS owner
    FROM integrations_provideraccount a JOIN integrations_connection c ON c.account_id = a.id AND c.ended_at IS NULL
    WHERE a.state = 'needs_reconnect' GROUP BY a.id
"""
EXPIRE = """
    UPDATE integrations_provideraccount SET expires_at = now()
    WHERE expires_at > now() AND (external_id = %(user)s OR external_id LIKE '%%/' || %(user)s)
"""


@dataclass(frozen=True)
class Verdict:
    """A connection that O-Key called dead, and the vendor's own grant of that moment, if there was a live one."""

    vendor: str
    user: str
    grant: str | None
    #: Pairs that Zoom issued and O-Key never committed.
    missing_pairs: int
    #: When it was seen, in seconds since 1970.
    at: float


@dataclass
class Book:
    """What happened, for the checks and the table."""

    #: Meeting by request_key, as the page said.
    taken: dict[str, str] = field(default_factory=dict)
    limited: list[str] = field(default_factory=list)
    #: Link jobs that were due at once, beside what owners schedule.
    crowd: int = 0
    rescheduled: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    #: Every address that a meeting was ever seen with; "" for one that went away.
    seen: dict[str, list[str]] = field(default_factory=dict)
    #: Grants that the run itself ended at the vendors: how, and whose.
    ended: dict[str, tuple[str, str]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    reconnected: int = 0
    deaths: list[Death] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Run:
    """`breaking` takes so many seconds; `reconnecting` and `watching` go on until `close`."""

    def __init__(self, world: World, seed: int, meetings: int) -> None:
        self.world = world
        self.book = Book()
        self._seed = seed
        others = LIMITED_MEETINGS + MEETINGS_ELSEWHERE * len(world.elsewhere)
        self._per_owner = -(-(meetings - others) // (len(world.owners) - len(world.elsewhere) - 1))
        self._calm = threading.Event()
        self._over = threading.Event()
        self._background = [self._thread(self._watch), self._thread(self._reconnect)]

    def gather(self, jobs: int) -> None:
        """So many link jobs fall due at once."""
        owners = [owner.id for owner in self.world.crowd]
        if owners and jobs:
            self.world.stack._run("-m", "tests.bench.filling", "crowd", str(jobs), *owners)
            self.book.crowd = jobs

    def break_things(self, seconds: float) -> None:
        """Owners do their work while everything breaks; comes back when both are done and all processes are up."""
        killer = Killer(self.world, self._chance("killer"), self._calm)
        self.book.deaths = killer.deaths
        weathers = [partial(self._bad_weather, vendor) for vendor in self.world.stack.simulators]
        spoiling = [self._spoil_tokens, *([self._spoil_tokens_elsewhere] if self.world.elsewhere else [])]
        breaking = [self._thread(act) for act in (*weathers, *spoiling, self._bad_moods)]
        working = [self._thread(partial(self._work, owner, seconds)) for owner in self.world.owners]
        threading.Timer(seconds, self._calm.set).start()
        # In this thread: on Linux a process started here ends with the thread that started it.
        killer.run(SECONDS_BETWEEN_DEATHS)
        for thread in [*breaking, *working]:
            thread.join()
        for simulator in self.world.stack.simulators.values():
            simulator.clear_faults()
            simulator.release()
        self.world.office.mood, self.world.receiver.mood = PostMood.WELL, HookMood.WELL

    def close(self) -> None:
        self._over.set()
        for thread in self._background:
            thread.join()

    # What owners do

    def _work(self, owner: Owner, seconds: float) -> None:
        chance = self._chance(f"owner {self.world.owners.index(owner)}")
        is_limited, is_elsewhere = owner is self.world.owners[-1], owner in self.world.elsewhere
        count = LIMITED_MEETINGS if is_limited else MEETINGS_ELSEWHERE if is_elsewhere else self._per_owner
        mine: list[str] = []
        for number in range(count):
            began = time.monotonic()
            if number in LEAVES_AFTER and owner in self.world.elsewhere[:1]:
                owner.disconnect()
                owner.connect()
            meeting = self._schedule(owner, chance, number)
            mine.append(meeting)
            if is_limited:
                self.book.limited.append(meeting)
            elif chance.random() < 0.3:
                self._change(owner, chance, chance.choice(mine))
            pause = seconds * 0.85 / count - (time.monotonic() - began)
            self._calm.wait(max(0, pause))

    def _schedule(self, owner: Owner, chance: random.Random, number: int) -> str:
        key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        day = datetime.now(UTC) + timedelta(days=chance.randint(5, 20))
        plan = {"title": f"Meeting {number}", "date": f"{day:%Y-%m-%d}", "time": f"{day:%H:%M}"}
        if chance.random() < 0.5:
            plan["by_mail"] = "on"
        meeting = owner.schedule(key, **plan)
        self.book.taken[key] = meeting
        if chance.random() < 0.1 and owner.schedule(key, **plan) != meeting:
            self.book.problems.append(f"sent twice, and two meetings: {meeting}")
        if chance.random() < 0.1 and owner.schedule_differently(key, **{**plan, "title": "Twice"}) != meeting:
            self.book.problems.append(f"sent twice with another title, and no word of the first: {meeting}")
        return meeting

    def _change(self, owner: Owner, chance: random.Random, meeting: str) -> None:
        if meeting in self.book.cancelled:
            return
        if chance.random() < 0.35:
            self.book.cancelled.add(meeting)
            owner.cancel(meeting)
            return
        day = datetime.now(UTC) + timedelta(days=chance.randint(5, 20))
        plan = {"title": f"Moved {chance.randint(1, 999)}", "date": f"{day:%Y-%m-%d}", "time": f"{day:%H:%M}"}
        owner.reschedule(meeting, minutes=str(chance.choice((15, 45, 60))), **plan)
        self.book.rescheduled.add(meeting)

    def _reconnect(self) -> None:
        """Owners read "Needs reconnecting" and press the button."""
        owners = {owner.id: owner for owner in (*self.world.owners, *self.world.crowd)}
        while not self._over.wait(0.5):
            for dead in self.world.questions.rows(DEAD):
                self.book.verdicts.append(self._verdict(dead))
                owners[dead["owner"]].connect()
                self.book.reconnected += 1

    def _verdict(self, dead: dict[str, Any]) -> Verdict:
        vendor, user = dead["vendor"], dead["external_id"].rpartition("/")[2]
        grants = self.world.stack.simulators[vendor].state("grants")["grants"]
        good = [one for one in grants if one["user_id"] == user and one["alive"] and one.get("refreshes_now", True)]
        live = good[0] if good else None
        missing = live["pair_no"] - 1 - dead["pair_no"] if live and "pair_no" in live else 0
        return Verdict(vendor, user, live["id"] if live else None, missing, time.time())

    # What goes wrong

    def _bad_weather(self, vendor: str) -> None:
        is_zoom = vendor == "zoom"
        chance = self._chance("weather" if is_zoom else f"weather at {vendor}")
        pause = SECONDS_BETWEEN_FAULTS if is_zoom else SECONDS_BETWEEN_FAULTS_ELSEWHERE
        for fault in weather.faults(self.world, vendor, chance):
            if self._calm.wait(pause * chance.uniform(0.5, 1.5)):
                return
            self.world.stack.simulators[vendor].fault(**fault)

    def _bad_moods(self) -> None:
        """The mail server and the receiver of webhooks are well half of the time."""
        chance = self._chance("moods")
        while not self._calm.wait(SECONDS_BETWEEN_MOODS * chance.uniform(0.5, 1.5)):
            self.world.office.mood = chance.choice([PostMood.WELL] * (len(PostMood) - 1) + list(PostMood)[1:])
            self.world.receiver.mood = chance.choice([HookMood.WELL] * (len(HookMood) - 1) + list(HookMood)[1:])

    def _spoil_tokens(self) -> None:
        """Access tokens run out all the time; some grants end at Zoom, early enough for the second look."""
        chance = self._chance("tokens")
        users = list(self.world.zoom_ids.values())
        zoom = self.world.stack.zoom
        ends = {2: zoom.kill_refresh, 3: zoom.deauthorize, 4: zoom.kill_refresh}
        doomed = chance.sample(users[:-1], len(ends))
        turn = 0
        while not self._calm.wait(SECONDS_BETWEEN_EXPIRIES * chance.uniform(0.5, 1.5)):
            turn += 1
            user = chance.choice(users)
            if turn in ends:
                user = doomed.pop()
                self.book.ended[str(ends[turn](user))] = (ends[turn].__name__, user)
            if turn == DAILY_TURN:
                zoom.fault("create", user=user, times=1, **weather.DAILY)
            zoom.expire(user)
            if turn in ends or chance.random() < 0.7:
                self.world.questions.change(EXPIRE, user=user)

    def _spoil_tokens_elsewhere(self) -> None:
        """The same at Google and Microsoft; each account's grant ends once, in the one way or the other."""
        chance = self._chance("tokens elsewhere")
        people = list({owner.user: owner.vendor for owner in self.world.elsewhere}.items())
        vendors = list(dict.fromkeys(vendor for _user, vendor in people))
        doomed = [chance.choice([one for one in people if one[1] is vendor]) for vendor in vendors]
        ends = {2: "kill_refresh", 4: "deauthorize"}
        turn = 0
        while not self._calm.wait(SECONDS_BETWEEN_EXPIRIES * chance.uniform(0.5, 1.5)):
            turn += 1
            user, vendor = doomed.pop() if turn in ends and doomed else chance.choice(people)
            if turn in ends:
                self.book.ended[str(getattr(vendor, ends[turn])(user))] = (ends[turn], self.world.ids_elsewhere[user])
            vendor.expire(user)
            if turn in ends or chance.random() < 0.7:
                self.world.questions.change(EXPIRE, user=self.world.ids_elsewhere[user])

    # What is seen

    def _watch(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            for row in self.world.questions.rows(LINKS):
                seen = self.book.seen.setdefault(row["id"], [])
                if row["join_url"] != (seen[-1] if seen else ""):
                    seen.append(row["join_url"])

    def _chance(self, name: str) -> random.Random:
        return random.Random(f"{self._seed} {name}")

    def _thread(self, act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 -- whatever it was, the run shall say so
                self.book.problems.append(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread
