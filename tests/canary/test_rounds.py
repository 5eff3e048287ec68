"""Covers alertd/canary/rounds.py. The whole way stands in tests/acceptance/test_canary.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from alertd.canary.judging import Ways
from alertd.canary.rounds import FIRST_AFTER_S, TRIES, Canary, Doors
from alertd.canary.settings import CanarySettings
from alertd.clock import Clock
from alertd.domain.canary import CHECK_SINK
from alertd.domain.coverage import SinkProof
from alertd.domain.errors import StoreError
from alertd.domain.events import Event, LiquidationWarning, SelfCheck
from alertd.telemetry import Counters

AT = datetime(2026, 11, 3, tzinfo=UTC)
SIX_H = 6 * 3600.0
pytestmark = pytest.mark.looptime


class LoopClock(Clock):
    def now(self) -> datetime:
        return AT + timedelta(seconds=asyncio.get_running_loop().time())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


class House:
    """What a canary flies through. `holds`: nothing arrives; `chats`: what each would make of a message."""

    def __init__(self, *, full: bool = False) -> None:
        self.settings = CanarySettings()
        self.ways = Ways(routes={"main": ("phone",)}, chats=("phone",), chat_interval_s=SIX_H)
        self.proofs = {"phone": SinkProof(sent_at=AT)}
        self.holds = False
        self.full = full
        self.interval_s = 300.0
        self.refuses = False
        self.closed = False
        self.under_way: Collection[str] = ()
        self.sent: list[tuple[float, str]] = []
        self.numbers: list[str] = []
        self.told: list[SelfCheck] = []
        self.pings: list[bool] = []
        self.clock = LoopClock()
        self.counters = Counters()
        doors = Doors(
            deliver=self.deliver,
            ways=lambda: self.ways,
            proof_of=lambda sink: self.proofs.get(sink, SinkProof()),
            settle=self.settle,
            tell=self.told.append,
            longest_interval_s=lambda: self.interval_s,
            dead_man=self,
        )
        self.canary = Canary(lambda: self.settings, doors, self.clock, self.counters)

    def proven(self, slack_s: float) -> None:
        assert 0 < slack_s < self.settings.interval_s
        self.pings.append(True)

    def unproven(self) -> None:
        self.pings.append(False)

    async def settle(self) -> Collection[str]:
        if self.closed:
            raise StoreError("the store is closed")
        return self.under_way

    async def deliver(self, events: Sequence[Event]) -> None:
        if self.full:
            await asyncio.Event().wait()
        (event,) = events
        assert isinstance(event, LiquidationWarning)
        sink = str(event.instrument)
        self.sent.append((self.clock.monotonic_s(), sink))
        self.numbers.append(str(event.position_id))
        if self.holds:
            return
        if sink == CHECK_SINK:
            self.canary.sink._arrived(self.numbers[-1])
        elif self.refuses:
            self.proofs[sink] = SinkProof(answered_at=self.clock.now(), is_dead=True)
        else:
            self.proofs[sink] = SinkProof(sent_at=self.clock.now())

    def to_chats(self) -> list[float]:
        return [at_s for at_s, sink in self.sent if sink != CHECK_SINK]

    def said(self) -> list[tuple[bool, str]]:
        return [(one.healthy, one.detail) for one in self.told]


@asynccontextmanager
async def flying(house: House) -> AsyncIterator[House]:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.canary.run())
        yield house
        running.cancel()


async def rounds(house: House, number: float) -> None:
    """So many rounds have ended."""
    await asyncio.sleep(FIRST_AFTER_S + (number - 1) * house.settings.interval_s + 1)


async def test_a_round_at_each_interval_and_each_is_another_one() -> None:
    async with flying(House()) as house:
        await rounds(house, 5)
    assert [at_s for at_s, _ in house.sent] == [FIRST_AFTER_S + n * 300 for n in range(5)]
    assert len(set(house.numbers)) == 5
    assert house.pings == [True] * 5
    assert house.said() == [(True, "")]  # once, to end what an earlier process told
    assert house.counters.value("canary_rounds_total", outcome="through") == 5
    assert house.canary.through_at == AT + timedelta(seconds=FIRST_AFTER_S + 4 * 300)


async def test_who_wants_pings_more_often_gets_more_rounds() -> None:
    house = House()
    house.interval_s = 60.0
    async with flying(house):
        await asyncio.sleep(FIRST_AFTER_S + 241)
    assert len(house.sent) == 5


@pytest.mark.parametrize("full", [True, False])
async def test_what_does_not_arrive_is_tried_twice_then_told_and_healed(full: bool) -> None:
    """`full`: the queue takes nothing; else it is lost on the way."""
    house = House(full=full)
    house.holds = True
    async with flying(house):
        await asyncio.sleep(FIRST_AFTER_S + TRIES * house.settings.within_s - 1)
        assert (house.said(), house.canary.trouble("main")) == ([], "")
        await asyncio.sleep(2)
        assert house.said() == [(False, "")]
        assert "did not arrive" in house.canary.trouble("main")
        assert house.pings == [False]
        await rounds(house, 1)
        assert house.said() == [(False, "")]  # told once
        house.holds = house.full = False
        await rounds(house, 2)
        assert house.said() == [(False, ""), (True, "")]
        assert house.canary.trouble("main") == ""
        assert house.pings[-1]


async def test_one_that_comes_late_is_not_taken_for_the_next() -> None:
    house = House()
    house.holds = True
    async with flying(house):
        await asyncio.sleep(FIRST_AFTER_S + house.settings.within_s + 1)
        house.canary.sink._arrived(house.numbers[0])
        await asyncio.sleep(house.settings.within_s)
        assert house.said() == [(False, "")]


async def test_a_quiet_chat_hears_once_in_six_hours() -> None:
    async with flying(House()) as house:
        await asyncio.sleep(24 * 3600)
    assert [round(at_s / 3600, 1) for at_s in house.to_chats()] == [6.0, 12.0, 18.0]
    assert all(house.pings)


async def test_what_is_delivered_otherwise_proves_as_well() -> None:
    async with flying(House()) as house:
        for _ in range(24):
            await asyncio.sleep(3600)
            house.proofs["phone"] = SinkProof(sent_at=house.clock.now())
    assert house.to_chats() == []


async def test_before_a_chat_was_proven_nobody_is_pinged_and_the_round_waits_for_it() -> None:
    house = House()
    house.proofs = {}
    async with flying(house):
        await rounds(house, 1)
    assert len(house.to_chats()) == 1
    assert house.pings == [True]


async def test_a_chat_that_refuses_is_tried_each_round_until_it_takes_something() -> None:
    house = House()
    house.proofs = {}
    house.refuses = True
    async with flying(house):
        await rounds(house, 4)
        assert len(house.to_chats()) == 4
        assert house.pings == [False] * 4
        assert house.said() == [(False, "phone")]
        assert "phone" in house.canary.trouble("main")
        house.refuses = False
        await rounds(house, 2)
        assert house.said() == [(False, "phone"), (True, "")]
        assert house.pings[-1]


async def test_one_that_is_on_its_way_is_waited_for() -> None:
    house = House()
    house.proofs, house.under_way = {}, ("phone",)
    async with flying(house):
        await rounds(house, 20)
        assert house.to_chats() == []
        assert not any(house.pings)
        assert house.canary.trouble("main") == ""
        await rounds(house, 8)  # its time is over
        assert house.said()[-1] == (False, "phone")


async def test_switched_off_it_claims_nothing() -> None:
    house = House()
    house.holds = True
    async with flying(house):
        await asyncio.sleep(FIRST_AFTER_S + TRIES * house.settings.within_s + 1)
        house.settings = CanarySettings(enabled=False)
        house.sent.clear()
        await asyncio.sleep(3600)
        assert house.sent == []
        assert [(one.healthy, one.looked_after) for one in house.told] == [(False, True), (True, False)]
        assert (house.canary.trouble("main"), house.pings[-1]) == ("", False)
        house.settings, house.holds = CanarySettings(), False
        await asyncio.sleep(30)
        assert house.pings[-1]


async def test_a_longer_interval_counts_at_once() -> None:
    async with flying(House()) as house:
        house.settings = CanarySettings(interval_s=3600)
        house.interval_s = 3600
        await asyncio.sleep(FIRST_AFTER_S + 10)
        house.settings = CanarySettings(interval_s=60)
        await asyncio.sleep(70)
    assert len(house.sent) == 2


async def test_a_store_that_is_closed_ends_it_without_another_ping() -> None:
    """And with it the daemon, as wherever the store fails."""
    house = House()
    house.closed = True
    with pytest.raises(StoreError):
        await house.canary.run()
    assert house.pings == []
