"""What n8n does with the workflow in docs/n8n/: as much of it as that file uses."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.documents.reading import FOLDER

WORKFLOW = FOLDER / "n8n" / "book-a-call.json"
#: The address that whoever imports the file puts their own for.
EXAMPLE = "https://okey.example.com"
#: The nodes that the file may use, each with those parameters that n8n's own of that version has (n8n-nodes-base 2.41).
PARAMETERS: dict[tuple[str, float], set[str]] = {
    ("n8n-nodes-base.stickyNote", 1): {"content", "height", "width"},
    ("n8n-nodes-base.webhook", 2): {"httpMethod", "path", "responseMode", "options"},
    ("n8n-nodes-base.httpRequest", 4.2): {
        "method",
        "url",
        "authentication",
        "genericAuthType",
        "sendQuery",
        "queryParameters",
        "sendHeaders",
        "headerParameters",
        "sendBody",
        "specifyBody",
        "jsonBody",
        "options",
    },
    ("n8n-nodes-base.if", 2.2): {"conditions", "options"},
    ("n8n-nodes-base.respondToWebhook", 1.1): {"respondWith", "responseBody", "options"},
}
EXPRESSION = re.compile(r"\{\{ (?:(JSON\.stringify)\()?\$json\.([\w.]+)\)? \}\}")
SECONDS = 60


def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(WORKFLOW.read_text())
    return loaded


def evaluated(value: Any, item: Any) -> Any:
    """A parameter's value for this item: text that begins with = has expressions in it."""
    if not isinstance(value, str) or not value.startswith("="):
        return value
    whole = EXPRESSION.fullmatch(value[1:])
    if whole is not None and whole[1] is None:
        return member(item, whole[2])
    text = EXPRESSION.sub(lambda found: _text(member(item, found[2]), quoted=found[1] is not None), value[1:])
    assert "{{" not in text, f"n8n's stand-in here cannot evaluate {value}"
    return text


def member(item: Any, path: str) -> Any:
    """KeyError where there is none: n8n would go on with nothing."""
    for name in path.split("."):
        item = item[name]
    return item


def _text(value: Any, *, quoted: bool) -> str:
    return json.dumps(value) if quoted else str(value)


def pairs(parameters: dict[str, Any], kind: str, item: Any) -> dict[str, str]:
    return {one["name"]: evaluated(one["value"], item) for one in parameters.get(kind, {}).get("parameters", [])}


@dataclass
class Run:
    """One execution, from a call of the workflow's webhook to the answer."""

    okey: str
    token: str
    calls: list[str] = field(default_factory=list)

    def called(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON that whoever calls n8n's webhook gets."""
        self._nodes = {node["name"]: node for node in workflow()["nodes"]}
        self._connections = workflow()["connections"]
        trigger = next(node for node in self._nodes.values() if _listens(node, method, path))
        return self._go_on(trigger["name"], 0, {"body": body})

    def _go_on(self, name: str, output: int, item: Any) -> tuple[int, Any]:
        [edge] = self._connections[name]["main"][output]
        node = self._nodes[edge["node"]]
        parameters = node["parameters"]
        match node["type"].rpartition(".")[2]:
            case "httpRequest":
                return self._go_on(node["name"], 0, self._asked(parameters, item))
            case "if":
                return self._go_on(node["name"], 0 if _holds(parameters["conditions"], item) else 1, item)
            case "respondToWebhook":
                status = evaluated(parameters["options"]["responseCode"], item)
                return int(status), json.loads(evaluated(parameters["responseBody"], item))
        raise KeyError(node["type"])

    def _asked(self, parameters: dict[str, Any], item: Any) -> dict[str, Any]:
        """The full response, whatever its status."""
        url = str(evaluated(parameters["url"], item)).replace(EXAMPLE, self.okey)
        headers = {"Authorization": f"Bearer {self.token}", **pairs(parameters, "headerParameters", item)}
        body = json.loads(evaluated(parameters["jsonBody"], item)) if parameters.get("sendBody") else None
        with requests.Session() as session:
            session.trust_env = False
            query = pairs(parameters, "queryParameters", item)
            answer = session.request(
                parameters["method"], url, params=query, headers=headers, json=body, timeout=SECONDS
            )
        self.calls.append(f"{parameters['method']} {url.removeprefix(self.okey)} {answer.status_code}")
        return {"statusCode": answer.status_code, "body": answer.json(), "headers": dict(answer.headers)}


def _listens(node: dict[str, Any], method: str, path: str) -> bool:
    parameters = node["parameters"]
    return bool(
        node["type"] == "n8n-nodes-base.webhook"
        and parameters["path"] == path
        and parameters.get("httpMethod", "GET") == method
    )


def _holds(conditions: dict[str, Any], item: Any) -> bool:
    [one] = conditions["conditions"]
    assert one["operator"]["operation"] == "equals"
    return bool(evaluated(one["leftValue"], item) == evaluated(one["rightValue"], item))
