"""docs/n8n/: n8n takes the file; what it asks O-Key for, and reads in the answers, is in the OpenAPI document."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.api.operations import document, resolved
from tests.documents.n8n import EXAMPLE, PARAMETERS, workflow

NODES = workflow()["nodes"]
BY_NAME = {node["name"]: node for node in NODES}
HTTP = [node for node in NODES if node["type"].endswith(".httpRequest")]


def edges() -> Iterator[tuple[str, dict[str, Any]]]:
    for source, kinds in workflow()["connections"].items():
        assert set(kinds) == {"main"}
        for output in kinds["main"]:
            for edge in output:
                yield source, edge


def operation(node: dict[str, Any]) -> dict[str, Any]:
    """What the OpenAPI document says of the node's call."""
    parameters = node["parameters"]
    address = urlsplit(parameters["url"])
    assert f"{address.scheme}://{address.netloc}" == EXAMPLE
    found: dict[str, Any] = document()["paths"][address.path][parameters["method"].lower()]
    return found


def names(parameters: dict[str, Any], kind: str) -> set[str]:
    return {one["name"] for one in parameters.get(kind, {}).get("parameters", [])}


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    [content] = answer["content"].values()
    return resolved(content["schema"])


def expressions(value: Any) -> set[str]:
    """The members that a node reads from the item before it."""
    return set(re.findall(r"\$json\.([\w.]+)", json.dumps(value)))


def test_each_node_is_as_n8n_exports_it() -> None:
    assert set(workflow()) == {"name", "nodes", "connections", "active", "settings", "pinData"}
    assert workflow()["active"] is False
    assert len(BY_NAME) == len(NODES) == len({UUID(node["id"]) for node in NODES})
    for node in NODES:
        allowed = {"retryOnFail", "maxTries", "waitBetweenTries", "webhookId"}
        assert set(node) - allowed == {"id", "name", "type", "typeVersion", "position", "parameters"}
        assert set(node["parameters"]) <= PARAMETERS[node["type"], node["typeVersion"]]
        assert [type(part) for part in node["position"]] == [int, int]
        assert ("webhookId" in node) is (node["type"] == "n8n-nodes-base.webhook")


def test_every_node_is_connected_and_every_way_ends_in_an_answer() -> None:
    for source, edge in edges():
        assert source in BY_NAME
        assert (edge["node"] in BY_NAME, edge["type"], edge["index"]) == (True, "main", 0)
    reached = {edge["node"] for _, edge in edges()}
    begins = {node["name"] for node in NODES if node["type"] == "n8n-nodes-base.webhook"}
    notes = {node["name"] for node in NODES if node["type"] == "n8n-nodes-base.stickyNote"}
    assert reached | begins | notes == set(BY_NAME)
    sources = {source for source, _ in edges()}
    ends = set(BY_NAME) - sources - notes
    assert {BY_NAME[name]["type"] for name in ends} == {"n8n-nodes-base.respondToWebhook"}
    for name, kinds in workflow()["connections"].items():
        assert len(kinds["main"]) == (2 if BY_NAME[name]["type"] == "n8n-nodes-base.if" else 1)


def test_no_credential_is_in_the_file() -> None:
    text = json.dumps(workflow())
    assert "okey_" not in text
    assert "credentials" not in text
    for node in HTTP:
        assert node["parameters"]["authentication"] == "genericCredentialType"
        assert node["parameters"]["genericAuthType"] == "httpBearerAuth"


@pytest.mark.parametrize("node", HTTP, ids=lambda node: node["name"])
def test_each_call_is_one_of_okeys(node: dict[str, Any]) -> None:
    parameters = node["parameters"]
    described = operation(node)
    known = {(one["in"], one["name"]) for one in described["parameters"]}
    sent = {("query", name) for name in names(parameters, "queryParameters")}
    sent |= {("header", name) for name in names(parameters, "headerParameters")}
    assert sent <= known
    if parameters.get("sendBody"):
        schema = resolved(described["requestBody"]["content"]["application/json"]["schema"])
        body = json.loads(re.sub(r"\{\{ .*? \}\}", '"x"', parameters["jsonBody"].removeprefix("=")))
        assert set(body) <= set(schema["properties"])
        assert "Idempotency-Key" in names(parameters, "headerParameters") or not node["retryOnFail"]


def test_each_member_that_is_read_is_in_an_answer() -> None:
    """By following each call to the nodes behind it."""
    for call in HTTP:
        answers = operation(call)["responses"].values()
        known = {name for answer in answers for name in body_of(answer)["properties"]}
        behind, read = {call["name"]}, set()
        while new := {edge["node"] for source, edge in edges() if source in behind} - behind:
            behind |= new
            read |= {path for name in new for path in expressions(BY_NAME[name]["parameters"])}
        assert read
        members = {path.split(".")[1] for path in read if path.startswith("body.")}
        assert members <= known
        assert {path.split(".")[0] for path in read} <= {"body", "statusCode"}
