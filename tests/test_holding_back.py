"""Covers alertd/holding_back.py; more in tests/test_maintaining.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from alertd.clock import Clock
from alertd.holding_back import HELD_BACK_S, SENT_WITHIN_S, Holding, Outbox

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class SetClock(Clock):
    passed_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed_s)


class Rig:
    def __init__(self) -> None:
        self.clock = SetClock()
        self.happened: list[tuple[object, ...]] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        outbox = Outbox(
            handled=self._handled, sent=self._sent, hold_back=self._hold_back, let_go=self._let_go
        )
        self.holding = Holding(outbox, self.clock)

    async def _handled(self) -> None:
        self.happened.append(("handled",))

    async def _sent(self, within_s: float) -> None:
        assert within_s == SENT_WITHIN_S
        self.happened.append(("sent",))
        if self.meanwhile is not None:
            await self.meanwhile()

    async def _hold_back(self, account: str, before: datetime, until: datetime) -> int:
        self.happened.append((account, (before - START).total_seconds(), (until - START).total_seconds()))
        return 1

    async def _let_go(self, account: str, until: datetime) -> None:
        self.happened.append((account, (until - START).total_seconds()))


async def test_who_was_not_lost_has_nothing_held() -> None:
    rig = Rig()
    await rig.holding.hold_back("main")
    await rig.holding.let_go("main")
    assert rig.happened == []


async def test_it_holds_again_and_again_what_was_made_before_and_never_longer() -> None:
    rig = Rig()
    rig.holding.lost("main")
    for rig.clock.passed_s in (10.0, 11.0, 10.0 + HELD_BACK_S - 1, 10.0 + HELD_BACK_S, 900.0):
        await rig.holding.hold_back("main")
    assert rig.happened == [("main", 10.0, 10.0 + HELD_BACK_S)] * 3


async def test_what_the_records_told_was_sent_before_the_rest_is_let_go_once() -> None:
    rig = Rig()
    rig.holding.lost("main")
    await rig.holding.hold_back("main")
    rig.happened.clear()
    await rig.holding.let_go("main")
    await rig.holding.let_go("main")
    await rig.holding.hold_back("main")
    assert rig.happened == [("handled",), ("sent",), ("main", HELD_BACK_S)]


async def test_who_is_lost_anew_meanwhile_is_held_until_the_same_time_and_let_go_with_the_rest() -> None:
    rig = Rig()

    async def again() -> None:
        rig.holding.lost("main")
        await rig.holding.hold_back("main")

    rig.holding.lost("main")
    await rig.holding.hold_back("main")
    rig.happened.clear()
    rig.clock.passed_s, rig.meanwhile = 20.0, again
    await rig.holding.let_go("main")
    assert rig.happened == [("handled",), ("sent",), ("main", 0.0, HELD_BACK_S), ("main", HELD_BACK_S)]
    await rig.holding.hold_back("main")
    assert rig.happened[-1] == ("main", HELD_BACK_S)


async def test_an_account_that_leaves_takes_its_wait_with_it() -> None:
    rig = Rig()
    rig.holding.lost("main")
    await rig.holding.hold_back("main")
    rig.happened.clear()
    rig.holding.leaves("main")
    await rig.holding.hold_back("main")
    await rig.holding.let_go("main")
    assert rig.happened == []
