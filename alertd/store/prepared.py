"""Statements on the way of every alert: compiled once, then given to the driver as they are.

SQLAlchemy's own execution costs several times what the database does with one small row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

Row = Mapping[str, Any]


class Prepared:
    """One statement in the words of each database. Values reach the driver as they are given: a text from
    outside has to be cleaned (`tables.clean_text`) by whoever makes the row.
    """

    def __init__(self, by_dialect: Mapping[str, Executable], columns: Sequence[str] | None = None) -> None:
        """`columns`: what an insert is given; None where the statement names its parameters."""
        self._by_dialect = by_dialect
        self._columns = columns
        self._made: dict[str, tuple[str, list[str] | None]] = {}

    def run(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Execute for one row; what it returns, if it returns anything. Raises: DBAPIError."""
        text, order = self._text(connection.dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, row if order is None else [row[name] for name in order])
            return list(cursor.fetchall()) if cursor.description else []
        except connection.dialect.loaded_dbapi.Error as exc:
            raise _translated(connection, text, exc) from exc
        finally:
            cursor.close()

    def run_each(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute for each row. Raises: DBAPIError."""
        text, order = self._text(connection.dialect)
        values = rows if order is None else [[row[name] for name in order] for row in rows]
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(text, values)
        except connection.dialect.loaded_dbapi.Error as exc:
            raise _translated(connection, text, exc) from exc
        finally:
            cursor.close()

    def _text(self, dialect: Dialect) -> tuple[str, list[str] | None]:
        made = self._made.get(dialect.name)
        if made is None:
            statement: Any = self._by_dialect[dialect.name]
            compiled = statement.compile(dialect=dialect, column_keys=self._columns)
            made = self._made[dialect.name] = str(compiled), compiled.positiontup
        return made


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
