"""Everything that the database holds, to be searched by value."""

from typing import Any

from django.db import connection


def everything() -> str:
    """Every row of every table, as the database has it, in small letters."""
    said: list[Any] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- the database's own names
            said += cursor.fetchall()
    return str(said).casefold()
