"""alertd/coverage/outage.py"""

from __future__ import annotations

import pytest

from alertd.coverage.outage import Reach, Return, follow_return
from alertd.domain.events import CoveragePhase
from tests.coverage.evidence import START, at

GAP_S = 1.04 / 3
MANY = {f"a{number}": 2 for number in range(420)}


@pytest.mark.parametrize(
    ("failing", "now_s", "phase"),
    [
        (True, 2.9, CoveragePhase.CONNECTING),  # one dial that failed says nothing yet
        (True, 3.0, CoveragePhase.UNREACHABLE),
        (True, 500.0, CoveragePhase.UNREACHABLE),
        (False, 59.0, CoveragePhase.CONNECTING),
        (False, 60.0, CoveragePhase.LOST),
    ],
)
def test_the_phase(failing: bool, now_s: float, phase: CoveragePhase) -> None:
    assert Return({}, {}, START).phase(Reach(failing, GAP_S), at(now_s)) is phase


def test_how_long_it_will_take_is_known_while_they_come_back() -> None:
    assert Return(MANY, {}, START).seconds_left(Reach(gap_s=GAP_S), at(5)) is None  # nobody has come back yet
    one = Return(MANY, {}, START, is_moving=True)
    assert one.seconds_left(Reach(gap_s=GAP_S), at(56)) == 292
    assert one.seconds_left(Reach(gap_s=GAP_S), at(60)) is None
    assert one.seconds_left(Reach(failing=True, gap_s=GAP_S), at(56)) is None


def after(before: Return | None, now_s: float, joined_s: float = 0, **waiting: int) -> Return:
    joined = {name: at(joined_s if name == "late" else 0) for name in waiting}
    return follow_return(before, Return(waiting, joined, START), at(now_s))


def test_a_stream_that_sees_again_and_an_account_that_is_back_are_progress() -> None:
    one = after(None, 40, a=2, b=2)
    assert (one.progress_at, one.is_moving) == (START, False)
    same = after(one, 50, a=2, b=2)
    assert (same.progress_at, same.is_moving) == (START, False)
    for now in (after(one, 50, a=1, b=2), after(one, 50, a=2)):
        assert (now.progress_at, now.is_moving) == (at(50), True)
    more = after(after(one, 50, a=1, b=2), 60, a=2, b=2)
    assert (more.progress_at, more.is_moving) == (at(50), True)


def test_who_comes_and_goes_is_no_progress() -> None:
    one = after(None, 40, a=2, b=2)
    joined = after(one, 100, 100, a=2, b=2, late=2)
    assert after(joined, 129, a=2, b=2).progress_at == START
    assert after(joined, 130, a=2, b=2).progress_at == at(130)
