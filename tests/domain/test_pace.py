"""Sampling of the pace; what it means for a position stands in `test_exposure.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction
from alertd.domain.pace import CLOSEST_S, MOST_SAMPLES, Pace


def test_old_samples_leave_the_window():
    pace = Pace()
    for second in range(0, 60, 5):
        pace.add(second, 100.0 - second)
    pace.add(10_000.0, 50.0)
    assert len(pace) == 1
    assert pace.minutes(1.0, Direction.LONG, 10_000.0) is None


@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(1e-6, 1e9)), max_size=120),
    st.sampled_from(Direction),
)
def test_samples_are_bounded_and_minutes_never_negative(steps, direction):
    pace, now_s = Pace(), 0.0
    for step, mark in steps:
        now_s += step
        pace.add(now_s, mark)
        assert len(pace) <= MOST_SAMPLES
        minutes = pace.minutes(mark, direction, now_s)
        assert minutes is None or minutes >= 0


def minutes_along(marks: list[tuple[float, float]], direction: Direction) -> list[float | None]:
    """What is told after each of them, of a liquidation price 10 beyond the first mark."""
    pace, told = Pace(), []
    edge = marks[0][1] + (-10.0 if direction is Direction.LONG else 10.0)
    for at_s, mark in marks:
        pace.add(at_s, mark)
        minutes = pace.minutes(abs(mark - edge), direction, at_s)
        told.append(None if minutes is None else float(minutes))
    return told


STEPS = st.lists(st.floats(1.0, 6.0), min_size=20, max_size=90)
BAD = st.floats(0.2, 5.0)


@given(STEPS, st.data(), BAD, st.sampled_from(Direction))
def test_one_bad_tick_makes_no_pace_out_of_a_calm_market(steps, data, factor, direction):
    times = [sum(steps[:n]) for n in range(1, len(steps) + 1)]
    bad = data.draw(st.integers(0, len(times) - 1))
    marks = [(at_s, 100.0 * (factor if n == bad else 1.0)) for n, at_s in enumerate(times)]
    assert set(minutes_along(marks, direction)) == {None}


REGULAR = st.lists(st.floats(4.0, 6.0), min_size=20, max_size=90)  # as OKX pushes while nothing happens


@given(REGULAR, st.data(), BAD, st.sampled_from(Direction))
def test_one_bad_tick_bends_a_steady_pace_little(steps, data, factor, direction):
    """While it is the newest, the gap it shows is wrong, and its minutes with it: they are left out."""
    times = [sum(steps[:n]) for n in range(1, len(steps) + 1)]
    bad = data.draw(st.integers(0, len(times) - 1))
    sign = -1.0 if direction is Direction.LONG else 1.0
    clean = [(at_s, 100.0 + sign * 0.01 * (at_s - times[0])) for at_s in times]
    marks = [(at_s, mark * (factor if n == bad else 1.0)) for n, (at_s, mark) in enumerate(clean)]
    if bad == 0:
        marks[0] = clean[0]  # the edge is measured from there
    told = zip(minutes_along(clean, direction), minutes_along(marks, direction), strict=True)
    for n, (wanted, found) in enumerate(told):
        if n != bad and wanted is not None:
            assert found is not None
            assert wanted / 2.5 <= found <= wanted * 2.5


@given(
    st.lists(st.tuples(st.floats(-3, 20), st.floats(50, 200)), max_size=150),
    st.sampled_from(Direction),
)
def test_following_is_adding_and_asking_at_every_mark(steps, toward):
    followed, plain = Pace(), Pace()
    at, sampled_s = datetime(2026, 11, 21, tzinfo=UTC), None
    for step_s, mark in steps:
        at += timedelta(seconds=round(step_s, 2))
        at_s = at.timestamp()
        if sampled_s is None or not 0.0 <= at_s - sampled_s < CLOSEST_S:
            plain.add(at_s, mark)
            sampled_s = at_s
        assert followed.follow(at, Decimal(mark), toward) is plain.approaches(toward, at_s)
        assert followed.minutes(10.0, toward, at_s) == plain.minutes(10.0, toward, at_s)


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("calm_s", [0, 60, 300, 900])
@pytest.mark.parametrize("back_to", [100.0, 101.0])
def test_a_price_that_is_back_is_not_approaching_any_more(direction, calm_s, back_to):
    """Whatever the spacing of the samples: the pace is told beside the figures of now."""
    sign = 1.0 if direction is Direction.LONG else -1.0
    fall = [(calm_s + 5.0 * n, 100.0 - sign * n) for n in range(8)]
    steady = [(5.0 * n, 100.0) for n in range(calm_s // 5)]
    told = minutes_along([*steady, *fall], direction)
    assert told[-1] is not None
    back = (calm_s + 40.0, 100.0 + sign * (back_to - 100.0))
    assert minutes_along([*steady, *fall, back], direction)[-1] is None


@pytest.mark.parametrize("direction", list(Direction))
def test_half_of_the_way_back_is_about_half_of_the_pace(direction):
    sign = -1.0 if direction is Direction.LONG else 1.0
    fall = [(30.0 * n, 100.0 + sign * 0.5 * n) for n in range(9)]
    there = minutes_along([*fall, (270.0, fall[-1][1])], direction)[-1]
    halfway = minutes_along([*fall, (270.0, 100.0 + sign * 2.0)], direction)[-1]
    assert 2.0 < halfway / there < 3.5  # the gap is wider, too
