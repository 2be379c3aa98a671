"""Statements that are put into SQL once a process, and then only given other values.

Django puts a queryset into SQL anew each time, which takes several times as long as the database needs to answer: it
was two thirds of the CPU of a link. So for what every link asks, and for nothing else. What such a statement says may
depend on the values that are given, and on nothing else that changes.
"""

import threading
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import Field, QuerySet
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)


class Given(Expression):
    """Stands in a statement for a value that comes each time, by its name."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)

    def bound(self, value: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection=connection)


class Question(Generic[Row]):
    """Which rows: `asked` makes the queryset, with Given where values come."""

    def __init__(self, asked: Callable[[], "QuerySet[Row]"]) -> None:
        self._asked = asked
        self._compiled: dict[str, _Compiled] = {}

    def all(self, **values: Any) -> list[Row]:
        """The rows as they are now."""
        compiled = _once(self._compiled, lambda: self._asked().query.get_compiler(DEFAULT_DB_ALIAS))
        answer: Any = _Answer(compiled.with_values(values))
        return list(ModelIterable(answer))

    def first(self, **values: Any) -> Row | None:
        """The first row; what is asked says in which order, and that there is one at most."""
        return next(iter(self.all(**values)), None)

    def get(self, **values: Any) -> Row:
        """The one row. Raises the model's DoesNotExist."""
        row = self.first(**values)
        if row is None:
            model: Any = self._asked().model
            raise model.DoesNotExist
        return row


class Change:
    """An UPDATE: `asked` makes the queryset and what to write, with Given where values come."""

    def __init__(self, asked: "Callable[[], tuple[QuerySet[Any], dict[str, Any]]]") -> None:
        self._asked = asked
        self._compiled: dict[str, _Compiled] = {}

    def write(self, **values: Any) -> int:
        """Returns how many rows were written."""
        with connection.cursor() as cursor:
            cursor.execute(*_once(self._compiled, self._compiler).with_values(values).as_sql())
            return int(cursor.rowcount)

    def _compiler(self) -> SQLCompiler:
        rows, changes = self._asked()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        compiler: SQLCompiler = query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler


class _Compiled:
    """A compiler that has put its query into SQL."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self._compiler = compiler
        self._sql, params = compiler.as_sql()
        self._params: list[Any] = list(params)

    def with_values(self, values: dict[str, Any]) -> SQLCompiler:
        """The compiler as for this one execution, in this thread."""
        params = tuple(one.bound(values[one.name]) if isinstance(one, Given) else one for one in self._params)
        compiler = copy(self._compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_args, **_options: (self._sql, params)  # type: ignore[method-assign]
        return compiler


class _Answer:
    """What ModelIterable reads of a queryset."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: dict[Any, Any] = {}

    def __init__(self, compiler: SQLCompiler) -> None:
        self._compiler = compiler
        self.query = self

    def get_compiler(self, using: str) -> SQLCompiler:
        return self._compiler


_compiling = threading.Lock()


def _once(kept: dict[str, _Compiled], compiler: Callable[[], SQLCompiler]) -> _Compiled:
    """Put into SQL by the first who asks."""
    vendor = connection.vendor
    if vendor not in kept:
        with _compiling:
            if vendor not in kept:
                kept[vendor] = _Compiled(compiler())
    return kept[vendor]
