"""The terminal of somebody who pastes a document's commands: one bash, in which each block follows the one before."""

import os
import re
import select
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dev.supervisor import die_with_parent
from tests.processes import INHERITED

#: curl reads it from HOME: each call's status goes where the reader does not look.
CURL_SETTINGS = r'write-out = "%{stderr}\n[status] %{http_code} %{url_effective}\n"' + "\n"
STATUS = re.compile(r"^\[status\] (\d{3}) (\S*)$", re.MULTILINE)
#: A reader stops at the first thing that goes wrong, or at a variable that nobody set.
STRICT = "set -euo pipefail\n"
#: For one block; they wait for what comes of what they did.
SECONDS = 240
#: What is installed already is taken; nothing is fetched.
OFFLINE = {"npm_config_offline": "true", "npm_config_update_notifier": "false", "PIP_NO_INDEX": "1", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Done:
    """What one block did; `code` is None where the terminal closed over it, or it did not end."""

    code: int | None
    printed: str
    complained: str

    @property
    def calls(self) -> list[tuple[int, str]]:
        """Status and address of each call of curl's that said so; the last ones' too."""
        return [(int(status), url) for status, url in STATUS.findall(self.complained)]


class Shell:
    """`with Shell(folder, cwd) as shell:`. Ends with everything that was started in it."""

    def __init__(self, folder: Path, cwd: Path) -> None:
        self._folder = folder
        self._number = 0
        home = folder / "home"
        home.mkdir(parents=True)
        home.joinpath(".curlrc").write_text(CURL_SETTINGS)
        temporary = folder / "tmp"
        temporary.mkdir()
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._popen = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=cwd,
            env=inherited | OFFLINE | {"HOME": str(home), "TMPDIR": str(temporary), "no_proxy": "127.0.0.1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self._type(STRICT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.communicate()

    def run(self, text: str, *, typed: str = "") -> Done:
        """Paste it, and wait for its end; `typed` is what it is given where it asks."""
        self._number += 1
        script, out, err, given = (self._folder / f"{self._number}.{end}" for end in ("sh", "out", "err", "in"))
        script.write_text(text)
        given.write_text(typed)
        self._type(f"source '{script}' <'{given}' >'{out}' 2>'{err}'; echo \"ended $?\"\n")
        assert self._popen.stdout
        ended, _, _ = select.select([self._popen.stdout], [], [], SECONDS)
        said = self._popen.stdout.readline().split() if ended else []
        code = int(said[1]) if said else None
        return Done(code, _read(out), _read(err))

    def value(self, expression: str) -> str:
        """What the terminal makes of it: `$ATTEMPT`, `$PWD`."""
        done = self.run(f'printf %s "{expression}"\n')
        assert done.code == 0, done
        return done.printed

    def folder(self) -> Path:
        """Where the reader is now."""
        return Path(self.value("$PWD"))

    def _type(self, text: str) -> None:
        assert self._popen.stdin
        with suppress(BrokenPipeError):  # it has ended; whoever reads its answer sees that
            self._popen.stdin.write(text)
            self._popen.stdin.flush()


def _read(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""
