"""Covers alertd/exchanges/toobit/copies.py and held.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given

from alertd.domain.coverage import Unseen
from alertd.domain.events import (
    Direction,
    MarginMode,
    MarginState,
    PositionScope,
    PositionSnapshot,
    Source,
)
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.copies import CopyBook, copies_of
from alertd.exchanges.toobit.held import Polled, subject_of
from alertd.exchanges.toobit.models import FollowOrder, Rows
from alertd.exchanges.toobit.wire import BadRow
from tests.exchanges.toobit.documented import FOLLOW_ORDER, PLACED, raw, with_holes

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def order(**more: Any) -> FollowOrder:
    fields: dict[str, Any] = {
        "leader_id": "77",
        "leader_name": "whale",
        "instrument": "BTC-SWAP-USDT",
        "direction": Direction.LONG,
        "margin_mode": MarginMode.ISOLATED,
        "leverage": Decimal(10),
        "entry_price": Decimal(100),
        "mark_price": Decimal(100),
        "last_price": Decimal(100),
        "liquidation_price": Decimal(90),
        "quantity": Decimal(2),
        "margin": Decimal(20),
        "profit": Decimal(0),
        "profit_ratio": Decimal(0),
        "take_profit_ratio": None,
        "stop_loss_ratio": None,
    }
    return FollowOrder(**(fields | more))


def polled(after_s: float = 0.0, **more: Any) -> Polled:
    return Polled("copier", AT + timedelta(seconds=after_s), **more)


def states(events: list[Any]) -> list[MarginState]:
    return [event for event in events if isinstance(event, MarginState)]


def test_what_falls_uses_up_its_room() -> None:
    book = CopyBook()
    book.take(Rows([order()]), polled(after_gap=True))
    [state] = states(book.take(Rows([order(mark_price=Decimal(95))]), polled(5)))
    assert (state.distance_to_liquidation, state.buffer_used) == (Decimal(5) / 95, 1 - Decimal(5) / 95 * 10)
    assert (state.trader, state.trader_name, state.notional_usd) == ("77", "whale", Decimal(190))
    assert state.subject == "BTC-SWAP-USDT/long/isolated/77" == subject_of(copies_of([order()])[0])


def test_two_leaders_stand_apart_and_one_leaders_cross_copies_together() -> None:
    cross = {"margin_mode": MarginMode.CROSS, "margin": Decimal(20)}
    rows = Rows(
        [
            order(),
            order(leader_id="88"),
            order(**cross),
            order(**cross, instrument="ETH-SWAP-USDT", mark_price=Decimal(92)),
        ]
    )
    book = CopyBook()
    found = {one.subject: one for one in states(book.take(rows, polled(after_gap=True)))}
    assert set(found) == {
        "BTC-SWAP-USDT/long/isolated/77", "BTC-SWAP-USDT/long/isolated/88", "cross/USDT/77",
    }  # fmt: skip
    pooled = found["cross/USDT/77"]
    assert (pooled.instrument, pooled.position_count) == ("ETH-SWAP-USDT", 2)
    assert book.count == 4


def test_rows_alike_in_all_but_figures_are_told_apart() -> None:
    book = CopyBook()
    [state] = states(book.take(Rows([order(), order(entry_price=Decimal(99))]), polled(after_gap=True)))
    assert (state.position_count, book.count) == (2, 2)


def test_no_liquidation_price_is_named_and_is_not_far_away() -> None:
    book = CopyBook()
    [state] = states(book.take(Rows([order(liquidation_price=None)]), polled(after_gap=True)))
    assert (state.distance_to_liquidation, state.buffer_used) == (None, None)
    assert [(one.what, one.where) for one in book.unseen()] == [
        (Unseen.NO_LIQUIDATION_PRICE, "BTC-SWAP-USDT (whale)")
    ]


def test_gone_is_what_two_answers_in_turn_lack() -> None:
    book = CopyBook()
    assert book.count is None
    first = book.take(Rows([order()]), polled(after_gap=True))
    assert isinstance(first[-1], PositionSnapshot)
    assert (first[-1].source, first[-1].after_gap) == (Source.POLL, True)
    assert not book.ending(Rows([]))
    assert states(book.take(Rows([]), polled(5))) != []  # it counts as open, with the figures it had
    assert [held.position for held in book.ending(Rows([]))] == copies_of([order()])
    ended, snapshot = book.take(Rows([]), polled(10, is_recorded=True))
    assert isinstance(ended, MarginState)
    assert (ended.open, ended.after_gap, ended.subject) == (False, False, "BTC-SWAP-USDT/long/isolated/77")
    assert isinstance(snapshot, PositionSnapshot)
    assert (snapshot.subjects, snapshot.source) == (frozenset(), Source.RECONCILE)
    assert snapshot.scope is PositionScope.COPIED
    assert book.count == 0


def test_one_that_comes_back_was_never_gone() -> None:
    book = CopyBook()
    for at_s, rows in enumerate(([order()], [], [order()], [], [order()])):
        assert all(one.open for one in states(book.take(Rows(rows), polled(5.0 * at_s))))
    assert book.count == 1


def test_where_not_all_can_be_read_nothing_is_gone() -> None:
    book = CopyBook()
    book.take(Rows([order()]), polled(after_gap=True))
    for at_s, rows in enumerate(
        [Rows[FollowOrder]([], [BadRow(b"{}", "?")]), Rows[FollowOrder]([], (), True)] * 2
    ):
        assert not book.ending(rows)
        assert all(one.open for one in states(book.take(rows, polled(5.0 + at_s))))
    assert book.count == 1


def test_how_it_ended_is_unknown_where_the_records_were_not_read() -> None:
    book = CopyBook()
    book.take(Rows([order()]), polled(after_gap=True))
    book.take(Rows([]), polled(5))
    [ended] = states(book.take(Rows([]), polled(10)))
    assert (ended.open, ended.after_gap) == (False, True)


def test_what_is_open_is_shown_with_its_figures() -> None:
    book = CopyBook()
    book.take(Rows([order()]), polled(after_gap=True))
    [shown] = book.open_positions("copier")
    assert (shown.instrument, shown.direction, shown.distance_to_liquidation) == (
        "BTC-SWAP-USDT", "long", Decimal("0.1"),
    )  # fmt: skip


@given(with_holes(FOLLOW_ORDER, PLACED | {"leaderUserId"}))
def test_holes_in_a_row_end_no_copy(row: dict[str, Any]) -> None:
    """Whatever fields come and go: the copy is open, and no end of it is told."""
    book = CopyBook()
    for seconds, seen in enumerate((FOLLOW_ORDER, row, FOLLOW_ORDER, FOLLOW_ORDER)):
        rows = decode.follow_orders(raw([seen]))
        assert book.ending(rows) == []
        events = book.take(rows, polled(5.0 * seconds, after_gap=not seconds))
        assert all(state.open for state in states(events)), events
        assert book.count == 1
