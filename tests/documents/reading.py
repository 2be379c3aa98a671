"""The documents that are run, as their reader sees them: blocks under headings, in order."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs"
NAMES = ("api", "mcp", "webhooks")

#: A program's first line says in which file it lies.
FILE_NAME = re.compile(r"^(?:#|//) (\S+\.\w+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the heading above it, and its line in the document."""

    document: str
    heading: str
    language: str
    text: str
    line: int
    #: Whether it follows the block before it with nothing between them.
    follows: bool

    @property
    def file_name(self) -> str:
        """Of a program; empty where it does not say."""
        found = FILE_NAME.match(self.text.partition("\n")[0])
        return found[1] if found else ""

    def __str__(self) -> str:
        return f"docs/{self.document}.md:{self.line} ({self.heading})"


def text(document: str) -> str:
    return (FOLDER / f"{document}.md").read_text()


def blocks(document: str) -> list[Block]:
    tokens = MarkdownIt("commonmark").parse(text(document))
    found: list[Block] = []
    heading, before = "", ""
    for token, after in pairwise([*tokens, tokens[-1]]):
        if token.type == "heading_open":
            heading = after.content
        if token.type in {"fence", "code_block"}:
            assert token.map is not None
            language = token.info.strip()
            found.append(Block(document, heading, language, token.content, token.map[0] + 1, before == "fence"))
        before = token.type
    return found
