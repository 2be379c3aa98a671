"""There is one function that refreshes, whoever needs a new pair."""

import ast
from pathlib import Path

import integrations
from integrations.providers.base import OAuthProvider

HERE = Path(str(integrations.__file__)).parent


def callers_of(method: str) -> set[str]:
    """Where something named `provider` or made by the registry is asked for it."""
    found = set()
    for path in HERE.rglob("*.py"):
        if "providers" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                owner = ast.unparse(node.func.value)
                if owner == "provider" or "oauth_provider(" in owner:
                    found.add(path.name)
    return found


def test_one_module_asks_providers_for_a_new_pair() -> None:
    assert callers_of("refresh") == {"refreshing.py"}
    assert callers_of("exchange") == {"authorization.py"}  # the search finds what there is to find
    assert OAuthProvider.refresh
