"""The lock files install the same on every machine."""

import re

import pytest

from dev.commands import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert re.findall(r"^\s*(?:-[a-z]|--(?!hash=))\S+", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_pinned_with_hashes(name: str) -> None:
    requirements = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    assert len(requirements) > 20
    assert [text.splitlines()[0] for text in requirements if "==" not in text or "--hash=sha256:" not in text] == []


def test_production_gets_the_versions_that_were_tested() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==[^\s;]+", (ROOT / name).read_text(), flags=re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
