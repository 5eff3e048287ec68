"""alertd/store/upgrade.py and the migrations"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from alertd.domain.errors import StoreError
from alertd.store.database import Database
from alertd.store.engine import make_engine
from alertd.store.tables import metadata
from alertd.store.upgrade import _MIGRATIONS, HEAD, create, migrate, stored_revision, upgrade


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def migrate_all(connection: Connection) -> None:
    migrate(connection, None)


@pytest.mark.parametrize("way", [upgrade, create, migrate_all])
def test_every_way_leads_to_the_tables(database_url: str, way: Callable[[Connection], None]) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        way(connection)
        assert differences(connection) == []
        assert stored_revision(connection) == HEAD
    engine.dispose()


def described(connection: Connection) -> dict[str, object]:
    """All that the database says of each table, Alembic's own among them."""
    seen = inspect(connection)
    return {
        name: (
            sorted((one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(name)),
            sorted(seen.get_pk_constraint(name)["constrained_columns"]),
            sorted(one["column_names"] for one in seen.get_unique_constraints(name)),
            sorted((one["name"], one["column_names"], one["unique"]) for one in seen.get_indexes(name)),
        )
        for name in seen.get_table_names()
    }


def test_what_is_made_at_once_is_what_the_migrations_make(database_url: str) -> None:
    engine = make_engine(database_url)
    found = []
    for way in (create, migrate_all):
        with engine.connect() as connection, connection.begin() as transaction:
            way(connection)
            found.append(described(connection))
            transaction.rollback()
    assert found[0] == found[1]
    assert "alembic_version" in found[0]
    engine.dispose()


def test_a_store_of_an_earlier_version_is_migrated(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        assert stored_revision(connection) == "0001"
        upgrade(connection)
        assert differences(connection) == []
        assert stored_revision(connection) == HEAD
    engine.dispose()


def test_the_comparison_would_see_a_difference(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        upgrade(connection)
        connection.execute(text("DROP INDEX ix_deliveries_due"))
        connection.execute(text("ALTER TABLE facts ADD COLUMN more TEXT"))
        assert len(differences(connection)) == 2
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrations()).get_heads() == [HEAD]


async def test_opening_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        database = await Database.open(database_url)
        assert (await database.counts())["alerts_open"] == 0
        await database.close()


async def test_a_store_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    await (await Database.open(database_url)).close()
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"written by a newer alertd \(schema 9999; this one knows up to"):
        await Database.open(database_url)
    with engine.begin() as connection:
        assert stored_revision(connection) == "9999"
    engine.dispose()


def test_a_failed_migration_leaves_no_trace(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE facts (other TEXT)"))  # in the way of the last step
    with pytest.raises(Exception, match="facts"), engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        assert stored_revision(connection) is None
        assert not connection.dialect.has_table(connection, "alerts")
    engine.dispose()
