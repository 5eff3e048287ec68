"""Bring a store to this version's schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from alertd.domain.errors import StoreError
from alertd.store.tables import metadata

HEAD = "0004"  # the newest revision in migrations/versions; a test holds it true

_MIGRATIONS = Path(__file__).parent / "migrations"
# Alembic's own table, as Alembic makes it; apart from ours, which are compared with the migrations.
_REVISION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_LOCK_KEY = 0x616C6572  # "aler": replicas that start together migrate one after another


def upgrade(connection: Connection) -> None:
    """Make the schema or run what it lacks, within the transaction of `connection`.

    Raises: StoreError if the store was written by a newer alertd.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    found = stored_revision(connection)
    if found is None:
        create(connection)
    elif found != HEAD:
        migrate(connection, found)


def create(connection: Connection) -> None:
    """Make this version's schema in an empty store, as the migrations would."""
    metadata.create_all(connection, checkfirst=False)
    _REVISION.create(connection)
    connection.execute(_REVISION.insert(), {"version_num": HEAD})


def migrate(connection: Connection, found: str | None) -> None:
    """Run what is missing since the revision `found`. Raises: StoreError, see `upgrade`."""
    # Alembic takes a quarter of a second and 8 MB to import: only a new version pays that.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"the store was written by a newer alertd (schema {found}; this one knows up to {HEAD}): "
            "install that version again, or restore a backup made before it"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def stored_revision(connection: Connection) -> str | None:
    """The revision the store is at; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
