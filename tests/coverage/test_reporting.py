"""alertd/coverage/reporting.py"""

from __future__ import annotations

from decimal import Decimal

import pytest

from alertd.coverage.reporting import Figures, figures
from alertd.domain.coverage import Gap
from alertd.domain.events import CoverageCause, CoverageState
from tests.coverage.evidence import START, at

WEEK_S = 7 * 86_400


def gap(began_s: float, ended_s: float | None, *, reconciled: bool = True, missed: int | None = 0) -> Gap:
    return Gap(
        account="main",
        number=1,
        state=CoverageState.BLIND,
        cause=CoverageCause.CONNECTION,
        began_at=at(began_s),
        ended_at=None if ended_s is None else at(ended_s),
        reconciled_at=at(ended_s or 0) if reconciled else None,
        missed=missed if reconciled else None,
    )


def summed(*gaps: Gap, until_s: float = WEEK_S) -> Figures:
    return figures("main", gaps, START, at(until_s))


def test_a_week_in_figures() -> None:
    found = summed(gap(100, 141), gap(5000, 5040), gap(9000, 9030, missed=2))
    assert len(found.outages) == 3
    assert found.longest_s == 41
    assert found.unwatched_s == 111
    assert found.watched_percent == Decimal("99.98")
    assert (found.unreconciled, found.missed) == (0, 2)


@pytest.mark.parametrize(
    ("gaps", "outages", "unwatched_s"),
    [
        ((), 0, 0),
        ((gap(0, 10), gap(10, 20), gap(20, 25)), 1, 25),  # one cause after another is one outage
        ((gap(20, 25), gap(0, 10)), 2, 15),  # whatever the order
        ((gap(0, 30), gap(10, 20)), 1, 30),
        ((gap(-50, 10),), 1, 10),  # what lies outside does not count
        ((gap(-50, -10),), 0, 0),
        ((gap(WEEK_S - 5, None),), 1, 5),
        ((gap(WEEK_S - 5, WEEK_S + 50),), 1, 5),
        ((gap(7, 7),), 0, 0),
    ],
)
def test_gaps_are_counted_as_a_person_does(gaps: tuple[Gap, ...], outages: int, unwatched_s: float) -> None:
    found = summed(*gaps)
    assert (len(found.outages), found.unwatched_s) == (outages, unwatched_s)


@pytest.mark.parametrize(
    ("unwatched_s", "percent"),
    [(0, "100.00"), (0.001, "99.99"), (WEEK_S / 2, "50.00"), (WEEK_S, "0.00")],
)
def test_the_share_is_never_rounded_up(unwatched_s: float, percent: str) -> None:
    found = summed(gap(0, unwatched_s)) if unwatched_s else summed()
    assert found.watched_percent == Decimal(percent)


def test_where_no_time_has_passed_nothing_was_watched() -> None:
    assert summed(until_s=0).watched_percent == 0


def test_an_outage_is_reconciled_only_as_a_whole() -> None:
    assert summed(gap(0, 10), gap(10, 20, reconciled=False), gap(50, 60)).unreconciled == 1
