"""The world of world.py behind a server of its own, at a moment of its own.

A process: its clock stands elsewhere than this machine's, and a browser's library and Django's database do not share a
thread. `python -m tests.looks.serve` prints one line of JSON, its address and the world, and serves until it is ended.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.supervisor import die_with_parent
from tests import migrated

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
STOP_SECONDS = 15


class NotServed(AssertionError):
    """The process ended before it served anything; says its last words."""


@dataclass(frozen=True)
class Site:
    """`cookies` and `ids`: as in world.World."""

    url: str
    ids: dict[str, str]
    cookies: dict[str, dict[str, str]]


@contextmanager
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="okey-looks-") as name:
        folder = Path(name)
        migrated.copy(folder / "okey.sqlite3")
        (folder / "mails").mkdir()
        settings = {
            "DJANGO_SETTINGS_MODULE": "tests.looks.settings",
            "DATABASE_URL": f"sqlite:///{folder / 'okey.sqlite3'}",
            "OKEY_LOOKS_MAILS": str(folder / "mails"),
        }
        log = folder / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.looks.serve"],
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=subprocess.PIPE,
                stderr=errors,
                preexec_fn=die_with_parent,
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise NotServed(log.read_text(errors="replace")[-4000:])
            yield Site(**json.loads(line))
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            assert process.stdout is not None
            process.stdout.close()


def main() -> None:
    # Once the settings are chosen, by whoever started this process.
    import django  # noqa: PLC0415
    import time_machine  # noqa: PLC0415

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    world = importlib.import_module("tests.looks.world")  # whose imports want settings

    class Handler(WSGIRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Hundreds of lines say nothing here."""

    with time_machine.travel(world.NOW, tick=True):
        built = world.build()
        server = ThreadedWSGIServer((LOOPBACK, 0), Handler)
        server.set_app(get_wsgi_application())
        print(json.dumps({"url": f"http://{LOOPBACK}:{server.server_port}", **asdict(built)}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
