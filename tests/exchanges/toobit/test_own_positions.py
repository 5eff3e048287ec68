"""Covers alertd/exchanges/toobit/own_positions.py; the book itself is covered by test_copies.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction, MarginMode, MarginState, PositionScope, PositionSnapshot
from alertd.domain.position_events import scope_of
from alertd.exchanges.toobit.copies import CopyBook
from alertd.exchanges.toobit.held import Polled
from alertd.exchanges.toobit.models import FuturesPosition, Rows
from alertd.exchanges.toobit.own_positions import OwnBook, equity_of, own_of
from tests.exchanges.toobit.test_copies import order

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CROSS = {"margin_mode": MarginMode.CROSS}
SHORT = {"direction": Direction.SHORT}


def row(**more: Any) -> FuturesPosition:
    fields: dict[str, Any] = {
        "instrument": "BTC-SWAP-USDT",
        "direction": Direction.LONG,
        "size": Decimal(2000),
        "margin_mode": MarginMode.ISOLATED,
        "leverage": Decimal(10),
        "entry_price": Decimal(100),
        "mark_price": Decimal(100),
        "last_price": Decimal(100),
        "liquidation_price": Decimal(90),
        "notional": Decimal(200),
        "margin": Decimal(20),
        "unrealised_pnl": Decimal(0),
    }
    return FuturesPosition(**(fields | more))


def polled(after_s: float = 0.0, **more: Any) -> Polled:
    return Polled("leader", AT + timedelta(seconds=after_s), **more)


def states(events: list[Any]) -> dict[str, MarginState]:
    return {event.subject: event for event in events if isinstance(event, MarginState)}


def test_an_own_position_uses_up_its_room_and_names_no_trader() -> None:
    book = OwnBook()
    book.take(Rows([row()]), polled(after_gap=True))
    [state] = states(book.take(Rows([row(mark_price=Decimal(95))]), polled(5))).values()
    assert (state.distance_to_liquidation, state.buffer_used) == (Decimal(5) / 95, 1 - Decimal(5) / 95 * 10)
    assert (state.subject, state.trader) == ("BTC-SWAP-USDT/long/isolated", None)
    assert (state.position_size, state.notional_usd) == (Decimal(2000), Decimal(200))


def test_what_is_flat_is_not_open_whatever_figures_it_kept() -> None:
    book = OwnBook()
    events = book.take(Rows([row(size=Decimal(0))]), polled(after_gap=True))
    assert (states(events), book.count, book.unseen()) == ({}, 0, ())


def test_no_liquidation_price_is_named_and_is_not_far_away() -> None:
    book = OwnBook()
    [state] = states(book.take(Rows([row(liquidation_price=None)]), polled(after_gap=True))).values()
    assert (state.distance_to_liquidation, state.buffer_used) == (None, None)
    assert [spot.where for spot in book.unseen()] == ["BTC-SWAP-USDT"]


def test_all_cross_positions_of_a_currency_stand_together_by_the_nearest() -> None:
    book = OwnBook()
    ether = row(**CROSS, instrument="ETH-SWAP-USDT", mark_price=Decimal(92))
    found = states(book.take(Rows([row(**CROSS), ether, row()]), polled(after_gap=True)))
    assert set(found) == {"cross/USDT", "BTC-SWAP-USDT/long/isolated"}
    assert (found["cross/USDT"].instrument, found["cross/USDT"].position_count) == ("ETH-SWAP-USDT", 2)


def test_a_hedged_leg_is_not_judged_by_the_price_that_liquidates_the_other() -> None:
    long, short = row(**CROSS, size=Decimal(1)), row(**CROSS, **SHORT)
    edge = {"liquidation_price": Decimal(120)}
    both = [row(**CROSS, size=Decimal(1), **edge), row(**CROSS, **SHORT, **edge)]
    assert [one.liquidation_price for one in own_of(both)] == [None, Decimal(120)]
    [state] = states(OwnBook().take(Rows(both), polled(after_gap=True))).values()
    assert (state.direction, state.distance_to_liquidation) == ("short", Decimal("0.2"))
    assert [one.liquidation_price for one in own_of([long, short])] == [Decimal(90), None]
    # Alone it is what it looks like: beyond its price, about to be liquidated.
    assert own_of([both[0]])[0].liquidation_price == 120


def test_money_is_what_there_is_with_what_is_open() -> None:
    rows = [row(unrealised_pnl=Decimal("-30")), row(unrealised_pnl=Decimal("5.5"))]
    assert equity_of(Decimal(1000), rows) == Decimal("975.5")
    assert equity_of(Decimal(1000), [*rows, row(size=Decimal(0), unrealised_pnl=None)]) == Decimal("975.5")
    assert equity_of(None, rows) is None
    assert equity_of(Decimal(1000), [row(unrealised_pnl=None)]) is None


LISTS = st.lists(
    st.sets(st.tuples(st.sampled_from(["BTC", "ETH"]), st.sampled_from(MarginMode)), max_size=4), max_size=8
)


@given(own=LISTS, copied=LISTS)
def test_neither_list_ever_ends_what_the_other_holds(own: Any, copied: Any) -> None:
    """Whatever two books of one account show in turn, an end is always of one's own."""
    leads, copies = OwnBook(), CopyBook()
    for number in range(max(len(own), len(copied))):
        mine = [
            row(instrument=f"{base}-SWAP-USDT", margin_mode=mode)
            for base, mode in (own[number] if number < len(own) else ())
        ]
        theirs = [
            order(instrument=f"{base}-SWAP-USDT", margin_mode=mode)
            for base, mode in (copied[number] if number < len(copied) else ())
        ]
        at = polled(5.0 * number)
        for scope, events in (
            (PositionScope.OWN, leads.take(Rows(mine), at)),
            (PositionScope.COPIED, copies.take(Rows(theirs), at)),
        ):
            for event in events:
                if isinstance(event, MarginState):
                    assert scope_of(event.subject) is scope
                if isinstance(event, PositionSnapshot):
                    others = leads if scope is PositionScope.COPIED else copies
                    assert not any(event.tells_gone(subject) for subject in others.subjects)
