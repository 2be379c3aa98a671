"""The documents say what the code does: settings, providers, commands, links."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from integrations import registry
from integrations.providers.base import OAuthProvider
from integrations.vendors.base import Revoking
from okey.lib.claims import Claimable

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: env.str("NAME", …), env.bool("NAME", …), required("NAME")
READ_SETTING = re.compile(r"""\b(?:env\.\w+|required)\(\s*"([A-Z][A-Z_]+)\"""")
TABLE_SETTING = re.compile(r"^\| `([A-Z][A-Z_]+)` \|", re.MULTILINE)
MAKE_TARGET = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
RELATIVE_LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

OAUTH = [one.slug for one in registry.providers() if one.needs_oauth]
REVOKING_ENDS = {Revoking.NOTHING: "nothing", Revoking.GRANT: "the grant", Revoking.PERSON: "everything of the person"}

#: Folders in which somebody's checkout, home or scratch files lie.
MACHINE_PATH = re.compile(r"(?<![\w.{}/-])/(?:work|tmp|root|home|Users)/\S+")
REGISTRY = re.compile(r"\bpypi\b|pythonhosted|npmjs|docker\.(?:io|com)|ghcr|quay\.io", re.IGNORECASE)


def settings_read() -> list[str]:
    return READ_SETTING.findall((ROOT / "okey" / "settings.py").read_text())


def prose(text: str) -> str:
    """Without code blocks, whose comments look like headings."""
    return CODE_BLOCK.sub("", text)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as addresses name them."""
    headings = HEADING.findall(prose(page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def relative_links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for link in RELATIVE_LINK.findall(prose(page.read_text())):
            yield page, link


def test_the_readers_find_what_is_there() -> None:
    """A pattern that no longer matches would let every test below pass."""
    assert {"SECRET_KEY", "DEBUG", "ZOOM_MANAGE_MEETINGS", "OKEY_ENCRYPTION_KEYS"} <= set(settings_read())
    assert len(list(relative_links())) > 10
    assert "test" in MAKE_TARGET.findall((ROOT / "Makefile").read_text())


def test_every_setting_has_one_row_in_readme_and_every_row_a_setting() -> None:
    rows = TABLE_SETTING.findall(README)
    assert sorted(rows) == sorted(set(settings_read()))


@pytest.mark.parametrize("slug", registry.PROVIDERS)
def test_every_provider_has_its_section(slug: str) -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    assert f"## {registry.provider(slug).name} (`{slug}`)" in page


def _facts(one: OAuthProvider) -> dict[str, str]:
    """The rows of its table that the core's own answers make."""
    vendor = registry.vendor(one.vendor)
    yes_or_no = {True: "yes", False: "no"}
    facts = {
        "rotates": yes_or_no[vendor.rotates],
        "ends older grants": yes_or_no[vendor.ends_older_grants],
        "revoking ends": REVOKING_ENDS[vendor.revokes],
        "keeps times": yes_or_no[one.keeps_times],
        "may repeat a create": yes_or_no[one.may_repeat_create],
    }
    return {
        "facts": "; ".join(f"{name}: {value}" for name, value in facts.items()),
        "deadline": f"{one.deadline:g} s a call",
    }


@pytest.mark.parametrize("slug", OAUTH)
def test_the_table_of_a_provider_says_what_the_core_is_told(slug: str) -> None:
    one = registry.oauth_provider(slug)
    section = (ROOT / "docs" / "providers.md").read_text().partition(f"(`{slug}`)\n")[2].partition("\n## ")[0]
    table = dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", section, re.MULTILINE))
    assert {name: table.get(name) for name in _facts(one)} == _facts(one)

    asked = {*registry.vendor(one.vendor).sign_in_scopes, *one.scopes} if one.scopes else set()
    names = set(re.findall(r"`([^`]+)`", table.get("asked scopes", "")))
    assert names == {scope.rpartition("/")[2] for scope in asked}
    needed = re.findall(r"`([^`]+)`", table.get("needed scopes", ""))
    able = {capability.value for capability in one.capabilities([*one.scopes, *needed])}
    assert set(table["capabilities"].partition(";")[0].split(", ")) == able
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        assert f"`{one.vendor.upper()}_{name}`" in table["settings"]


def test_every_provider_and_vendor_is_kept_apart_from_the_others() -> None:
    """By the contracts in pyproject.toml, which name them all at once."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = [{*one.get("modules", []), *one.get("forbidden_modules", [])} for one in contracts]
    assert sum("integrations.providers.*" in one for one in named) == 3
    for folder in sorted((ROOT / "integrations" / "providers").glob("*/__init__.py")):
        assert folder.parent.name in registry.PROVIDERS
    for folder in sorted((ROOT / "integrations" / "vendors").glob("*/__init__.py")):
        assert folder.parent.name in registry.VENDORS


def test_every_make_target_is_in_readme() -> None:
    targets = MAKE_TARGET.findall((ROOT / "Makefile").read_text())
    assert [target for target in targets if f"make {target}" not in README] == []


def test_readmes_test_command_is_what_the_automatic_check_runs() -> None:
    run = (ROOT / ".ci" / "run").read_text()
    command = re.findall(r"^exec (.+)$", run, re.MULTILINE)
    assert len(command) == 1
    assert f"```\n{command[0]}\n```" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_document_names_a_machine_or_a_registry(page: Path) -> None:
    text = page.read_text()
    assert MACHINE_PATH.findall(text) == []
    assert REGISTRY.findall(text) == []


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for page, link in relative_links():
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text()))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}


def test_every_table_of_claims_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    tables = [model.__name__ for model in apps.get_models() if issubclass(model, Claimable)]
    assert [name for name in tables if f"| `{name}` |" not in text] == []


def product_files() -> Iterator[Path]:
    for folder in ("okey", "integrations", "meetings"):
        yield from (ROOT / folder).rglob("*.py")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_that_a_document_names_exists(page: Path) -> None:
    """`folder/module.py: function` and `module.function` are promises to whoever follows them."""
    text = page.read_text()
    files = list(product_files())
    stems = {file.stem for file in files}
    named = re.findall(r"`([\w/]+)\.py: (\w+)(?:\(\))?`", text)
    named += [
        (module, name) for module, name in re.findall(r"`(\w+)\.(\w+)`", text) if module in stems and name != "py"
    ]
    for module, name in named:
        defines = re.compile(rf"^\s*(?:def |class )?{name}\b(?:\(|:| =)", re.MULTILINE)
        homes = [file for file in files if str(file.with_suffix("")).endswith(f"/{module}")]
        assert any(defines.search(file.read_text()) for file in homes), f"{module}: {name}"
