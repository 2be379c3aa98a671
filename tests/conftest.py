"""The fixed cast: alice owns, bob shares, charlie is a stranger. And no network but the loopback."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import hypothesis
import pytest
import time_machine
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from kombu import pools

from okey.celery import app
from okey.limits import limits
from okey.owners.models import Owner
from okey.owners.sign_in import vouch_for_email
from tests import databases, migrated
from tests.moments import EVERY_MOMENT, MOMENTS, TIME_BOUND, VARIABLE

PASSWORD = "correct horse battery"

# The same examples in each run, on a machine of any speed: what is found by chance is found where nobody looks for it.
hypothesis.settings.register_profile("the same each time", derandomize=True, deadline=None)
hypothesis.settings.load_profile("the same each time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    database = os.environ.get(databases.VARIABLE)
    if not database:
        return
    left_out = [item for item in items if not _is_run_on(database, item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _is_run_on(database, item)]


def _is_run_on(database: str, item: pytest.Item) -> bool:
    at_every_moment = database == databases.SQLITE and _is_time_bound(item.path)
    return at_every_moment or database in databases.databases_of(item)


def _is_time_bound(file: Path) -> bool:
    return file.relative_to(databases.ROOT).as_posix() in TIME_BOUND


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.endswith(".localhost")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_use_migrations: bool) -> bool:
    """Django finds it made; django_db_modify_db_settings removes it."""
    return django_db_use_migrations


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_use_migrations: bool) -> Iterator[None]:
    """The test database is there, migrated, before Django looks for it."""
    if not django_db_use_migrations:
        yield
        return
    with migrated.test_database(os.environ["DATABASE_URL"], connection.creation._get_test_db_name()):
        yield


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """A test that would ask a real machine fails instead."""
    connect = socket.socket.connect

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        yield


@pytest.fixture(autouse=True)
def no_rate_counts() -> None:
    """One test's tries are not another's: limits and allauth count in memory here, where Redis is away."""
    cache.clear()
    limits.in_memory().storage.reset()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if os.environ.get(EVERY_MOMENT) and _is_time_bound(metafunc.definition.path):
        metafunc.parametrize("set_moment", [moment.isoformat() for moment in MOMENTS], indirect=True)


@pytest.fixture(autouse=True)
def set_moment(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the moment that the stage of `make test` names, so that a test means the same at any hour of any day."""
    moment = getattr(request, "param", os.environ.get(VARIABLE))
    if not moment or request.node.get_closest_marker("another_clock") is not None:
        yield
        return
    with time_machine.travel(datetime.fromisoformat(moment), tick=True):
        yield


@pytest.fixture
def clock_stands() -> Iterator[None]:
    """Limits count by the minute of the clock: no new one begins within the test."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


def _owner(name: str) -> Owner:
    owner = Owner.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, name=f"{name} Archer", timezone="Europe/Berlin"
    )
    vouch_for_email(owner)
    return owner


@pytest.fixture
def alice(db: None) -> Owner:
    return _owner("Alice")


@pytest.fixture
def bob(db: None) -> Owner:
    return _owner("Bob")


@pytest.fixture
def charlie(db: None) -> Owner:
    return _owner("Charlie")


@pytest.fixture
def admin(db: None) -> Owner:
    return Owner.objects.create_superuser("admin@example.com", PASSWORD, name="Ada Admin")


def _signed_in(owner: Owner) -> Client:
    client = Client()
    client.force_login(owner)
    password_just_entered(client, owner)
    return client


def password_just_entered(client: Client, owner: Owner) -> None:
    """As signing in by the page leaves it; and so it stays, wherever a test moves the clock to."""
    session = client.session
    record_authentication(cast(HttpRequest, SimpleNamespace(session=session)), owner, method="password")
    session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    session.save()


@pytest.fixture
def alice_client(alice: Owner) -> Client:
    return _signed_in(alice)


@pytest.fixture
def bob_client(bob: Owner) -> Client:
    return _signed_in(bob)


@pytest.fixture
def charlie_client(charlie: Owner) -> Client:
    return _signed_in(charlie)


@pytest.fixture
def admin_client(admin: Owner) -> Client:
    return _signed_in(admin)


@pytest.fixture
def use_broker() -> Iterator[Callable[[str], None]]:
    """Publish to another address from now on."""
    before = app.conf.broker_url

    def use(url: str) -> None:
        app.conf.broker_url = url
        pools.reset()
        app._pool = None
        app.amqp._producer_pool = None

    yield use
    use(before)
