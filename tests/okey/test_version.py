"""One version, said the same everywhere, and to nobody but administrators."""

import re
import tomllib
from datetime import date

import pytest
from django.test import Client

from dev.commands import ROOT
from integrations.doctor import setup
from okey import __version__


def test_the_package_and_its_description_say_the_same() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_the_changelog_has_what_is_not_released_first_and_then_each_release_with_its_day() -> None:
    first, *releases = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first == "Unreleased"
    found = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+), (\d{4}-\d\d-\d\d)", heading) for heading in releases]
    assert None not in found, releases
    numbers = [tuple(int(number) for number in one.groups()[:3]) for one in found if one]
    days = [date.fromisoformat(one[4]) for one in found if one]
    assert (numbers, days) == (sorted(numbers, reverse=True), sorted(days, reverse=True))
    if numbers:
        assert ".".join(map(str, numbers[0])) == __version__


def test_the_doctor_says_it() -> None:
    assert [one.text for one in setup.version()] == [f"O-Key {__version__}"]


@pytest.mark.django_db
def test_administrators_read_it_and_strangers_do_not(admin_client: Client, client: Client) -> None:
    assert f"O-Key {__version__}" in admin_client.get("/admin/").content.decode()
    for path in ("/admin/login/", "/accounts/login/", "/health/", "/health/live", "/health/ready"):
        assert __version__ not in client.get(path, follow=True).content.decode()
