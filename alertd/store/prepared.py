"""Statements on the way of every alert: compiled once, then given to the driver as they are.

SQLAlchemy's own execution costs several times what the database does with one small row. SQLite's driver
lets go of the interpreter for each row that is written or read, and waits each time to get it back while the
event loop is busy: so many rows are written by one statement, and many are read as one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Update,
    any_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

Row = Mapping[str, Any]
Read = TypeVar("Read", bound=msgspec.Struct)

SQLITE = "sqlite"
_AT_ONCE = (64, 8)  # rows in one statement: few lengths, so that the driver keeps what it has compiled


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

    def of_several(self, rows: int) -> str:
        """The same insert for so many rows, whose values follow one another."""
        one = f"({', '.join('?' * len(self.order or ()))})"
        head, values, tail = self.text.partition(f"VALUES {one}")
        if not values:
            raise ValueError(f"no insert of plain values: {self.text}")
        return f"{head}VALUES {', '.join([one] * rows)}{tail}"


class Prepared:
    """One statement in the words of each database. Values reach the driver as they are given: a text from
    outside has to be cleaned (`tables.clean_text`) by whoever makes the row.
    """

    def __init__(self, by_dialect: Mapping[str, Executable], columns: Sequence[str] | None = None) -> None:
        """`columns`: what an insert is given; None where the statement names its parameters."""
        self._by_dialect = by_dialect
        self._columns = columns
        self._made: dict[str, _Made] = {}
        self._of_several: dict[int, str] = {}

    def run(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Execute for one row; what it returns, if it returns anything. Raises: DBAPIError."""
        made = self._for(connection.dialect)
        return execute(connection, made.text, made.values(row))

    def run_each(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Execute for each row; how many the database changed. Raises: DBAPIError."""
        made = self._for(connection.dialect)
        values = [made.values(row) for row in rows]
        changed = 0
        with _cursor(connection, made.text) as cursor:
            if self._columns is not None and connection.dialect.name == SQLITE:
                changed, values = self._insert_together(cursor, made, values)
            if values:
                cursor.executemany(made.text, values)
                changed += cursor.rowcount
        return changed

    def _insert_together(
        self, cursor: Any, made: _Made, values: list[Sequence[Any]]
    ) -> tuple[int, list[Sequence[Any]]]:
        """As many as a statement of several takes. Returns how many changed, and what is left."""
        changed = at = 0
        for size in _AT_ONCE:
            while len(values) - at >= size:
                text = self._of_several.get(size) or self._of_several.setdefault(size, made.of_several(size))
                cursor.execute(text, [one for row in values[at : at + size] for one in row])
                changed += cursor.rowcount
                at += size
        return changed, values[at:]

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


class PreparedList(Generic[Read]):
    """A query whose rows are all wanted at once. `row`: an array-like Struct with a field for each column."""

    def __init__(self, query: Select[Any], row: type[Read]) -> None:
        inner = query.subquery("listed")
        together = select(func.json_group_array(func.json_array(*inner.c)))
        self._row = row
        self._prepared = Prepared({SQLITE: together, "postgresql": query})
        self._read = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]

    def run(self, connection: Connection, values: Row) -> list[Read]:
        """Its rows, in any order. Raises: DBAPIError."""
        found = self._prepared.select(connection, values)
        if connection.dialect.name == SQLITE:
            rows: list[Read] = self._read(found[0][0])
            return rows
        return [self._row(*one) for one in found]


class PreparedByIds:
    """A statement about the rows of some ids, at least one, however many they are."""

    def __init__(self, statement: Select[Any] | Update, its_id: ColumnElement[int]) -> None:
        given: BindParameter[Any] = bindparam("ids")
        listed = select(func.json_each(given).table_valued("value").c.value)
        self._prepared = Prepared(
            {
                SQLITE: statement.where(its_id.in_(listed)),
                "postgresql": statement.where(its_id == any_(cast(given, ARRAY(BigInteger)))),
            }
        )

    def run(self, connection: Connection, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """What it returns, if it returns anything. Raises: DBAPIError."""
        as_json = connection.dialect.name == SQLITE
        given = msgspec.json.encode(ids).decode() if as_json else list(ids)
        return self._prepared.run(connection, {"ids": given})


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
