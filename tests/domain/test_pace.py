"""Sampling of the pace; what it means for a position stands in `test_exposure.py`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction
from alertd.domain.pace import MOST_SAMPLES, Pace


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
