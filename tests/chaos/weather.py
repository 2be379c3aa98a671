"""What goes wrong at a vendor and on the way there: each fault in turn, in an order that the seed shuffles."""

import random
from collections.abc import Iterator
from typing import Any

from tests.chaos.world import World

#: Beyond the deadline of any call (10 s).
TOO_LONG_SECONDS = 13
#: One byte in so many seconds: a pair or a meeting would take minutes.
DRIP_SECONDS = 0.4

#: Every way in which a call to Zoom goes wrong, by the name in the table.
WAYS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "500, done": {"kind": "status", "status": 500, "after": True},
    "503, done": {"kind": "status", "status": 503, "after": True},
    "504, done": {"kind": "status", "status": 504, "after": True},
    "429 a second": {"kind": "rate_limit_second"},
    "429, Retry-After 2 s": {"kind": "retry_after", "seconds": 2},
    "429, Retry-After date": {"kind": "retry_after", "seconds": 3, "date": True},
    "timeout, never done": {"kind": "drop_before"},
    "dropped, done": {"kind": "drop_after"},
    "answer too late": {"kind": "delay", "seconds": TOO_LONG_SECONDS},
    "drips past the claim": {"kind": "drip", "seconds": DRIP_SECONDS},
    "XML": {"kind": "xml"},
    "empty": {"kind": "empty", "after": True},
    "bad JSON": {"kind": "bad_json", "after": True},
}
#: What comes of a vendor's limits elsewhere; all else goes wrong there as at Zoom.
LIMITS: dict[str, dict[str, dict[str, Any]]] = {
    "google": {
        "429 of the project": {"kind": "rate_limit_project"},
        "429 of the person": {"kind": "rate_limit_user"},
        "403 that is a limit": {"kind": "rate_limit_403"},
    },
    "microsoft": {
        "429, Retry-After 2 s": {"kind": "throttled", "seconds": 2},
        "429 without a word": {"kind": "throttled_silently"},
    },
}
#: Zoom's own.
ZOOMS = {"rate_limit_second", "retry_after"}
#: For one user only and late: nothing of theirs is asked again that day.
DAILY = {"kind": "rate_limit_daily"}

ELSEWHERE = {
    "google": ("create", "create", "refresh"),
    "microsoft": ("create", "create", "refresh", "update", "delete"),
}
OPERATIONS = {
    False: ("create", "create", "refresh"),
    True: ("create", "create", "refresh", "update", "delete", "list"),
}


def ways(vendor: str) -> dict[str, dict[str, Any]]:
    """Every way in which a call to this vendor goes wrong."""
    if vendor == "zoom":
        return WAYS
    return {name: way for name, way in WAYS.items() if way["kind"] not in ZOOMS} | LIMITS[vendor]


def faults(world: World, vendor: str, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Fault after fault, each way at each operation before any comes again."""
    operations = OPERATIONS[world.case.manages] if vendor == "zoom" else ELSEWHERE[vendor]
    while True:
        both = [(way, operation) for way in ways(vendor).values() for operation in operations]
        chance.shuffle(both)
        for way, operation in both:
            yield {"on": operation, "times": chance.choice((1, 1, 2)), **way}


def name_of(hit: dict[str, Any], vendor: str = "zoom") -> str:
    """The simulator's hit by its name in the table."""
    told = {"kind": "", "status": None, "after": False, "date": False}
    for name, way in ways(vendor).items():
        if all(hit[key] == way.get(key, default) for key, default in told.items()):
            return name
    return {"rate_limit_daily": "429 daily", "hold": "answer held, then killed"}.get(hit["kind"], str(hit["kind"]))
