from __future__ import annotations

from benchmarks.goals import ALERTD, FLOOR
from benchmarks.pushes import Positions
from benchmarks.rows.quiet import CCXT, FLOOR_UVLOOP, Contender, order
from benchmarks.subject import Subject


def test_alertd_is_measured_right_behind_its_floor_and_twice_a_turn(tmp_path) -> None:
    names = [FLOOR, FLOOR_UVLOOP, ALERTD, f"{ALERTD} with 110 rules", "python-okx", CCXT]
    book = Positions(0)
    contenders = [Contender(name, Subject("floor", {}, tmp_path / "log"), name, book) for name in names]
    measured = [one.name for one in order(contenders)]
    ours = [FLOOR, ALERTD, FLOOR_UVLOOP, f"{ALERTD} with 110 rules"]
    assert measured == [*ours, "python-okx", CCXT, *ours]
