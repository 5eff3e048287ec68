"""Covers alertd/exchanges/toobit/drift.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alertd.exchanges.toobit import decode, drift
from alertd.exchanges.toobit.drift import Drifted, Known, known_of
from alertd.exchanges.toobit.models import Follower, LeaderConfig, LeaderSymbol, ProfitSharing, TradeData
from alertd.leading.orders import Look
from tests.exchanges.toobit.documented import (
    FOLLOWER,
    LEADER_CONFIG,
    PROFIT_SHARING,
    SYMBOL,
    TRADE_DATA,
    raw,
    with_holes,
)

LOOK = Look(
    exchange="toobit", account="leader", trader="leader", at=datetime(2026, 3, 1, 12, tzinfo=UTC)
)  # fmt: skip


def told(drifted: Drifted) -> list[str]:
    return [str(event.change) for event in drifted.events]


def followers(*names: str) -> list[Follower]:
    return [
        Follower(
            nickname=name, invested_usdt=None, total_margin_usdt=None, total_profit_usdt=None, running_ms=1
        )
        for name in names
    ]


def after(known: Known, names: Sequence[str]) -> Drifted:
    return drift.of_followers(known, followers(*names), len(names), LOOK)


def test_a_list_that_names_nobody_tells_how_many_at_least_came_and_went() -> None:
    first = after(Known(), ["a", "a", "b"])
    assert told(first) == []
    assert told(after(first.known, ["b", "a", "a"])) == []
    more = after(first.known, ["a", "b", "c", "d"])
    assert told(more) == ["followers_joined", "followers_left"]
    assert [(one.joined, one.left) for one in more.events] == [(2, 1), (2, 1)]
    assert [one.followers for one in more.events] == [4, 4]
    assert [one.followers_before for one in more.events] == [3, 3]
    assert [one.revision for one in more.events] == [1, 2] == [1, more.known.revision]
    assert told(after(more.known, ["a", "b", "c", "d"])) == []


def test_who_never_led_has_not_stopped_and_who_did_is_told_once() -> None:
    idle = drift.of_activity(Known(), False, LOOK)
    assert (told(idle), told(drift.of_activity(idle.known, True, LOOK))) == ([], [])
    leads = drift.of_activity(Known(), True, LOOK).known
    stopped = drift.of_activity(leads, False, LOOK)
    assert told(stopped) == ["inactive"]
    assert told(drift.of_activity(stopped.known, False, LOOK)) == []
    assert told(drift.of_activity(stopped.known, True, LOOK)) == ["active_again"]


def figures(**more: Any) -> TradeData:
    names = dict.fromkeys(TradeData.__struct_fields__)
    return TradeData(**{**names, "days": 7, "profit_ratio": Decimal("0.1"), "order_count": 3, **more})


def test_figures_that_change_are_named_and_those_not_told_have_not_changed() -> None:
    first = drift.of_figures(Known(), figures(), LOOK)
    assert told(first) == told(drift.of_figures(first.known, figures(order_count=None), LOOK)) == []
    changed = drift.of_figures(first.known, figures(order_count=4), LOOK)
    assert [one.changed for one in changed.events] == [("order_count",)]


def test_what_is_not_told_for_once_is_no_news_when_it_is_told_again() -> None:
    first = drift.of_figures(Known(), figures(), LOOK)
    hole = drift.of_figures(first.known, figures(order_count=None), LOOK)
    assert told(drift.of_figures(hole.known, figures(), LOOK)) == []
    assert told(drift.of_figures(hole.known, figures(order_count=4), LOOK)) == ["figures_changed"]
    config = LeaderConfig(**dict.fromkeys(LeaderConfig.__struct_fields__))
    whole = replace(config, profit_share=Decimal("0.1"))
    known = drift.of_config(drift.of_config(Known(), whole, LOOK).known, config, LOOK).known
    assert told(drift.of_config(known, whole, LOOK)) == []
    settled = drift.of_sharings(Known(), [sharing(9, "7"), sharing(2, "5")], LOOK).known
    settled = drift.of_sharings(settled, [sharing(2, "5")], LOOK).known
    assert told(drift.of_sharings(settled, [sharing(9, "7"), sharing(2, "5")], LOOK)) == []


def test_settlements_are_not_remembered_without_end() -> None:
    known = drift.of_sharings(Known(), [], LOOK).known
    for year in range(1000, 1300):
        row = replace(sharing(2, "5"), shared_on=date(year, 1, 1))
        known = drift.of_sharings(known, [row], LOOK).known
    assert known.sharings is not None
    assert (len(known.sharings), min(known.sharings)) == (200, "1100-01-01")


def sharing(day: int, total: str) -> ProfitSharing:
    paid = Decimal(total)
    return ProfitSharing(
        shared_on=date(2026, 3, day), year=2026, week_of_year=9, total_usdt=paid, leader_usdt=paid,
        referrers_usdt=None,
    )  # fmt: skip


def test_each_settlement_is_told_once_and_again_when_it_changes() -> None:
    first = drift.of_sharings(Known(), [sharing(2, "5")], LOOK)
    assert told(first) == []
    second = drift.of_sharings(first.known, [sharing(9, "7"), sharing(2, "5")], LOOK)
    assert [(one.detail, one.profit) for one in second.events] == [("2026-03-09", Decimal(7))]
    third = drift.of_sharings(second.known, [sharing(9, "8"), sharing(2, "5")], LOOK)
    assert [one.detail for one in third.events] == ["2026-03-09"]


def symbols(*led: str) -> list[LeaderSymbol]:
    return [LeaderSymbol(instrument=name, leverage=None, is_led=name in led) for name in ("A", "B", "C")]


def test_pairs_that_are_switched_are_named() -> None:
    first = drift.of_symbols(Known(), symbols("A", "B"), LOOK)
    changed = drift.of_symbols(first.known, symbols("B", "C"), LOOK)
    assert [one.changed for one in changed.events] == [("+C", "-A")]
    assert told(drift.of_symbols(changed.known, symbols("B", "C"), LOOK)) == []
    untold = [replace(one, is_led=None) for one in symbols("B", "C")]
    assert told(drift.of_symbols(changed.known, untold, LOOK)) == []


def test_settings_that_drift_are_named_and_the_invite_code_is_not_kept() -> None:
    config = LeaderConfig(**dict.fromkeys(LeaderConfig.__struct_fields__))
    first = drift.of_config(
        Known(), replace(config, profit_share=Decimal("0.1"), invite_code="LET-ME-IN"), LOOK
    )
    assert "LET-ME-IN" not in first.known.encoded()
    changed = drift.of_config(
        first.known, replace(config, profit_share=Decimal("0.2"), invite_code="x"), LOOK
    )
    assert [one.changed for one in changed.events] == [("profit_share",)]
    assert known_of(changed.known.encoded()) == changed.known
    assert known_of("of another version") == Known()


def _figures(known: Known, row: Any) -> Drifted:
    return drift.of_figures(known, decode.trade_data(raw([row]), 7).items[0], LOOK)


def _sharings(known: Known, row: Any) -> Drifted:
    return drift.of_sharings(known, decode.profit_sharings(raw([row])).items, LOOK)


def _config(known: Known, row: Any) -> Drifted:
    return drift.of_config(known, decode.leader_config(raw(row)), LOOK)


def _symbols(known: Known, row: Any) -> Drifted:
    return drift.of_symbols(known, decode.leader_symbols(raw([row])).items, LOOK)


def _followers(known: Known, row: Any) -> Drifted:
    page = decode.followers(raw({"list": [row]}), 1)
    return drift.of_followers(known, page.items, page.total, LOOK)


DRIFTS = {
    "trade-data": (TRADE_DATA, (), _figures),
    "profit-sharings": (PROFIT_SHARING, ("sharingDate",), _sharings),
    "config": (LEADER_CONFIG, (), _config),
    "symbols": (SYMBOL, ("symbolId",), _symbols),
    "followers": (FOLLOWER, ("followerNickname",), _followers),
}


@pytest.mark.parametrize("name", DRIFTS)
@given(data=st.data())
def test_holes_in_an_answer_tell_nothing_that_did_not_happen(name: str, data: st.DataObject) -> None:
    """Fields that are missing, null or empty for once have not changed, nor when they are back."""
    row, needed, learn = DRIFTS[name]
    known = learn(Known(), row).known
    for seen in (data.draw(with_holes(row, needed)), row):
        drifted = learn(known, seen)
        assert told(drifted) == []
        known = known_of(drifted.known.encoded())
