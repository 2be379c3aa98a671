"""Tables as the database has them, whatever the models of this release say."""

from django.db import connection
from psycopg import sql

#: Written by migrations themselves, support's group among it, so never a sign that somebody uses the database. The
#: first is not backed up.
MIGRATIONS = "django_migrations"
MADE_BY_MIGRATIONS = frozenset(
    {MIGRATIONS, "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
)


def ours() -> list[str]:
    """Of Django's and O-Key's, those that are there; without the list of migrations."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    return sorted(there & set(connection.introspection.django_table_names()))


def columns(table: str) -> list[str]:
    """Those that are written: not what the database computes."""
    return _asked(
        """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
        """,
        table,
    )


def numbered(table: str) -> list[str]:
    """Columns that a sequence fills."""
    return _asked(
        """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = %s
        AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
        """,
        table,
    )


def _asked(question: str, table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(question, [table])
        return [name for (name,) in cursor.fetchall()]


def has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
        return bool(cursor.fetchone()[0])


def copy_statement(table: str, names: list[str], direction: str) -> sql.Composed:
    """`direction`: "TO STDOUT" or "FROM STDIN"."""
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    copy = sql.SQL("COPY {} ({}) TO STDOUT" if direction == "TO STDOUT" else "COPY {} ({}) FROM STDIN")
    return copy.format(sql.Identifier(table), listed)
