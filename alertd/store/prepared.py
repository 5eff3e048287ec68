"""Statements on the way of every alert: compiled once, then given to the driver as they are.

SQLAlchemy's own execution costs several times what the database does with one small row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

Row = Mapping[str, Any]


class _Made(msgspec.Struct, frozen=True):
    """`order`: the names of the values where the driver takes them by position. `own`: what the statement
    brings itself.
    """

    text: str
    order: Sequence[str] | None
    own: Row

    def values(self, row: Row) -> Any:
        """As the driver takes them."""
        if self.own:
            row = {**self.own, **row}
        return row if self.order is None else tuple([row[name] for name in self.order])


class Prepared:
    """One statement in the words of each database. Values reach the driver as they are given: a text from
    outside has to be cleaned (`tables.clean_text`) by whoever makes the row.
    """

    def __init__(self, by_dialect: Mapping[str, Executable], columns: Sequence[str] | None = None) -> None:
        """`columns`: what an insert is given; None where the statement names its parameters."""
        self._by_dialect = by_dialect
        self._columns = columns
        self._made: dict[str, _Made] = {}

    def run(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Execute for one row; what it returns, if it returns anything. Raises: DBAPIError."""
        made = self._for(connection.dialect)
        return execute(connection, made.text, made.values(row))

    def run_each(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute for each row. Raises: DBAPIError."""
        made = self._for(connection.dialect)
        with _cursor(connection, made.text) as cursor:
            cursor.executemany(made.text, [made.values(row) for row in rows])

    def select(self, connection: Connection, row: Row) -> list[sqlalchemy.Row[Any]]:
        """Execute a query; its rows have names, their values are the driver's. Raises: DBAPIError."""
        made = self._for(connection.dialect)
        return list(connection.exec_driver_sql(made.text, made.values(row)))

    def _for(self, dialect: Dialect) -> _Made:
        made = self._made.get(dialect.name)
        if made is None:
            statement: Any = self._by_dialect[dialect.name]
            compiled = statement.compile(dialect=dialect, column_keys=self._columns)
            own = {name: value for name, value in compiled.params.items() if value is not None}
            made = self._made[dialect.name] = _Made(str(compiled), compiled.positiontup, own)
        return made


def execute(connection: Connection, text: str, values: Any = ()) -> list[tuple[Any, ...]]:
    """One statement in the database's own words; what it returns. Raises: DBAPIError."""
    with _cursor(connection, text) as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def _cursor(connection: Connection, text: str) -> Iterator[Any]:
    """The driver's cursor; what it raises comes out as SQLAlchemy would raise it."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as exc:
        raise _translated(connection, text, exc) from exc
    finally:
        cursor.close()


def _translated(connection: Connection, text: str, exc: Any) -> Exception:
    """As SQLAlchemy would raise it; a connection that is gone is not used again."""
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(exc, connection.connection, None)
    error: Exception = DBAPIError.instance(
        text, None, exc, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=is_gone
    )
    if is_gone:
        connection.invalidate(exc)
    return error
