"""Limits and cache while Redis is there, away, hangs, and is back: pages never fail, and hardly wait."""

import socket
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.core.cache import caches
from django.test import Client, override_settings
from pytest_django import Settings
from redis import Redis

from dev import commands, ports
from meetings.personal import closing
from okey.limits import limits, redis_or_memory
from okey.limits.cache import SharedCache
from okey.limits.redis_or_memory import REST, Health
from okey.owners.models import Owner
from tests.processes import Process, eventually


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of a process that has just begun: nothing is known of Redis yet."""
    health, clock = Health(), Clock()
    health.clock = clock
    for module in ("okey.limits.limits.health", "okey.limits.cache.health"):
        monkeypatch.setattr(module, health)
    return clock


@pytest.fixture
def valkey(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Any]:
    port = ports.pick_free()

    def start() -> Process:
        server = Process(commands.valkey(port, tmp_path), {}, tmp_path / "valkey.log")
        eventually(lambda: _listens(port))
        return server

    start.url = f"redis://127.0.0.1:{port}/0"  # type: ignore[attr-defined]
    start.running = start()  # type: ignore[attr-defined]
    with override_settings(REDIS_URL=start.url):  # type: ignore[attr-defined]
        monkeypatch.setattr(redis_or_memory, "PATIENCE", 10)
        _forget_connections(monkeypatch)
        yield start
    start.running.end()  # type: ignore[attr-defined]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _forget_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    for name in ("_in_redis", "in_memory"):
        monkeypatch.setattr(limits, name, cache(getattr(limits, name).__wrapped__))


def _hits(count: int) -> list[bool]:
    return [limits.hit("book", "somebody", limit=2, seconds=60).allowed for _ in range(count)]


def test_two_processes_count_together(valkey: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _hits(1) == [True]
    _forget_connections(monkeypatch)  # another process
    assert _hits(2) == [True, False]


def test_while_redis_is_away_each_counts_by_itself_and_then_they_count_together_again(
    valkey: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _hits(3) == [True, True, False]
    valkey.running.end()
    assert _hits(3) == [True, True, False]  # from zero, in memory
    valkey.running = valkey()
    assert _hits(1) == [False]  # still in memory: Redis rests
    clock.now += REST
    assert _hits(1) == [False]  # its append-only file remembers the first two
    limits.forget("book", "somebody", limit=2, seconds=60)
    _forget_connections(monkeypatch)
    assert _hits(2) == [True, True]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[list[socket.socket]]:
    """A Redis that takes connections and says nothing; the list gets whoever called."""
    callers: list[socket.socket] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        listener.setblocking(False)
        with override_settings(REDIS_URL=f"redis://127.0.0.1:{listener.getsockname()[1]}/0"):
            _forget_connections(monkeypatch)
            yield _Callers(listener, callers)  # type: ignore[misc]
    for caller in callers:
        caller.close()


class _Callers(list[socket.socket]):
    def __init__(self, listener: socket.socket, callers: list[socket.socket]) -> None:
        self._listener, self._callers = listener, callers

    def __len__(self) -> int:
        while True:
            try:
                self._callers.append(self._listener.accept()[0])
            except BlockingIOError:
                return len(self._callers)


def test_a_redis_that_hangs_is_asked_once_and_not_again_for_some_seconds(
    hanging: list[socket.socket], clock: Clock
) -> None:
    assert _hits(3) == [True, True, False]
    assert len(hanging) == 1
    shared = SharedCache(f"redis://127.0.0.1:{hanging._listener.getsockname()[1]}/0", {})  # type: ignore[attr-defined]
    shared.set("key", "value")
    assert (shared.get("key"), len(hanging)) == ("value", 1)
    clock.now += REST
    _hits(1)
    assert len(hanging) == 2


def test_while_one_tries_it_again_the_others_do_not_wait() -> None:
    health, clock, asked = Health(), Clock(), []
    health.clock = clock

    def fail() -> str:
        asked.append(1)
        if len(asked) == 2:  # tried again: another thread comes meanwhile
            assert health.ask(fail, lambda: "memory") == "memory"
        raise redis_or_memory.NotConnected

    assert health.ask(fail, lambda: "memory") == "memory"
    clock.now += REST
    assert health.ask(fail, lambda: "memory") == "memory"
    assert len(asked) == 2


# --- The cache --------------------------------------------------------------------------------------------


def test_the_cache_is_djangos_default_and_in_the_same_redis() -> None:
    assert isinstance(caches["default"], SharedCache)
    assert django_cache.key_prefix == "okey"


def test_the_cache_does_what_django_promises_in_redis_and_without(valkey: Any, clock: Clock) -> None:
    shared = SharedCache(valkey.url, {"KEY_PREFIX": "okey"})
    for _ in range(2):
        shared.set("a", [1.5, "x"])
        assert (shared.get("a"), shared.get("b"), shared.has_key("a")) == ([1.5, "x"], None, True)
        assert (shared.add("a", 1), shared.add("n", 1), shared.incr("n", 2)) == (False, True, 3)
        shared.set_many({"c": True, "d": None})
        assert shared.get_many(["c", "d", "e"]) == {"c": True, "d": None}
        assert (shared.touch("c", 60), shared.delete("c"), shared.delete("c")) == (True, True, False)
        shared.delete_many(["d"])
        shared.clear()
        assert shared.get("a") is None
        valkey.running.end()  # and the same once more without it


def test_emptying_the_cache_leaves_the_broker_and_the_limits_alone(valkey: Any) -> None:
    _hits(2)
    shared = SharedCache(valkey.url, {"KEY_PREFIX": "okey"})
    client = shared._redis._cache.get_client(None, write=True)
    client.set("celery", "the broker's")
    shared.set("a", 1)
    shared.clear()
    assert (client.get("celery"), shared.get("a"), _hits(1)) == (b"the broker's", None, [False])


@pytest.mark.django_db
def test_pages_and_sign_in_go_on_without_redis(alice: Any, clock: Clock) -> None:
    client = Client()
    assert client.get("/accounts/login/").status_code == 200
    answer = client.post("/accounts/login/", {"login": alice.email, "password": "correct horse battery"})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_nothing_that_lies_there_names_anybody(
    valkey: Any,
    alice: Owner,
    settings: Settings,
    use_broker: Callable[[str], None],
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Limits, cache and the broker's queues: whoever is erased has never been in them."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey.url}}
    use_broker(valkey.url)
    browser = Client()
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
        browser.post("/accounts/password/reset/", {"email": alice.email})
        closing.close(owner=alice)
    kept = {key: _value(key, valkey.url) for key in Redis.from_url(valkey.url).scan_iter()}
    assert {b"mails", b"housekeeping"} <= set(kept)
    assert [key for key in kept if key.startswith(b"okey-limits")]
    assert [word for word in ("alice", "archer", str(alice.pk)) if word in str(kept).lower()] == []


def _value(key: bytes, url: str) -> Any:
    redis = Redis.from_url(url)
    read = {
        b"list": lambda: redis.lrange(key, 0, -1),
        b"hash": lambda: redis.hgetall(key),
        b"set": lambda: redis.smembers(key),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"string": lambda: redis.get(key),
    }
    return read[redis.type(key)]()
