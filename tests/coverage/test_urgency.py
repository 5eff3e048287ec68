"""alertd/coverage/urgency.py"""

from __future__ import annotations

import pytest

from alertd.coverage.judging import TOLD_ELSEWHERE
from alertd.coverage.settings import CoverageSettings
from alertd.coverage.urgency import CRITICAL, INFO, NOT_YET, WARNING, Exposure, urgency
from alertd.domain.events import CoverageCause, CoverageState

GRACE = CoverageSettings(alarmed_after_s=0, info_after_s=30, warning_after_s=60, critical_after_s=180)
FLAT, OPEN, UNKNOWN = Exposure(0), Exposure(2), Exposure(None)
ALARMED = Exposure(2, alarmed=True)
BLIND, DEGRADED = CoverageState.BLIND, CoverageState.DEGRADED


@pytest.mark.parametrize(
    ("state", "exposure", "expected"),
    [
        # after 0, 29, 30, 59, 60, 179, 180 and 100,000 s
        (BLIND, FLAT, (0, 0, INFO, INFO, INFO, INFO, INFO, INFO)),
        (BLIND, OPEN, (0, 0, 0, 0, WARNING, WARNING, CRITICAL, CRITICAL)),
        (BLIND, UNKNOWN, (0, 0, 0, 0, WARNING, WARNING, CRITICAL, CRITICAL)),
        (BLIND, ALARMED, (CRITICAL,) * 8),
        (BLIND, Exposure(0, alarmed=True), (CRITICAL,) * 8),
        (DEGRADED, FLAT, (0, 0, INFO, INFO, INFO, INFO, INFO, INFO)),
        (DEGRADED, OPEN, (0, 0, 0, 0, WARNING, WARNING, WARNING, WARNING)),
        (DEGRADED, ALARMED, (WARNING,) * 8),
        (CoverageState.WATCHED, ALARMED, (NOT_YET,) * 8),
    ],
)
def test_it_is_told_by_exposure(state: CoverageState, exposure: Exposure, expected: tuple[int, ...]) -> None:
    after_s = (0, 29, 30, 59, 60, 179, 180, 100_000)
    assert tuple(urgency(state, CoverageCause.CONNECTION, exposure, s, GRACE) for s in after_s) == expected


def test_a_comparison_that_is_to_come_is_never_told_at_once() -> None:
    told = [urgency(DEGRADED, CoverageCause.UNRECONCILED, ALARMED, s, GRACE) for s in (0, 59, 60)]
    assert told == [NOT_YET, NOT_YET, WARNING]


def test_at_once_is_no_sooner_than_an_ordinary_reconnect() -> None:
    patient = CoverageSettings(alarmed_after_s=10)
    assert CoverageSettings().alarmed_after_s == 5
    told = [urgency(BLIND, CoverageCause.CONNECTION, ALARMED, s, patient) for s in (0, 9, 10, 60)]
    assert told == [NOT_YET, NOT_YET, CRITICAL, CRITICAL]


@pytest.mark.parametrize("cause", sorted(TOLD_ELSEWHERE))
def test_what_has_a_rule_of_its_own_is_not_told_twice(cause: CoverageCause) -> None:
    assert urgency(BLIND, cause, ALARMED, 1000, GRACE) == NOT_YET


def test_a_ban_is_told_at_once_as_it_lasts_minutes() -> None:
    told = [urgency(BLIND, CoverageCause.BANNED, exposure, 0, GRACE) for exposure in (FLAT, OPEN, UNKNOWN)]
    assert told == [WARNING, CRITICAL, CRITICAL]
