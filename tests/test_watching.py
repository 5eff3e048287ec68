"""Covers alertd/watching.py, against the simulator."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import trustme
from pydantic import SecretStr

from alertd.clock import Clock
from alertd.domain.errors import ConfigError
from alertd.exchanges.okx.settings import OkxAccount
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.sources.session import open_session
from alertd.surroundings import Surroundings
from alertd.waking import Waking
from alertd.watching import Watches
from tests.test_accounts import Seen, eventually, settings
from tests.test_polled_accounts import settings as toobit_settings


def surroundings(session: aiohttp.ClientSession, seen: Seen) -> Surroundings:
    return Surroundings(
        session=session,
        clock=Clock(),
        fleet=Fleet(),
        offsets=HostOffsets(Clock(), seen.counters, Waking()).of,
        counters=seen.counters,
        deliver=seen.deliver,
        desk=seen,
        keep_frame=lambda _: None,
    )


@asynccontextmanager
async def watches(
    *names: str, others: Sequence[str] = ()
) -> AsyncIterator[tuple[Watches, dict[str, OkxAccount], Seen]]:
    """Running watches of so many accounts, all live. The exchange has `others` too, which nobody watches."""
    seen = Seen()
    async with OkxSimulator() as okx, open_session() as session, asyncio.TaskGroup() as tasks:
        accounts = {
            name: settings(
                okx,
                okx.add_account(Account(name=name, api_key=f"key-{at}", uid=f"1000000000{at}")),
                role="trader",
            )
            for at, name in enumerate((*names, *others))
        }
        running = Watches(tasks, surroundings(session, seen))
        running.start(await running.plan({name: accounts[name] for name in names}))
        await eventually(lambda: seen.states("private") == ["watched"] * len(names), timeout_s=40.0)
        yield running, accounts, seen
        await running.end()


async def test_a_plan_touches_only_what_changed() -> None:
    async with watches("same", "relabelled", "changed", "removed") as (running, accounts, _):
        wanted = dict(accounts)
        del wanted["removed"]
        wanted["relabelled"] = accounts["relabelled"].model_copy(update={"labels": {"owner": "anna"}})
        wanted["changed"] = accounts["changed"].model_copy(update={"stale_after_s": 7.0})
        wanted["new"] = accounts["same"]
        plan = await running.plan(wanted)
        assert plan.leaving == {"changed", "removed"}
        assert plan.arriving.keys() == {"changed", "new"}


async def test_what_was_stopped_says_nothing_more_and_is_not_shown() -> None:
    async with watches("main", "other") as (running, accounts, seen):
        plan = await running.plan({"other": accounts["other"]})
        await running.stop(plan)
        running.start(plan)
        assert {dict(labels)["account"] for labels in seen.counters.cells("stream_live")} == {"other"}
        assert seen.counters.value("stream_live", account="other", stream="private") == 1


async def test_a_parked_account_is_tried_again_also_unchanged() -> None:
    async with watches("main") as (running, accounts, seen):
        wrong = {"main": accounts["main"].model_copy(update={"passphrase": SecretStr("wrong")})}
        for dials in (2, 3):
            plan = await running.plan(wrong)
            assert plan.leaving == plan.arriving.keys() == {"main"}
            await running.stop(plan)
            running.start(plan)
            await eventually(lambda dials=dials: seen.states("private").count("blind") == dials - 1)
            async with asyncio.timeout(10):
                while not (await running.plan(wrong)).arriving:  # until it is parked
                    await asyncio.sleep(0.01)


async def test_a_reload_tries_a_parked_toobit_account_and_asks_again_what_a_key_may_read() -> None:
    seen = Seen()
    async with ToobitSimulator() as toobit, open_session() as session, asyncio.TaskGroup() as tasks:
        set_stage(toobit)
        toobit.change_account("leader", reads_futures=False)
        names = ("leader", "copier")
        accounts = {
            name: toobit_settings(toobit, toobit.account(name), poll_interval_s=1.0) for name in names
        }
        running = Watches(tasks, surroundings(session, seen))
        running.start(await running.plan(accounts))
        await eventually(lambda: sum("/futures/" in call for call in toobit.calls) == 1)
        toobit.change_account("copier", kind="FUTURES")
        async with asyncio.timeout(20):
            while (await running.plan(accounts)).arriving.keys() != {"copier"}:  # until it is parked
                await asyncio.sleep(0.05)
        toobit.change_account("copier", kind="COPY_TRADING")
        toobit.change_account("leader", reads_futures=True)
        plan = await running.plan(accounts)
        assert plan.leaving == {"copier"}
        await running.stop(plan)
        running.start(plan)
        assert not (await running.plan(accounts)).arriving
        await eventually(lambda: sum("/futures/" in call for call in toobit.calls) > 1, timeout_s=20.0)
        await running.end()


async def test_an_account_that_cannot_be_built_refuses_the_plan(tmp_path: Path) -> None:
    async with watches("main") as (running, accounts, seen):
        missing = accounts["main"].model_copy(update={"ca_file": tmp_path / "missing.pem"})
        with pytest.raises(ConfigError, match=r"accounts\.other\.ca_file: cannot be used"):
            await running.plan({**accounts, "other": missing})
        assert seen.counters.value("stream_live", account="main", stream="private") == 1


def tls_contexts() -> list[ssl.SSLContext]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, ssl.SSLContext)]


def made_since(before: Sequence[ssl.SSLContext]) -> int:
    """`before` keeps what there was, so that nothing else takes its place."""
    return sum(not any(one is other for other in before) for one in tls_contexts())


async def test_accounts_share_one_tls_context_which_a_changed_file_replaces(tmp_path: Path) -> None:
    names = [f"desk{number}" for number in range(20)]
    ca_file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca_file))
    before = tls_contexts()
    async with watches("plain", others=names) as (running, accounts, _):
        trusting = {name: accounts[name].model_copy(update={"ca_file": ca_file}) for name in names}
        wanted = accounts | trusting
        running.start(await running.plan(wanted))
        assert made_since(before) == 1

        unchanged = await running.plan(wanted)
        assert not unchanged.arriving
        trustme.CA().cert_pem.write_to_path(str(ca_file))
        changed = await running.plan(wanted)
        assert changed.leaving == changed.arriving.keys() == set(names)
        await running.stop(changed)
        running.start(changed)
        # The new ones have taken the old ones' place; the client keeps an idle connection for 15 s.
        await eventually(lambda: made_since(before) == 1, timeout_s=40.0)
