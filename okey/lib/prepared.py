"""Statements that are put into SQL once a process, and then only given other values.

Django puts a queryset into SQL anew each time, which takes several times as long as the database needs to answer: it
was two thirds of the CPU of a link. So for what every link asks, and for nothing else. What such a statement says may
depend on the values that are given, and on nothing else that changes.
"""

import threading
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Field, QuerySet
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)


class Given(Expression):
    """Stands in a statement for a value that comes each time, by its name."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)

    def bound(self, value: Any, own: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection=own)


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


def keep(row: models.Model, relation: str, rows: "list[Any]") -> None:
    """What belongs to a row by this relation, as if it had been prefetched: `row.relation.all()` asks nothing."""
    manager: Any = getattr(row, relation)
    kept = manager.model._base_manager.all()
    kept._result_cache, kept._prefetch_done = rows, True
    vars(row).setdefault("_prefetched_objects_cache", {})[manager.field.remote_field.cache_name] = kept


class Change:
    """An UPDATE: `asked` makes the queryset and what to write, with Given where values come."""

    def __init__(self, asked: "Callable[[], tuple[QuerySet[Any], dict[str, Any]]]") -> None:
        self._asked = asked
        self._compiled: dict[str, _Compiled] = {}

    def write(self, **values: Any) -> int:
        """Returns how many rows were written."""
        compiled = _once(self._compiled, self._compiler)
        own = connections[DEFAULT_DB_ALIAS]
        with own.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.bound(values, own))
            return int(cursor.rowcount)

    def _compiler(self) -> SQLCompiler:
        rows, changes = self._asked()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        compiler: SQLCompiler = query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler


class Returned(Generic[Row]):
    """Rows that a statement of one's own tells, which ends in `columns`: those that `asked` would tell."""

    def __init__(self, asked: "QuerySet[Row]") -> None:
        compiler = asked.query.get_compiler(DEFAULT_DB_ALIAS)
        self._compiled = _Compiled(compiler)
        told: Any = compiler.select
        #: With what stands for their parameters.
        self.columns = ", ".join(f"{sql} AS {alias}" if alias else sql for _one, (sql, _params), alias in told)
        self.params = tuple(one for _one, (_sql, params), _alias in told for one in params)

    def all(self, sql: str, params: "tuple[Any, ...]") -> list[Row]:
        answer: Any = _Answer(self._compiled.saying(sql, params))
        return list(ModelIterable(answer))


def insert(row: models.Model) -> None:
    """What `row.save(force_insert=True)` writes, without its signals; a key that the database gives is not read."""
    own = connections[DEFAULT_DB_ALIAS]
    fields = [one for one in row._meta.concrete_fields if not isinstance(one, models.AutoField)]
    values = [one.pre_save(row, add=True) for one in fields]
    if any(hasattr(value, "resolve_expression") for value in values):  # it would be another statement
        row.save(force_insert=True)
        return
    kind = (type(row), own.vendor)
    if kind not in _INSERTS:
        query: Any = InsertQuery(type(row))
        query.insert_values(fields, [row])
        ((_INSERTS[kind], _params),) = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    params = tuple(one.get_db_prep_save(value, own) for one, value in zip(fields, values, strict=True))
    with own.cursor() as cursor:
        cursor.execute(_INSERTS[kind], params)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


#: By model and kind of database, of rows that say all their columns themselves.
_INSERTS: dict[tuple[type[models.Model], str], str] = {}


class _Compiled:
    """A compiler that has put its query into SQL."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self._compiler = compiler
        self.sql, params = compiler.as_sql()
        self._params: list[Any] = list(params)
        #: How a row's columns are read; for all rows of one statement the same.
        self._converters: Any = None

    def bound(self, values: dict[str, Any], own: Any) -> tuple[Any, ...]:
        """The statement's parameters, as this connection takes them."""
        return tuple(one.bound(values[one.name], own) if isinstance(one, Given) else one for one in self._params)

    def with_values(self, values: dict[str, Any]) -> SQLCompiler:
        """The compiler as for this one execution, in this thread."""
        return self.saying(self.sql, self.bound(values, connections[DEFAULT_DB_ALIAS]))

    def saying(self, sql: str, params: "tuple[Any, ...]") -> SQLCompiler:
        """The same, reading what another statement tells in the same columns."""
        compiler = copy(self._compiler)
        # Not the proxy by which each thread finds its own: every column of every row would go by way of it.
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.get_converters = self._converters_of  # type: ignore[method-assign, assignment]
        compiler.as_sql = lambda *_args, **_options: (sql, params)  # type: ignore[method-assign]
        return compiler

    def _converters_of(self, columns: Any) -> Any:
        if self._converters is None:
            self._converters = self._compiler.get_converters(columns)
        return self._converters


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
