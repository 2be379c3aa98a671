"""The simulated Zoom's memory and the rules about grants that hold whatever endpoint is called."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulators.zoom.records import (
    ACCESS_TOKEN_SECONDS,
    FIRST_USERS,
    Code,
    Grant,
    Meeting,
    Pair,
    Record,
    User,
    utc_text,
)
from simulators.zoom.store import Store

SCOPES = [
    "user:read:user",
    "meeting:write:meeting",
    "meeting:update:meeting",
    "meeting:delete:meeting",
    "meeting:read:meeting",
    "meeting:read:list_meetings",
]


@dataclass
class Settings:
    """What the command line sets and POST /_simulator/settings changes. A restart goes back to the former."""

    client_id: str
    client_secret: str
    redirect_uris: list[str]
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    refresh_grace: float = 0
    daily_limit: int = 100
    webhook_url: str = ""
    webhook_secret: str = ""
    clock_offset: float = 0


class State:
    """Dictionaries under one lock, written through to a file. Work on it inside `with state.changing():`."""

    def __init__(self, settings: Settings, path: Path | None) -> None:
        self._given_settings = settings
        self.settings = replace(settings)
        self.lock = threading.RLock()
        self._lost_noted = threading.Condition(self.lock)
        self.base_url = ""
        self._store = Store(path)
        self._load()
        if not self.users:
            with self.changing():
                self._add_first_users()

    def reset(self) -> None:
        """As on the first day: the first users, nothing else."""
        with self.changing():
            self._store.clear()
            self.settings = replace(self._given_settings)
            self._load()
            self._add_first_users()

    def _load(self) -> None:
        self.users = {user.id: user for user in self._store.load(User)}
        self.codes = {code.value: code for code in self._store.load(Code)}
        self.grants = {grant.id: grant for grant in self._store.load(Grant)}
        self.meetings = {meeting.id: meeting for meeting in self._store.load(Meeting)}
        self.lost_answers = self._store.load_json("LostAnswer")
        self._live_grants = {grant.user_id: grant for grant in self.grants.values() if grant.is_alive}
        self._by_access: dict[str, Pair] = {}
        self._by_refresh: dict[str, Pair] = {}
        self._by_grant: dict[str, list[Pair]] = {}
        for pair in self._store.load(Pair):
            self._index(pair)

    def _add_first_users(self) -> None:
        for user in FIRST_USERS:
            self.save(replace(user))

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.lock, self._store.transaction():
            yield

    def save(self, record: Record) -> None:
        """Keep a new or changed record, in memory and in the file."""
        match record:
            case User():
                self.users[record.id], key = record, record.id
            case Code():
                self.codes[record.value], key = record, record.value
            case Grant():
                self.grants[record.id], key = record, record.id
            case Meeting():
                self.meetings[record.id], key = record, str(record.id)
            case Pair():
                self._index(record)
                key = record.access
        self._store.put(key, record)

    def close(self) -> None:
        """Wait for the change under way, if any; nothing can be written afterwards."""
        self.lock.acquire()
        self._store.close()

    # Time

    def now(self) -> float:
        return time.time() + self.settings.clock_offset

    def now_text(self) -> str:
        return utc_text(self.now())

    def today(self) -> str:
        return self.now_text()[:10]

    # Grants

    def pairs(self) -> list[Pair]:
        return list(self._by_access.values())

    def live_grant(self, user_id: str) -> Grant | None:
        return self._live_grants.get(user_id)

    def open_grant(self, user_id: str, scopes: list[str]) -> Pair:
        """A new grant with its first pair. The user's older grant, if any, is dead from here on (4741)."""
        self.end_grant(user_id, "a newer authorization")
        grant = Grant(secrets.token_hex(8), user_id, scopes, self.now())
        self._live_grants[user_id] = grant
        return self.issue_pair(grant)

    def end_grant(self, user_id: str, reason: str) -> Grant | None:
        grant = self._live_grants.pop(user_id, None)
        if grant:
            grant.ended_at, grant.ended_by = self.now(), reason
            self.save(grant)
        return grant

    def issue_pair(self, grant: Grant) -> Pair:
        """The grant's next pair; the one before it works on for `refresh_grace` seconds only."""
        now = self.now()
        for pair in self.pairs_of(grant)[-1:]:
            pair.superseded_at = now
            self.save(pair)
        grant.pair_no += 1
        self.save(grant)
        pair = Pair(_token(), _token(), grant.id, grant.pair_no, now, now + ACCESS_TOKEN_SECONDS)
        self.save(pair)
        return pair

    def pairs_of(self, grant: Grant) -> list[Pair]:
        """Oldest first."""
        return self._by_grant.get(grant.id, [])

    def pair_by_access(self, token: str) -> Pair | None:
        return self._by_access.get(token)

    def pair_by_refresh(self, token: str) -> Pair | None:
        return self._by_refresh.get(token)

    def is_live(self, pair: Pair) -> bool:
        return self.grants[pair.grant_id].is_alive and pair.is_current(self.now(), self.settings.refresh_grace)

    # Found by whoever needs them

    def user_named(self, name: str) -> User | None:
        """By id, by e-mail, or by what stands before the @."""
        for user in self.users.values():
            if name in (user.id, user.email, user.email.partition("@")[0]):
                return user
        return None

    def meeting(self, meeting_id: int) -> Meeting | None:
        meeting = self.meetings.get(meeting_id)
        return meeting if meeting and meeting.exists(self.now()) else None

    def note_lost_answer(self, operation: str, how: str, about: dict[str, Any]) -> None:
        """Work was done, and whoever asked for it was never told."""
        with self.changing():
            lost = {"operation": operation, "how": how, "at": self.now_text(), **about}
            self.lost_answers.append(lost)
            self._store.put_json("LostAnswer", str(len(self.lost_answers)), lost)
            self._lost_noted.notify_all()

    def wait_until_lost(self, count: int, timeout: float) -> list[dict[str, Any]]:
        """The lost answers, as soon as there are so many (or the time is up)."""
        with self.lock:
            self._lost_noted.wait_for(lambda: len(self.lost_answers) >= count, timeout)
            return list(self.lost_answers)

    def _index(self, pair: Pair) -> None:
        if pair.access not in self._by_access:
            self._by_grant.setdefault(pair.grant_id, []).append(pair)
        self._by_access[pair.access] = pair
        self._by_refresh[pair.refresh] = pair


def _token() -> str:
    return secrets.token_urlsafe(48)
