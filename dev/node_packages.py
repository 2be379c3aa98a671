"""Programs for node that tests use, and that are other people's: each in a folder of its own, with a lock."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALL_SECONDS = 300


class NotInstalled(Exception):
    """Says in one line why it is not."""


@dataclass(frozen=True)
class NodePackage:
    """What `source` locks, installed in `folder`."""

    source: Path
    folder: Path
    files: tuple[str, ...]
    #: One that is there when all is.
    command: Path
    oldest_node: tuple[int, int]

    def find_or_install(self) -> Path:
        """The folder that it is installed in. Raises NotInstalled."""
        npm = self._npm()
        if not self.is_whole():
            self._install(npm)
        return self.folder

    def is_whole(self) -> bool:
        """The stamp is written last: an installation that was interrupted is never trusted."""
        stamp = self.folder / "okey-lock"
        return stamp.exists() and stamp.read_text() == self._fingerprint() and (self.folder / self.command).exists()

    def _npm(self) -> str:
        """Where npm is. Raises NotInstalled where it, or a node that is new enough, is not."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise NotInstalled("node and npm are not installed on this machine.")
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
        numbers = said.strip().removeprefix("v").split(".")
        known = len(numbers) > 1 and all(number.isdecimal() for number in numbers[:2])
        if not known or (int(numbers[0]), int(numbers[1])) < self.oldest_node:
            oldest = ".".join(map(str, self.oldest_node)).removesuffix(".0")
            raise NotInstalled(f"it needs node {oldest} or newer, and this machine has {said.strip() or 'none'}.")
        return npm

    def _fingerprint(self) -> str:
        return hashlib.sha256(b"".join((self.source / name).read_bytes() for name in self.files)).hexdigest()

    def _install(self, npm: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name in self.files:
            shutil.copy(self.source / name, self.folder / name)
        try:
            done = subprocess.run(
                [npm, "ci"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise NotInstalled("npm did not finish.") from None
        if done.returncode != 0:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise NotInstalled(f"npm could not install it ({' '.join(last)}).")
        (self.folder / "okey-lock").write_text(self._fingerprint())


#: The official MCP client.
INSPECTOR = NodePackage(
    source=ROOT / "dev" / "mcp_inspector",
    folder=ROOT / "var" / "mcp-inspector",
    files=("package.json", "package-lock.json", ".npmrc", "authorize.mjs"),
    command=Path("node_modules") / ".bin" / "mcp-inspector",
    oldest_node=(18, 0),
)
#: The official SDK in TypeScript, and the official conformance suite.
MCP_CLIENTS = NodePackage(
    source=ROOT / "dev" / "mcp_clients",
    folder=ROOT / "var" / "mcp-clients",
    files=("package.json", "package-lock.json", ".npmrc", "sign_in.mjs", "older_node.mjs", "with_token.mjs"),
    command=Path("node_modules") / ".bin" / "conformance",
    oldest_node=(20, 19),
)
#: Strict readers of the OpenAPI document, and a generator of TypeScript clients.
OPENAPI_TOOLS = NodePackage(
    source=ROOT / "dev" / "openapi_tools",
    folder=ROOT / "var" / "openapi-tools",
    files=("package.json", "package-lock.json", ".npmrc", "redocly.yaml", "spectral.yaml", "tsconfig.json"),
    command=Path("node_modules") / ".bin" / "redocly",
    oldest_node=(20, 19),
)


if __name__ == "__main__":
    try:
        print(*(one.find_or_install() for one in (INSPECTOR, MCP_CLIENTS, OPENAPI_TOOLS)), sep="\n")
    except NotInstalled as problem:
        sys.exit(str(problem))
