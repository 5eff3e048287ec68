"""Covers alertd/leads.py, against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.clock import Clock
from alertd.domain.copy_digest import LedFigures
from alertd.domain.errors import HostBlocked
from alertd.domain.events import Event, LeaderChange, LeaderState
from alertd.exchanges.toobit.budget import HostBudget
from alertd.following import SEEN_LATELY_S, FollowingDoors
from alertd.leads import SLOW_FIGURES_FOR_S, Leading
from tests.doubles.set_clock import SetClock
from tests.exchanges.toobit.conftest import House, house

__all__ = ["house"]
BTC, SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"


@dataclass
class Kept:
    """What was delivered, and facts that outlive a process."""

    events: list[Event] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    compared: list[int] = field(default_factory=list)
    stores: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.stores.set()

    async def deliver(self, events: Sequence[Event]) -> None:
        self.events += events

    async def handled(self) -> None:
        await self.stores.wait()

    async def read_fact(self, key: str) -> str | None:
        return self.facts.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        self.facts[key] = value

    async def note(self, at: datetime, missed: int) -> None:
        self.compared.append(missed)

    def changes(self) -> list[tuple[str, str | None]]:
        """Since this was asked last."""
        found = [(str(one.change), one.instrument) for one in self.events if isinstance(one, LeaderChange)]
        self.events.clear()
        return found


def leading(house: House, kept: Kept, clock: Clock | None = None) -> Leading:
    doors = FollowingDoors(kept.deliver, kept.handled, kept, kept.note)
    return Leading("leader", house.leader, doors, clock or Clock())


@asynccontextmanager
async def looked(house: House) -> AsyncIterator[tuple[Leading, Kept]]:
    kept = Kept()
    one = leading(house, kept)
    for look in (one.look_at_orders, one.look_at_followers, one.look_at_figures, one.look_at_settings):
        assert await look(True) is None
    assert kept.changes() == []  # what is known first is nobody's news
    yield one, kept


async def test_each_change_of_an_order_is_one_event_also_over_a_restart(house: House) -> None:
    async with looked(house) as (one, kept):
        changes = [
            (lambda: house.toobit.open_position("leader", SOL, size="2", leverage=10), "order_opened"),
            (lambda: house.toobit.open_position("leader", SOL, size="2"), "order_grown"),
            (lambda: house.toobit.close_position("leader", SOL, share="0.5"), "order_reduced"),
            (lambda: house.toobit.set_leverage("leader", SOL, 20), "leverage_changed"),
            (lambda: house.toobit.close_position("leader", SOL), "order_closed"),
        ]
        for number, (change, move) in enumerate(changes):
            change()
            one = leading(house, kept) if number % 2 else one  # a restart between two polls
            assert await one.look_at_orders(False) is None
            assert kept.changes() == [(move, SOL)]
            assert await one.look_at_orders(False) is None
            assert kept.changes() == []


def _joined(house: House) -> None:
    for number in range(2):
        house.toobit.join("leader", f"9{number}")


def _drifted(house: House, **fields: object) -> None:
    house.toobit.leader("leader").config |= fields


CHANGES: dict[str, tuple[Callable[[House], object], str, str | None]] = {
    "opened": (lambda house: house.toobit.open_position("leader", SOL), "order_opened", SOL),
    "grown": (lambda house: house.toobit.open_position("leader", BTC, leverage=20), "order_grown", BTC),
    "reduced": (lambda house: house.toobit.close_position("leader", BTC, share="0.5"), "order_reduced", BTC),
    "closed": (lambda house: house.toobit.close_position("leader", BTC), "order_closed", BTC),
    "leverage": (lambda house: house.toobit.set_leverage("leader", BTC, 50), "leverage_changed", BTC),
    "joined": (_joined, "followers_joined", None),
    "left": (lambda house: house.toobit.leave("leader", "7003"), "followers_left", None),
    "pairs": (lambda house: _drifted(house, symbolIds=[BTC]), "symbols_changed", None),
    "settings": (lambda house: _drifted(house, profitRate="0.08"), "config_changed", None),
    "settled": (lambda house: house.toobit.settle("leader", "2026-11-16"), "profit_shared", None),
    "stopped": (lambda house: house.toobit.stop_leading("leader"), "inactive", None),
}  # fmt: skip


async def _every_look(one: Leading) -> None:
    for look in (one.look_at_orders, one.look_at_followers, one.look_at_figures, one.look_at_settings):
        assert await look(False) is None


@pytest.mark.parametrize("is_down", [True, False], ids=["while it was down", "before it goes down"])
@pytest.mark.parametrize("name", CHANGES)
async def test_each_change_is_told_exactly_once_over_restarts(name: str, is_down: bool, house: House) -> None:
    change, move, instrument = CHANGES[name]
    async with looked(house) as (one, kept):
        change(house)
        await _every_look(leading(house, kept) if is_down else one)
        told = kept.changes()
        # Who follows and what was settled shows in the week's figures, too.
        assert [what for what in told if what[0] != "figures_changed"] == [(move, instrument)]
        assert len(told) <= 2
        for _ in range(2):
            one = leading(house, kept)
            await _every_look(one)
            await _every_look(one)
        assert kept.changes() == []


async def test_what_one_poll_learns_another_does_not_forget(house: House) -> None:
    """Several are under way at once, and a busy store lets them wait for each other."""
    async with looked(house) as (one, kept), asyncio.timeout(20):
        kept.stores.clear()
        _drifted(house, symbolIds=[BTC])
        _joined(house)
        asked = _asked_for_followers(house)
        async with asyncio.TaskGroup() as polls:
            polls.create_task(one.look_at_settings(False))
            while not kept.events:
                await asyncio.sleep(0.01)
            polls.create_task(one.look_at_followers(False))
            while _asked_for_followers(house) < asked + 1:
                await asyncio.sleep(0.01)
            kept.stores.set()
        assert {what for what, _ in kept.changes()} == {"symbols_changed", "followers_joined"}
        for again in (one, leading(house, kept)):
            await _every_look(again)
            assert not {what for what, _ in kept.changes()} & {"symbols_changed", "followers_joined"}


def _asked_for_followers(house: House) -> int:
    return sum(call.endswith("/leader/followers") for call in house.toobit.calls)


async def test_what_was_not_remembered_before_a_kill_is_told_again_as_the_same(house: House) -> None:
    """The process dies between delivery and its note of it: the repeat bears the same name."""
    async with looked(house) as (_, kept):
        facts = dict(kept.facts)
        house.toobit.open_position("leader", SOL)
        house.toobit.leave("leader", "7003")
        ids = []
        for _ in range(2):
            kept.facts = dict(facts)
            await _every_look(leading(house, kept))
            ids.append([event.event_id for event in kept.events if isinstance(event, LeaderChange)])
            kept.events.clear()
        assert ids[0] == ids[1]
        assert len(ids[0]) >= 2


async def test_a_close_has_its_result(house: House) -> None:
    async with looked(house) as (one, kept):
        house.toobit.set_price(BTC, "91000")
        house.toobit.close_position("leader", BTC)
        await one.look_at_orders(False)
        [closed] = [event for event in kept.events if isinstance(event, LeaderChange)]
        assert closed.profit is not None
        assert closed.close_price == 91000
        assert one.count == 1
        [state] = [event for event in kept.events if isinstance(event, LeaderState)]
        assert (state.orders_open, state.followers) == (1, 12)


async def test_followers_are_counted_over_pages_that_agree(house: House) -> None:
    async with looked(house) as (one, kept):
        house.toobit.leave("leader", "7003")
        for number in range(150):
            house.toobit.join("leader", f"9{number + 100}")
        await one.look_at_followers(False)
        [joined, left] = [event for event in kept.events if isinstance(event, LeaderChange)]
        assert (joined.change, joined.followers, joined.followers_before) == ("followers_joined", 161, 12)
        assert (left.change, left.left) == ("followers_left", 1)
        assert joined.joined == 150


class _Restless(list[str]):
    """The exchange's own record of calls: something happens whenever a page of followers was asked for."""

    def __init__(self, happens: Callable[[int], object]) -> None:
        super().__init__()
        self._happens = happens
        self.pages = 0

    def append(self, call: str) -> None:
        super().append(call)
        if "/leader/followers" in call:
            self.pages += 1
            self._happens(self.pages)


def _many_followers(house: House) -> None:
    for number in range(150):
        house.toobit.join("leader", f"9{number + 100}")


async def test_pages_that_never_agree_are_told_as_partly_read_and_nobody_left(house: House) -> None:
    _many_followers(house)
    async with looked(house) as (one, kept):
        house.toobit.calls = _Restless(lambda page: house.toobit.leave("leader", f"9{page + 100}"))
        assert await one.look_at_followers(False) == "the list of followers changed while it was read"
        assert kept.changes() == []


async def test_pages_that_changed_while_they_were_read_are_read_until_two_passes_agree(house: House) -> None:
    _many_followers(house)
    async with looked(house) as (one, kept):
        calls = _Restless(lambda page: page == 2 and house.toobit.leave("leader", "9100"))
        house.toobit.calls = calls
        assert await one.look_at_followers(False) is None
        [left] = [event for event in kept.events if isinstance(event, LeaderChange)]
        assert (left.change, left.left, left.followers) == ("followers_left", 1, 161)
        assert calls.pages == 3 * 2


async def test_a_ban_between_two_pages_ends_the_look_and_nobody_has_left(house: House) -> None:
    _many_followers(house)
    async with looked(house) as (one, kept):
        house.toobit.calls = _Restless(lambda page: page == 2 and house.toobit.ban(600))
        with pytest.raises(HostBlocked):
            await one.look_at_followers(False)
        asked = len(house.toobit.calls)
        for look in (one.look_at_orders, one.look_at_followers, one.look_at_settings):
            with pytest.raises(HostBlocked):
                await look(False)
        assert len(house.toobit.calls) == asked
        assert kept.events == []
        house.toobit.pardon()
        house.host.budget = HostBudget()  # its end, as time brings it
        house.toobit.leave("leader", "9100")
        assert await one.look_at_followers(False) is None
        assert kept.changes() == [("followers_left", None)]


async def test_figures_settlements_pairs_and_settings(house: House) -> None:
    async with looked(house) as (one, kept):
        house.toobit.close_position("leader", BTC)
        house.toobit.settle("leader", "2026-11-16")
        await one.look_at_figures(False)
        assert [change for change, _ in kept.changes()] == ["figures_changed", "profit_shared"]
        config = house.toobit.leader("leader").config
        config["profitRate"] = "0.08"
        config["symbolIds"] = [BTC]
        await one.look_at_settings(False)
        assert [change for change, _ in kept.changes()] == ["symbols_changed", "config_changed"]
        again = leading(house, kept)
        for look in (again.look_at_orders, again.look_at_figures, again.look_at_settings):
            await look(True)
        assert [change for change, _ in kept.changes()] == ["order_closed"]


async def test_who_leads_no_more_is_told_once_and_asked_seldom(house: House) -> None:
    async with looked(house) as (one, kept):
        house.toobit.stop_leading("leader")
        assert await one.look_at_orders(False) is None
        assert [one.followed for one in kept.events if isinstance(one, LeaderState)] == [False]
        assert kept.changes() == [("inactive", None)]
        asked = house.asked("GET")
        for look in (one.look_at_orders, one.look_at_followers, one.look_at_figures, one.look_at_settings):
            assert await look(False) is None
        assert house.asked("GET") == asked
        assert (one.count, one.open_positions()) == (0, [])


async def test_who_leads_nobody_is_asked_again_within_two_minutes(house: House) -> None:
    kept, clock = Kept(), SetClock(datetime.now(UTC))
    one = Leading("leader", house.leader, FollowingDoors(kept.deliver, kept.handled, kept, kept.note), clock)
    house.toobit.stop_leading("leader")
    await one.look_at_orders(True)
    house.toobit.leader("leader").is_active = True
    answers = []
    for _ in range(24):
        clock.at += timedelta(seconds=5)
        await one.look_at_orders(False)
        answers.append(one.is_active)
    assert 60 <= 5 * (answers.index(True) + 1) <= 120
    assert house.toobit.calls.count("GET /api/v2/copy-trading/leader/orders/current") == 2 + 24 - 18


async def test_money_and_the_orders_of_the_day_are_told_where_they_are_known(house: House) -> None:
    kept, money = Kept(), [Decimal(975), None]
    doors = FollowingDoors(kept.deliver, kept.handled, kept, kept.note)
    one = Leading("leader", house.leader, doors, Clock(), lambda: money.pop(0))
    await one.look_at_orders(True)
    house.toobit.close_position("leader", BTC)
    house.toobit.open_position("leader", BTC)
    await one.look_at_orders(False)
    told = [event for event in kept.events if isinstance(event, LeaderState)]
    # Two are open and one was closed at the start; then that of BTC was closed and another opened.
    assert [(state.equity, state.orders_today) for state in told] == [(975, 3), (None, 4)]
    assert {(state.equity_share, state.day_share) for state in told} == {(None, None)}  # no limit is told


async def test_null_where_a_list_is_documented_closes_nothing(house: House) -> None:
    async with looked(house) as (one, kept):
        house.toobit.null_lists()
        for _ in range(3):
            assert await one.look_at_orders(False) == "null stands where a list is documented"
        assert kept.changes() == []
        assert one.count == 2


async def test_the_figures_are_those_seen_lately(house: House) -> None:
    clock = SetClock(datetime(2026, 11, 21, 8, tzinfo=UTC))
    kept = Kept()
    one = leading(house, kept, clock)
    assert one.figures() == LedFigures()
    for look in (one.look_at_orders, one.look_at_followers, one.look_at_figures):
        await look(True)
    figures = one.figures()
    assert (figures.leads, figures.followers) == (True, 12)
    assert {order.instrument for order in figures.orders or ()} == {BTC, "ETH-SWAP-USDT"}
    assert [(closed.instrument, closed.is_won) for closed in figures.closed or ()] == [(SOL, True)]
    assert figures.closed_from is None
    assert figures.shared is not None
    assert (figures.shared.period, figures.shared_is_known) == ("2026-11-09", True)
    assert figures.week is not None
    assert figures.week.orders == 1
    clock.at += timedelta(seconds=SEEN_LATELY_S + 1)
    old = one.figures()
    assert (old.orders, old.closed, old.followers) == (None, None, 12)
    clock.at += timedelta(seconds=SLOW_FIGURES_FOR_S)
    assert one.figures() == LedFigures(leads=True)


async def test_settlements_that_cannot_be_read_are_not_known(house: House) -> None:
    async with looked(house) as (one, _):
        house.toobit.null_lists()
        await one.look_at_figures(False)
        assert (one.figures().shared, one.figures().shared_is_known) == (None, False)
