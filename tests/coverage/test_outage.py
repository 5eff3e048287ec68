"""alertd/coverage/outage.py"""

from __future__ import annotations

import pytest

from alertd.coverage.outage import Reach, Return, follow_return
from alertd.domain.events import CoveragePhase
from tests.coverage.evidence import START, at

GAP_S = 1.04 / 3


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
    assert Return(60, START).phase(Reach(failing, GAP_S), at(now_s)) is phase


def test_how_long_it_will_take_is_known_while_they_come_back() -> None:
    assert Return(840, START).seconds_left(Reach(gap_s=GAP_S), at(5)) is None  # nobody has come back yet
    one = Return(840, START, is_moving=True)
    assert one.seconds_left(Reach(gap_s=GAP_S), at(56)) == 292
    assert one.seconds_left(Reach(gap_s=GAP_S), at(60)) is None
    assert one.seconds_left(Reach(failing=True, gap_s=GAP_S), at(56)) is None


def test_every_stream_that_sees_again_is_progress_and_one_more_that_is_lost_is_none() -> None:
    one = follow_return(None, 4, at(1), at(3))
    assert one == Return(4, at(1))
    assert follow_return(one, 4, at(1), at(9)) == one
    assert follow_return(one, 6, at(1), at(9)) == Return(6, at(1))
    fewer = follow_return(one, 3, at(1), at(9))
    assert fewer == Return(3, at(9), is_moving=True)
    assert follow_return(fewer, 5, at(1), at(12)) == Return(5, at(9), is_moving=True)
