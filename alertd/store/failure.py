"""What a failure of the database means, and what is said about it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from alertd.domain.errors import StoreError
from alertd.telemetry import redact

_LONGEST_TEXT = 300


def concerns_all(exc: Exception) -> bool:
    """True where the database itself fails (disk, connection, damage), False where one job's data do."""
    if not isinstance(exc, DBAPIError):
        return False
    # sqlite3 raises a bare DatabaseError for "file is not a database" and "disk image is malformed".
    is_damage = type(exc).__name__ == "DatabaseError"
    return is_damage or exc.connection_invalidated or isinstance(exc, OperationalError | InternalError)


def store_error(exc: Exception) -> StoreError:
    """The error to raise, in words without parameters, SQL or secrets."""
    if isinstance(exc, StoreError):
        return exc
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig is not None else exc
    lines = str(cause).strip().splitlines()
    said = redact(lines[0])[:_LONGEST_TEXT] if lines else type(cause).__name__
    what = "the store cannot be used" if concerns_all(exc) else "the store refused one piece of work"
    error = StoreError(f"{what}: {said}")
    error.__cause__ = exc
    return error
