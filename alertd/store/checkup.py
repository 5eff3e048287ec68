"""Looks at a store without opening it as the daemon does: nothing is migrated, claimed or left behind."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from alertd.domain.action import Switch
from alertd.domain.errors import StoreError
from alertd.store.engine import make_engine, sqlite_path
from alertd.store.failure import store_error
from alertd.store.intent_rows import read_switch
from alertd.store.lock import CLAIM, is_held

_PROBE = "alertd_write_probe"


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A store that can be written. `place`: a file, or the database's kind. `free_bytes` None: not known."""

    place: str
    size_bytes: int
    free_bytes: int | None
    in_use: bool


def examine(url: str) -> StoreFacts:
    """Blocks. Raises: StoreError where it cannot be written."""
    path = sqlite_path(url)
    return _examine_file(url, path) if path is not None else _examine_server(url)


def stored_switch(url: str) -> Switch:
    """Whether actions are on, as it stands there. Blocks. Raises: StoreError where it cannot be read."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return Switch()
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return read_switch(connection)
    except SQLAlchemyError as exc:
        raise store_error(exc) from exc
    finally:
        engine.dispose()


def _examine_file(url: str, path: Path) -> StoreFacts:
    try:
        if path.exists():
            _write_and_take_back(url)
        else:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        parts = [path, path.with_name(path.name + "-wal")]
        size = sum(part.stat().st_size for part in parts if part.exists())
        free = shutil.disk_usage(path.parent).free
    except OSError as exc:
        raise StoreError(f"{path}: {exc.strerror or exc}") from exc
    return StoreFacts(place=str(path), size_bytes=size, free_bytes=free, in_use=is_held(path))


def _examine_server(url: str) -> StoreFacts:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            _probe(connection, "TEMP")
            size = connection.scalar(text("SELECT pg_database_size(current_database())"))
            is_free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": CLAIM})
    except SQLAlchemyError as exc:
        raise store_error(exc) from exc
    finally:
        engine.dispose()  # gives the claim back
    return StoreFacts(place="PostgreSQL", size_bytes=int(size or 0), free_bytes=None, in_use=not is_free)


def _write_and_take_back(url: str) -> None:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            _probe(connection, "")
    except SQLAlchemyError as exc:
        raise store_error(exc) from exc
    finally:
        engine.dispose()


def _probe(connection: Connection, kind: str) -> None:
    connection.execute(text(f"CREATE {kind} TABLE {_PROBE} (x INTEGER)"))
    connection.rollback()
