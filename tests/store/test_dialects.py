"""alertd/store/dialects.py"""

from __future__ import annotations

import pytest

from alertd.store.dialects import PerDialect
from alertd.store.tables import facts


def test_each_dialect_gets_its_own_insert_once() -> None:
    used = []

    def make(insert):  # type: ignore[no-untyped-def]
        used.append(insert.__module__)
        return insert(facts).on_conflict_do_nothing()

    statements = PerDialect(make)
    assert used == []
    for name in statements:
        assert statements[name] is statements[name]
    assert used == ["sqlalchemy.dialects.sqlite.dml", "sqlalchemy.dialects.postgresql.dml"]
    assert len(statements) == 2


def test_another_database_is_not_known() -> None:
    with pytest.raises(KeyError):
        PerDialect(lambda insert: insert(facts))["mysql"]
