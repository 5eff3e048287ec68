"""Covers alertd/rehearsing.py: against the simulated exchange, nothing is ever sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from alertd.actions.plans import plans_of
from alertd.clock import Clock
from alertd.config import Settings
from alertd.domain.finding import Finding
from alertd.performers import Performers
from alertd.rehearsing import Rehearsing
from alertd.simulators.okx.accounts import SMART_SYNC, SPOT, Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.sources.session import open_session
from alertd.surroundings import Surroundings
from alertd.telemetry import Counters
from alertd.waking import Waking
from tests.acceptance.acting_house import ANN, BEN, STOP, copier
from tests.acceptance.house import account_table

WHOLE = "stop_all"


class Heard:
    """What was reported, and how often."""

    def __init__(self) -> None:
        self.found: dict[str, Sequence[Finding]] = {}
        self.looks = 0

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        assert part == "actions"
        self.found[account] = found
        self.looks += 1

    def codes(self) -> list[tuple[str, str]]:
        return [(one.code, one.part) for one in self.found.get("main", ())]


@asynccontextmanager
async def rehearsing(
    account: Account, *, changes: dict[str, Any] | None = None, **action: Any
) -> AsyncIterator[tuple[Rehearsing, Heard, OkxSimulator, Settings]]:
    async with OkxSimulator() as okx, open_session() as session:
        table = account_table(okx, okx.add_account(account), role="copier", **(changes or {}))
        settings = Settings.model_validate(
            {
                "accounts": {"main": table},
                "sinks": {"phone": {"url": "json://127.0.0.1:9/"}},
                "actions": {"stop_all": {**STOP, "mode": "approve", **action}},
            }
        )
        counters, clock, waking = Counters(), Clock(), Waking()
        shared = Surroundings(
            session=session,
            clock=clock,
            fleet=Fleet(lambda _: None),
            offsets=HostOffsets(clock, counters, waking).of,
            counters=counters,
            deliver=None,  # type: ignore[arg-type] - nothing is delivered here
            desk=None,  # type: ignore[arg-type] - nor watched
            keep_frame=lambda _: None,
        )
        heard = Heard()
        plans = plans_of(settings.actions, settings.rules, settings.accounts)
        performers = Performers(lambda: settings, shared)
        yield Rehearsing(lambda: plans, performers, clock, heard.report), heard, okx, settings
        assert sum(okx.copying.asked.values()) == 0


@pytest.mark.parametrize(
    ("account", "action", "expected"),
    [
        ({}, {}, [("action_ready", f"stop_all:{ANN}")]),
        ({}, {"lead_traders": "all"}, [("action_ready", f"stop_all:{BEN}")]),
        ({"perm": "read_only"}, {}, [("action_key_read_only", WHOLE)]),
        ({"role_type": "1"}, {}, [("action_role_leads", WHOLE)]),
        ({"acct_lv": "3"}, {}, [("action_mode_wrong", WHOLE)]),
        ({"region": "eea"}, {}, [("action_key_unknown", WHOLE)]),
        ({}, {"lead_traders": ["3" * 16]}, [("action_trader_missing", f"stop_all:{'3' * 16}")]),
        ({"kind": SMART_SYNC}, {}, [("action_trader_smart_sync", f"stop_all:{ANN}")]),
        ({"kind": SPOT}, {}, [("action_trader_spot", f"stop_all:{ANN}")]),
        ({}, {"mode": "off"}, []),
    ],
)
async def test_what_would_fail_is_told_before_it_is_needed(
    account: dict[str, Any], action: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    kind = account.pop("kind", None)
    traders = [LeadTrader(ANN, "Ann", **({"kind": kind} if kind else {})), LeadTrader(BEN, "Ben")]
    async with rehearsing(copier(*traders, **account), **action) as (one, heard, _, settings):
        plans = plans_of(settings.actions, settings.rules, settings.accounts)
        assert await one.look(plans)
        assert heard.codes() == expected


async def test_a_key_for_actions_of_another_account_that_may_withdraw_is_told() -> None:
    async with rehearsing(copier()) as (one, heard, okx, settings):
        other = okx.add_account(
            copier(name="keys", api_key="key-2", uid="42", perm="read_only,trade,withdraw")
        )
        keys = {
            "action_api_key": SecretStr(other.api_key),
            "action_api_secret": SecretStr(other.api_secret),
            "action_passphrase": SecretStr(other.passphrase),
        }
        settings.accounts["main"] = settings.accounts["main"].model_copy(update=keys)
        await one.look(plans_of(settings.actions, settings.rules, settings.accounts))
        assert heard.codes() == [("action_other_account", WHOLE), ("action_key_may_withdraw", WHOLE)]


async def test_an_exchange_that_cannot_be_asked_is_asked_again() -> None:
    async with rehearsing(copier()) as (one, heard, okx, settings):
        plans = plans_of(settings.actions, settings.rules, settings.accounts)
        okx.fail_rest(status=503, path="account/config")
        assert not await one.look(plans)
        assert heard.codes() == []
        okx.heal()
        assert await one.look(plans)
        assert heard.codes() == [("action_ready", f"stop_all:{ANN}")]


async def test_what_is_switched_off_takes_its_findings_with_it() -> None:
    async with rehearsing(copier(perm="read_only")) as (one, heard, _, settings):
        await one.look(plans_of(settings.actions, settings.rules, settings.accounts))
        assert heard.codes() != []
        await one.look({})
        assert heard.codes() == []


@pytest.mark.looptime
async def test_it_keeps_out_of_the_way_of_what_is_being_carried_out() -> None:
    busy, heard, plans = [True], Heard(), dict[str, Any]()
    performers = Performers(lambda: Settings.model_validate({}), None)  # type: ignore[arg-type] - not asked
    one = Rehearsing(lambda: plans, performers, Clock(), heard.report, lambda: bool(busy))
    one._reported.add("main")  # so that a look is heard of
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        await asyncio.sleep(60)
        assert heard.looks == 0
        busy.clear()
        await asyncio.sleep(10)
        assert heard.looks == 1
        running.cancel()


async def test_it_looks_at_once_and_then_waits() -> None:
    async with rehearsing(copier()) as (one, heard, _, _), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        async with asyncio.timeout(10):
            while not heard.looks:
                await asyncio.sleep(0.01)
        running.cancel()
    assert heard.looks == 1
