"""What PostgreSQL's plans are asked for: the same in each run, whatever the tests before left and it counted."""

from django.apps import apps
from django.db import connection


def empty_and_uncounted() -> None:
    """Every table new, empty and without statistics until the test's end, as PostgreSQL knows it before its first
    ANALYZE: it takes ten pages for granted. What it counted of the rows of other tests changes its plans, and the
    space that those left too.
    """
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in apps.get_models())
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid > 16383")  # those below are PostgreSQL's own


def close(*ways: str) -> None:
    """Until the test's end PostgreSQL goes none of these, as far as there is another: "seqscan", "sort", …"""
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")


def one_look_a_row() -> None:
    """Ways that pay in small tables only are closed: reading all, and joins that read all."""
    close("seqscan", "material", "hashjoin", "mergejoin")
