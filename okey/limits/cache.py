"""Django's cache, in Redis for all processes together; in this process's memory while Redis is away.

allauth counts here how often passwords are asked for by mail.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from okey.limits.redis_or_memory import client_options, health

#: More than anybody's tries fill while it is away.
IN_MEMORY = {"OPTIONS": {"MAX_ENTRIES": 10_000}}

T = TypeVar("T")


class JsonSerializer:
    """Not pickle: who can write to Redis must not be able to run code here. Tuples come back as lists."""

    def dumps(self, value: Any) -> Any:
        return value if type(value) is int else json.dumps(value)  # Redis counts on with whole numbers

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class _Redis(RedisCache):
    """Django's, but for `clear`, which would empty the broker too."""

    def clear(self) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.delete(key)


class SharedCache(BaseCache):
    """Each question goes to Redis while it answers (okey.limits.redis_or_memory), else to this process's memory."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {**client_options(), "serializer": JsonSerializer}
        self._redis = _Redis(location, {**params, "OPTIONS": options})
        self._memory = LocMemCache("while Redis is away", {**params, **IN_MEMORY})

    def _ask(self, question: Callable[[BaseCache], T]) -> T:
        return health.ask(lambda: question(self._redis), lambda: question(self._memory))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.add(key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda cache: cache.get(key, default, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.touch(key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.delete(key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._ask(lambda cache: cache.incr(key, delta, version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        return self._ask(lambda cache: cache.get_many(keys, version))

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        return self._ask(lambda cache: cache.set_many(data, timeout, version))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._ask(lambda cache: cache.delete_many(keys, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.has_key(key, version))

    def clear(self) -> None:
        self._ask(lambda cache: cache.clear())
