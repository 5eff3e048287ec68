"""How a lead trader stands concerns nobody once it is not followed any more (alertd/alerts/lifecycle.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alertd.domain.alert import Resolution
from alertd.domain.events import LeaderChange, LeaderState
from tests.alerts.nouns import START, WARNING, Run, at, says


def state(now: datetime = START, trader: str = "T1", **given: Any) -> LeaderState:
    return LeaderState(event_id="e", exchange="okx", account="main", received_at=now, trader=trader, **given)


def resolutions(run: Run) -> dict[tuple[str, str], Resolution | None]:
    return {(name.kind, name.subject): alert.resolution for (name, _), alert in run.rows.items()}


def test_its_state_ends_in_silence_and_nothing_else_does() -> None:
    run = Run()
    change = LeaderChange(event_id="e", exchange="okx", account="main", received_at=START, trader="T1")
    for event in (state(), state(trader="T2"), change):
        run.apply(event, says(event, WARNING, ends_s=3600.0))
    told = len(run.told)
    run.apply(state(at(60), followed=False))
    assert resolutions(run) == {
        ("leader_state", "trader/T1"): Resolution.EXPIRED,
        ("leader_state", "trader/T2"): None,
        ("leader_change", "trader/T1"): None,
    }
    assert len(run.told) == told


def test_a_look_at_one_that_is_followed_ends_nothing() -> None:
    run = Run()
    run.apply(state(), says(state(), WARNING))
    assert run.lifecycle.is_untouched_by(state(at(1)))
    assert not run.lifecycle.is_untouched_by(state(at(1), followed=False))
    run.apply(state(at(60)))
    assert resolutions(run) == {("leader_state", "trader/T1"): None}
