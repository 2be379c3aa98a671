"""Finds a Chromium for the browser tests, or installs one: playwright's own, Debian's, or the npm package's shell."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
#: What the browser tests read. Set it to use a browser that is not found by itself.
VARIABLE = "OKEY_CHROMIUM"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
NPM_FOLDER = ROOT / "var" / "chromium"
INSTALL_SECONDS = 300


class NoChromium(Exception):
    """Says in one line what to do."""


def _works(path: str | Path) -> bool:
    """A browser that lacks a system library does not get as far as its version."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def find() -> str | None:
    given = os.environ.get(VARIABLE)
    if given:
        if not _works(given):
            raise NoChromium(f"{VARIABLE}={given} does not run.")
        return given
    installed = filter(None, map(shutil.which, COMMANDS))
    candidates: list[str | Path] = [*installed, *MAC_APPLICATIONS, _playwrights_own(), NPM_FOLDER / "chromium"]
    for path in candidates:
        if _works(path):
            return str(path)
    return None


def _run(*command: str, **environment: str) -> bool:
    """Whether the command was there and did its work in time."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install_playwrights() -> None:
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def _install_debians() -> None:
    if os.geteuid() == 0:
        packages = ("chromium", "fonts-liberation")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        # A container's package lists may be missing or older than the archive.
        _run("apt-get", "update", **quiet)
        _run("apt-get", "install", "--yes", "--no-install-recommends", *packages, **quiet)


def _install_npms() -> None:
    """The package carries a compressed headless shell, which unpacks itself into TMPDIR when asked where it is."""
    NPM_FOLDER.mkdir(parents=True, exist_ok=True)
    if not _run("npm", "install", "--prefix", str(NPM_FOLDER), "--ignore-scripts", NPM_PACKAGE):
        return
    module = (NPM_FOLDER / "node_modules" / "@sparticuz" / "chromium" / "build" / "esm" / "index.js").as_uri()
    _run("node", "--input-type=module", "-e", _UNPACK % module, TMPDIR=str(NPM_FOLDER))


_UNPACK = "const { default: chromium } = await import('%s'); await chromium.executablePath();"
INSTALLERS: tuple[Callable[[], None], ...] = (_install_playwrights, _install_debians, _install_npms)


def find_or_install() -> str:
    """The path of a Chromium that runs."""
    path = find()
    for install in INSTALLERS:
        if path:
            return path
        install()
        path = find()
    if path:
        return path
    raise NoChromium(
        "The browser tests need Chromium and none could be installed. On Debian, as root: "
        f"apt-get install chromium fonts-liberation. Or set {VARIABLE} to a Chromium's path."
    )


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoChromium as problem:
        sys.exit(str(problem))
