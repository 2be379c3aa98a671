"""A statement of a page may take so long and no longer; a worker's may."""

import os
import subprocess
import sys

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
SHOW = (
    "from django.db import connection as c; k = c.cursor(); k.execute('SHOW statement_timeout'); print(*k.fetchone())"
)


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
    ("process", "seconds", "limit"),
    [("okey.wsgi", "", "15s"), ("okey.wsgi", "7", "7s"), ("okey.wsgi", "0", "0"), ("okey.celery", "", "0")],
)
def test_the_limit_is_the_web_processes(process: str, seconds: str, limit: str) -> None:
    setup = f"import {process}, django; django.setup(); {SHOW}; print(*c.fetchone())"
    settings = connection.settings_dict
    where = f"{settings['HOST']}:{settings['PORT']}/postgres"
    url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{where}"
    given = {"OKEY_WEB_STATEMENT_SECONDS": seconds} if seconds else {}
    # Only these: whatever other tests have left in the environment is not this process's.
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**known, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", **given}
    done = subprocess.run([sys.executable, "-c", setup], cwd=ROOT, env=environment, check=False, capture_output=True)

    assert done.stdout.decode().strip() == limit, done.stderr.decode()
