"""What the documents for programs say of numbers, codes, addresses, events and tools is what the code says."""

import re
from datetime import timedelta
from typing import Any

import pytest

from meetings import link_wait
from meetings.api import conditions
from meetings.assistant import views
from meetings.assistant.server import server
from okey.api import idempotency, limiting, paging, schemas
from okey.api.models import Scope
from okey.api.oauth import endpoints as oauth
from okey.api.oauth import grants
from okey.api.problems import KINDS
from okey.webhooks import deliveries, endpoints, posting, sending
from okey.webhooks.models import TEST, Delivery, Event, EventType
from tests.api.operations import document, operations
from tests.documents.reading import NAMES, ROOT, text

#: Members that RFC 6749, 7591 and 9728 name.
OF_OAUTH = {"client_id", "error_description", "resource_metadata"}
#: Names with a hyphen that are none.
NO_HEADERS = {"O-Key"}
CODE = ("okey", "meetings")
#: Addresses beside the REST API.
OTHERS = ("/oauth/", "/mcp", "/book/", "/openapi.json")


def prose(name: str) -> str:
    """On one line."""
    return " ".join(text(name).split())


def hours(span: timedelta) -> int:
    return span // timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("api", f"`limit` ({paging.PAGE_SIZE}; at most {paging.PAGE_MAX})"),
        ("api", f"beyond {idempotency.KEY_MAX} characters"),
        ("api", f"**Limits**: {limiting.CALLS_A_MINUTE} calls a minute"),
        ("api", f"`ids` ({paging.IDS_MAX} at most)"),
        ("api", f"(at most {schemas.METADATA_MAX} texts by name)"),
        ("api", f"({conditions.WAIT_MAX} seconds at most"),
        ("api", "(three a web process, two of them for one owner)"),
        ("api", "An owner has ten webhooks at most."),
        ("api", f"is limited to {sending.SENDS_A_MINUTE} a minute"),
        ("api", f"A second new secret within {hours(endpoints.OVERLAP)} hours"),
        ("api", f"What happened in the last {Event.kept_for().days} days"),
        ("mcp", f"at most {views.LARGEST_BODY // 1024} KiB"),
        ("mcp", f"beyond {limiting.CALLS_A_MINUTE} calls a minute"),
        ("mcp", f"{oauth.REGISTRATIONS_AN_HOUR} an hour and {oauth.REGISTRATIONS_A_DAY} a day from one network"),
        ("mcp", f"after {oauth.REFUSALS_A_MINUTE} refused requests a minute"),
        ("mcp", "A code works once, for five minutes"),
        ("mcp", f"access for an hour; refresh tokens for {grants.REFRESH_LIVES.days} days"),
        ("webhooks", "**answer 2xx within five seconds**"),
        ("webhooks", f"tried again after {deliveries.FIRST_SECONDS} seconds"),
        ("webhooks", "up to six hours, for three days"),
        ("webhooks", f"for {hours(endpoints.OVERLAP)} hours messages carry a signature of the old one"),
    ],
)
def test_a_number_is_the_codes_own(name: str, words: str) -> None:
    assert words in prose(name)


def test_numbers_that_are_spelt_out_are_the_codes_own() -> None:
    assert (link_wait.ALL_PLACES, link_wait.PLACES_AN_OWNER) == (3, 2)
    assert endpoints.MOST_ENDPOINTS == 10
    assert (timedelta(minutes=5), timedelta(hours=1)) == (grants.CODE_LIVES, grants.ACCESS_LIVES)
    assert posting.DEADLINE_SECONDS == 5
    assert (6 * 3600, timedelta(days=3)) == (deliveries.LONGEST_SECONDS, deliveries.DEAD_AFTER)
    for told in document()["webhooks"].values():
        assert "within five seconds" in told["post"]["responses"]["2XX"]["description"]


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_that_is_named_has_this_status(name: str) -> None:
    statuses = {str(code): str(kind.status) for code, kind in KINDS.items()}
    named = re.findall(r"`(\d{3}) (\w+)`", text(name))
    assert named or name != "api"
    assert [(status, code) for status, code in named if statuses.get(code) != status] == []


def addresses(name: str) -> set[tuple[str, str]]:
    """Method and path of the REST calls that a document names: by curl, and in its sentences."""
    whole = text(name).replace("\\\n", " ")
    found = set()
    for command in re.findall(r"\bcurl [^\n|]*", whole):
        method = re.search(r"-X (\w+)", command)
        for path in re.findall(r"\$OKEY(/[^\s\"?)]*)", command):
            found.add((method[1] if method else "GET", path))
    for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (?:/api/v1)?(/[^\s`?]*)", whole):
        found.add((method, path))
    return found


def is_path(described: str, path: str) -> bool:
    """Whether it is this operation's, with anything in the place of its IDs."""
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(described))
    return re.fullmatch(pattern, path) is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_is_named_is_one_of_the_openapi_document(name: str) -> None:
    known = [(operation.method, operation.path) for operation in operations()]
    named = {(method, path) for method, path in addresses(name) if not path.startswith(OTHERS)}
    assert len(named) >= {"api": 40, "mcp": 0, "webhooks": 4}[name]
    unknown = [
        (method, path)
        for method, path in sorted(named)
        if not any(method == its and is_path(described, path) for its, described in known)
    ]
    assert unknown == []


def names_in(part: Any) -> set[str]:
    """Everything that a schema calls by name: members, parameters, and the values that they may have."""
    if isinstance(part, list):
        return {name for one in part for name in names_in(one)}
    if not isinstance(part, dict):
        return set()
    values = [*part.get("enum", ()), part.get("const"), part.get("name")]
    below = {name for one in part.values() for name in names_in(one)}
    return below | set(part) | {value for value in values if isinstance(value, str)}


@pytest.mark.parametrize("name", NAMES)
def test_a_member_that_is_named_exists(name: str) -> None:
    known = names_in(document()) | names_in([tool.definition for tool in server._tools.values()])
    known |= {*server._tools, *Delivery.Trouble.values, *OF_OAUTH}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text(name)))
    assert len(named) > 5
    assert sorted(named - known) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_header_that_is_named_is_read_or_sent_somewhere(name: str) -> None:
    named = set(re.findall(r"`((?:[A-Z][A-Za-z]+|webhook)(?:-[A-Za-z]+)+)(?::[^`]*)?`", text(name))) - NO_HEADERS
    sources = "".join(file.read_text() for folder in CODE for file in (ROOT / folder).rglob("*.py"))
    assert named
    assert sorted(header for header in named if f'"{header}' not in sources) == []


def test_every_trouble_of_a_delivery_is_explained() -> None:
    assert [name for name in Delivery.Trouble.values if f"`{name}`" not in text("webhooks")] == []


def test_every_event_is_in_the_table_and_every_row_is_an_event() -> None:
    rows = re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|", text("webhooks"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", row)}
    assert named == {*EventType.values, TEST}


def test_every_tool_is_in_the_table_with_its_scope() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text("mcp"), re.MULTILINE))
    tools = {name: str(tool.permission.args[0]) for name, tool in server._tools.items()}
    assert rows == tools


def test_every_scope_is_in_the_table() -> None:
    assert re.findall(r"^\| `(\w+)` \| [a-z]", text("api"), re.MULTILINE) == list(Scope.values)
