"""Limits of PostgreSQL's to what one process may do to the others: how long a page's statement takes, so that one
impatient search holds no web process, and how long a transaction waits for its own process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: After so many seconds somebody may try again.
RETRY_SECONDS = 60


def limit(*, seconds: int = 0) -> None:
    """For this process. `seconds`: of a statement, 0 for as long as it takes. PostgreSQL only.

    A process that is stopped in the middle of a transaction, or whose machine is gone, would keep whoever wants what it
    has locked waiting for ever. None of ours waits for anybody within one, so the database ends it soon.
    """
    database, idle = settings.DATABASES["default"], settings.OKEY_IDLE_TRANSACTION_SECONDS
    limits = {"statement_timeout": seconds, "idle_in_transaction_session_timeout": idle}
    if database["ENGINE"] == "django.db.backends.postgresql":
        options = database.setdefault("OPTIONS", {})
        given = [f"-c {name}={value * 1000}" for name, value in limits.items() if value]
        options["options"] = " ".join([options.get("options", ""), *given]).strip()


def took_too_long(error: Exception) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.__cause__, psycopg.errors.QueryCanceled)


class TookTooLongMiddleware:
    """Words and a 503 where the limit struck, instead of *Something broke*."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not took_too_long(error):
            return None
        response = render(request, "503_slow.html", status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Each statement within may take so long, whatever the process's limit is. PostgreSQL only; a transaction."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(int(seconds * 1000))])
        yield
