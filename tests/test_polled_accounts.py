"""Covers alertd/polled_accounts.py and alertd/following.py, against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from alertd.domain.coverage import Unseen
from alertd.domain.events import LeaderChange, LeaderState, MarginState
from alertd.domain.finding import Finding
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.budget import weight_of
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.holdings import Holdings
from alertd.polled_accounts import ToobitAccountWatch
from alertd.reconciling import ReconcileDoors
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.sources.session import open_session
from alertd.surroundings import Surroundings
from alertd.waking import Waking
from tests.acceptance.house import LoopClock, until
from tests.acceptance.leaping import leaping
from tests.test_accounts import Seen


class Found(Seen):
    def __init__(self) -> None:
        super().__init__()
        self.findings: dict[tuple[str, str], Sequence[Finding]] = {}
        self.holdings = Holdings()

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        self.findings[account, part] = found

    def open_positions(self, account: str = "leader") -> list[OpenPosition]:
        return self.holdings.of([account])

    def codes(self, part: str, account: str = "copier") -> list[str]:
        return [one.code for one in self.findings.get((account, part), ())]

    def causes(self) -> set[str]:
        return {str(one.cause) for one in self.look().streams}

    def polls(self, outcome: str = "good") -> float:
        cells = self.counters.cells("polls_total").items()
        return sum(cell.value for labels, cell in cells if dict(labels)["outcome"] == outcome)


def states(seen: Found) -> dict[str, str]:
    return {one.name: str(one.state) for one in seen.look().streams}


def settings(toobit: ToobitSimulator, owner: Account, **more: Any) -> ToobitAccount:
    return ToobitAccount(
        exchange="toobit",
        api_key=SecretStr(owner.api_key),
        api_secret=SecretStr(owner.api_secret),
        rest_url=toobit.rest_url,
        **more,
    )


@asynccontextmanager
async def watching(
    toobit: ToobitSimulator, clock: LoopClock, owners: Sequence[Account], **more: Any
) -> AsyncIterator[tuple[Found, list[asyncio.Task[None]]]]:
    seen = Found()
    async with open_session() as session, asyncio.TaskGroup() as tasks:
        shared = Surroundings(
            session=session,
            clock=clock,
            fleet=Fleet(),
            offsets=HostOffsets(clock, seen.counters, Waking()).of,
            counters=seen.counters,
            deliver=seen.deliver,
            desk=seen,
            keep_frame=lambda _: None,
            records=ReconcileDoors(seen.deliver, seen.handled, seen, seen),
            report=seen.report,
            holdings=seen.holdings,
        )
        watches = [ToobitAccountWatch(one.name, settings(toobit, one, **more), shared) for one in owners]
        running = [tasks.create_task(watch.run()) for watch in watches]
        yield seen, running
        for task in running:
            task.cancel()


@asynccontextmanager
async def staged(
    who: str = "copier", account: Mapping[str, Any] | None = None, **more: Any
) -> AsyncIterator[tuple[ToobitSimulator, Found, asyncio.Task[None]]]:
    """`account`: what the exchange is to make of who is watched."""
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit:
        cast = set_stage(toobit)
        toobit.change_account(who, **(account or {}))
        async with watching(toobit, clock, [getattr(cast, who)], **more) as (seen, [task]):
            yield toobit, seen, task


@leaping
async def test_what_is_copied_is_shown_and_what_cannot_be_seen_is_named() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        sight = seen.look()
        assert [(one.name, one.state, one.essential) for one in sight.streams] == [
            ("orders", "watched", True), ("leaders", "watched", False), ("lead_orders", "watched", True),
            ("followers", "watched", False), ("figures", "watched", False), ("settings", "watched", False),
        ]  # fmt: skip
        assert sight.positions == 3
        assert sight.offset_at is not None
        # On one pool with others the simulator tells none of a cross position.
        priceless = [one for one in sight.unseen if one.what is Unseen.NO_LIQUIDATION_PRICE]
        assert [one.where for one in priceless] == ["SOL-SWAP-USDT (whale)"]
        subjects = {event.subject for event in seen.events if isinstance(event, MarginState)}
        assert len(subjects) == 3
        equities = {one.trader_name: one.equity for one in seen.events if isinstance(one, LeaderState)}
        assert set(equities) == {"whale", "dolphin"}
        assert all(equities.values())
        assert set(seen.compared) == {"copier"}
        assert (seen.codes("key"), seen.codes("clock")) == (["toobit_reached"], ["toobit_clock_fine"])
        assert toobit.calls


@leaping
async def test_what_is_led_is_watched_and_what_cannot_be_seen_is_named() -> None:
    async with staged("leader", {"reads_futures": False}, role="lead") as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        sight = seen.look()
        assert {one.name for one in sight.streams} == {"lead_orders", "followers", "figures", "settings"}
        assert {str(one.state) for one in sight.streams} == {"watched"}
        assert (sight.positions, [str(one.what) for one in sight.unseen]) == (2, ["margin"])
        toobit.open_position("leader", "SOL-SWAP-USDT", size="2", leverage=50)
        await until(lambda: any(isinstance(event, LeaderChange) for event in seen.events))
        assert seen.look().positions == 3


@leaping
async def test_a_leaders_own_margin_is_watched_where_its_key_may_read_it() -> None:
    async with staged("leader", role="lead") as (toobit, seen, _):
        toobit.leader("leader").balance = Decimal(1000)
        await until(lambda: seen.polls() >= 12)
        sight = seen.look()
        assert set(states(seen).values()) == {"watched"}
        # Each order is one position: counted once.
        assert (sight.positions, sight.unseen) == (2, ())
        [btc, eth] = sorted(seen.open_positions(), key=lambda one: one.instrument)
        assert (btc.instrument, eth.instrument) == ("BTC-SWAP-USDT", "ETH-SWAP-USDT")
        assert btc.distance_to_liquidation
        assert eth.distance_to_liquidation
        own = {event.subject for event in seen.events if isinstance(event, MarginState)}
        assert own == {"cross/USDT", "ETH-SWAP-USDT/short/isolated"}
        toobit.fail(status=500, path="/futures/positions")
        await until(lambda: states(seen)["margin"] == "blind")
        assert set(states(seen).values()) == {"watched", "blind"}  # it was seen, and is missed
        toobit.heal()
        await until(lambda: states(seen)["margin"] == "watched")


@leaping
async def test_a_refused_margin_blames_nothing_and_is_not_asked_on() -> None:
    async with staged("leader", {"reads_futures": False}, role="lead") as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        await asyncio.sleep(200)
        assert set(states(seen).values()) == {"watched"}
        assert "margin" not in states(seen)
        assert sum("/futures/" in call for call in toobit.calls) == 1


@leaping
async def test_whether_auto_leads_is_learned_within_two_minutes_either_way() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        assert seen.look().unseen[-1].what is not Unseen.MARGIN
        toobit.change_account("copier", reads_futures=False)
        toobit.lead(toobit.account("copier").user_id, "copier")
        await asyncio.sleep(120)
        assert seen.look().unseen[0].what is Unseen.MARGIN
        toobit.open_position("copier", "SOL-SWAP-USDT")
        await until(lambda: seen.look().positions == 4)
        toobit.stop_leading("copier")
        await asyncio.sleep(20)
        assert seen.look().positions == 3
        told = [event.change for event in seen.events if isinstance(event, LeaderChange)]
        assert told == ["order_opened", "inactive"]


@leaping
async def test_who_was_to_lead_and_does_not_is_found() -> None:
    async with staged("copier", role="lead") as (toobit, seen, _task):
        await until(lambda: seen.codes("role"))
        assert seen.codes("role") == ["toobit_leads_not"]
        toobit.lead(toobit.account("copier").user_id, "copier")
        await asyncio.sleep(120)
        assert seen.codes("role") == []


@leaping
async def test_a_key_that_dies_soon_is_told() -> None:
    made = LoopClock().now().date() - timedelta(days=80)
    async with staged(key_created=made) as (_, seen, _task):
        await until(lambda: seen.codes("key_age"))
        assert seen.codes("key_age") == ["toobit_key_dies"]


@leaping
async def test_null_where_a_list_is_documented_ends_nothing_and_is_told() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        toobit.null_lists()
        before = seen.polls()
        await until(lambda: seen.polls() >= before + 6)
        assert all(event.open for event in seen.events if isinstance(event, MarginState))
        causes = {one.name: one.cause for one in seen.look().streams}
        assert (causes["orders"], causes["leaders"], causes["lead_orders"]) == (
            "unreadable",
            "unreadable",
            None,
        )


@leaping
async def test_an_exchange_that_does_not_answer_blinds_and_is_asked_until_it_does() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        toobit.fail(status=500)
        await until(lambda: seen.look().streams[0].state == "blind")
        assert seen.look().streams[0].cause == "connection"
        toobit.heal()
        await until(lambda: seen.look().streams[0].state == "watched")


@leaping
async def test_refused_credentials_park_the_account_until_they_are_taken_again() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        toobit.refuse_keys("-2017")
        await until(lambda: seen.causes() == {"credentials"})
        assert seen.codes("key") == ["toobit_key_expired"]
        asked = len(toobit.calls)
        await asyncio.sleep(3600)
        assert 5 <= len(toobit.calls) - asked <= 7  # one call each 10 minutes, with a tenth of chance
        assert (seen.causes(), seen.codes("key")) == ({"credentials"}, ["toobit_key_expired"])
        toobit.heal()
        await asyncio.sleep(700)
        assert set(states(seen).values()) == {"watched"}
        assert seen.codes("key") == ["toobit_reached"]


@leaping
@pytest.mark.parametrize("code", ["-1002", "-1005", "-1020", "-1204", "-2015"])
async def test_a_key_of_another_account_is_parked_by_what_refuses_it(code: str) -> None:
    """The page that tells of keys takes it: a call there alone would say that it is cured."""
    async with staged() as (toobit, seen, _):
        toobit.fail(status=400, code=code, path="/follower/leaders")
        await until(lambda: seen.began_streams)
        await until(lambda: seen.causes() == {"credentials"})
        assert seen.look().streams[0].code == code
        await asyncio.sleep(1300)
        assert (seen.causes(), seen.codes("key")) == ({"credentials"}, ["toobit_key_refused"])
        toobit.heal()
        await asyncio.sleep(700)
        assert set(states(seen).values()) == {"watched"}


@leaping
async def test_no_answer_cures_no_parked_key() -> None:
    async with staged() as (toobit, seen, _):
        await until(lambda: seen.polls() >= 12)
        toobit.refuse_keys("-2015")
        await until(lambda: seen.causes() == {"credentials"})
        toobit.heal()
        toobit.cut()
        await asyncio.sleep(1300)
        assert seen.causes() == {"credentials"}


OBSERVED_S = 90.0  # every page that is asked often was asked several times by each account then


async def weight_per_minute(*, leads: bool = False, reads_futures: bool = False) -> float:
    """Of fifty accounts of one host that copy, lead too where `leads`, and read what they hold where
    `reads_futures`; none of it was refused.
    """
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit:
        toobit.lead("9007199254740993101", "whale")
        owners = [
            toobit.add_account(Account(f"desk{at}", f"key-{at:02}", "secret", f"90071992547409{at:05}"))
            for at in range(50)
        ]
        for owner in owners:
            owner.reads_futures = reads_futures
            toobit.join("whale", owner.user_id)
            if leads:
                toobit.lead(owner.user_id, owner.name)
        async with watching(toobit, clock, owners, role="auto" if leads else "copier") as (seen, _):
            await until(lambda: seen.polls() >= 300)
            began_s, asked = clock.monotonic_s(), len(toobit.calls)
            await asyncio.sleep(OBSERVED_S)
            assert seen.polls("failed") == 0
            weight = sum(weight_of(call.partition(" ")[2]) for call in toobit.calls[asked:])
            return weight / (clock.monotonic_s() - began_s) * 60


@leaping
async def test_fifty_copiers_stay_within_the_budget_of_their_host() -> None:
    per_minute = await weight_per_minute()
    assert 850 <= per_minute <= 950, per_minute  # of 2400 that are used at most


@leaping
async def test_so_do_fifty_that_lead_as_well() -> None:
    per_minute = await weight_per_minute(leads=True)
    assert 1500 <= per_minute <= 1700, per_minute


@leaping
async def test_so_do_fifty_that_lead_and_read_what_they_hold() -> None:
    per_minute = await weight_per_minute(leads=True, reads_futures=True)
    assert 2000 <= per_minute <= 2400, per_minute  # all that are used at most
