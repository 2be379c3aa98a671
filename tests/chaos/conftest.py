"""Worlds in which one thing at a time is broken, on purpose and at an exact moment."""

from collections.abc import Iterator

import pytest

from tests.chaos.world import Case, World, world


@pytest.fixture(scope="session")
def minimal_world() -> Iterator[World]:
    with world(Case("only creating is allowed", manages=False, refresh_grace=0), zoom_users=1) as here:
        yield here


@pytest.fixture(scope="session")
def managing_world() -> Iterator[World]:
    with world(Case("find is allowed", manages=True, refresh_grace=0), zoom_users=1) as here:
        yield here
