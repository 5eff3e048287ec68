"""One daemon per store: a lock file beside a SQLite database, a claim held within a PostgreSQL one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, event

from alertd.domain.errors import StoreError

CLAIM = 0x616C65727464  # "alertd"
CLAIM_WITHIN_S = 3  # whose process was killed holds it until the server notices
_NOT_GIVEN = "55P03"  # the server's: lock_not_available


class StoreLock:
    """An exclusive lock on a file beside the database. The kernel gives it back however the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Raises: StoreError if another process (or another store of this one) has it."""
        path = _lock_file(database)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise StoreError(f"the store's lock {path} cannot be opened: {exc.strerror}") from exc
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StoreError(
                f"the store {database} is in use by another alertd (process {holder or 'not known'}): "
                "stop that one, or give this one a store of its own"
            ) from exc
        _write_pid(descriptor)
        return cls(descriptor)

    def release(self) -> None:
        """Let others have it. The file stays: removing it would let two processes lock two files."""
        os.close(self._descriptor)


def is_held(database: Path) -> bool:
    """Whether a process has the lock of this database now. Leaves nothing behind."""
    try:
        descriptor = os.open(_lock_file(database), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise StoreError(f"the store's lock {_lock_file(database)} cannot be read: {exc.strerror}") from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def claim_on_connect(engine: Engine) -> None:
    """PostgreSQL: each connection of this engine must hold the claim, so there is only one at a time.

    The server gives the claim back when the connection ends, however it ends. SQLite: nothing to do.
    """
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _claim)


def _claim(connection: Any, _: object) -> None:
    """Raises: StoreError if another connection has it, and keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", (f"{CLAIM_WITHIN_S}s",))
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", (CLAIM,))
        except Exception as exc:
            connection.rollback()
            if getattr(exc, "sqlstate", None) != _NOT_GIVEN:
                raise
            raise StoreError(
                "the store's PostgreSQL database is in use by another alertd: stop that one, or give this "
                "one a database of its own"
            ) from exc
    connection.commit()


def _write_pid(descriptor: int) -> None:
    """Tell people who holds it; on a full disk they must do without."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError:
        return
