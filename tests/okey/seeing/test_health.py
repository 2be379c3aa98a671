"""/health/live and /health/ready, as probes ask."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def database_is_away() -> Iterator[None]:
    def refuse(*_args: object) -> object:
        raise DatabaseError("secret details of the database")

    with connection.execute_wrapper(refuse), patch.object(connection, "cursor", refuse):
        yield


def test_a_process_that_answers_lives_whatever_else_is_down(client: Client, settings: Settings) -> None:
    # Without the fixture `db` any question to the database would fail the test.
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_ready_where_all_is_there(client: Client, counters: Settings, db: None) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


def test_a_broker_that_is_away_is_named(client: Client, settings: Settings, db: None) -> None:
    settings.REDIS_URL = "redis://:broker-password@127.0.0.1:1/0"
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"], answer["Retry-After"]) == (503, ["broker"], "10")
    assert "broker-password" not in answer.content.decode()


def test_a_migration_that_is_missing_is_named(client: Client, counters: Settings, db: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="pulse").delete()
    assert client.get("/health/ready").json()["reasons"] == ["migrations"]


def test_a_migration_of_newer_code_is_no_fault(client: Client, counters: Settings, db: None) -> None:
    MigrationRecorder.Migration.objects.create(app="pulse", name="9999_of_tomorrow")
    assert client.get("/health/ready").status_code == 200


def test_a_database_that_is_away_is_named_once(client: Client, counters: Settings, database_is_away: None) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["database"])
    assert "secret" not in answer.content.decode()


def test_probes_are_not_sent_to_https(client: Client, settings: Settings, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    statuses = [client.get(path).status_code for path in ("/health/", "/health/live", "/health/ready", "/metrics")]
    assert statuses == [200, 200, 503, 301]
