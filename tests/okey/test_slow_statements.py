"""A statement of a page may take so long and no longer; a worker's may. Nobody's transaction waits for its process."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from dev.commands import ROOT
from okey.api import problems
from okey.lib import statements
from okey.urls import urlpatterns as all_of_them

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has such a limit")
WORKER = "okey.celery, django, celery.signals; django.setup(); celery.signals.worker_init.send(None)"
BEAT = WORKER.replace("worker_init", "beat_init")
SHOW = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW {}'); print(*k.fetchone())"
#: It takes a lock, says so, and stops.
SLEEP = (
    "import os, signal; from django.db import connection, transaction; transaction.atomic().__enter__();"
    " connection.cursor().execute('SELECT pg_advisory_xact_lock({})'); print('held', flush=True);"
    " os.kill(os.getpid(), signal.SIGSTOP)"
)
LOCK = 4711


def slow(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(30)")
    return HttpResponse("never")


urlpatterns = [path("slow/", slow), *all_of_them]


@on_postgresql
def test_a_page_whose_statement_takes_too_long_says_so(client: Client, settings: Settings, db: None) -> None:
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False

    response = client.get("/slow/")

    assert response.status_code == 503
    assert "This took too long" in response.content.decode()
    assert response["Retry-After"] == "60"


@on_postgresql
def test_the_api_says_that_it_is_not_available_now(settings: Settings, db: None) -> None:
    request = HttpRequest()
    try:
        slow(request)
    except Exception as error:  # noqa: BLE001 -- whatever Django makes of it
        problem = problems.of(request, error)
    assert problem.code == problems.Code.UNAVAILABLE


def test_other_errors_stay_what_they_are() -> None:
    assert not statements.took_too_long(ValueError())


@on_postgresql
@pytest.mark.parametrize(
    ("process", "given", "statement", "idle"),
    [
        ("okey.wsgi", {}, "15s", "30s"),
        ("okey.wsgi", {"OKEY_WEB_STATEMENT_SECONDS": "7"}, "7s", "30s"),
        ("okey.wsgi", {"OKEY_WEB_STATEMENT_SECONDS": "0", "OKEY_IDLE_TRANSACTION_SECONDS": "0"}, "0", "0"),
        (WORKER, {}, "0", "30s"),
        (BEAT, {"OKEY_IDLE_TRANSACTION_SECONDS": "9"}, "0", "9s"),
    ],
)
def test_the_limits_of_each_process(process: str, given: dict[str, str], statement: str, idle: str) -> None:
    shown = [SHOW.format(one) for one in ("statement_timeout", "idle_in_transaction_session_timeout")]
    code = "; ".join([f"import {process}", *shown])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=surroundings(given), check=False, capture_output=True
    )

    assert done.stdout.decode().split() == [statement, idle], done.stderr.decode()


@on_postgresql
def test_whoever_is_stopped_within_a_transaction_keeps_nobody_waiting() -> None:
    given = {"OKEY_IDLE_TRANSACTION_SECONDS": "1"}
    code = f"import {WORKER}; {SLEEP.format(LOCK)}"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=surroundings(given), stdout=subprocess.PIPE
    ) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == b"held\n"
        try:
            with psycopg.connect(own_url(), options="-c lock_timeout=30000") as other:
                other.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        finally:
            one.kill()


def own_url() -> str:
    settings = connection.settings_dict
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/postgres"


def surroundings(given: dict[str, str]) -> dict[str, str]:
    """Only these: whatever other tests have left in the environment is not this process's."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**known, "DATABASE_URL": own_url(), "DJANGO_SETTINGS_MODULE": "tests.settings", **given}
