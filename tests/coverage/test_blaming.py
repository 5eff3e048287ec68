"""alertd/coverage/blaming.py"""

from __future__ import annotations

import pytest

from alertd.coverage.blaming import blame
from alertd.coverage.judging import Lapse
from alertd.domain.coverage import SinkProof
from alertd.domain.events import CoverageCause, CoverageState
from tests.coverage.evidence import START, at

FAILS = SinkProof(failed_at=at(20))
ANSWERS = SinkProof(answered_at=at(20), failed_at=at(30))
UNTRIED = SinkProof(answered_at=at(-1), failed_at=at(-5))


@pytest.mark.parametrize(
    ("resolved", "sinks", "expected"),
    [
        (False, (FAILS, FAILS), "ours"),
        (False, (FAILS, ANSWERS), "theirs"),
        (None, (ANSWERS,), "theirs"),
        (True, (FAILS, FAILS), "undecided"),  # names still resolve: it may be somebody between us
        (None, (FAILS, FAILS), "undecided"),  # an address needs no name
        (False, (FAILS, UNTRIED), "undecided"),
        (False, (UNTRIED,), "undecided"),
        (False, (), "undecided"),
    ],
)
def test_only_where_everything_fails_together_it_is_our_own_network(
    resolved: bool | None, sinks: tuple[SinkProof, ...], expected: str
) -> None:
    lapse = Lapse(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION, resolved=resolved)
    assert blame(lapse, START, sinks) == expected


@pytest.mark.parametrize("cause", [CoverageCause.CREDENTIALS, CoverageCause.CLOCK, CoverageCause.PAUSED])
def test_other_causes_are_nobodys_network(cause: CoverageCause) -> None:
    assert blame(Lapse(state=CoverageState.BLIND, cause=cause), START, (ANSWERS,)) is None
    assert blame(None, START, (ANSWERS,)) is None
