"""Installs the official MCP client, the inspector, for the test that speaks with O-Key through it. It needs node."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dev" / "mcp_inspector"
FILES = ("package.json", "package-lock.json", ".npmrc", "authorize.mjs")
FOLDER = ROOT / "var" / "mcp-inspector"
COMMAND = Path("node_modules") / ".bin" / "mcp-inspector"
OLDEST_NODE = 18
INSTALL_SECONDS = 180


class NoInspector(Exception):
    """Says in one line why there is none."""


def _npm() -> str:
    """Where npm is. Raises NoInspector where it, or a node that is new enough, is not."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoInspector("node and npm are not installed on this machine.")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_NODE:
        raise NoInspector(f"it needs node {OLDEST_NODE} or newer, and this machine has {said.strip() or 'none'}.")
    return npm


def _fingerprint() -> str:
    return hashlib.sha256(b"".join((PACKAGE / name).read_bytes() for name in FILES)).hexdigest()


def _is_whole() -> bool:
    """The stamp is written last: an installation that was interrupted is never trusted."""
    stamp = FOLDER / "okey-lock"
    return stamp.exists() and stamp.read_text() == _fingerprint() and (FOLDER / COMMAND).exists()


def _install(npm: str) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in FILES:
        shutil.copy(PACKAGE / name, FOLDER / name)
    try:
        done = subprocess.run(
            [npm, "ci"], cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise NoInspector("npm did not finish.") from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise NoInspector(f"npm could not install it ({' '.join(last)}).")
    (FOLDER / "okey-lock").write_text(_fingerprint())


def find_or_install() -> Path:
    """The folder that the inspector is installed in. Raises NoInspector."""
    npm = _npm()
    if not _is_whole():
        _install(npm)
    return FOLDER


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoInspector as problem:
        sys.exit(str(problem))
