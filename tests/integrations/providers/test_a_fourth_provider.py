"""A fourth OAuth provider, added to a copy of this checkout by docs/providers.md alone: its folder, one line in the
registry and a section on that page. Its files are in a_fourth_provider/, as text: O-Key knows nothing of them.
"""

import filecmp
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.commands import ROOT
from tests.make_run import copy_checkout

pytestmark = pytest.mark.processes

FILES = Path(__file__).parent / "a_fourth_provider"
FOLDER = "integrations/providers/parley"
REGISTRY, PAGE = "integrations/registry.py", "docs/providers.md"
TESTS = "tests/integrations/providers/test_parley.py"
ITS_PLACE = '    "personal_link": PersonalLink,\n'
ITS_LINE = '    "parley": WithItsVendor("parley"),\n'
PYTEST = ("-m", "pytest", "-q", "--nomigrations", "-p", "no:xdist")


def _put_in(checkout: Path, *, line: bool = True, page: bool = True) -> None:
    """By the page's steps."""
    (checkout / FOLDER).mkdir()
    for file in (FILES / "folder").iterdir():
        (checkout / FOLDER / file.stem).write_text(file.read_text())
    (checkout / TESTS).write_text((FILES / "test_parley.py.txt").read_text())
    registry = (checkout / REGISTRY).read_text()
    assert registry.count(ITS_PLACE) == 1
    if line:
        (checkout / REGISTRY).write_text(registry.replace(ITS_PLACE, ITS_PLACE + ITS_LINE))
    if page:
        with (checkout / PAGE).open("a") as text:
            text.write((FILES / "page.md.txt").read_text())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = copy_checkout(tmp_path_factory.mktemp("fourth"), with_tests=True)
    _put_in(copy)
    return copy


def run(checkout: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = inherited | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONDONTWRITEBYTECODE": "1"} | settings
    return subprocess.run(
        [sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def is_green(done: subprocess.CompletedProcess[str]) -> bool:
    assert done.returncode == 0, done.stdout + done.stderr
    return True


def _files(checkout: Path) -> set[str]:
    """Relative paths of what git would keep."""
    found = (path.relative_to(checkout) for path in checkout.rglob("*") if path.is_file())
    out = {"var", ".git", ".venv", ".env", "__pycache__", "staticfiles", "node_modules", "vendors.env"}
    return {str(path) for path in found if not out & set(path.parts) and not path.parts[0].endswith("_cache")}


def test_its_folder_its_test_a_line_and_a_section_are_all_that_changes(checkout: Path) -> None:
    new = {f"{FOLDER}/{file.stem}" for file in (FILES / "folder").iterdir()} | {TESTS}
    assert _files(checkout) - _files(ROOT) == new
    assert {name for name in _files(ROOT) if not filecmp.cmp(ROOT / name, checkout / name, shallow=False)} == {
        REGISTRY,
        PAGE,
    }
    lines, before = [set((where / REGISTRY).read_text().splitlines()) for where in (checkout, ROOT)]
    assert lines - before == {ITS_LINE.rstrip("\n")}


def test_django_finds_nothing_to_say_and_no_migration_is_needed(checkout: Path) -> None:
    assert is_green(run(checkout, "manage.py", "check", "--fail-level", "WARNING"))
    assert is_green(run(checkout, "manage.py", "makemigrations", "--check", "--dry-run"))


def test_style_and_the_rules_of_imports_hold_and_would_see_it_reach_for_another(checkout: Path) -> None:
    bin_folder = Path(sys.executable).parent
    assert is_green(run(checkout, "-m", "ruff", "check", "--no-cache", FOLDER, TESTS, REGISTRY))
    assert is_green(run(checkout, "-m", "ruff", "format", "--no-cache", "--check", FOLDER, TESTS, REGISTRY))
    assert is_green(run(checkout, str(bin_folder / "lint-imports"), "--no-cache"))
    file = checkout / FOLDER / "api.py"
    before = file.read_text()
    file.write_text(before + "\nfrom integrations.providers.zoom import Zoom\n")
    try:
        done = run(checkout, str(bin_folder / "lint-imports"), "--no-cache")
    finally:
        file.write_text(before)
    assert "integrations.providers.parley.api -> integrations.providers.zoom" in done.stdout


def test_it_keeps_the_contract_goes_the_whole_way_and_the_documents_say_so(checkout: Path) -> None:
    assert is_green(run(checkout, *PYTEST, TESTS, "tests/test_docs.py"))


def test_it_is_set_up_by_the_environment_alone(checkout: Path) -> None:
    said = "from integrations import registry; one = registry.vendor('parley'); print(one.is_configured, one.base_urls)"
    credentials = {"PARLEY_CLIENT_ID": "an-id", "PARLEY_CLIENT_SECRET": "a-key"}
    address = {"PARLEY_BASE_URL": "http://127.0.0.1:1"}
    assert run(checkout, "manage.py", "shell", "-v0", "-c", said).stdout == "False ('https://parley.example.com',)\n"
    done = run(checkout, "manage.py", "shell", "-v0", "-c", said, **credentials, **address)
    assert done.stdout == "True ('http://127.0.0.1:1',)\n"
    refused = run(checkout, "manage.py", "check", **credentials, PARLEY_BASE_URL="http://parley.example.com")
    assert refused.returncode == 1
    assert "PARLEY_BASE_URL must be https" in refused.stderr


def test_without_its_line_or_without_its_section_the_run_is_red(tmp_path: Path) -> None:
    copy = copy_checkout(tmp_path, with_tests=True)
    _put_in(copy, page=False)
    done = run(copy, *PYTEST, "tests/test_docs.py", "-k", "provider")
    assert "FAILED tests/test_docs.py::test_every_provider_has_its_section[parley]" in done.stdout
    assert "FAILED tests/test_docs.py::test_the_table_of_a_provider_says_what_the_core_is_told[parley]" in done.stdout
    (copy / REGISTRY).write_text((ROOT / REGISTRY).read_text())
    done = run(copy, *PYTEST, TESTS, "tests/test_docs.py", "-k", "is_registered or kept_apart")
    assert "FAILED tests/test_docs.py::test_every_provider_and_vendor_is_kept_apart" in done.stdout
    assert "::test_it_is_registered_under_its_name_and_can_be_shown" in done.stdout
