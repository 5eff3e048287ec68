"""Covers alertd/maintaining.py: a scripted exchange, the loop's time, doors that remember."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertd.clock import Clock
from alertd.domain.errors import RequestUnavailable
from alertd.domain.events import Event, Maintenance
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.observed import Answered
from alertd.holding_back import HELD_BACK_S, Holding, Outbox
from alertd.maintaining import (
    APART_S,
    ASK_AGAIN_S,
    ASK_EVERY_S,
    FIRST_LOOK_S,
    Doors,
    Maintaining,
)
from alertd.sites import Concerned, Site
from alertd.telemetry import Counters
from alertd.web.maintenance import announced

pytestmark = pytest.mark.looptime

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PRODUCTION = Site("https://openapi.okx.com", demo=False)
DEMO = Site("https://openapi.okx.com", demo=True)
HOUR_S = 3600.0


def loop_s() -> float:
    return asyncio.get_running_loop().time()


class LoopClock(Clock):
    def now(self) -> datetime:
        return START + timedelta(seconds=loop_s())

    def monotonic_s(self) -> float:
        return loop_s()


def row(begin_s: float, end_s: float | None, **changes: str) -> dict[str, str]:
    def ms(at_s: float | None) -> str:
        return "" if at_s is None else str(int((START.timestamp() + at_s) * 1000))

    shown = {"title": "Upgrade", "state": "scheduled", "serviceType": "5", "maintType": "1", "env": ""}
    return {**shown, "begin": ms(begin_s), "end": ms(end_s), **changes}


class World:
    """`rows`: by the state that is asked for. `happened`: what came through the doors, in order."""

    def __init__(self, facts: dict[str, str] | None = None) -> None:
        self.rows: dict[str, list[dict[str, str]]] = {}
        self.failure: Exception | None = None
        self.asked: list[tuple[str, str, float]] = []
        self.facts = {} if facts is None else facts
        self.happened: list[str] = []
        self.events: list[Maintenance] = []
        self.blind: set[str] = set()
        self.counters = Counters()
        self.clock = LoopClock()
        doors = Doors(
            deliver=self._deliver,
            handled=self._handled,
            facts=self,
            holding=Holding(
                Outbox(
                    handled=self._handled, sent=self._sent, hold_back=self._hold_back, let_go=self._let_go
                ),
                self.clock,
            ),
            is_blind=self.blind.__contains__,
        )
        self.one = Maintaining(doors, self.clock, self.counters)

    def joins(
        self, name: str, site: Site = PRODUCTION, *, opened: Sequence[str] | None = (), copies: bool = True
    ) -> None:
        async def ask(state: str) -> Answered[answer_rows.StatusRow]:
            self.asked.append((name, state, round(loop_s(), 1)))
            if self.failure is not None:
                raise self.failure
            body = json.dumps(self.rows.get(state, [])).encode()
            rows, bad = wire.read_rows(body, answer_rows.StatusRow)
            return Answered(rows, bad, self.clock.now(), body)

        at_risk = opened and tuple(
            OpenPosition(account=name, instrument=one, direction="long") for one in opened
        )
        self.one.joins(name, Concerned(site, ask, lambda: at_risk, lambda: copies))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.one.run())
            yield
            running.cancel()

    @property
    def told(self) -> list[tuple[str, int, tuple[str, ...]]]:
        return [(event.stage, event.urgency, event.accounts) for event in self.events]

    async def _deliver(self, events: Sequence[Event]) -> None:
        self.events += [event for event in events if isinstance(event, Maintenance)]
        self.happened.append("delivered")

    async def _handled(self) -> None:
        self.happened.append("handled")

    async def _sent(self, within_s: float) -> None:
        assert within_s < HELD_BACK_S
        self.happened.append("sent")

    async def _hold_back(self, account: str, before: datetime, until: datetime) -> int:
        assert (until - before).total_seconds() == HELD_BACK_S
        if f"held {account}" not in self.happened[-1:]:
            self.happened.append(f"held {account}")
        return 3

    async def _let_go(self, account: str, until: datetime) -> None:
        assert until > START
        self.happened.append(f"let go {account}")

    async def read_fact(self, key: str) -> str | None:
        return self.facts.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        self.facts[key] = value
        self.happened.append("kept")


async def test_each_site_is_asked_once_and_through_whoever_is_there() -> None:
    world = World()
    for name in ("a", "b", "c"):
        world.joins(name)
    world.joins("d", DEMO)
    async with world.running():
        await asyncio.sleep(ASK_EVERY_S - 2)
        assert sorted(name for name, _, _ in world.asked) == ["a", "d"]
        world.one.leaves("a")
        world.one.leaves("d")
        await asyncio.sleep(ASK_EVERY_S)
        assert [name for name, _, _ in world.asked[2:]] == ["b"]
    assert world.events == []


async def test_one_message_for_all_that_are_concerned_and_kept_only_when_it_stands_in_the_store() -> None:
    world = World()
    world.rows[""] = [row(10 * HOUR_S, 11 * HOUR_S)]
    world.joins("b", opened=["BTC-USDT-SWAP"])
    world.joins("a")
    world.joins("demo", DEMO)
    async with world.running():
        await asyncio.sleep(5)
    ours = [event for event in world.events if "demo" not in event.accounts]
    [event] = ours
    assert (event.stage, event.urgency, event.accounts, event.positions) == ("day", 1, ("a", "b"), 1)
    assert [(one.account, one.instrument) for one in event.at_risk] == [("b", "BTC-USDT-SWAP")]
    assert (event.account, event.exchange, event.services) == ("", "okx", ("trading",))
    assert world.happened[:3] == ["delivered", "handled", "kept"]

    again = World(world.facts)
    again.rows = world.rows
    again.joins("a")
    async with again.running():
        await asyncio.sleep(5)
    assert again.events == []
    assert again.happened == []


@pytest.mark.parametrize(
    ("opened", "urgency", "positions"), [(["BTC-USDT-SWAP"], 2, 1), ((), 1, 0), (None, 2, None)]
)
async def test_an_hour_ahead_it_is_urgent_unless_nothing_is_open(
    opened: Sequence[str] | None, urgency: int, positions: int | None
) -> None:
    world = World()
    world.rows[""] = [row(HOUR_S / 2, HOUR_S)]
    world.joins("main", opened=opened)
    async with world.running():
        await asyncio.sleep(FIRST_LOOK_S - 2)
        assert bool(world.events) is (opened is not None)  # what is open is known in a moment
        await asyncio.sleep(5)
    assert [(event.stage, event.urgency, event.positions) for event in world.events] == [
        ("hour", urgency, positions)
    ]


async def test_copy_trading_concerns_only_who_copies_or_leads() -> None:
    world = World()
    world.rows[""] = [row(HOUR_S / 2, HOUR_S, serviceType="11")]
    world.joins("trader", copies=False)
    async with world.running():
        await asyncio.sleep(5)
        assert world.events == []
        world.joins("copier")
        await asyncio.sleep(5)
    assert world.told == [("hour", 1, ("copier",))]


async def test_a_list_that_cannot_be_had_is_counted_and_asked_for_sooner() -> None:
    world = World()
    world.failure = RequestUnavailable("no answer")
    world.joins("main")
    async with world.running():
        await asyncio.sleep(2)
        shown: Any = announced(world.one, world.clock.now())
        assert shown["sites"] == [{"site": "openapi.okx.com", "asked_at": None, "failed": "no answer"}]
        world.failure = None
        await asyncio.sleep(ASK_AGAIN_S)
        shown = announced(world.one, world.clock.now())
        assert shown["sites"][0]["failed"] == ""
    value = world.counters.value
    assert value("maintenance_asked_total", site="openapi.okx.com", outcome="failed") == 1
    assert value("maintenance_asked_total", site="openapi.okx.com", outcome="done") == 1
    assert world.events == []


async def test_a_row_that_cannot_be_read_hides_no_other() -> None:
    world = World()
    world.rows[""] = [row(0, 1, state="soon"), row(HOUR_S / 2, HOUR_S)]
    world.joins("main")
    async with world.running():
        await asyncio.sleep(2)
    assert world.told == [("hour", 1, ("main",))]
    assert world.counters.value("maintenance_asked_total", site="openapi.okx.com", outcome="unreadable") == 1


async def test_what_became_of_one_that_is_no_longer_listed_is_asked_slowly() -> None:
    world = World()
    world.rows[""] = [row(10 * HOUR_S, 11 * HOUR_S)]
    world.joins("main")
    async with world.running():
        await asyncio.sleep(5)
        world.rows = {"canceled": [row(10 * HOUR_S, 11 * HOUR_S, state="canceled")]}
        await asyncio.sleep(ASK_EVERY_S + 3 * APART_S)
    asked = [(state, at_s) for _, state, at_s in world.asked]
    assert [state for state, _ in asked] == ["", "", "completed", "canceled"]
    assert asked[3][1] - asked[2][1] >= 5 <= asked[2][1] - asked[1][1]
    assert [(event.stage, event.urgency) for event in world.events] == [("day", 1), ("cancelled", 0)]


async def test_what_it_shows_and_explains_while_it_runs() -> None:
    world = World()
    world.rows[""] = [row(100, 200), row(HOUR_S, 2 * HOUR_S, title="Later", serviceType="0")]
    world.joins("main")
    async with world.running():
        await asyncio.sleep(30)
        assert world.one.excuse("main") is None
        await asyncio.sleep(100)
        excuse = world.one.excuse("main")
        assert excuse is not None
        assert excuse.until == START + timedelta(seconds=200)
        assert world.one.excuse("unknown") is None
        shown: Any = announced(world.one, world.clock.now())
        assert [(one["title"], one["running"], one["accounts"]) for one in shown["windows"]] == [
            ("Upgrade", True, ["main"]),
            ("Later", False, ["main"]),
        ]
        assert world.counters.value("maintenance_running", site="openapi.okx.com") == 1
        assert world.counters.value("maintenance_ahead", site="openapi.okx.com") == 1
        world.one.leaves("main")
        assert world.one.sites == []
        assert world.counters.cells("maintenance_running") == {}


async def test_what_waits_is_held_from_the_end_until_the_records_were_compared() -> None:
    world = World()
    world.rows[""] = [row(10, 50)]
    world.joins("main")
    world.joins("seen")
    async with world.running():
        await asyncio.sleep(20)
        world.blind.add("main")
        await asyncio.sleep(25)
        assert not any("held" in one for one in world.happened)
        await asyncio.sleep(10)
        assert [one for one in world.happened if "held" in one] == ["held main"]
        world.blind.clear()
        await world.one.holding.hold_back("main")
        await world.one.holding.hold_back("seen")
        await world.one.holding.let_go("seen")
        world.happened.clear()
        await world.one.holding.let_go("main")
        assert world.happened == ["handled", "sent", "let go main"]
        world.happened.clear()
        await world.one.holding.let_go("main")
        await world.one.holding.hold_back("main")
        await asyncio.sleep(20)
        assert not any("held" in one for one in world.happened)


async def test_a_stream_that_is_back_before_the_end_holds_too_and_only_who_was_lost_in_it() -> None:
    world = World()
    world.rows[""] = [row(10, 500)]
    world.joins("main")
    async with world.running():
        world.blind.add("main")  # before it began
        await asyncio.sleep(5)
        await world.one.holding.hold_back("main")
        assert world.happened[-1] != "held main"
        await asyncio.sleep(15)
        world.blind.clear()
        await world.one.holding.hold_back("main")
        assert world.happened[-1] == "held main"
        await world.one.holding.let_go("main")
        assert world.happened[-1] == "let go main"
