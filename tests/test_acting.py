"""Covers alertd/acting.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from alertd.acting import Acting, Found
from alertd.actions.desk import ActionDesk
from alertd.actions.moves import Patience
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.clock import Clock
from alertd.domain.action import (
    ALL_TRADERS,
    ActionChanges,
    Exposure,
    Intent,
    IntentState,
    LeftPosition,
    Mode,
    OpenPositions,
)
from alertd.domain.command import Approve
from tests.actions.nouns import ANN, BOB, World, alert, at, desk, plan

pytestmark = pytest.mark.looptime
S = IntentState
LEFT = LeftPosition(instrument="BTC-USDT-SWAP")


class LoopClock(Clock):
    def now(self) -> datetime:
        return at(0) + timedelta(seconds=asyncio.get_running_loop().time())


class Copies:
    """The exchange: whom the account copies. Each call takes a second; `stuck` ones never answer. What it was
    asked for is done `effect_after_s` later.
    """

    def __init__(self, *traders: str, effect_after_s: float = 0.0) -> None:
        self.copied = set(traders)
        self.effect_after_s = effect_after_s
        self.open = dict.fromkeys(traders, (LEFT,))
        self.sent: list[str] = []
        self.stuck: set[str] = set()
        self.under_way: set[str] = set()
        self.clashes = 0  # two at once for one trader

    async def traders(self) -> Mapping[str, str]:
        return dict.fromkeys(self.copied, "Name")

    async def read(self, intent: Intent) -> Reading:
        self.clashes += intent.trader in self.under_way
        self.under_way.add(intent.trader)
        try:
            await asyncio.sleep(1)
        finally:
            self.under_way.discard(intent.trader)
        seen = Seen.NOT_DONE if intent.trader in self.copied else Seen.DONE
        return Reading(seen=seen, exposure=await self.exposure(intent))

    async def send(self, intent: Intent) -> Answer:
        self.sent.append(intent.trader)
        if intent.trader in self.stuck:
            await asyncio.Event().wait()
        asyncio.get_running_loop().call_later(self.effect_after_s, self.copied.discard, intent.trader)
        return Answer(said=Said.ACCEPTED)

    async def exposure(self, intent: Intent) -> Exposure:
        return Exposure(at=at(0), positions=self.open[intent.trader])


class Line:
    """In the pipeline's place: each thing in its turn, and what became of it."""

    def __init__(self, made: ActionDesk) -> None:
        self.acts = made
        self.states: list[tuple[str, str]] = []
        self.wake: Callable[[], None] = lambda: None

    async def act(self, what: Callable[[ActionDesk, datetime], ActionChanges]) -> ActionChanges:
        await asyncio.sleep(0)
        changes = what(self.acts, LoopClock().now())
        self.states += [(step.intent_id, str(step.state)) for step in changes.steps]
        self.wake()
        return changes

    async def approved(self) -> None:
        """Everything that waits for a person."""
        for intent in self.acts.intents():
            if intent.state is S.AWAITING:
                command = Approve(person="anna", at=LoopClock().now(), intent_id=intent.intent_id)
                await self.act(lambda desk, now, command=command: desk.obey(command, now))


@asynccontextmanager
async def acting(made: ActionDesk, exchange: Copies) -> AsyncIterator[Line]:
    line = Line(made)

    async def performer_of(intent: Intent) -> Found:
        return Found(exchange, Patience())

    shell = Acting(line, LoopClock(), performer_of)
    line.wake = shell.wake
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(shell.run())
        yield line
        running.cancel()


async def until(line: Line, *states: IntentState) -> list[Intent]:
    """What there is, once each intent is in one of these states."""
    async with asyncio.timeout(600):
        while not all(intent.state in states for intent in line.acts.intents()):
            await asyncio.sleep(0.5)
    return line.acts.intents()


async def test_what_is_approved_is_carried_out_and_proved() -> None:
    exchange = Copies(ANN)
    async with acting(desk(World(), plan(open_positions=OpenPositions.LEADER_CLOSES)), exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        await asyncio.sleep(30)
        assert exchange.sent == [], "nobody has approved it"
        await line.approved()
        (intent,) = await until(line, S.CONFIRMED)
    assert exchange.sent == [ANN]
    states = [state for _, state in line.states]
    assert states == ["awaiting", "planned", "sending", "verifying", "confirmed"]
    assert intent.left is not None


async def test_traders_are_carried_out_beside_each_other_and_one_that_hangs_holds_up_none() -> None:
    exchange = Copies(ANN, BOB)
    exchange.stuck.add(ANN)
    made = desk(World(), plan(traders=(ANN, BOB), open_positions=OpenPositions.LEAVE_TO_ME))
    async with acting(made, exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        await line.approved()
        by_trader = {one.trader: one for one in await until(line, S.CONFIRMED, S.SENDING)}
        assert (by_trader[ANN].state, by_trader[BOB].state) == (S.SENDING, S.CONFIRMED)


@pytest.mark.parametrize("effect_after_s", [0.0, 0.5, 7.0, 40.0])
async def test_two_actions_for_one_trader_are_carried_out_one_after_the_other(effect_after_s: float) -> None:
    exchange = Copies(ANN, effect_after_s=effect_after_s)
    plans = [plan(action=name, open_positions=OpenPositions.LEAVE_TO_ME) for name in ("stop", "halt")]
    async with acting(desk(World(), *plans), exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        await line.approved()
        found = await until(line, S.CONFIRMED, S.NOTHING_TO_DO)
    assert sorted(one.state for one in found) == [S.CONFIRMED, S.NOTHING_TO_DO]
    assert (exchange.sent, exchange.clashes) == ([ANN], 0)


async def test_all_traders_are_looked_up_and_rehearsed_one_by_one() -> None:
    exchange = Copies(ANN, BOB)
    made = desk(World(), plan(traders=(ALL_TRADERS,), mode=Mode.DRY_RUN))
    async with acting(made, exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        found = await until(line, S.SPLIT, S.REHEARSED)
    assert sorted((one.trader, one.state) for one in found) == sorted(
        [(ALL_TRADERS, S.SPLIT), (ANN, S.REHEARSED), (BOB, S.REHEARSED)]
    )
    assert exchange.sent == []


async def test_what_is_left_is_looked_at_until_it_is_closed() -> None:
    exchange = Copies(ANN)
    made = desk(World(), plan(open_positions=OpenPositions.LEAVE_TO_ME))
    async with acting(made, exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        await line.approved()
        await until(line, S.CONFIRMED)
        await asyncio.sleep(300)
        before = len(line.states)
        exchange.open[ANN] = ()
        await asyncio.sleep(120)
        assert len(line.states) == before + 1
        await asyncio.sleep(600)
        assert len(line.states) == before + 1, "it is closed: nobody looks any more"
        (intent,) = line.acts.intents()
    assert (intent.state, intent.reason) == (S.CONFIRMED, "left_closed")


async def test_cancelled_while_a_request_is_on_its_way_it_stands_as_sending_and_is_read_next() -> None:
    exchange = Copies(ANN)
    exchange.stuck.add(ANN)
    made = desk(World(), plan(open_positions=OpenPositions.LEAVE_TO_ME))
    async with acting(made, exchange) as line:
        await line.act(lambda desk, now: desk.triggered(alert(), now))
        await line.approved()
        await until(line, S.SENDING)
        await asyncio.sleep(2)
    (intent,) = made.intents()
    assert (intent.state, exchange.sent) == (S.SENDING, [ANN])
    exchange.copied.clear()  # it was taken
    async with acting(desk(World(), plan(), intents=[intent]), exchange) as line:
        (intent,) = await until(line, S.CONFIRMED)
    assert exchange.sent == [ANN]
