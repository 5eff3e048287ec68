"""Covers alertd/following.py, against the simulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.clock import Clock
from alertd.domain.copy_digest import CopiedFigures
from alertd.domain.errors import RequestUnavailable
from alertd.domain.events import CopyRelation, Liquidation, MarginState, PositionSnapshot
from alertd.following import SEEN_LATELY_S, Following, FollowingDoors
from tests.doubles.set_clock import SetClock
from tests.exchanges.toobit.conftest import House, house
from tests.test_leads import Kept

__all__ = ["house"]
BTC = "BTC-SWAP-USDT"
COPIER, WHALE = "9007199254740993002", "9007199254740993101"


def following(house: House, kept: Kept, clock: Clock | None = None) -> Following:
    doors = FollowingDoors(kept.deliver, kept.handled, kept, kept.note)
    return Following("copier", house.follower, doors, clock or Clock())


def ended(kept: Kept) -> list[MarginState]:
    return [event for event in kept.events if isinstance(event, MarginState) and not event.open]


async def test_the_first_look_after_a_gap_is_noted_as_a_comparison(house: House) -> None:
    kept = Kept()
    one = following(house, kept)
    await one.look_at_orders(True)
    await one.look_at_orders(False)
    assert kept.compared == [0]
    [snapshot] = [event for event in kept.events if isinstance(event, PositionSnapshot)]
    assert (len(snapshot.subjects), snapshot.after_gap) == (3, True)


async def test_a_liquidation_is_told_before_the_end_it_explains(house: House) -> None:
    kept = Kept()
    one = following(house, kept)
    await one.look_at_orders(True)
    [edge] = [e.liquidation_price for e in kept.events if isinstance(e, MarginState) and e.instrument == BTC]
    assert edge is not None
    house.toobit.set_price(BTC, (edge - 1).quantize(Decimal("0.1")))
    for _ in range(2):
        kept.events.clear()
        await one.look_at_orders(False)
    kinds = [type(event) for event in kept.events]
    assert kinds.index(Liquidation) < kinds.index(PositionSnapshot)
    assert [event.after_gap for event in ended(kept)] == [False]
    [liquidation] = [event for event in kept.events if isinstance(event, Liquidation)]
    assert liquidation.subject == ended(kept)[0].subject


async def test_where_closed_copies_cannot_be_read_the_end_is_unknown(house: House) -> None:
    kept = Kept()
    one = following(house, kept)
    await one.look_at_orders(True)
    house.toobit.close_position("whale", BTC)
    await one.look_at_orders(False)
    house.toobit.fail(status=500, path="/follower/orders/history")
    await one.look_at_orders(False)
    assert [event.after_gap for event in ended(kept)] == [True]


async def test_whom_it_copies_is_remembered_over_a_restart(house: House) -> None:
    kept = Kept()
    await following(house, kept).look_at_leaders(True)
    house.toobit.leave("whale", COPIER)
    again = following(house, kept)
    for _ in range(3):
        await again.look_at_leaders(False)
    await following(house, kept).look_at_leaders(True)
    told = [(str(one.change), one.trader) for one in kept.events if isinstance(one, CopyRelation)]
    assert told == [("left", WHALE)]


async def test_what_is_not_answered_tells_nothing(house: House) -> None:
    kept = Kept()
    one = following(house, kept)
    house.toobit.cut()
    for look in (one.look_at_orders, one.look_at_leaders):
        with pytest.raises(RequestUnavailable):
            await look(True)
    assert (kept.events, kept.compared, one.book.count) == ([], [], None)


async def test_the_figures_are_those_seen_lately(house: House) -> None:
    clock = SetClock(datetime(2026, 11, 21, 8, tzinfo=UTC))
    one = following(house, Kept(), clock)
    assert one.figures() == CopiedFigures()
    await one.look_at_orders(True)
    await one.look_at_leaders(True)
    figures = one.figures()
    assert [leader.name for leader in figures.leaders or ()] == ["whale", "dolphin"]
    assert all(
        leader.equity is not None and leader.net_profit is not None for leader in figures.leaders or ()
    )
    assert (figures.positions, len(figures.nearest)) == (3, 3)
    clock.at += timedelta(seconds=SEEN_LATELY_S + 1)
    assert one.figures() == CopiedFigures()
