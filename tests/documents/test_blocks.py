"""Every block of docs/api.md, docs/mcp.md and docs/webhooks.md is run, compared or parsed; what does that works."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from okey.webhooks.payloads import MESSAGES
from tests.documents import answers, reading
from tests.documents.reading import NAMES, ROOT, Block
from tests.documents.uses import NEED_NODE, NOT_RUN, Use, Useless, use_of, used

EVERY = [one for document in NAMES for one in used(document)]
URL = "https://okey.example.com/mcp"
ENVIRONMENT = {
    ".mcp.json": "Bearer ${OKEY_TOKEN}",
    "~/.cursor/mcp.json": "Bearer ${env:OKEY_TOKEN}",
    ".vscode/mcp.json": "Bearer ${input:okey-token}",
}


def of_use(use: Use) -> list[Block]:
    return [block for block, its in EVERY if its is use]


def test_what_is_read_is_there() -> None:
    """A reader that finds nothing would let every test here pass."""
    counts = {document: sum(block.document == document for block in of_use(Use.COMMANDS)) for document in NAMES}
    assert counts["api"] > 20
    assert counts["mcp"] >= 6
    assert counts["webhooks"] >= 5
    assert len(of_use(Use.ANSWER)) > 15


@pytest.mark.parametrize(
    ("language", "text", "follows"),
    [
        ("", "curl x", True),
        ("text", "x", False),
        ("text", "x", True),
        ("yaml", "x", True),
        ("http", "HTTP/1.1 200 OK", False),
        ("python", "print(1)", True),
    ],
)
def test_a_block_that_nobody_would_run_is_an_error(language: str, text: str, follows: bool) -> None:
    block = replace(EVERY[0][0], language=language, text=text, follows=follows)
    with pytest.raises(Useless, match="nobody runs"):
        use_of(block, Use.PROGRAM)


def test_each_exception_stands_in_its_document() -> None:
    assert {(block.document, block.text.strip()) for block in of_use(Use.NOT_RUN)} == set(NOT_RUN)
    assert {(block.document, block.heading) for block in of_use(Use.COMMANDS)} >= NEED_NODE


@pytest.mark.parametrize("program", of_use(Use.PROGRAM), ids=lambda block: block.file_name)
def test_a_program_is_run_by_commands_after_it(program: Block) -> None:
    name = re.escape(program.file_name.replace(".ts", ".js"))  # compiled before
    later = [one for one in of_use(Use.COMMANDS) if one.document == program.document and one.line > program.line]
    assert any(re.search(rf"(?:python|node) {name}\b", one.text) for one in later)


# What is compared


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"id": "0c6f2f0e-7a0f-4a58-8d38-0d6d6a1b8a11"}, {"id": "91d20d8e-1d0a-4a8e-8c39-0d9d6c1b7a11"}),
        ({"at": "2026-03-09T14:00:00Z"}, {"at": "2027-01-01T00:00:00.5Z"}),
        ({"secret": "okey_…", "ms": 85, "none": None}, {"secret": "okey_a\nb", "ms": 7, "none": None}),
        ([{"a": 1}], [{"a": 1}, {"a": 2}]),
        ([], []),
    ],
)
def test_what_differs_from_run_to_run_is_alike(shown: Any, real: Any) -> None:
    answers.check_alike(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {"a": "x"}),
        ({"a": True}, {"a": 1}),
        ({"a": "ready"}, {"a": "on_its_way"}),
        ({"a": "2026-03-09T14:00:00Z"}, {"a": "2026-03-09"}),
        ({"a": "okey_…"}, {"a": "whsec_x"}),
        ([{"a": 1}], []),
        ([], [1]),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}),
    ],
)
def test_what_is_not_so_is_noticed(shown: Any, real: Any) -> None:
    with pytest.raises(answers.Differs):
        answers.check_alike(shown, real)


def test_an_answer_with_its_head_is_compared_line_by_line() -> None:
    printed = 'HTTP/1.1 201 Created\r\n\r\nHTTP/1.1 409 Conflict\r\nRetry-After: 2\r\n\r\n{"code": "conflict"}'
    answers.check_http_alike('HTTP/1.1 409 Conflict\nretry-after: 2\n\n{"code": "conflict"}', printed)
    for wrong in ("HTTP/1.1 201 Created", "HTTP/1.1 409 Conflict\nX: y", 'HTTP/1.1 409 Conflict\n\n{"code": "x"}'):
        with pytest.raises(answers.Differs):
            answers.check_http_alike(wrong, printed)


def test_json_is_found_among_other_lines() -> None:
    assert list(answers.json_values('msg_1 {"a": [1]}\n"x" [2]{}{')) == [{"a": [1]}, [2], {}]


# What is parsed


def settings_of(document: str) -> list[tuple[str, Any]]:
    """The file that the text before it names, and what stands in the block."""
    lines = reading.text(document).splitlines()
    found = []
    for block in of_use(Use.SETTINGS):
        if block.document == document and block.language == "json":
            said = next(line for line in reversed(lines[: block.line - 1]) if line.strip())
            [name, *_] = re.findall(r"`(\S*\.json)`", said)
            found.append((name, json.loads(block.text)))
    return found


def test_settings_in_json_are_those_of_assistants() -> None:
    assert {one.document for one in of_use(Use.SETTINGS) if one.language == "json"} == {"mcp"}


def test_the_settings_of_editors_have_the_shape_that_each_of_them_reads() -> None:
    found = settings_of("mcp")
    assert [name for name, _ in found] == [
        "~/.cursor/mcp.json",
        ".vscode/mcp.json",
        ".mcp.json",
        "~/.cursor/mcp.json",
        ".vscode/mcp.json",
        "claude_desktop_config.json",
    ]
    for name, settings in found[:-1]:
        servers = settings.pop("servers" if name == ".vscode/mcp.json" else "mcpServers")
        server = servers.pop("okey")
        assert servers == {}
        assert server.pop("url") == URL
        assert server.pop("type", None) == (None if "cursor" in name else "http")
        headers = server.pop("headers", {})
        assert headers in ({}, {"Authorization": ENVIRONMENT[name]})
        assert server == {}
        inputs = settings.pop("inputs", [])
        assert [(one["type"], one["id"], one["password"]) for one in inputs] == (
            [("promptString", "okey-token", True)] if headers and name == ".vscode/mcp.json" else []
        )
        assert settings == {}


def test_the_bridge_passes_the_token_in_one_argument() -> None:
    _name, settings = settings_of("mcp")[-1]
    server = settings["mcpServers"]["okey"]
    assert set(server) == {"command", "args", "env"}
    assert server["args"] == ["-y", "mcp-remote", URL, "--header", "Authorization:${AUTHORIZATION}"]
    assert server["env"]["AUTHORIZATION"].startswith("Bearer okey_")


def test_the_command_for_claude_code_names_transport_name_and_address() -> None:
    [command] = [block.text.split() for block in of_use(Use.NOT_RUN) if block.text.startswith("claude ")]
    assert command == ["claude", "mcp", "add", "--transport", "http", "okey", URL]


def test_settings_of_okeys_own_are_in_readmes_table() -> None:
    readme = (ROOT / "README.md").read_text()
    lines = [line for block in of_use(Use.SETTINGS) if block.language == "ini" for line in block.text.splitlines()]
    assert lines
    assert [line for line in lines if f"| `{line.partition('=')[0]}` |" not in readme] == []


def test_the_message_that_is_shown_is_one() -> None:
    [block] = of_use(Use.MESSAGE)
    head, _, body = block.text.partition("\n\n")
    message = json.loads(body)
    headers = {line.partition(": ")[0] for line in head.splitlines()[1:]}
    assert headers == {"content-type", "webhook-id", "webhook-timestamp", "webhook-signature"}
    MESSAGES[message["type"]].model_validate(message)


# Versions


def test_the_versions_that_documents_name_are_those_that_are_tried() -> None:
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE))
    for package in ("openapi_tools", "mcp_inspector"):
        locked |= json.loads((ROOT / "dev" / package / "package.json").read_text())["dependencies"]
    text = "".join(block.text for block, _ in EVERY)
    named = re.findall(r'"([\w-]+)==([\w.]+)"', text) + re.findall(r"(@?[\w/-]+)@(\d[\w.]*\.\d+)\b", text)
    assert len(named) >= 5
    assert [(name, version) for name, version in named if locked[name] != version] == []
