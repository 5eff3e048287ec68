"""Covers alertd/exchanges/okx/held.py; how the book uses it stands in test_positions.py."""

from __future__ import annotations

from alertd.exchanges.okx import push_rows
from alertd.exchanges.okx.held import MOST_ENDED, Past
from alertd.exchanges.okx.position_rows import Position, read_position
from tests.exchanges.okx.frames import NOW, row_of


def position(key: str) -> Position:
    row = push_rows.PositionRow(**{
        name: value
        for name, value in row_of("positions_isolated_short", posId=key).items()
        if name in push_rows.PositionRow.__struct_fields__
    })  # fmt: skip
    found = read_position(row)
    assert found is not None
    return found


def test_the_newest_end_of_a_position_is_kept() -> None:
    past = Past()
    past.end(position("1"), None)
    past.end(position("2"), NOW)
    past.end(position("1"), NOW)
    first = past.find("1")
    assert first is not None
    assert (first.pushed_at, past.find("3")) == (NOW, None)


def test_only_so_many_are_kept() -> None:
    past = Past()
    for number in range(MOST_ENDED + 1):
        past.end(position(str(number)), None)
        past.note_liquidation(str(number), "5")
    assert past.find("0") is None
    assert past.find("1") is not None
    assert len(past.liquidated_ms) == MOST_ENDED
    assert "0" not in past.liquidated_ms


def test_a_liquidation_without_a_usable_time_is_one_all_the_same() -> None:
    past = Past()
    past.note_liquidation("1", None)
    past.note_liquidation("2", "soon")
    past.note_liquidation("3", "1793696404010")
    assert past.liquidated_ms == {"1": 0, "2": 0, "3": 1793696404010}
