"""alertd goes and comes back, and tells it; once a day it tells how everything stands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.config import Settings
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    OF_ITSELF,
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
from tests.doubles.daemon import Daemon

BTC = "BTC-USDT-SWAP"
TOLD = {name: {"enabled": True} for name in OF_ITSELF}


def loop_s() -> float:
    return asyncio.get_running_loop().time()


class Home(AsyncExitStack):
    """An exchange and a sink that outlive the daemons."""

    async def begin(self, folder: Path, **more: Any) -> None:
        # What is told once a day comes when a test wants it to, and not when it happens to run then.
        self.clock = LoopClock(datetime.now(UTC).replace(hour=12))
        self.okx = await self.enter_async_context(OkxSimulator(clock=self.clock.unix_s, limits=LIMITS))
        self.hook = await self.enter_async_context(Hook())
        account = self.okx.add_account(Account(ip="127.0.0.1"))
        table = account_table(self.okx, account, role="trader", stale_after_s=120.0)
        sinks = sinks_of({"hook": self.hook})
        self.settings = settings(folder, {"main": table}, sinks, **{"rules": TOLD, **more})

    @asynccontextmanager
    async def daemon(self, wanted: Settings | None = None) -> AsyncIterator[App]:
        """One that is asked to stop at the end."""
        async with running(wanted or self.settings, self.clock) as app:
            yield app

    @asynccontextmanager
    async def crashing(self) -> AsyncIterator[App]:
        """One that ends without being asked, at the end of the block."""
        app = App(self.settings, clock=self.clock)
        daemon = asyncio.get_running_loop().create_task(app.run())
        await until(lambda: app.started.is_set() or daemon.done(), "the daemon has not started")
        try:
            yield app
        finally:
            daemon.cancel()
            with suppress(asyncio.CancelledError):
                await daemon

    @property
    def titles(self) -> list[str]:
        return [text.splitlines()[0] for text in self.hook.texts]

    async def told(self, *words: str, times: int = 1) -> str:
        await until(lambda: len(self.hook.about(*words)) >= times, lambda: self.hook.texts, 40)
        return self.hook.about(*words)[-1]

    async def sees(self, app: App) -> None:
        await until(lambda: app.counters.value("stream_live", account="main", stream="private"), real_s=40)

    async def pass_time(self, seconds: float) -> None:
        ends_s = loop_s() + seconds
        await until(lambda: loop_s() >= ends_s, real_s=60)


@asynccontextmanager
async def home(folder: Path, **more: Any) -> AsyncIterator[Home]:
    async with Home() as made:
        await made.begin(folder, **more)
        yield made


@hurried(10)
async def test_a_planned_stop_is_told_and_the_next_start_says_what_was_missed(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.okx.open_position(BTC, size=10, lever=10)
        async with one.daemon() as app:
            await one.told("alertd started: 1 account")
            await one.sees(app)
            await until(lambda: app.counters.value("account_watched", account="main"), real_s=40)
        [going] = one.hook.about("alertd going down")
        assert going.startswith("WARNING alertd going down: 1 position unwatched\n")
        assert "From now on nobody watches: main." in going
        assert "It watches on" not in going
        went_s = loop_s()
        one.okx.set_price(BTC, "89000")
        await one.pass_time(100)
        async with one.daemon():
            back = await one.told("alertd back")
            blind_s = loop_s() - went_s
            await one.told("liquidated, learned")
        found = re.match(r"WARNING alertd back: blind (\d+) min, 1 MISSED\n", back)
        assert found, back
        assert "- main: BTC-USDT-SWAP long was liquidated" in back
        exact = re.search(r"after a planned stop\. Nobody watched for (\d+) min (\d+) s\.", back)
        assert exact, back
        assert 95 <= int(exact[1]) * 60 + int(exact[2]) <= blind_s + 5
        # What happened is still to be seen to.
        assert one.titles[-1] == "WARNING alertd going down: 1 alert firing, unwatched"
        assert len(one.titles) == 5, one.titles


@hurried(10)
async def test_a_start_at_which_nothing_was_missed_says_so_once_the_records_were_compared(
    tmp_path: Path,
) -> None:
    async with home(tmp_path) as one:
        async with one.daemon():
            await one.told("alertd started")
        one.okx.fail_rest(502, path="positions")
        async with one.daemon() as app:
            await one.sees(app)
            await one.pass_time(8)
            assert one.hook.about("alertd back") == []
            one.okx.heal()
            back = await one.told("alertd back")
        assert re.match(r"INFO alertd back: blind [\d.]+ s, none missed\n", back), back
        assert "Compared with the exchange's records: nothing was missed." in back


@hurried(10)
async def test_where_the_records_cannot_be_asked_the_start_is_told_all_the_same(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.daemon():
            await one.told("alertd started")
        one.okx.fail_rest(502, path="positions")
        async with one.daemon():
            back = await one.told("alertd back")
        assert re.match(r"INFO alertd back: blind [\d.]+ s, not compared\n", back), back
        assert "not compared with the exchange's records yet: main." in back


@hurried(10)
async def test_a_crash_is_called_one(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.crashing() as app:
            await one.told("alertd started")
            await one.sees(app)
        assert one.hook.about("going down") == []
        async with one.daemon():
            back = await one.told("alertd back")
        assert re.match(r"WARNING alertd back \(crash\): blind [\d.]+ s, none missed\n", back), back
        assert "a crash, a kill, a power loss. Nobody watched for up to" in back


@hurried(10)
async def test_a_crash_loop_is_no_message_loop_and_its_end_is_told(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        for number in range(10):
            async with one.crashing() as app:
                await one.sees(app)
                await one.pass_time(20 if number < 4 else 3)
        told = [title for title in one.titles if "alertd" in title]
        assert told[0] == "INFO alertd started: 1 account, nothing urgent"
        assert [bool(re.match(r"WARNING alertd back \(crash\)", title)) for title in told[1:3]] == [True] * 2
        assert re.match(r"WARNING alertd keeps restarting: 4 starts in \d+ (s|min)", told[3])
        assert len(told) == 4, told
        [loop] = one.hook.about("keeps restarting")
        assert "single starts and stops are not told" in loop
        hurry(60)
        async with one.daemon():
            steady = await one.told("alertd is steady again")
            hurry(10)
        assert re.match(r"INFO alertd is steady again: 11 starts in \d+ min\n", steady), steady
        assert one.titles[-1].startswith("INFO alertd going down")
        assert len(one.titles) == 6, one.titles


@hurried(10)
async def test_a_stop_that_no_sink_takes_ends_in_time_and_is_told_at_the_next_start(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.daemon():
            await one.told("alertd started")
            one.hook.status = 503
        assert one.hook.about("going down") == []
        await one.pass_time(20)
        one.hook.status = 200
        async with one.daemon():
            going = await one.told("going down")
            await one.told("alertd back")
        assert re.search(r"Written at [^\n]+, sent \d+ s late\.", going), going


@hurried(10)
async def test_a_reload_is_no_stop(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.daemon() as app:
            await one.told("alertd started")
            await one.sees(app)
            app.reload.set()
            await until(lambda: app.counters.value("config_reloads_total", outcome="applied"))
            await one.pass_time(20)
            assert len(one.titles) == 1
        assert one.titles[1:] == ["INFO alertd going down: nothing open"]


def due_in(one: Home, seconds: float) -> tuple[Settings, str]:
    """The settings with a summary at the first whole minute that is at least so far away."""
    at = one.clock.now() + timedelta(seconds=seconds + 60)
    text = f"{at:%H:%M}"
    changed = one.settings.model_copy(
        update={"summary": type(one.settings.summary)(at=text)},
    )
    changed._state_dir = one.settings.state_dir
    return changed, text


@hurried(10)
async def test_the_summary_comes_at_its_time_once_over_restarts(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.okx.open_position(BTC, size=10, lever=10)
        wanted, at = due_in(one, 60)
        async with one.daemon(wanted) as app:
            await one.told("alertd started")
            await one.sees(app)
            hurry(60)
            summary = await one.told("daily summary")
            hurry(10)
            assert re.match(r"INFO daily summary: nearest [\d.]+ % to liq\.\n", summary), summary
            assert f"{at}:" in summary
            for words in (
                "Nearest to liquidation: main BTC-USDT-SWAP long: ",
                "margin ratio",
                "Open alerts: none",
                "No outside watcher",
                "Messages: all delivered.",
                "Watched in the last 24 h:",
                "- main: ",
            ):
                assert words in summary
        async with one.daemon(wanted):
            await one.told("alertd back")
            await one.pass_time(70)
        assert len(one.hook.about("daily summary")) == 1


@hurried(10)
async def test_a_summary_that_fell_into_a_stop_is_told_late(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        wanted, _ = due_in(one, 60)
        # Its first day has nothing to tell of; pretend that yesterday's was told.
        async with one.daemon(wanted):
            await one.told("alertd started")
        hurry(60)
        await one.pass_time(300)
        hurry(10)
        async with one.daemon(wanted):
            summary = await one.told("daily summary")
        assert re.match(r"INFO daily summary, \d min late: nothing open\n", summary), summary
        assert len(one.hook.about("daily summary")) == 1


# --- as a process -------------------------------------------------------------------------------------


def configuration(folder: Path, okx: OkxSimulator, account: Account) -> Path:
    host = okx.rest_url.replace("http", "ws", 1)
    path = folder / "alertd.toml"
    path.write_text(
        f"""
        timezone = "UTC"
        [web]
        port = 0
        [accounts.main]
        exchange = "okx"
        role = "trader"
        api_key = "{account.api_key}"
        api_secret = "{account.api_secret}"
        passphrase = "{account.passphrase}"
        private_ws_url = "{host}/ws/v5/private"
        business_ws_url = "{host}/ws/v5/business"
        rest_url = "{okx.rest_url}"
        [sinks.hook]
        """
    )
    path.chmod(0o600)
    return path


async def test_kill_9_is_a_crash_and_sigterm_is_told_before_the_end(tmp_path: Path) -> None:
    told = {f"ALERTD_RULES__{name.upper()}__ENABLED": "true" for name in OF_ITSELF}
    async with OkxSimulator(limits=LIMITS) as okx, Hook() as hook:
        account = okx.add_account(Account(ip="127.0.0.1"))
        okx.open_position(BTC, size=1, lever=5)
        env = {"ALERTD_SINKS__HOOK__URL": f"json://127.0.0.1:{hook.port}/", **told}
        daemon = Daemon(configuration(tmp_path, okx, account), env)
        await daemon.start()
        await until(lambda: hook.about("alertd started"), lambda: (hook.texts, daemon.output), 40)
        await daemon.kill()
        async with daemon:
            await until(lambda: hook.about("alertd back (crash)"), lambda: (hook.texts, daemon.output), 40)
            assert hook.about("going down") == []
            assert await daemon.terminate() == 0
        # What was being sent when it was killed comes again, and says so.
        titles = [text.splitlines()[0] for text in hook.texts if "(dup?)" not in text]
        assert titles[-1] == "WARNING alertd going down: 1 position unwatched"
        assert len(titles) == 3, titles
