"""The document that describes the API, and the page that shows it: whole, self-hosted, with examples."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from okey.api.models import Scope
from tests.api.operations import document, operations

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"


@pytest.mark.django_db
def test_the_page_asks_no_other_site_and_has_no_script_of_its_own() -> None:
    answer = Client().get("/api/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
    files = re.findall(r"""(?:src|href)="/static/([^"]+)""", text)
    assert len(files) >= 5
    assert [name for name in files if finders.find(name) is None] == []
    assert "//" not in re.sub(r"<!--.*?-->", "", text).replace("://www.w3.org", "")
    scripts = re.findall(r"<script([^>]*)>", text)
    assert [one for one in scripts if "src=" not in one and "application/json" not in one] == []
    assert 'name="viewport"' in text


def _fields() -> list[tuple[str, dict[str, Any]]]:
    schemas = document()["components"]["schemas"]
    return [
        (f"{name}.{field}", described)
        for name, schema in schemas.items()
        for field, described in schema.get("properties", {}).items()
    ]


def _speaks_for_itself(described: dict[str, Any]) -> bool:
    """A list or an object shows its parts' examples; a boolean, a moment or one of a few words needs none."""
    variants = [described, *described.get("anyOf", [])]
    kinds = {one.get("type") for one in variants}
    return (
        "examples" in described
        or any("$ref" in one or "enum" in one or "format" in one or "examples" in one for one in variants)
        or bool(kinds & {"array", "object", "boolean"})
        or "const" in described
    )


def test_every_field_has_an_example_or_speaks_for_itself() -> None:
    assert [name for name, described in _fields() if not _speaks_for_itself(described)] == []


def test_every_operation_says_what_may_go_wrong_as_a_problem_and_how_many_calls_are_left() -> None:
    for operation in operations():
        for status, answer in operation.described["responses"].items():
            assert "RateLimit-Remaining" in answer["headers"]
            assert (int(status) < 400) == ("application/problem+json" not in answer.get("content", {})), operation
        assert {400, 401, 403, 422, 429, 500, 503} <= operation.statuses, operation
        assert ({413, 415} <= operation.statuses) == (operation.body_schema is not None), operation
        for status in (429, 503):
            assert "Retry-After" in operation.described["responses"][status]["headers"]


def test_the_document_is_openapi_3_1_with_bearer_tokens() -> None:
    assert document()["openapi"].startswith("3.1")
    scheme = document()["components"]["securitySchemes"]["ApiTokenAuth"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_the_document_says_how_an_app_signs_its_owners_in() -> None:
    scheme = document()["components"]["securitySchemes"]["OAuth2"]
    [(kind, flow)] = scheme["flows"].items()
    server = Client().get("/.well-known/oauth-authorization-server").json()
    assert (scheme["type"], kind) == ("oauth2", "authorizationCode")
    assert flow["authorizationUrl"] == server["authorization_endpoint"]
    assert flow["tokenUrl"] == flow["refreshUrl"] == server["token_endpoint"]
    assert list(flow["scopes"]) == server["scopes_supported"] == list(Scope)
    for operation in operations():
        assert operation.described["security"] == [{"ApiTokenAuth": [operation.scope]}, {"OAuth2": [operation.scope]}]


def test_examples_of_parameters_are_as_openapi_has_them() -> None:
    """A list of values is JSON Schema's; beside the schema OpenAPI wants a map, or one `example`."""
    parameters = [one for operation in operations() for one in operation.described["parameters"]]
    assert len([one for one in parameters if "example" in one]) > 40
    assert [one["name"] for one in parameters if "examples" in one] == []


def test_what_is_left_out_by_default_has_no_default_that_clients_would_send() -> None:
    parameters = [one for operation in operations() for one in operation.described["parameters"]]
    assert [one["name"] for one in parameters if one["schema"].get("default") == ""] == []


def test_the_document_says_where_it_is_served(settings: Settings) -> None:
    settings.OKEY_BASE_URL = "https://okey.example.com"
    answer = Client().get("/api/v1/openapi.json").json()
    assert [server["url"] for server in answer["servers"]] == ["https://okey.example.com"]


def test_no_schema_is_there_that_nothing_leads_to() -> None:
    """Of what was left out, tools would make classes that nobody can use."""
    whole = document()
    text = json.dumps({name: whole[name] for name in ("paths", "webhooks", "components")}, default=str)
    assert [name for name in whole["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text] == []


def test_problems_have_every_member_that_programs_are_told_to_use() -> None:
    described = document()["components"]["schemas"]["ProblemDocument"]
    assert {"next_free", "contact_id", "contact_archived", "scope"} <= set(described["properties"])
    assert set(described["required"]) == {"type", "title", "status", "code", "detail", "errors"}


def test_every_operations_group_is_described() -> None:
    described = {tag["name"] for tag in document()["tags"] if tag["description"]}
    assert {tag for operation in operations() for tag in operation.described["tags"]} <= described


def test_the_guide_names_only_addresses_that_exist() -> None:
    named = re.findall(r"\$OKEY(/[\w/$-]+)", GUIDE.read_text())
    known = {re.sub(r"{\w+}", "$", operation.path) for operation in operations()} | {"/openapi"}
    assert len(named) > 8
    assert [one for one in named if re.sub(r"\$\w+", "$", one) not in known] == []


#: Each new attempt ends the owner's one before.
NO_KEY = {"POST /connections/authorize"}


def test_every_post_that_makes_something_takes_an_idempotency_key() -> None:
    """As docs/api.md says of all of them."""
    makes = [one for one in operations() if one.method == "POST" and 201 in one.described["responses"]]
    takes = [one for one in makes if "Idempotency-Key" in [of["name"] for of in one.described.get("parameters", [])]]
    assert {str(one) for one in makes if one not in takes} == NO_KEY
