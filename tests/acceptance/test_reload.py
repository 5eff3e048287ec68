"""The configuration changes while the daemon runs: nothing that did not change notices."""

from __future__ import annotations

import asyncio
import copy
import gc
import re
import socket
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.config import Settings
from alertd.domain.errors import ConfigError
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    running,
    settings,
    sinks_of,
    until,
)
from tests.acceptance.test_independent_server import configuration, environment
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import KEY, PASSPHRASE, SECRET, OkxLike
from tests.doubles.receiver import Receiver

ETH, SOL = "ETH-USDT-SWAP", "SOL-USDT-SWAP"


class Office:
    """A daemon whose configuration is at hand: change `tables`, then `reload`."""

    def __init__(self, folder: Path, tables: dict[str, Any]) -> None:
        self._folder = folder
        self.tables = copy.deepcopy(tables)
        self.problems: list[str] = []
        self.app: App

    def read(self) -> Settings:
        if self.problems:
            raise ConfigError(self.problems)
        return settings(self._folder, **self.tables)

    async def reload(self, outcome: str = "applied") -> None:
        """Returns when it is in force, or refused."""
        before = self.reloads(outcome)
        self.app.reload.set()
        await until(lambda: self.reloads(outcome) > before, f"no reload was {outcome}")

    def reloads(self, outcome: str) -> float:
        return self.app.counters.value("config_reloads_total", outcome=outcome)

    def is_live(self, account: str = "main") -> bool:
        return all(
            self.app.counters.value("stream_live", account=account, stream=stream)
            for stream in ("private", "business")
        )

    def connects(self, account: str = "main") -> int:
        return sum(
            int(self.app.counters.value("connects_total", account=account, stream=stream))
            for stream in ("private", "business")
        )


@asynccontextmanager
async def open_office(folder: Path, tables: dict[str, Any]) -> AsyncIterator[Office]:
    office = Office(folder, tables)
    async with running(office.read(), LoopClock(), office.read) as office.app:
        await until(office.is_live)
        yield office


@asynccontextmanager
async def okx_office(folder: Path) -> AsyncIterator[tuple[Office, OkxSimulator, Hook]]:
    """One account, `main`, and one sink, `hook`."""
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, Hook() as hook:
        owner = okx.add_account(Account(role_type="1"))
        owner.set_cash("BTC", owner.cash["USDT"], 0)
        tables = {"accounts": {"main": account_table(okx, owner)}, "sinks": sinks_of({"hook": hook})}
        async with open_office(folder, tables) as office:
            yield office, okx, hook


def ratio_rule(warning: str) -> dict[str, Any]:
    return {
        "type": "ladder",
        "event": "margin_state",
        "field": "margin_ratio",
        "levels": {"warning": warning, "critical": "1.01"},
    }


@hurried(10)
async def test_a_changed_threshold_judges_what_is_open_already(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, okx, hook):
        okx.open_position(ETH, lever=5)  # at a ratio of some 40
        okx.push_regular()
        await asyncio.sleep(3)
        assert hook.texts == []
        office.tables["rules"] = {"mine": ratio_rule("45")}
        await office.reload()
        okx.push_regular()
        await until(lambda: hook.about(ETH, "Rule: mine"), lambda: hook.texts)
        connects = office.connects()
        await office.reload()
        okx.push_regular()
        office.tables["rules"] = {}
        await office.reload()  # the alert of a rule that is gone ends in silence
        okx.push_regular()
        await asyncio.sleep(3)
        assert len(hook.texts) == 1
        assert connects == office.connects() == 2


@hurried(10)
async def test_routes_and_sinks_come_and_go(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, okx, hook), Hook() as second:
        okx.open_position(ETH, lever=5)
        okx.open_position(SOL, lever=5)
        office.tables["sinks"] = sinks_of({"hook": hook, "second": second})
        office.tables["routes"] = [
            {"match": {"instrument": "ETH-*"}, "sinks": ["second"], "remind_s": []},
            {"sinks": ["hook"], "remind_s": [], "match": {"instrument": "SOL-*"}},
        ]
        await office.reload()
        okx.push_liquidation_warning(ETH, mgn_ratio="1.4")
        okx.push_liquidation_warning(SOL, mgn_ratio="1.4")
        await until(lambda: len(second.texts) == 1 and len(hook.texts) == 1)
        assert second.about(ETH)
        assert hook.about(SOL)
        # What is being sent to a sink that is removed still arrives, and arrives once.
        second.answer_after_s = [1.0]
        okx.open_position("BTC-USDT-SWAP", lever=5)
        office.tables["routes"] = [{"sinks": ["second"], "remind_s": []}]
        await office.reload()
        okx.push_liquidation_warning("BTC-USDT-SWAP", mgn_ratio="1.4")
        await until(lambda: len(second.taken) == 2)
        office.tables["sinks"] = sinks_of({"hook": hook})
        office.tables["routes"] = [{"sinks": ["hook"], "remind_s": []}]
        await office.reload()
        await until(lambda: len(second.texts) == 2)
        await until(
            lambda: not office.app.counters.value("deliveries_waiting", sink="second", urgency="critical")
        )
        okx.open_position("BTC-USD-SWAP", lever=5)
        okx.push_liquidation_warning("BTC-USD-SWAP", mgn_ratio="1.4")
        await until(lambda: hook.about("BTC-USD-SWAP"))
        assert len(second.taken) == 2
        assert office.connects() == 2


@hurried(10)
async def test_a_changed_sink_lands_what_is_in_flight_and_the_new_one_sends_the_rest(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, okx, hook), Hook() as moved:
        instruments = [ETH, SOL, "BTC-USDT-SWAP", "BTC-USD-SWAP"]
        for instrument in instruments:
            okx.open_position(instrument, lever=5)
        hook.answer_after_s = [2.0] * 2  # of four, two are in flight and two wait
        for instrument in instruments:
            okx.push_liquidation_warning(instrument, mgn_ratio="1.4")
        await until(lambda: len(hook.taken) == 2)
        office.tables["sinks"] = sinks_of({"hook": moved})
        office.tables["language"] = "zh"
        await office.reload()
        await until(lambda: len(moved.texts) == 2 and len(hook.texts) == 2)
        await asyncio.sleep(5)
        said = [*hook.texts, *moved.texts]
        assert all(sum(instrument in text for text in said) == 1 for instrument in instruments)
        assert all("告警开始于" in text for text in moved.texts)
        assert (len(hook.taken), len(moved.taken)) == (2, 2)


@hurried(10)
async def test_accounts_come_change_and_go_and_the_others_do_not_notice(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, okx, hook):
        owner = okx.add_account(Account(name="other", api_key="another-key", uid="1", role_type="1"))
        office.tables["accounts"]["other"] = account_table(okx, owner)
        await office.reload()
        await until(lambda: office.is_live("other"))
        # Labels are the rules' affair; the stale time is the connection's.
        office.tables["accounts"]["main"]["labels"] = {"owner": "anna"}
        office.tables["accounts"]["other"]["stale_after_s"] = 9.0
        await office.reload()
        await until(lambda: office.connects("other") == 4 and office.is_live("other"))
        assert office.connects() == 2
        okx.open_position(ETH, lever=5, account="other")
        okx.push_liquidation_warning(ETH, mgn_ratio="1.4", account="other")
        await until(lambda: hook.about(ETH, "other"), lambda: hook.texts)
        del office.tables["accounts"]["other"]
        await office.reload()
        await until(lambda: {session.account.name for session in okx.sessions if session.account} == {"main"})
        await asyncio.sleep(5)
        assert len(hook.texts) == 1
        assert office.connects() == 2
        assert not any(
            "other" in dict(labels).values() for labels in office.app.counters.cells("stream_live")
        )


@hurried(10)
async def test_a_changed_secret_unparks_an_account(tmp_path: Path) -> None:
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, Hook() as hook:
        right = account_table(okx, okx.add_account(Account(role_type="1")))
        owner = okx.add_account(Account(name="other", api_key="another-key", uid="1", role_type="1"))
        other = account_table(okx, owner)
        tables = {"accounts": {"main": right, "other": other}, "sinks": sinks_of({"hook": hook})}
        tables["accounts"]["other"] = other | {"passphrase": "mistyped"}
        async with open_office(tmp_path, tables) as office:
            await until(lambda: hook.about("CRITICAL", "60024"))
            tables["accounts"]["other"] = other | {"passphrase": "mistyped again"}
            office.tables = copy.deepcopy(tables)
            await office.reload()
            await until(lambda: office.connects("other") == 2)
            await asyncio.sleep(5)
            assert len(hook.texts) == 1  # it is as it was, and that was told
            office.tables["accounts"]["other"] = other
            await office.reload()
            await until(lambda: office.is_live("other"))
            await until(lambda: hook.about("RECOVERED", "other"), lambda: hook.texts)
            assert office.connects() == 2
            assert len(hook.texts) == 2


@hurried(10)
async def test_a_bad_configuration_changes_nothing_and_is_told(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, okx, hook):
        before = copy.deepcopy(office.tables)
        await until(lambda: office.app.counters.value("config_reload_success") == 1)
        office.problems = ["alertd.toml:7: rules.x.event: there is no such event"]
        for _ in range(2):
            await office.reload("refused")
        await until(lambda: hook.about("WARNING configuration refused", "alertd.toml:7: rules.x.event"))
        assert office.app.counters.value("config_reload_success") == 0
        office.problems = []
        # What only a sender, or the TLS library, can find.
        office.tables["sinks"]["bad"] = {"url": "nosuchservice://x"}
        await office.reload("refused")
        await until(lambda: hook.about("sinks.bad.url"))
        office.tables = copy.deepcopy(before)
        office.tables["accounts"]["main"]["ca_file"] = tmp_path / "missing.pem"
        await office.reload("refused")
        await until(lambda: hook.about("accounts.main.ca_file"))
        okx.open_position(ETH, lever=5)
        okx.push_liquidation_warning(ETH, mgn_ratio="1.4")
        await until(lambda: hook.about(ETH))
        assert office.connects() == 2
        office.tables = before
        await office.reload()
        await until(lambda: hook.about("RECOVERED configuration"))
        await asyncio.sleep(2)
        assert len(hook.texts) == 5  # three different refusals, the warning, the recovery
        assert office.app.counters.value("config_reload_success") == 1


@hurried(10)
async def test_what_needs_a_restart_stays_and_the_rest_is_applied(tmp_path: Path) -> None:
    async with okx_office(tmp_path) as (office, _, _hook):
        office.tables |= {"store": {"url": "sqlite:///elsewhere.db"}, "log": {"level": "debug"}}
        await office.reload()
        assert office.app.settings.log.level == "debug"
        assert office.app.settings.store.url.get_secret_value() == "sqlite:///alertd.db"
        assert not (tmp_path / "elsewhere.db").exists()


RELOADS = 100
PER_RELOAD = 5
GROWTH_ALLOWED_BYTES = 200_000  # over 60 reloads; measured: some 3 kB


def independent_tables(server: OkxLike, hooks: dict[str, Hook]) -> dict[str, Any]:
    account = {
        "exchange": "okx",
        "role": "lead",
        "api_key": KEY,
        "api_secret": SECRET,
        "passphrase": PASSPHRASE,
        "private_ws_url": server.url("private"),
        "business_ws_url": server.url("business"),
        "rest_url": server.rest_url,
        "stale_after_s": 3_000.0,
    }
    return {"accounts": {"main": account}, "sinks": sinks_of(hooks)}


def change(office: Office, n: int) -> None:
    """A rule and a route each time, a sink every second time, every fifth an account whose key is refused."""
    office.tables["rules"] = {
        "margin_ratio": {"levels": {"warning": 5 + n % 7, "critical": 3}},
        "exchange_warning": {"resolve_after_s": 3600 + n},
    }
    sinks = ["hook", "second"] if n % 2 else ["second", "hook"]
    office.tables["routes"] = [{"match": {"severity": "critical"}, "sinks": sinks, "remind_s": [900 + n]}]
    office.tables["sinks"]["second"]["timeout_s"] = 10 + n // 2 % 5
    if n % 5 == 0:
        parked = office.tables["accounts"].pop("parked", None)
        if parked is None:
            office.tables["accounts"]["parked"] = office.tables["accounts"]["main"] | {"api_key": "no"}


@hurried(1)
async def test_a_hundred_reloads_under_load_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async with OkxLike() as server, Hook() as hook, Hook() as second:
        tables = independent_tables(server, {"hook": hook, "second": second})
        async with open_office(tmp_path, tables) as office:
            pushed = [f"L{n:04}-USD-270101" for n in range(RELOADS * PER_RELOAD)]

            async def push() -> None:
                for instrument in pushed:
                    await server.push_warning(instrument)
                    await asyncio.sleep(0.005)

            async with asyncio.TaskGroup() as tasks:
                load = tasks.create_task(push())
                n = 0
                while n < RELOADS or not load.done():
                    change(office, n)
                    await office.reload()
                    n += 1
            told = {sink: about_instruments(sink) for sink in (hook, second)}
            await until(
                lambda: all(about_instruments(sink).keys() == set(pushed) for sink in told),
                lambda: [len(about_instruments(sink)) for sink in told],
                real_s=60,
            )
            await asyncio.sleep(1)
            for sink in told:
                assert set(about_instruments(sink).values()) == {1}
                assert not sink.about("dup?")
            assert office.connects() == 2
            assert n >= RELOADS
            await assert_memory_is_flat(office)
            assert office.connects() == 2


def about_instruments(sink: Hook) -> Counter[str]:
    found = (re.search(r"L\d{4}-USD-270101", text) for text in sink.texts)
    return Counter(match.group() for match in found if match)


async def assert_memory_is_flat(office: Office) -> None:
    for n in range(10):
        change(office, n)
        await office.reload()
    tracemalloc.start()
    try:
        before = 0
        for n in range(70):
            if n == 9:
                before = traced_bytes()
            change(office, n)
            await office.reload()
        # What the last reloads put aside goes when its tasks have ended, on a busy machine a while later.
        await until(
            lambda: traced_bytes() - before < GROWTH_ALLOWED_BYTES,
            lambda: f"{traced_bytes() - before:+} bytes in 60 reloads",
        )
    finally:
        tracemalloc.stop()


def traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def test_a_signal_reloads_and_the_service_manager_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)

        async def hears(*words: str) -> str:
            async with asyncio.timeout(20):
                while True:
                    text = (await asyncio.get_running_loop().sock_recv(manager, 4096)).decode()
                    if all(word in text for word in words):
                        return text

        async with OkxLike() as server, Receiver() as receiver:
            path = configuration(tmp_path, server)
            env = environment(receiver, NOTIFY_SOCKET=str(tmp_path / "notify"))
            async with Daemon(path, env) as daemon:
                await hears("READY=1")
                async with asyncio.timeout(20):
                    await server.subscribed_enough.wait()
                good = path.read_text()
                path.write_text(good + "\n[rules.x]\ntype = 'match'\nevent = 'nothing'\n")
                daemon.hang_up()
                reloading = await hears("RELOADING=1")
                assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", reloading)
                assert "refused" in await hears("READY=1")
                await daemon.wait_for_output(r"alertd\.toml:\d+: rules\.x")
                await receiver.wait_for(lambda got: any("configuration refused" in m["title"] for m in got))
                path.write_text(good + "\n[log]\nlevel = 'warning'\n")
                daemon.hang_up()
                await hears("RELOADING=1")
                assert "refused" not in await hears("READY=1")
                await receiver.wait_for(lambda got: any("RECOVERED" in m["title"] for m in got))
                assert server.logins == 2
                assert await daemon.terminate() == 0
