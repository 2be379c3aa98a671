"""What each block of the documents is there for. One that is for nothing is an error: it would grow wrong unnoticed."""

from collections.abc import Iterator
from enum import Enum

from tests.documents.reading import Block, blocks


class Use(Enum):
    COMMANDS = "is run"
    NOT_RUN = "cannot be run here; NOT_RUN says why"
    PROGRAM = "is put into the file that its first line names, and run by commands"
    ANSWER = "is what the commands before it answer"
    SETTINGS = "is parsed and its shape checked"
    MESSAGE = "is a message of O-Key's, held against its schema"


#: By the document and the first line of the block: why nobody can run it here.
NOT_RUN = {
    ("mcp", "claude mcp add --transport http okey https://okey.example.com/mcp"): (
        "Claude Code is somebody else's product, and wants an account; the command's form is checked."
    ),
    ("mcp", "npx @modelcontextprotocol/inspector@0.15.0"): (
        "it opens a page in a browser and stays; tests/meetings/assistant/test_inspector.py runs its command line."
    ),
}
#: Sections that need node. Nothing after them needs what they leave behind.
NEED_NODE = {("api", "In TypeScript"), ("webhooks", "The same webhook, received by Node")}

PROGRAMS = {"python", "javascript", "typescript"}


class Useless(AssertionError):
    """Says which block nobody would run or read."""


def use_of(block: Block, before: Use | None) -> Use:
    """By its language and what stands before it. Raises Useless."""
    after_commands = block.follows and before is Use.COMMANDS
    match block.language:
        case "sh":
            is_out = (block.document, block.text.partition("\n")[0]) in NOT_RUN
            return Use.NOT_RUN if is_out else Use.COMMANDS
        case "json":
            return Use.ANSWER if after_commands else Use.SETTINGS
        case "http" | "text" if after_commands:
            return Use.ANSWER
        case "http" if block.text.startswith("POST "):
            return Use.MESSAGE
        case "ini":
            return Use.SETTINGS
        case language if language in PROGRAMS and block.file_name:
            return Use.PROGRAM
    raise Useless(f"{block}: a block of {block.language or 'no language'} that nobody runs, parses or compares")


def used(document: str) -> Iterator[tuple[Block, Use]]:
    before: Use | None = None
    for block in blocks(document):
        before = use_of(block, before)
        yield block, before
