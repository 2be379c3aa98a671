"""Which ports `make run` uses, so that two checkouts can run at once."""

import socket

LOOPBACK = "127.0.0.1"
#: Odd, so that neighbours' ports (8000, 8001, …) do not meet their own simulators' either way.
SIMULATOR_OFFSETS = {"zoom": 10007, "google": 20007}
FIRST_UNPRIVILEGED = 1024


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
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def first_free(*wanted: int) -> int:
    """The first of these that is free, or any."""
    return next((port for port in wanted if is_free(port)), 0) or pick_free()
