"""How a lead trader stands concerns nobody once it is not followed any more (alertd/alerts/lifecycle.py)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from alertd.domain.alert import Resolution
from alertd.domain.events import LeaderChange, LeaderState, LeadTradeFailed
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


def failed(info_type: str = "3", now: datetime = START) -> LeadTradeFailed:
    return LeadTradeFailed(
        event_id=f"f{info_type}",
        exchange="okx",
        account="main",
        received_at=now,
        trader="T1",
        info_type=info_type,
    )


def test_trades_not_led_for_equity_end_in_silence_once_there_is_enough() -> None:
    run = Run()
    for info_type in ("2", "3"):
        event = failed(info_type)
        run.apply(event, says(event, WARNING, rule=f"rule{info_type}", ends_s=86_400.0))
    told = len(run.told)
    for share, more in (("0.9", {}), ("1", {}), ("1.5", {"is_own": False}), (None, {})):
        fields = {"is_own": True, "equity_share": None if share is None else Decimal(share)} | more
        assert run.lifecycle.is_untouched_by(state(at(60), **fields))
        run.apply(state(at(60), **fields))
    assert {alert.resolution for alert in run.rows.values()} == {None}
    enough = state(at(61), is_own=True, equity_share=Decimal("1.01"))
    assert not run.lifecycle.is_untouched_by(enough)
    run.apply(enough)
    ended = {name.rule: alert.resolution for (name, _), alert in run.rows.items()}
    assert ended == {"rule2": None, "rule3": Resolution.EXPIRED}
    assert len(run.told) == told
    assert run.lifecycle.is_untouched_by(enough)


def test_a_figure_of_before_the_notice_ends_nothing() -> None:
    run, event = Run(), failed(now=at(60))
    run.apply(event, says(event, WARNING, ends_s=86_400.0))
    run.apply(state(at(60), is_own=True, equity_share=Decimal(2)))
    assert run.only_alert().resolution is None


def test_a_look_at_one_that_is_followed_ends_nothing() -> None:
    run = Run()
    run.apply(state(), says(state(), WARNING))
    assert run.lifecycle.is_untouched_by(state(at(1)))
    assert not run.lifecycle.is_untouched_by(state(at(1), followed=False))
    run.apply(state(at(60)))
    assert resolutions(run) == {("leader_state", "trader/T1"): None}
