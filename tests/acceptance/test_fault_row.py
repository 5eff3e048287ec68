"""Every documented way for a stream to fail, one after the other against one running daemon.

`make try-faults` shows the tables of times.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from alertd.app import App
from alertd.config import Settings
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.telemetry import set_up_logging
from tests.acceptance.fault_row import ROW, TRANSPORT, Log, Stage, Times, settle, suffer, table
from tests.acceptance.house import (
    Gate,
    Hook,
    LoopClock,
    account_table,
    hurried,
    hurry,
    port_of,
    running,
    settings,
    sinks_of,
    stored,
    until,
)
from tests.doubles.certificates import Certificates
from tests.doubles.daemon import Daemon

# Two streams that both dial at once and then after 1, 2, 4 ... s, until somebody is told after a minute.
MOST_DIALS = 20


class InProcess:
    """The daemon in this process."""

    def __init__(self, folder: Path) -> None:
        self.log = Log()
        self.account: dict[str, Any] = {}
        self.sinks: dict[str, Any] = {}
        self._folder = folder
        self.app: App

    def read(self) -> Settings:
        return settings(self._folder, {"main": self.account}, self.sinks)

    async def reload(self, **account: Any) -> None:
        self.account |= account
        applied = self.app.counters.value("config_reloads_total", outcome="applied")
        self.app.reload.set()
        await until(lambda: self.app.counters.value("config_reloads_total", outcome="applied") > applied)

    def open_alerts(self) -> int:
        return open_alerts(self._folder)


def open_alerts(folder: Path) -> int:
    return int(stored(folder, "select count(*) from alerts where state != 'resolved'")[0][0])


class Process:
    """`alertd run`, which tells of an account with positions that is not watched after a second."""

    def __init__(self, folder: Path, account: dict[str, Any], sink_url: str) -> None:
        self.log = Log()
        self._folder = folder
        self._account = {name: str(one) if isinstance(one, Path) else one for name, one in account.items()}
        self._sink_url = sink_url
        self._write()
        self.daemon = Daemon(folder / "alertd.toml", {}, hear=self.log.write)

    async def reload(self, **account: Any) -> None:
        self._account |= account
        self._write()
        reloads = self._reloads()
        self.daemon.hang_up()
        await until(lambda: self._reloads() > reloads, lambda: self.daemon.output)

    def open_alerts(self) -> int:
        return open_alerts(self._folder)

    def _reloads(self) -> int:
        return sum(one.is_about("configuration in force") for one in self.log.records)

    def _write(self) -> None:
        account = "\n".join(f"{name} = {json.dumps(one)}" for name, one in self._account.items())
        path = self._folder / "alertd.toml"
        path.write_text(
            f'timezone = "UTC"\n[web]\nport = 0\n[accounts.main]\n{account}\n'
            f'[sinks.hook]\nurl = "{self._sink_url}"\n[coverage]\nwarning_after_s = 1\n'
        )
        path.chmod(0o600)


@asynccontextmanager
async def around(
    folder: Path, limits: Limits, clock: LoopClock
) -> AsyncIterator[tuple[OkxSimulator, Gate, Certificates, Hook]]:
    certificates = Certificates(folder)
    async with (
        OkxSimulator(clock=clock.unix_s, limits=limits, ssl_context=certificates.server) as okx,
        Gate(port_of(okx)) as gate,
        Hook() as hook,
    ):
        yield okx, gate, certificates, hook


def show(title: str, times: Sequence[Times]) -> None:
    sys.stdout.write(f"\n{title}\n\n{table(times)}\n")


def check(times: Sequence[Times]) -> None:
    for one in times:
        assert (one.parked_s is not None) == one.fault.parks, one
        assert one.dials <= MOST_DIALS, one


def hold(okx: OkxSimulator) -> None:
    """Without a position the account would be worth an information only."""
    okx.open_position("SOL-USDT-SWAP", size=1, lever=2)


async def alert_arrives(stage: Stage) -> None:
    """After all of it a danger still comes through."""
    stage.okx.open_position("ETH-USDT-SWAP", lever=5)
    assert stage.okx.push_liquidation_warning("ETH-USDT-SWAP", mgn_ratio="1.4") == 1
    await until(lambda: stage.hook.about("ETH-USDT-SWAP", "140 %"), lambda: stage.hook.texts)


@pytest.mark.timeout(300)
@hurried(20)
async def test_every_fault_in_a_row_heals_or_parks_as_classified(tmp_path: Path) -> None:
    daemon, clock = InProcess(tmp_path), LoopClock()
    set_up_logging("json", "info", daemon.log)  # type: ignore[arg-type]
    async with around(tmp_path, Limits(tick_s=0.2), clock) as (okx, gate, certificates, hook):
        stage = Stage(okx, gate, certificates, hook, daemon, hurry)
        owner = okx.add_account(Account(role_type="1"))
        own = {"stale_after_s": 20.0, "ca_file": certificates.ca_file}
        daemon.account = account_table(okx, owner, **own) | stage.urls()
        daemon.sinks = sinks_of({"hook": hook})
        hold(okx)
        times = []
        async with running(daemon.read(), clock, daemon.read) as daemon.app:
            for fault in ROW:
                await settle(stage)
                times.append(await suffer(stage, fault))
            await alert_arrives(stage)
    show("Seconds of the daemon since each fault began; people are told after 60 s of blindness.", times)
    check(times)


@pytest.mark.timeout(300)
async def test_the_faults_of_the_transport_in_a_row_against_a_process(tmp_path: Path) -> None:
    """On the loop that it chooses itself; the test before this one runs on asyncio's."""
    async with around(tmp_path, Limits(regular_push_s=0.5), LoopClock()) as (okx, gate, certificates, hook):
        own = {"stale_after_s": 3.0, "ca_file": certificates.ca_file, "role": "trader"}
        table_of_account = account_table(okx, okx.add_account(), **own)
        stage_urls = {"private_ws_url": f"wss://127.0.0.1:{gate.port}/ws/v5/private"}
        process = Process(tmp_path, table_of_account | stage_urls, hook.url)
        stage = Stage(
            okx,
            gate,
            certificates,
            hook,
            process,
            hurry=lambda _: None,
            streams=("private",),
            healthy_after_s=0.5,
        )
        hold(okx)
        times = []
        async with process.daemon:
            for number, fault in enumerate(TRANSPORT):
                await settle(stage)
                # The waits between two dials begin anew, without a minute of health before each fault.
                await process.reload(stale_after_s=3.0 + (number + 1) % 2)
                await settle(stage)
                times.append(await suffer(stage, fault))
            await alert_arrives(stage)
            assert await process.daemon.terminate() == 0
    starting = process.log.first(0.0, "starting")
    assert starting is not None
    loop = starting.said["loop"]
    show(f"Seconds since each fault began, `alertd run` on {loop}; people are told after 1 s here.", times)
    check(times)
