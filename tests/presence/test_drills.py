"""Covers alertd/presence/drills.py."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.presence.drills import is_due

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime.fromisoformat("2026-11-02T12:00:00+00:00")


def due(days: float, answered: float | None = None, reminded: float | None = None, hours: float = 0) -> bool:
    """Days from the first start, at noon UTC."""
    return is_due(
        START + timedelta(days=days, hours=hours),
        BERLIN,
        first_start=START,
        answered_at=None if answered is None else START + timedelta(days=answered),
        reminded_at=None if reminded is None else START + timedelta(days=reminded),
    )


@pytest.mark.parametrize(
    ("days", "answered", "reminded", "wanted"),
    [
        (6.99, None, None, False),
        (7, None, None, True),
        (7, 1, None, False),
        (31, 1, None, True),
        (30.99, 1, None, False),
        (36.99, None, 7, False),
        (37, None, 7, True),
        (100, 80, 60, False),  # a drill was answered since
        (110, 80, 60, True),
        (110, 60, 90, False),  # told in this month already
    ],
)
def test_when_a_drill_is_due(
    days: float, answered: float | None, reminded: float | None, wanted: bool
) -> None:
    assert due(days, answered, reminded) is wanted


@pytest.mark.parametrize(
    ("hours", "wanted"), [(-4.01, False), (-4, True), (6.99, True), (7, False), (12, False)]
)
def test_nobody_is_reminded_at_night(hours: float, wanted: bool) -> None:
    """Noon UTC is 13:00 in Berlin."""
    assert due(10, hours=hours) is wanted


@given(st.integers(0, 24 * 400), st.integers(0, 24 * 400) | st.none())
def test_hour_by_hour_it_is_told_at_most_once_in_a_month(hours: int, answered_hour: int | None) -> None:
    told: list[int] = []
    for hour in range(hours):
        answered = None if answered_hour is None or answered_hour > hour else answered_hour / 24
        if due(hour / 24, answered, told[-1] / 24 if told else None):
            told.append(hour)
    assert all(later - earlier >= 30 * 24 for earlier, later in itertools.pairwise(told))
    assert all(hour >= 7 * 24 for hour in told)
    if answered_hour is None and hours > 9 * 24:
        assert told
