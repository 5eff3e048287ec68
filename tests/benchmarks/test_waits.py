"""benchmarks/waits.py"""

from __future__ import annotations

import pytest

from benchmarks.waits import Round, Waits


def a_round(*waits_ms: float, late_ms: float = 0.0, in_second: int = 0) -> Round:
    """One alert every tenth of a second; those of one second come later."""
    pushed = {f"C{n}": 100.0 + n / 10 for n in range(len(waits_ms))}
    late = {name: late_ms if n // 10 == in_second else 0.0 for n, name in enumerate(pushed)}
    waits = dict(zip(pushed, waits_ms, strict=True))
    return Round(pushed, {name: pushed[name] + (waits[name] + late[name]) / 1000 for name in pushed})


def of(*rounds: Round) -> Waits:
    waits = Waits()
    for one in rounds:
        waits.add(one)
    return waits


def test_a_wait_is_from_its_own_push() -> None:
    assert a_round(5.0, 7.0).milliseconds() == pytest.approx([5.0, 7.0])


def test_only_those_whose_name_begins_so_and_that_were_pushed_count() -> None:
    one = Round({"C1": 0.0, "I1": 0.0}, {"C1": 0.001, "I1": 0.002, "C-of-another": 9.0})
    assert one.milliseconds("C") == pytest.approx([1.0])
    assert one.milliseconds() == pytest.approx([1.0, 2.0])


def test_what_did_not_arrive_is_no_wait() -> None:
    assert Round({"C1": 0.0, "C2": 0.0}, {"C1": 0.001}).milliseconds() == pytest.approx([1.0])


def test_the_p99_of_all_rounds_is_not_the_middle_of_theirs() -> None:
    calm, busy = a_round(*[4.0] * 100), a_round(*[4.0] * 90, *[40.0] * 10)
    assert of(calm, calm, busy).p99s() == pytest.approx([4.0, 4.0, 40.0])
    assert of(calm, calm, busy).p99() == pytest.approx(40.0)


def test_one_disturbed_second_moves_the_p99_and_not_that_of_a_second() -> None:
    calm, disturbed = a_round(*[4.0] * 100), a_round(*[4.0] * 100, late_ms=50.0, in_second=3)
    assert of(calm, disturbed).p99() == pytest.approx(54.0)
    assert of(calm, disturbed).p99_of_a_second() == pytest.approx(4.0)


def test_what_every_second_bears_moves_that_of_a_second() -> None:
    worst_of_ten = [4.0] * 9 + [12.0]
    assert of(a_round(*worst_of_ten * 10)).p99_of_a_second() == pytest.approx(12.0)


def test_two_lots_are_one_and_stay_as_they_were() -> None:
    one, other = of(a_round(1.0)), of(a_round(3.0))
    assert Waits(one, other).p99s() == pytest.approx([1.0, 3.0])
    assert one.p99s() == pytest.approx([1.0])
