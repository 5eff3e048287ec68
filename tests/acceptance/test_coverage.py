"""Silence never means that all is well: what is not watched is found out, put on record, told and healed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    STALE_AFTER_S,
    Gate,
    Hook,
    House,
    LoopClock,
    account_table,
    house,
    hurried,
    hurry,
    port_of,
    running,
    settings,
    sinks_of,
    stored,
    until,
)
from tests.acceptance.test_independent_server import configuration, environment
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import OkxLike
from tests.doubles.receiver import Receiver

SOL = "SOL-USDT-SWAP"
PATIENT = {"stale_after_s": 120.0}


def loop_s() -> float:
    return asyncio.get_running_loop().time()


def is_watched(home: House, account: str = "main") -> bool:
    return bool(home.app.counters.value("account_watched", account=account))


def gaps(folder: Path, *columns: str, account: str = "main") -> list[tuple[Any, ...]]:
    rows = ", ".join(columns)
    query = f"select {rows} from coverage_gaps where account = '{account}' order by number"
    return stored(folder, query)


async def proven(home: House) -> None:
    """The sink has delivered something, nothing is open any more, and the account is watched."""
    home.okx.open_position("ETH-USDT-SWAP", lever=100)
    await until(lambda: home.hook.about("ETH-USDT-SWAP"), home.standing)
    home.okx.close_position("ETH-USDT-SWAP")
    await until(lambda: home.hook.about("CLOSED"), home.standing)
    await until(lambda: is_watched(home), lambda: home.app.counters.cells("account_watched"))


def told(home: House) -> list[str]:
    """What was said of watching, in order."""
    return [text for text in home.hook.texts if "watched" in text.splitlines()[0]]


async def shut(home: House) -> None:
    home.gate.shut()
    home.gate.reset()


@pytest.mark.parametrize("channel", ["positions", "account"])
@hurried(10)
async def test_a_subscription_dropped_in_silence_is_found_out_and_healed(
    tmp_path: Path, channel: str
) -> None:
    """The socket stays open and pongs."""
    async with house(tmp_path) as home:
        await proven(home)

        def pushes() -> float:
            return home.app.counters.value("pushes_total", account="main", stream="private", channel=channel)

        await until(lambda: pushes() >= 3)
        before = len(gaps(tmp_path, "number"))
        began_s = loop_s()
        home.okx.mute(channel)
        # It may be healed before anybody looks: what is on record stays.
        await until(lambda: len(gaps(tmp_path, "number")) > before, home.standing)
        assert loop_s() - began_s < STALE_AFTER_S + 2
        await until(lambda: is_watched(home), home.standing)
        await home.complete()
        await until(lambda: None not in [ended for (ended,) in gaps(tmp_path, "ended_us")])
        (cause, state, lasted_us), *more = gaps(tmp_path, "cause", "state", "ended_us - began_us")[before:]
        assert (cause, state) == ("stale", "blind")
        # From the last push on, not from when it was noticed.
        assert lasted_us >= (STALE_AFTER_S - 1) * 1e6
        assert {one[0] for one in more} <= {"waiting", "connection", "unreconciled"}
        assert told(home) == []  # healed long before its grace was over


@hurried(60)
async def test_a_flat_account_that_is_not_seen_is_information(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        hurry(10)
        await proven(home)
        hurry(40)
        await shut(home)
        await until(lambda: home.hook.about("INFO", "main not watched"), home.standing)
        await asyncio.sleep(200)
        await home.gate.open()
        await until(lambda: home.hook.about("RECOVERED main"), home.standing, 30)
        lost, back = told(home)
        assert "No positions were open" in lost
        assert "It was not watched for" in back
        assert "nothing was missed" in back.lower()


@hurried(60)
async def test_with_positions_it_is_a_warning_and_then_critical_and_one_alert(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        hurry(10)
        await proven(home)
        home.okx.open_position(SOL, size=1, lever=2)
        await until(lambda: stored(tmp_path, "select 1 from alerts where state = 'firing'") == [])
        await asyncio.sleep(5)
        hurry(40)
        began_s = loop_s()
        await shut(home)
        await until(lambda: home.hook.about("WARNING", "main not watched"), home.standing)
        assert loop_s() - began_s >= 60
        await until(lambda: home.hook.about("CRITICAL", "main not watched"), home.standing)
        assert loop_s() - began_s >= 180
        await home.gate.open()
        await until(lambda: len(told(home)) == 3, home.standing, 30)
        warning, critical, back = told(home)
        assert "Positions open when last seen: 1" in warning
        assert "Changed from WARNING to CRITICAL" in critical
        assert "RECOVERED" in back
        coverage = "select count(*) from alerts where fingerprint like '%|coverage|%'"
        assert stored(tmp_path, coverage) == [(1,)]


@hurried(10)
async def test_while_an_alert_is_open_blindness_is_told_at_once(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        await home.alert_arrives(SOL)
        began_s = loop_s()
        await shut(home)
        await until(lambda: home.hook.about("CRITICAL", "main not watched"), home.standing)
        assert loop_s() - began_s < 30
        assert "An alert was open there" in home.hook.about("CRITICAL", "main not watched")[0]
        await home.gate.open()
        await until(lambda: home.hook.about("RECOVERED", "main watched again"), home.standing)


@hurried(60)
async def test_one_cause_over_several_accounts_is_one_alert_with_a_list(tmp_path: Path) -> None:
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, Hook() as hook:
        names = ("anna", "ben", "cleo")
        owners = [okx.add_account(Account(name=name, api_key=f"key-{name}", uid=name)) for name in names]
        async with Gate(port_of(okx)) as gate:
            more = {**PATIENT, "role": "trader"}
            tables = {one.name: account_table(okx, one, gate, **more) for one in owners}
            wanted = settings(tmp_path, tables, sinks_of({"hook": hook}))
            async with running(wanted, clock) as app:

                def compared() -> float:
                    return sum(cell.value for cell in app.counters.cells("reconciles_total").values())

                await until(lambda: compared() == 3)  # else that they are not comes first
                gate.shut()
                gate.reset()
                await until(lambda: hook.about("OKX unreachable: 3 of 3 accounts"), lambda: hook.texts)
                # Who was lost first stands first, and they are lost within milliseconds.
                listed = re.search(r"3 accounts: (\w+), (\w+), (\w+)\.", hook.texts[0])
                assert listed, hook.texts
                assert sorted(listed.groups()) == sorted(names)
                await gate.open()
                await until(lambda: hook.about("RECOVERED"), lambda: hook.texts, 30)
                assert len(hook.texts) == 2, hook.texts
                assert "RECOVERED OKX: watched again: 3 accounts" in hook.texts[1]


async def test_what_a_killed_process_did_not_see_is_on_record(tmp_path: Path) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        daemon = Daemon(configuration(tmp_path, server), environment(receiver))
        await daemon.start()
        await daemon.wait_for_output("stream watched")
        await daemon.wait_for_output("account not watched")
        await until(lambda: gaps(tmp_path, "number"))  # what it keeps is written
        await daemon.kill()
        before = gaps(tmp_path, "number", "ended_us")
        async with daemon:
            await daemon.wait_for_output("stream watched")
            await daemon.wait_for_output('"cause": "stopped".*gap ended|gap ended.*"cause": "stopped"')
            assert await daemon.terminate() == 0
        after = gaps(tmp_path, "cause", "began_us", "ended_us")
        stopped = [row for row in after if row[0] == "stopped"]
        assert len(stopped) == 1
        assert len(after) > len(before)
        # One follows the other: nothing between the last sight and the next start is left out.
        assert all(ended is not None for _, _, ended in after[:-1])
        assert stopped[0][1] >= after[0][1]
