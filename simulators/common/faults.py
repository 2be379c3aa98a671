"""Faults: how calls go wrong when a test, a chaos run or a person at the home page wants them to."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from simulators.common.messages import Answer, Disconnect
from simulators.common.times import utc_text

#: Kinds that answer something else than the truth, with the status they have if none is given.
FALSE_ANSWERS = {"status": 503, "xml": 503, "html": 503, "empty": 200, "bad_json": 200}
KINDS = ("delay", "drop_before", "drop_after", "drip", "hold")


class BadFault(ValueError):
    """A fault that nobody could mean; the text says why."""


@dataclass
class Fault:
    """`after` is for `hold` and the false answers: the work is done first. `date` makes Retry-After a date."""

    on: str
    kind: str
    status: int | None = None
    seconds: float = 3
    times: int | None = 1
    probability: float = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    user: str | None = None
    after: bool = False
    date: bool = False

    @classmethod
    def parse(cls, data: Any) -> "Fault":
        if not isinstance(data, dict) or not {"on", "kind"} <= data.keys():
            raise BadFault("a fault is an object with at least on and kind")
        if unknown := data.keys() - {item.name for item in fields(cls)}:
            raise BadFault(f"unknown: {', '.join(sorted(unknown))}")
        return cls(**data)

    def matches(self, operation: str, user_id: str | None) -> bool:
        return self.on in (operation, "*") and self.user in (None, user_id) and self.times != 0


@dataclass(frozen=True)
class Manners:
    """A vendor's operations, and what it (or something in front of it) says instead of the truth."""

    operations: tuple[str, ...]
    #: Its answer to a fault of kind `status`, or of one of its own kinds.
    says: Callable[[Fault, int], Answer]
    #: Its own kinds beside FALSE_ANSWERS, with the status they have if none is given.
    kinds: dict[str, int] = field(default_factory=dict)

    def check(self, fault: Fault) -> Fault:
        known = (*KINDS, *FALSE_ANSWERS, *self.kinds)
        if fault.kind not in known:
            raise BadFault(f"kind is one of {', '.join(known)}")
        if fault.on not in (*self.operations, "*"):
            raise BadFault(f"on is * or one of {', '.join(self.operations)}")
        return fault


class Faults:
    """The faults that are set, the calls that are held, and what was counted on the way."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self.closing = threading.Event()
        self.random = random.Random()  # noqa: S311 - dice, not secrets
        self.calls: Counter[str] = Counter()
        self.ok: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        #: Which fault met which call.
        self.hits: list[dict[str, Any]] = []
        self.list: list[Fault] = []
        self.held: list[str] = []
        self._releases = 0
        self._changed = threading.Condition()

    def parse(self, data: Any) -> Fault:
        return self._manners.check(Fault.parse(data))

    def add(self, faults: list[Fault]) -> None:
        with self._changed:
            self.list.extend(faults)

    def clear(self) -> None:
        with self._changed:
            self.list.clear()

    def count(self, counter: Counter[str], name: str) -> None:
        with self._changed:
            counter[name] += 1

    def reset_counters(self) -> None:
        with self._changed:
            for counter in (self.calls, self.ok, self.happened):
                counter.clear()
            self.hits.clear()

    def counters(self) -> dict[str, dict[str, int]]:
        with self._changed:
            return {name: {"calls": self.calls[name], "ok": self.ok[name]} for name in self._manners.operations}

    # Holding calls

    def hold(self, operation: str) -> None:
        """Wait here until the next release."""
        with self._changed:
            release = self._releases
            self.held.append(operation)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._releases != release or self.closing.is_set())
            self.held.remove(operation)
            self._changed.notify_all()
        self._stop_if_closing()

    def release(self) -> int:
        """Let all calls go that are held now; how many."""
        with self._changed:
            self._releases += 1
            self._changed.notify_all()
            return len(self.held)

    def wait_until_held(self, count: int, timeout: float) -> list[str]:
        """What is held, as soon as it is `count` calls or more (or the time is up)."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.held) >= count or self.closing.is_set(), timeout)
            return list(self.held)

    def close(self) -> None:
        self.closing.set()
        with self._changed:
            self._changed.notify_all()

    # Going wrong

    def perform(
        self,
        operation: str,
        user_id: str | None,
        work: Callable[[], Answer],
        lost: Callable[[str, Answer], None],
        subject: str = "",
    ) -> Answer:
        """Do the call, or what the faults make of it. `lost` is told of work whose answer is not given.

        `subject` is what the call is about, for the list of hits.
        """
        self.count(self.calls, operation)
        delays, fault = self._pick(operation, user_id, subject)
        for delay in delays:
            self._wait(delay.seconds)

        def do() -> Answer:
            answer = work()
            if answer.is_ok:
                self.count(self.ok, operation)
            return answer

        return self._apply(fault, operation, do, lost) if fault else do()

    def _pick(self, operation: str, user_id: str | None, subject: str) -> tuple[list[Fault], Fault | None]:
        """All delays that match, and the first other fault; those with no times left fall out of the list."""
        delays: list[Fault] = []
        other: Fault | None = None
        with self._changed:
            for fault in self.list:
                wanted = fault.kind == "delay" or other is None
                if not (wanted and fault.matches(operation, user_id)):
                    continue
                if self.random.random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                self.happened[f"{operation} {fault.kind}"] += 1
                self.hits.append(
                    {"operation": operation, "user": user_id, "subject": subject}
                    | {"kind": fault.kind, "status": fault.status, "after": fault.after, "date": fault.date}
                )
                if fault.kind == "delay":
                    delays.append(fault)
                else:
                    other = fault
            self.list = [fault for fault in self.list if fault.times != 0]
        return delays, other

    def _apply(
        self, fault: Fault, operation: str, do: Callable[[], Answer], lost: Callable[[str, Answer], None]
    ) -> Answer:
        match fault.kind:
            case "drop_before":
                raise Disconnect
            case "drop_after":
                lost(fault.kind, do())
                raise Disconnect
            case "drip":
                return replace(do(), drip=fault.seconds)
            case "hold":
                answer = do() if fault.after else None
                self.hold(operation)
                return answer or do()
        if fault.after:
            lost(fault.kind, do())
        return _false_answer(self._manners, fault)

    def _wait(self, seconds: float) -> None:
        self.closing.wait(seconds)
        self._stop_if_closing()

    def _stop_if_closing(self) -> None:
        if self.closing.is_set():
            raise Disconnect


def _false_answer(manners: Manners, fault: Fault) -> Answer:
    status = fault.status or (FALSE_ANSWERS | manners.kinds)[fault.kind]
    answer = manners.says(fault, status)
    match fault.kind:
        case "xml":
            answer.body = b'<?xml version="1.0"?><error><message>Service Unavailable</message></error>'
            answer.content_type = "text/xml"
        case "html":
            answer.body = b"<!doctype html><title>Error</title><p>The service is unavailable.</p>"
            answer.content_type = "text/html"
        case "empty":
            answer.body = b""
        case "bad_json":
            answer.body = b'{"access_token": "eyJ0'
    if fault.body is not None:
        answer.body = (fault.body if isinstance(fault.body, str) else json.dumps(fault.body)).encode()
    answer.headers |= fault.headers
    return answer


def retry_after(fault: Fault) -> str:
    return utc_text(time.time() + fault.seconds) if fault.date else str(int(fault.seconds))
