"""There is one function that refreshes, whoever needs a new pair."""

import ast
from pathlib import Path

import integrations
from integrations.vendors.base import Vendor

HERE = Path(str(integrations.__file__)).parent


def callers_of(method: str) -> set[str]:
    """Where something named `vendor` or made by the registry is asked for it."""
    found = set()
    for path in HERE.rglob("*.py"):
        if {"providers", "vendors"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                owner = ast.unparse(node.func.value)
                if owner == "vendor" or "registry.vendor" in owner:
                    found.add(path.name)
    return found


def test_one_module_asks_vendors_for_a_new_pair() -> None:
    assert callers_of("refresh") == {"refreshing.py"}
    assert callers_of("exchange") == {"authorization.py"}  # the search finds what there is to find
    assert Vendor.refresh
