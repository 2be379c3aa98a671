"""What every simulated vendor remembers, and how: under one lock, written through to a file."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from simulators.common.messages import Request
from simulators.common.store import Store
from simulators.common.times import utc_text


@dataclass
class Settings:
    """What the command line sets and POST /_simulator/settings changes. A restart goes back to the former."""

    client_id: str
    client_secret: str
    redirect_uris: list[str]
    clock_offset: float = 0


class User:
    """What a vendor's users have in common; each is a dataclass with these."""

    id: str
    email: str


SettingsT = TypeVar("SettingsT", bound=Settings)
UserT = TypeVar("UserT", bound=User)


class State(ABC, Generic[SettingsT, UserT]):
    """Dictionaries under one lock. Work on it inside `with state.changing():`."""

    users: dict[str, UserT]

    def __init__(self, settings: SettingsT, path: Path | None) -> None:
        self._given_settings = settings
        self.settings = replace(settings)
        self.lock = threading.RLock()
        self._lost_noted = threading.Condition(self.lock)
        self.base_url = ""
        self._store = Store(path)
        self._load_all()
        if not self.users:
            with self.changing():
                self._add_first_records()

    def reset(self) -> None:
        """As on the first day: the first users, nothing else."""
        with self.changing():
            self._store.clear()
            self.settings = replace(self._given_settings)
            self._load_all()
            self._add_first_records()

    def _load_all(self) -> None:
        self.lost_answers = self._store.load_json("LostAnswer")
        self._load()

    @abstractmethod
    def _load(self) -> None:
        """Read every dictionary from the file."""

    @abstractmethod
    def _add_first_records(self) -> None:
        """Save the users that a new simulator has."""

    @abstractmethod
    def _keep(self, record: Any) -> str:
        """Put a record into its dictionary; its key in the file."""

    @abstractmethod
    def user_behind(self, request: Request) -> str | None:
        """Whose call this is, for faults that are meant for one user."""

    def user_named(self, name: str) -> UserT | None:
        """By id, by e-mail, or by what stands before the @."""
        for user in self.users.values():
            if name in (user.id, user.email, user.email.partition("@")[0]):
                return user
        return None

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.lock, self._store.transaction():
            yield

    def save(self, record: Any) -> None:
        """Keep a new or changed record, in memory and in the file."""
        self._store.put(self._keep(record), record)

    def close(self) -> None:
        """Wait for the change under way, if any; nothing can be written afterwards."""
        self.lock.acquire()
        self._store.close()

    def now(self) -> float:
        return time.time() + self.settings.clock_offset

    def now_text(self) -> str:
        return utc_text(self.now())

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
