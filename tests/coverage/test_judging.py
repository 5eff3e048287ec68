"""alertd/coverage/judging.py"""

from __future__ import annotations

from typing import Any

import pytest

from alertd.coverage.judging import Bounds, Evidence, judge
from alertd.domain.coverage import SinkProof
from alertd.domain.events import CoverageCause, CoverageState
from tests.coverage.evidence import START, at, evidence, stream

BLIND, DEGRADED, WATCHED = CoverageState.BLIND, CoverageState.DEGRADED, CoverageState.WATCHED
LOST: dict[str, Any] = {"state": BLIND, "cause": CoverageCause.CONNECTION, "since": at(5)}
REFUSED: dict[str, Any] = {"state": DEGRADED, "cause": CoverageCause.CHANNEL_REFUSED}
H = 3600.0


@pytest.mark.parametrize(
    ("shown", "after_s", "state", "causes"),
    [
        (evidence(), 0, WATCHED, ()),
        (evidence(stream()), 0, WATCHED, ()),
        # --- streams
        (evidence(streams=()), 0, BLIND, ("starting",)),
        (evidence(stream("business")), 0, BLIND, ("starting",)),
        (evidence(stream(**LOST)), 10, BLIND, ("connection",)),
        (evidence(stream(), stream("business", **LOST)), 10, DEGRADED, ("connection",)),
        (evidence(stream(**REFUSED)), 0, DEGRADED, ("channel_refused",)),
        (evidence(stream(awaiting=("positions",))), 0, BLIND, ("waiting",)),
        (evidence(stream(overdue_s=1.9)), 0, WATCHED, ()),
        (evidence(stream(overdue_s=2.1)), 60, BLIND, ("stale",)),
        (evidence(stream(), stream("business", overdue_s=9)), 60, DEGRADED, ("stale",)),
        # --- the clock
        (evidence(offset_s=None, offset_at=None), 0, DEGRADED, ("clock",)),
        (evidence(offset_s=5.0), 0, WATCHED, ()),
        (evidence(offset_s=-5.1), 0, DEGRADED, ("clock",)),
        (evidence(), 3 * H, WATCHED, ()),
        (evidence(), 3 * H + 1, DEGRADED, ("clock",)),
        # --- sinks
        (evidence(sinks=()), 0, DEGRADED, ("sink_unproven",)),
        (evidence(sinks=(SinkProof(),)), 0, DEGRADED, ("sink_unproven",)),
        (evidence(sinks=(SinkProof(sent_at=START, is_dead=True),)), 0, DEGRADED, ("sink_dead",)),
        (evidence(sinks=(SinkProof(sent_at=START), SinkProof(is_dead=True))), 0, WATCHED, ()),
        (evidence(sinks=(SinkProof(sent_at=at(-26 * H)),)), 0, WATCHED, ()),
        (evidence(sinks=(SinkProof(sent_at=at(-26 * H - 1)),)), 0, DEGRADED, ("sink_unproven",)),
        # --- alertd itself
        (evidence(canary="did not arrive"), 0, DEGRADED, ("canary",)),
        (evidence(canary="x", sinks=()), 0, DEGRADED, ("sink_unproven", "canary")),
        # --- several at once: what blinds first, what a sink is told of by itself last
        (
            evidence(stream(**REFUSED), stream("business", **LOST), sinks=(), offset_s=9),
            10,
            DEGRADED,
            ("connection", "channel_refused", "clock", "sink_unproven"),
        ),
        (
            evidence(stream(**LOST), stream("business", **REFUSED), sinks=()),
            10,
            BLIND,
            ("connection", "channel_refused", "sink_unproven"),
        ),
    ],
)
def test_every_proof_is_asked_for(
    shown: Evidence, after_s: float, state: str, causes: tuple[str, ...]
) -> None:
    verdict = judge(shown, Bounds(), at(after_s))
    assert (verdict.state, verdict.causes) == (state, causes)


@pytest.mark.parametrize(
    ("reconciled_s", "now_s", "state"),
    [
        (None, 100, DEGRADED),
        (-1, 100, DEGRADED),  # it began before the stream was up: what came in between was not looked at
        (0, 100, WATCHED),
        (0, 600, WATCHED),
        (0, 601, DEGRADED),
        (500, 1000, WATCHED),
    ],
)
def test_a_reconcile_that_is_wired_must_be_young(
    reconciled_s: float | None, now_s: float, state: CoverageState
) -> None:
    shown = evidence(reconciled_at=None if reconciled_s is None else at(reconciled_s))
    bounds = Bounds(reconciled_within_s=600)
    assert judge(shown, bounds, at(now_s)).state is state
    assert judge(shown, Bounds(), at(now_s)).state is WATCHED  # one that is not wired is not asked for


def test_the_worst_lapse_says_since_when_and_why() -> None:
    lost = stream(**LOST, code="1006", detail="The connection was cut.", resolved=False)
    worst = judge(evidence(lost), Bounds(), at(10)).worst
    assert worst is not None
    assert (worst.stream, worst.since, worst.code, worst.resolved) == ("private", at(5), "1006", False)
    overdue = judge(evidence(stream(overdue_s=5, silent_s=30)), Bounds(), at(60)).worst
    assert overdue is not None
    assert overdue.since == at(30)
