"""Which ports `make run` uses, so that two checkouts can run at once."""

import secrets
import socket

LOOPBACK = "127.0.0.1"
#: Odd, so that neighbours' ports (8000, 8001, …) do not meet their own simulators' either way.
SIMULATOR_OFFSETS = {"zoom": 10007, "google": 20007, "microsoft": 30007, "calendars": 12007}
FIRST_UNPRIVILEGED = 1024
#: What Linux and macOS hand out by themselves begins higher.
BELOW_EPHEMERAL = range(20_000, 32_000)


def simulator_port(web_port: int, vendor: str = "zoom") -> int:
    """The port of the vendor's simulator for O-Key's."""
    port = web_port + SIMULATOR_OFFSETS[vendor]
    return port if port <= 65535 else port - 65536 + FIRST_UNPRIVILEGED


def is_free(port: int) -> bool:
    """Whether nobody listens there. As servers do, it does not mind a port that was left a moment ago."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick_free() -> int:
    """One that the system gives to nobody by itself, so that it is still free when a server begins to use it."""
    while not is_free(port := secrets.choice(BELOW_EPHEMERAL)):
        pass
    return port


def first_free(*wanted: int) -> int:
    """The first of these that is free, or any."""
    return next((port for port in wanted if is_free(port)), 0) or pick_free()
