"""Keys and clocks: what the daemon says about them at its start and later, and what it refuses to watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    hurry,
    running,
    settings,
    sinks_of,
    until,
)

TOLD = {"rules": {"started": {"enabled": True}, "findings": {"enabled": True}}}


class SleepyClock(LoopClock):
    """The machine may sleep: the wall clock goes on, the monotonic one stands still."""

    slept_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.slept_s)


class Desk:
    """A simulated exchange with some accounts, and a webhook; daemons come and go."""

    def __init__(self, folder: Path, okx: OkxSimulator, hook: Hook, clock: SleepyClock) -> None:
        self.folder, self.okx, self.hook, self.clock = folder, okx, hook, clock
        self.tables: dict[str, Any] = {}

    def account(self, name: str, **more: Any) -> Account:
        number = len(self.okx.accounts) + 1
        made = Account(name=name, api_key=f"key-{number}", uid=f"52562708843953995{number}", **more)
        self.okx.add_account(made)
        self.tables[name] = account_table(self.okx, made, role="trader")
        return made

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[App]:
        wanted = settings(self.folder, self.tables, sinks_of({"hook": self.hook}), **TOLD)
        async with running(wanted, self.clock) as app:
            yield app

    async def told(self, count: int = 1) -> list[str]:
        await until(lambda: len(self.hook.texts) >= count, lambda: self.hook.texts)
        return self.hook.texts


@asynccontextmanager
async def desk(folder: Path, *, one_clock: bool = True) -> AsyncIterator[Desk]:
    """`one_clock`: what ours shows is right, also after a sleep."""
    clock = SleepyClock()
    theirs = clock if one_clock else LoopClock()
    async with OkxSimulator(clock=theirs.unix_s, limits=LIMITS) as okx, Hook() as hook:
        yield Desk(folder, okx, hook, clock)


def is_live(app: App, account: str) -> bool:
    return bool(app.counters.value("stream_live", account=account, stream="private"))


@hurried(10)
async def test_one_message_at_the_start_says_what_was_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        home.account("main", liquidation_gear="0", ip="127.0.0.1")
        home.account("other", perm="read_only,trade", ip="127.0.0.1")
        async with home.daemon() as app:
            await until(lambda: is_live(app, "main") and is_live(app, "other"))
            (start,) = await home.told()
            hurry(60)
            await asyncio.sleep(120)
    assert home.hook.texts == [start]
    assert start.startswith("WARNING alertd started: 2 accounts, 2 to mend\n")
    for words in (
        "alertd has started and watches: main, other.",
        "- WARNING main: OKX sends no liquidation warnings",
        "- WARNING other: The key may trade, and no action is configured that needs it.",
        "main: In the OKX app switch the liquidation alerts of this account on.",
        "No outside watcher: if this server dies, you hear nothing.",
    ):
        assert words in start


@hurried(10)
async def test_a_start_without_findings_is_information(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        home.account("main", ip="127.0.0.1")
        async with home.daemon():
            (start,) = await home.told()
    assert start.startswith("INFO alertd started: 1 account, nothing urgent\n")


@hurried(10)
async def test_the_start_message_proves_the_sink_and_so_the_account_counts_as_watched(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        home.account("main", ip="127.0.0.1")
        home.hook.answer_after_s.append(5.0)
        async with home.daemon() as app:
            await until(lambda: is_live(app, "main"))
            assert app.counters.value("account_watched", account="main") == 0
            await until(lambda: app.counters.value("account_watched", account="main"))
            await home.told()
    assert len(home.hook.texts) == 1


@hurried(10)
async def test_each_start_is_one_message_with_what_was_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        main = home.account("main", liquidation_gear="0", ip="127.0.0.1")
        for starts in (1, 2):
            async with home.daemon() as app:
                await until(lambda app=app: is_live(app, "main"))
                await home.told(starts)
                hurry(60)
                await asyncio.sleep(60)  # longer than the start message waits for any account
                hurry(10)
            assert len(home.hook.texts) == starts
        main.perm = "read_only,trade"
        async with home.daemon():
            texts = await home.told(3)
    assert all("OKX sends no liquidation warnings" in text for text in texts)
    assert texts[1].startswith("WARNING alertd back: blind ")
    assert "The key may trade" in texts[2]


@hurried(10)
async def test_a_key_that_may_withdraw_is_not_even_dialled_with(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        home.account("main", perm="read_only,withdraw", ip="127.0.0.1")
        home.account("other", ip="127.0.0.1")
        async with home.daemon() as app:
            texts = await home.told(2)
            await until(lambda: is_live(app, "other"))
            assert app.counters.value("connects_total", account="main", stream="private") == 0
            assert not is_live(app, "main")
        parked = next(text for text in texts if text.startswith("CRITICAL"))
        assert parked.startswith("CRITICAL main not watched: key may withdraw\n")
        assert "allow_withdraw_key = true" in parked
        summary = next(text for text in texts if "alertd started" in text)
        assert "2 accounts, 1 blocking" in summary

        home.tables["main"]["allow_withdraw_key"] = True
        async with home.daemon() as app:
            await until(lambda: is_live(app, "main"))
            await until(lambda: home.hook.about("RECOVERED", "main"), lambda: home.hook.texts)


@hurried(10)
async def test_of_two_accounts_with_one_uid_the_second_is_parked_and_names_the_first(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        first = home.account("first", ip="127.0.0.1")
        second = home.account("second", ip="127.0.0.1")
        second.uid = first.uid
        async with home.daemon() as app:
            await until(lambda: any("CRITICAL" in text for text in home.hook.texts), lambda: home.hook.texts)
            await until(lambda: is_live(app, "first") != is_live(app, "second"))
            watched, parked = ("first", "second") if is_live(app, "first") else ("second", "first")
            (told,) = [text for text in home.hook.texts if text.startswith("CRITICAL")]
            assert told.startswith(f"CRITICAL {parked} not watched: configured twice\n")
            assert f"accounts.{watched}" in told

            # Whoever mends it and reloads has it watched.
            second.uid = "99"
            app.reload.set()
            await until(lambda: is_live(app, "first") and is_live(app, "second"))


@hurried(10)
async def test_a_clock_that_was_off_is_told_and_measured_again_after_a_sleep(tmp_path: Path) -> None:
    async with desk(tmp_path, one_clock=False) as home:
        home.account("main", ip="127.0.0.1")
        async with home.daemon() as app:
            await home.told()
            await until(lambda: is_live(app, "main"))
            home.clock.slept_s = -42.0  # the machine wakes up with a clock that is 42 s behind
            texts = await home.told(2)
            assert texts[1].startswith("WARNING alertd found something: 1 account, 1 to mend\n")
            assert "OKX's is +42" in texts[1]
            measured_s = app.counters.value("clock_offset_seconds", account="main")
            assert 41 < measured_s < 43


@hurried(10)
async def test_what_has_changed_at_the_exchange_is_found_after_a_day(tmp_path: Path) -> None:
    async with desk(tmp_path) as home:
        main = home.account("main", ip="127.0.0.1")
        async with home.daemon() as app:
            await home.told()
            await until(lambda: is_live(app, "main"))
            main.liquidation_gear = "0"
            home.clock.slept_s = 21 * 3600.0
            found = "WARNING alertd found something: 1 account, 1 to mend\n"
            await until(lambda: home.hook.about(found), lambda: home.hook.texts)
    [text] = home.hook.about(found)
    assert "OKX sends no liquidation warnings" in text
