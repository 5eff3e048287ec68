"""The SQLAlchemy engine for a store's URL: SQLite made safe for one writer, PostgreSQL plain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from alertd.domain.errors import StoreError
from alertd.store.prepared import execute

BUSY_TIMEOUT_MS = 5_000  # a backup or a person's query may hold the file for a moment

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_size_limit = 67108864",
)


def sqlite_path(url: str) -> Path | None:
    """The file a SQLite URL names, absolute; None for other databases. Raises: StoreError."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in (None, "", ":memory:"):
        raise StoreError("the store's URL names no file, so a restart would forget every alert")
    return Path(str(parsed.database)).absolute()


def make_engine(url: str) -> Engine:
    """An engine that keeps one connection. Touches nothing yet, but makes the SQLite file (mode 600).

    Raises: StoreError.
    """
    path = sqlite_path(url)
    if path is not None:
        _make_private(path)
        return _sqlite_engine(path)
    parsed = _parse(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreError("the store's URL must begin with sqlite:/// or postgresql://")
    try:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_size=1, max_overflow=0, hide_parameters=True
        )
    except ModuleNotFoundError as exc:
        raise StoreError("PostgreSQL needs the driver psycopg: pip install 'alertd[postgres]'") from exc


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as exc:
        # The text of the cause may hold the URL and with it a password.
        raise StoreError("the store's URL cannot be read; write sqlite:///FILE or postgresql://...") from exc


def _make_private(path: Path) -> None:
    """The database holds what people are told about their money: only the owner may read it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as exc:
        raise StoreError(f"the store {path} cannot be opened: {exc.strerror}") from exc


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # The driver's own transactions begin too late and never IMMEDIATE: alertd says BEGIN itself.
        connect_args={"isolation_level": None, "check_same_thread": False},
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(connection: Any, _: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_immediate(connection: Connection) -> None:
    execute(connection, "BEGIN IMMEDIATE")
