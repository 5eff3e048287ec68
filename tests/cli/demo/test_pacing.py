"""How fast the market runs."""

from __future__ import annotations

import math

import pytest

from alertd.cli.demo.pacing import FASTEST, Pacing


@pytest.mark.parametrize(
    ("asked", "cure"),
    [
        (Pacing(seconds=14.9), "at least 15"),
        (Pacing(seconds=0), "at least 15"),
        (Pacing(seconds=-20), "at least 15"),
        (Pacing(seconds=3601), "at most 3600"),
        (Pacing(seconds=math.nan), "at least 15"),
        (Pacing(seconds=math.inf), "at most 3600"),
        (Pacing(speed=0), "between 0.01 and 10"),
        (Pacing(speed=10.5), "between 0.01 and 10"),
        (Pacing(speed=math.nan), "between 0.01 and 10"),
        (Pacing(seconds=20, speed=1), "--speed 1 takes 63 seconds, not 20"),
    ],
)
def test_what_is_not_possible_is_refused_with_the_cure(asked: Pacing, cure: str) -> None:
    assert cure in (asked.problem(60) or "")


@pytest.mark.parametrize(
    "asked",
    [Pacing(), Pacing(15), Pacing(3600), Pacing(speed=10), Pacing(speed=0.01), Pacing(63, 1)],
)
def test_what_is_possible(asked: Pacing) -> None:
    assert asked.problem(60) is None


@pytest.mark.parametrize("seconds", [15, 20, 45, 600])
@pytest.mark.parametrize("spent_s", [0.2, 3])
def test_the_whole_takes_what_was_asked_for_however_long_the_start_took(
    seconds: float, spent_s: float
) -> None:
    asked = Pacing(seconds)
    assert asked.total_s(60, spent_s) == pytest.approx(seconds)
    assert asked.market_speed(60, spent_s) == pytest.approx(60 / (seconds - spent_s - 3))


def test_45_seconds_are_usual() -> None:
    assert Pacing().total_s(60, 1) == pytest.approx(45)


@pytest.mark.parametrize("spent_s", [7, 12, 100])
def test_a_slow_start_makes_it_longer_and_never_too_fast(spent_s: float) -> None:
    asked = Pacing(15)
    assert asked.market_speed(60, spent_s) == FASTEST
    assert asked.total_s(60, spent_s) == pytest.approx(spent_s + 3 + 6)


def test_a_given_speed_holds() -> None:
    assert Pacing(speed=3).market_speed(60, 5) == 3
    assert Pacing(speed=3).total_s(60, 5) == pytest.approx(5 + 3 + 20)
    assert Pacing(100, 3).market_speed(60, 5) == 3
