"""alertd/store/prepared.py, on both databases"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from alertd.store.engine import make_engine
from alertd.store.prepared import Prepared, execute
from alertd.store.tables import facts
from tests.doubles.postgres import PostgresServer

_insert = insert(facts)
_one = select(facts).where(facts.c.key == bindparam("key"), facts.c.value != "never").limit(5)
INSERT = Prepared({"sqlite": _insert, "postgresql": _insert.inline()}, columns=("key", "value"))
ONE = Prepared({"sqlite": _one, "postgresql": _one})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        facts.create(connection)
    yield engine
    engine.dispose()


def test_values_go_by_their_names_and_a_statement_brings_its_own(engine: Engine) -> None:
    with engine.begin() as connection:
        INSERT.run_each(connection, [{"value": "1", "key": "a"}, {"value": "2", "key": "b"}])
        assert ONE.run(connection, {"key": "b"}) == [("b", "2")]
        (row,) = ONE.select(connection, {"key": "a"})
        assert (row.key, row.value) == ("a", "1")
        assert INSERT.run(connection, {"key": "c", "value": "3"}) == []


@pytest.mark.parametrize("rows", [["a"], ["b", "a"]])
def test_a_refusal_is_what_sqlalchemy_would_raise(engine: Engine, rows: list[str]) -> None:
    with engine.begin() as connection:
        INSERT.run(connection, {"key": "a", "value": "1"})
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        INSERT.run_each(connection, [{"key": key, "value": "of money"} for key in rows])
    assert not caught.value.connection_invalidated
    assert "of money" not in str(caught.value)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM facts")).scalar() == 1


def test_a_connection_that_is_gone_is_not_used_again(postgres: PostgresServer) -> None:
    engine = make_engine(postgres.new_database())
    with engine.connect() as connection:
        with pytest.raises(OperationalError) as caught:
            execute(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
        assert caught.value.connection_invalidated
        assert connection.invalidated
    with engine.connect() as connection:
        assert execute(connection, "SELECT 1") == [(1,)]
    engine.dispose()
