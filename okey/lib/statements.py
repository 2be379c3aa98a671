"""A limit to how long a page's statement may take, so that one impatient search holds no web process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: After so many seconds somebody may try again.
RETRY_SECONDS = 60


def limit() -> None:
    """For this process, which answers pages; workers' statements take as long as they take. PostgreSQL only."""
    database, seconds = settings.DATABASES["default"], settings.OKEY_WEB_STATEMENT_SECONDS
    if database["ENGINE"] == "django.db.backends.postgresql" and seconds:
        options = database.setdefault("OPTIONS", {})
        given = options.get("options", "")
        options["options"] = f"{given} -c statement_timeout={seconds * 1000}".strip()


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
