"""Covers alertd/reconciling.py and alertd/exchanges/okx/reconcile.py: scripted exchange, the loop's time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from alertd.domain.coverage import Unseen
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.events import Event, Liquidation, MarginState, PositionSnapshot
from alertd.exchanges.okx import answer_rows, push_rows, wire
from alertd.exchanges.okx.history import Mark
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.rest import AccountConfig
from alertd.exchanges.okx.settings import Instrument
from alertd.reconciling import (
    AGAIN_AFTER_S,
    BILLS_EVERY_S,
    CONFIG_EVERY_S,
    MARK_KEPT_EVERY_S,
    ReconcileDoors,
    Reconciler,
    Watched,
)
from alertd.telemetry import Counters
from tests.exchanges.okx.frames import compact, row_of

pytestmark = pytest.mark.looptime

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INTERVAL_S = 60.0
CONFIG = AccountConfig("90210", "trader", "futures", "net_mode", frozenset({"read_only"}), "3", ())


def loop_s() -> float:
    return asyncio.get_running_loop().time()


class LoopClock:
    def now(self) -> datetime:
        return START + timedelta(seconds=loop_s())

    def monotonic_s(self) -> float:
        return loop_s()


class Exchange:
    """Answers at once. `failure`: what a path raises instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float]] = []
        self.open: list[dict[str, Any]] = []
        self.bad: list[wire.BadRow] = []
        self.closed: list[answer_rows.HistoryRow] = []
        self.bills: list[answer_rows.BillRow] = []
        self.asked_since: list[datetime] = []
        self.config = CONFIG
        self.failure: dict[str, Exception] = {}

    def _answer(self, path: str, rows: Sequence[Any]) -> Answered[Any]:
        self.calls.append((path, loop_s()))
        if path in self.failure:
            raise self.failure[path]
        return Answered(rows, self.bad if path == "positions" else (), LoopClock().now(), b"{}")

    async def account_config(self) -> AccountConfig:
        self._answer("config", ())
        return self.config

    async def positions(self) -> Answered[push_rows.PositionRow]:
        return self._answer(
            "positions", [wire.read_one(compact(row), push_rows.PositionRow) for row in self.open]
        )

    async def balance(self) -> Answered[push_rows.AccountRow]:
        detail = push_rows.DetailRow(ccy="USDT", mgnRatio="2.5", mmr="10")
        return self._answer("balance", [push_rows.AccountRow(details=[detail])])

    async def bills_since(self, since: datetime, types: Sequence[str]) -> Answered[answer_rows.BillRow]:
        return self._answer("bills", self.bills)

    async def copied_traders(self) -> Answered[answer_rows.LeadTraderRow]:
        return self._answer("copied", ())

    async def copy_config(self) -> Answered[answer_rows.CopyConfigRow]:
        return self._answer("followers", ())

    async def closed_since(self, since: datetime) -> Answered[answer_rows.HistoryRow]:
        self.asked_since.append(since)
        return self._answer("closed", self.closed)

    def times(self, path: str) -> list[float]:
        return [round(at_s, 1) for name, at_s in self.calls if name == path]


class Rig:
    """The doors of a reconciler, and what came through them, in order."""

    def __init__(self, facts: dict[str, str] | None = None, dice: Callable[[], float] = lambda: 0.5) -> None:
        self.exchange = Exchange()
        self.book = PositionBook()
        self.facts = {} if facts is None else facts
        self.happened: list[Any] = []
        self.told: list[tuple[str, float, Any]] = []
        self.learned: list[str] = []
        self.measured = 0
        self.held: list[tuple[str, float, int]] = []
        self.stored = asyncio.Event()
        self.stored.set()
        watched = Watched(
            name="main",
            book=self.book,
            narrowing=(Instrument(),),
            rest=self.exchange,  # type: ignore[arg-type]
            offset_s=lambda: 0.0,
            measure_offset=self._measure,
            learned=lambda config: self.learned.append(config.role),
        )
        doors = ReconcileDoors(self._deliver, self._handled, self, self, self)
        clock: Any = LoopClock()
        self.reconciler = Reconciler(watched, doors, clock, Counters(), INTERVAL_S, dice)

    @property
    def events(self) -> list[Event]:
        return [one for one in self.happened if isinstance(one, Event)]

    async def _deliver(self, events: Sequence[Event]) -> None:
        self.happened += events

    async def _handled(self) -> None:
        await self.stored.wait()
        self.happened.append("handled")

    async def _measure(self) -> None:
        self.measured += 1

    async def read_fact(self, key: str) -> str | None:
        return self.facts.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        self.facts[key] = value
        self.happened.append("kept" if key.startswith("records_read:") else f"kept {key}")

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        self.told.append((account, (at - START).total_seconds(), missed))

    async def hold_back(self, account: str) -> None:
        self.held.append(("held", loop_s(), len(self.happened)))

    async def let_go(self, account: str) -> None:
        self.held.append(("let go", loop_s(), len(self.happened)))

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        self.told.append((account, (at - START).total_seconds(), reason))

    @asynccontextmanager
    async def running(self):
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.reconciler.run())
            yield self
            task.cancel()


def liquidated(at_s: float, pos_id: str = "711") -> answer_rows.HistoryRow:
    def ms(seconds: float) -> str:
        return str(int((START + timedelta(seconds=seconds)).timestamp() * 1000))

    return answer_rows.HistoryRow(
        instType="SWAP", instId="BTC-USDT-SWAP", mgnMode="isolated", posId=pos_id, direction="long",
        ccy="USDT", type="3", openAvgPx="100000", cTime=ms(-5000), uTime=ms(at_s),
    )  # fmt: skip


async def test_accounts_are_compared_at_intervals_and_not_all_at_once() -> None:
    async with Rig().running() as rig:
        await asyncio.sleep(200)
    assert rig.exchange.times("positions") == [30.0, 90.0, 150.0]
    assert rig.told == [("main", 30.0, 0), ("main", 90.0, 0), ("main", 150.0, 0)]


async def test_a_connect_is_followed_by_a_comparison_and_soon_by_another() -> None:
    async with Rig().running() as rig:
        await asyncio.sleep(3)
        rig.reconciler.wake()
        await asyncio.sleep(100)
    assert rig.exchange.times("positions") == [3.0, 3.0 + AGAIN_AFTER_S, 3.0 + AGAIN_AFTER_S + INTERVAL_S]


async def test_what_was_open_is_asked_for_before_what_was_closed() -> None:
    async with Rig().running() as rig:
        await asyncio.sleep(31)
    assert [name for name, _ in rig.exchange.calls] == ["config", "positions", "balance", "closed", "bills"]


async def test_bills_are_asked_for_after_a_connect_twice_and_else_rarely() -> None:
    async with Rig().running() as rig:
        rig.reconciler.wake()
        await asyncio.sleep(2 * BILLS_EVERY_S)
        assert rig.exchange.times("bills") == [0.0, 10.0, 310.0]
        rig.exchange.failure["bills"] = RequestUnavailable("timeout")
        rig.reconciler.wake()
        await asyncio.sleep(5)
        assert rig.told[-1][2] == "timeout"
        rig.exchange.failure.clear()
        await asyncio.sleep(20)
        assert len([at_s for at_s in rig.exchange.times("bills") if at_s > 600]) >= 2


async def test_what_only_the_bills_tell_is_handed_over_and_counted() -> None:
    rig = Rig()
    rig.exchange.bills = [
        answer_rows.BillRow(billId="1", type="10", ts=liquidated(20).uTime, ccy="USDT", balChg="-3")
    ]
    async with rig.running():
        await asyncio.sleep(1)
        rig.reconciler.wake()  # reading begins now
        await asyncio.sleep(40)
    [event] = [event for event in rig.events if isinstance(event, Liquidation)]
    assert (str(event.liquidation_type), event.margin_currency) == ("claw_back", "USDT")
    assert [missed for _, _, missed in rig.told] == [1, 0]


async def test_a_liquidation_is_handed_over_first_and_the_mark_kept_once_it_is_stored() -> None:
    rig = Rig()
    async with rig.running():
        await asyncio.sleep(31)
        rig.happened.clear()
        rig.exchange.closed = [liquidated(40)]
        rig.exchange.open = [row_of("positions_isolated_short")]
        rig.stored.clear()
        await asyncio.sleep(60)
        kinds = [type(event) for event in rig.happened]
        assert kinds == [Liquidation, MarginState, MarginState, PositionSnapshot]
        assert "711" not in rig.facts["records_read:main"]
        rig.stored.set()
        await asyncio.sleep(1)
        assert rig.happened[-2:] == ["handled", "kept"]
        assert "711" in rig.facts["records_read:main"]
        assert rig.told[-1] == ("main", 90.0, 1)
        await asyncio.sleep(60)
        assert [type(one) for one in rig.events].count(Liquidation) == 1


async def test_a_restart_goes_on_from_the_mark() -> None:
    facts: dict[str, str] = {}
    async with Rig(facts).running():
        await asyncio.sleep(31)
    first = mark_in(facts)
    rig = Rig(facts)
    rig.exchange.closed = [liquidated(first - 1, "1"), liquidated(first + 5, "2")]
    async with rig.running():
        await asyncio.sleep(61)
    found = [event.position_id for event in rig.events if isinstance(event, Liquidation)]
    assert found == ["2"]
    assert rig.exchange.asked_since[0] == START + timedelta(seconds=first)


def mark_in(facts: dict[str, str]) -> float:
    mark = msgspec.json.decode(facts["records_read:main"], type=Mark)
    return (mark.read_to - START).total_seconds()


async def test_a_mark_without_news_is_kept_from_time_to_time() -> None:
    async with Rig().running() as rig:
        await asyncio.sleep(31)
        assert rig.happened.count("kept") == 1
        await asyncio.sleep(MARK_KEPT_EVERY_S - 60)
        assert rig.happened.count("kept") == 1
        await asyncio.sleep(120)
        assert rig.happened.count("kept") == 2


async def test_the_configuration_is_read_after_each_connect_and_else_rarely() -> None:
    async with Rig().running() as rig:
        await asyncio.sleep(CONFIG_EVERY_S)
        assert len(rig.exchange.times("config")) == 1
        rig.exchange.config = AccountConfig("90210", "lead", "futures", "net_mode", frozenset(), "0", ())
        rig.reconciler.wake()
        await asyncio.sleep(1)
        assert rig.learned == ["trader", "lead"]


@pytest.mark.parametrize("role", ["copier", "lead"])
async def test_copying_is_asked_for_last_and_its_failure_is_none_of_the_comparison(role: Any) -> None:
    rig = Rig()
    rig.exchange.config = AccountConfig("90210", role, "futures", "net_mode", frozenset(), "0", ())
    rig.exchange.failure = {path: RequestUnavailable("timeout") for path in ("copied", "followers")}
    async with rig.running():
        await asyncio.sleep(31)
        assert rig.told == [("main", 30.0, 0)]
        names = {spot.what for spot in rig.reconciler.unseen()}
        assert names == ({Unseen.COPIED_TRADERS} if role == "copier" else set())
        rig.exchange.failure = {}
        await asyncio.sleep(60)
        assert rig.reconciler.unseen() == ()
    assert [name for name, _ in rig.exchange.calls][4:6] == [
        "bills",
        "copied" if role == "copier" else "followers",
    ]


FAILURES: dict[str, tuple[Exception, Callable[[list[float]], bool]]] = {
    "no answer": (RequestUnavailable("timeout"), lambda pauses: pauses[:3] == [1.5, 3.0, 6.0]),
    "too many": (RequestRefused("50011", "", Disposition.RATE), lambda pauses: pauses[0] == 1.5),
    "clock": (RequestRefused("50102", "", Disposition.CLOCK), lambda pauses: pauses[0] == 1.5),
    "key": (RequestRefused("50110", "", Disposition.CREDENTIALS), lambda pauses: pauses[0] == INTERVAL_S),
}


@pytest.mark.parametrize(("failure", "fits"), FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("path", ["positions", "closed"])
async def test_a_failure_is_told_and_asked_again(
    path: str, failure: Exception, fits: Callable[[list[float]], bool]
) -> None:
    rig = Rig()
    rig.exchange.failure[path] = failure
    async with rig.running():
        await asyncio.sleep(400)
        assert rig.events == []
        assert {told for _, _, told in rig.told} == {str(failure)}
        asked_s = rig.exchange.times(path)
        assert fits([round(b - a, 1) for a, b in pairwise(asked_s)])
        assert max(b - a for a, b in pairwise(asked_s)) <= INTERVAL_S
        assert (rig.measured > 0) == ("50102" in str(failure))
        rig.exchange.failure.clear()
        await asyncio.sleep(INTERVAL_S + 1)
        assert rig.told[-1][2] == 0


async def test_a_row_that_cannot_be_read_is_no_success_and_costs_no_neighbour() -> None:
    rig = Rig()
    rig.exchange.open = [row_of("positions_isolated_short")]
    rig.exchange.bad = [wire.BadRow(b"{}", "garbage")]
    async with rig.running():
        await asyncio.sleep(31)
    assert [event.instrument for event in rig.events if event.instrument] == ["SOL-USDT-SWAP"]
    assert "garbage" in rig.told[-1][2]


async def test_a_connect_during_a_comparison_asks_once_more() -> None:
    rig = Rig()
    slow: Callable[[], Awaitable[Any]] = rig.exchange.balance

    async def balance() -> Any:
        await asyncio.sleep(5)
        return await slow()

    rig.exchange.balance = balance  # type: ignore[method-assign]
    async with rig.running():
        await asyncio.sleep(32)  # begun at 30
        rig.reconciler.wake()
        await asyncio.sleep(10)
    assert rig.exchange.times("positions") == [30.0, 35.0]


async def test_five_hundred_accounts_do_not_ask_together() -> None:
    dice = random.Random(7)
    asked_s: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        running = []
        for _ in range(500):
            rig = Rig(dice=dice.random)
            rig.exchange.calls = _Shared(asked_s)  # type: ignore[assignment]
            running.append(tasks.create_task(rig.reconciler.run()))
        await asyncio.sleep(600)
        for task in running:
            task.cancel()
    by_second = [sum(1 for at_s in asked_s if second <= at_s < second + 1) for second in range(600)]
    assert len(asked_s) >= 500 * 9
    assert max(by_second) <= 25  # 8.3 on average


class _Shared(list):  # type: ignore[type-arg]
    """The calls of many exchanges, counted by their first."""

    def __init__(self, asked_s: list[float]) -> None:
        super().__init__()
        self._asked_s = asked_s

    def append(self, call: tuple[str, float]) -> None:
        if call[0] == "positions":
            self._asked_s.append(call[1])


async def test_what_waited_is_held_from_a_connect_until_the_events_of_a_comparison_were_handed_over() -> None:
    rig = Rig()
    rig.exchange.closed = [liquidated(-1)]
    async with rig.running():
        await asyncio.sleep(3)
        rig.exchange.failure["positions"] = RequestUnavailable("not yet")
        rig.reconciler.wake()
        await asyncio.sleep(1)
        assert [word for word, _, _ in rig.held] == ["held"]
        rig.exchange.failure.clear()
        await asyncio.sleep(30)
    (_, held_s, _), (word, let_go_s, handed) = rig.held[:2]
    assert (held_s, word) == (3.0, "let go")
    assert let_go_s > held_s
    assert handed == len(rig.happened) > 0
    assert all(word == "let go" for word, _, _ in rig.held[1:])
