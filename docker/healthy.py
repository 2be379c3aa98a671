"""A container's health check, without Django: `healthy.py web`, or `healthy.py sign-of-life SECONDS`."""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


def web() -> bool:
    """Whether O-Key answers on its own port; asked by the name that it is known by, or it would refuse."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=5)
    connection.request("GET", "/health/", headers={"Host": urlsplit(os.environ["OKEY_BASE_URL"]).netloc})
    return connection.getresponse().status == 200


def sign_of_life(seconds: str) -> bool:
    """Whether the process has touched its file in so many seconds (okey/lib/heartbeat.py)."""
    return time.time() - Path(os.environ["OKEY_HEARTBEAT_FILE"]).stat().st_mtime < float(seconds)


def main(arguments: list[str]) -> int:
    try:
        is_well = web() if arguments == ["web"] else sign_of_life(arguments[1])
    except (OSError, http.client.HTTPException):
        is_well = False
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
