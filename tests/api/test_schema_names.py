"""In the OpenAPI document a name stands for one schema: django-ninja keeps the last of two without a word."""

from typing import Any

import pytest

from okey.api.openapi import Document
from okey.api_root import api


def test_no_two_schemas_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    clashes: set[str] = set()

    add = Document.add_schema_definitions

    def note(document: Document, definitions: dict[str, Any]) -> None:
        add(document, definitions)
        clashes.update(name for name, one in definitions.items() if seen.setdefault(name, one) != one)

    monkeypatch.setattr(Document, "add_schema_definitions", note)
    api.get_openapi_schema()
    assert len(seen) > 20
    assert not clashes
