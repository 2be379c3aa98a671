"""Somebody new, who reads one document beside a fresh `make run` and does what it says, from the top."""

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import requests

from dev.node_packages import OPENAPI_TOOLS
from tests.documents import answers
from tests.documents.reading import Block
from tests.documents.shell import Done, Shell
from tests.documents.uses import NEED_NODE, Use, used
from tests.zoom_simulator import ZoomSimulator

DEEP_LINK = re.compile(r"okey://connected\?handle=([^\"&]+)")
SECONDS = 60


@dataclass(frozen=True)
class Product:
    """A fresh `make run`: the folder that it runs in, and where it is."""

    checkout: Path
    url: str


class Reader:
    """`read("Contacts")` does all that stands up to the end of that section, and fails where something goes wrong.

    The ports in the documents stand for those of this run: `ports` has text for text.
    """

    def __init__(self, document: str, shell: Shell, ports: dict[str, str]) -> None:
        self._blocks = list(used(document))
        self._shell = shell
        self._ports = ports
        self._next = 0
        self._last = Done(0, "", "")
        self._went_wrong = ""

    def read(self, heading: str) -> None:
        assert not self._went_wrong, f"not reached: it went wrong in the section before, {self._went_wrong}"
        self._went_wrong = heading
        last = max(number for number, (block, _) in enumerate(self._blocks) if block.heading == heading)
        while self._next <= last:
            block, use = self._blocks[self._next]
            self._next += 1
            if block.heading == heading or (block.document, block.heading) not in NEED_NODE:
                self._do(block, use)
        self._went_wrong = ""

    def _do(self, block: Block, use: Use) -> None:
        text = block.text
        for documented, real in self._ports.items():
            text = text.replace(documented, real)
        match use:
            case Use.PROGRAM:
                (self._shell.folder() / block.file_name).write_text(text)
            case Use.COMMANDS:
                self._run(block, text)
            case Use.ANSWER:
                self._compare(block, text)

    def _run(self, block: Block, text: str) -> None:
        if (block.document, block.heading) in NEED_NODE:
            self._find_node_packages()
        typed = _handle(self._shell) + "\n" if "read -r -p" in text else ""
        self._last = self._shell.run(text, typed=typed)
        assert self._last.code == 0, f"{block} ended with {self._last.code}:\n{text}\n{self._words()}"
        statuses = [status for status, _ in self._last.calls]
        assert len(statuses) >= text.count("curl "), f"{block}: not every call was answered\n{self._words()}"
        after = self._blocks[self._next] if self._next < len(self._blocks) else None
        if after is not None and after[0].language == "http" and after[1] is Use.ANSWER:
            statuses.pop()  # what the document shows is compared
        assert all(200 <= status < 300 for status in statuses), f"{block}: {self._last.calls}\n{self._words()}"

    def _compare(self, block: Block, text: str) -> None:
        try:
            match block.language:
                case "http":
                    answers.check_http_alike(text, self._last.printed)
                case "text":
                    answers.check_alike(text, "".join(self._last.printed.splitlines(keepends=True)[-1:]), "last line")
                case "json":
                    answers.check_alike(json.loads(text), list(answers.json_values(self._last.printed))[-1])
        except answers.Differs as difference:
            raise AssertionError(f"{block}: {difference}") from None

    def _words(self) -> str:
        return f"{self._last.printed[-3000:]}\n{self._last.complained[-3000:]}"

    def _find_node_packages(self) -> None:
        """As if they had been fetched: npx takes what is installed beside the program."""
        here = self._shell.folder() / "node_modules"
        if not here.exists():
            here.symlink_to(OPENAPI_TOOLS.find_or_install() / "node_modules")


def _handle(shell: Shell) -> str:
    """What the person of the section about phone apps finds: they press Allow at Zoom, and no app takes the link."""
    attempt = json.loads((shell.folder() / "attempt.json").read_text())
    address = urlsplit(attempt["authorization_url"])
    zoom = ZoomSimulator()
    zoom.url = f"{address.scheme}://{address.netloc}"  # it runs already
    try:
        back = zoom.approve(attempt["authorization_url"])
    finally:
        zoom.stop()
    with requests.Session() as browser:
        browser.trust_env = False
        page = unescape(browser.get(back, timeout=SECONDS).text)
    found = DEEP_LINK.search(page)
    assert found is not None, page
    return found[1]
