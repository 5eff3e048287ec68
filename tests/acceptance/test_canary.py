"""What alertd sends through itself arrives, and somebody outside hears of it; else nobody is lulled.

The house's clock leaps over what nobody waits for: hours pass in seconds.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import ClientSession, ClientTimeout, web

from alertd.app import App
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    Hook,
    LoopClock,
    account_table,
    files_of,
    hurried,
    hurry,
    running,
    settings,
    sinks_of,
    stored,
)
from tests.acceptance.leaping import leaping

INTERVAL_S = 300.0
LOOK_S = 20.0  # of the house: seldom enough that looking takes none of our time
# Pushes and patience for hours that pass in seconds.
SLOW = Limits(regular_push_s=60.0, tick_s=10.0)
PATIENT = {"stale_after_s": 3000.0, "role": "trader"}
# A hiccup of this machine is minutes there: no reason to tell anybody.
UNHURRIED = {
    "info_after_s": 1200,
    "warning_after_s": 1200,
    "critical_after_s": 1200,
    "weekly_report": "",
}


def loop_s() -> float:
    return asyncio.get_running_loop().time()


SECRET = "0a1b2c3d-4e5f-check"


class Watcher:
    """Somebody outside who expects pings. `status`: what it answers."""

    def __init__(self) -> None:
        self.pings: list[float] = []
        self.asked: list[tuple[str, str]] = []
        self.status = 200

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/ping/{SECRET}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path))
        if self.status == 200:
            self.pings.append(loop_s())
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    def gaps_s(self) -> list[float]:
        return [then - first for first, then in zip(self.pings, self.pings[1:], strict=False)]


class Home:
    """A daemon whose chats and watcher are here."""

    def __init__(self, app: App, hooks: Mapping[str, Hook], watcher: Watcher, okx: OkxSimulator) -> None:
        self.app, self.hooks, self.watcher, self.okx = app, hooks, watcher, okx
        self.hook = hooks["phone"]

    def standing(self) -> object:
        counted = {
            name: [(labels, cell.value) for labels, cell in cells.items()]
            for name, cells in self.app.counters.families()
            if name.startswith(("canary", "dead_man", "deliveries", "account"))
        }
        return counted, {name: hook.texts for name, hook in self.hooks.items()}, self.watcher.gaps_s()

    async def causes(self) -> list[str]:
        """Why the account is not watched, as anybody may ask."""
        url = f"http://127.0.0.1:{self.app.web_port}/watched"
        async with ClientSession(timeout=ClientTimeout()) as session, session.get(url) as answer:
            accounts = (await answer.json())["accounts"]
        return [cause for account in accounts for cause in account["causes"]]

    async def until(self, holds: Callable[[], object], hours: float = 3.0) -> None:
        """Within so many hours of the house."""
        ends_s = loop_s() + hours * 3600
        while not holds():
            assert loop_s() < ends_s, self.standing()
            await asyncio.sleep(LOOK_S)

    async def not_watched_for(self, cause: str, hours: float = 3.0) -> None:
        ends_s = loop_s() + hours * 3600
        while cause not in (found := await self.causes()):
            assert loop_s() < ends_s, (found, self.standing())
            await asyncio.sleep(LOOK_S)

    async def silent(self) -> None:
        """No ping any more, for three intervals."""
        pings = len(self.watcher.pings)
        await asyncio.sleep(3 * INTERVAL_S)
        assert len(self.watcher.pings) == pings, self.standing()

    async def pinged(self, more: int = 1) -> None:
        wanted = len(self.watcher.pings) + more
        await self.until(lambda: len(self.watcher.pings) >= wanted)


@asynccontextmanager
async def home(
    folder: Path, *names: str, status: int = 200, chat_interval_s: float | None = None, **more: Any
) -> AsyncIterator[Home]:
    """Everything up. `status`: what chats answer at first; `chat_interval_s`: 6 hours at least for people."""
    clock = LoopClock()
    hooks = {name: Hook() for name in names or ("phone",)}
    async with OkxSimulator(clock=clock.unix_s, limits=SLOW) as okx, Watcher() as watcher:
        owner = okx.add_account(Account())
        for hook in hooks.values():
            hook.status = status
            await hook.__aenter__()
        wanted = settings(
            folder,
            {"main": account_table(okx, owner, **PATIENT)},
            sinks_of(hooks, timeout_s=60),
            **{"canary": {"within_s": 140}, "dead_man": {"url": watcher.url}, "coverage": UNHURRIED, **more},
        )
        if chat_interval_s is not None:
            canary = wanted.canary.model_copy(update={"chat_interval_s": chat_interval_s})
            wanted = wanted.model_copy(update={"canary": canary})
        try:
            async with running(wanted, clock) as app:
                yield Home(app, hooks, watcher, okx)
        finally:
            for hook in hooks.values():
                await hook.__aexit__()


@leaping
async def test_two_hours_of_quiet(tmp_path: Path) -> None:
    """Pings at their interval, one message to the chat, nothing a person would take for an alert."""
    rules = {
        "any_warning": {"type": "match", "event": "liquidation_warning", "severity": "info"},
        "many_warnings": {
            "type": "count",
            "event": "liquidation_warning",
            "count": 2,
            "within_s": 3600,
            "severity": "info",
        },
    }
    async with home(tmp_path, rules=rules) as one:
        await one.pinged()
        await asyncio.sleep(2 * 3600)
        assert len(one.watcher.pings) >= 22, one.standing()
        assert all(gap < 1.5 * INTERVAL_S for gap in one.watcher.gaps_s()), one.watcher.gaps_s()
        assert [text.splitlines()[0] for text in one.hook.texts] == ["alertd is awake"]
        assert one.app.counters.cells("notifications_total") == {}
        assert one.app.counters.cells("deliveries_total") == {}
        # Of each kind of canary no more than the newest is kept, and none of anything else.
        assert stored(tmp_path, "select count(*) from alerts where fingerprint not like '!canary|%'") == [
            (0,)
        ]
        assert stored(tmp_path, "select count(*) from deliveries")[0][0] <= 3
        assert stored(tmp_path, "select distinct account from coverage_gaps") == [("main",)]
    assert {method for method, _ in one.watcher.asked} == {"GET"}
    assert len({path for _, path in one.watcher.asked}) == 1  # nothing else was asked, at the stop neither


@leaping
async def test_a_revoked_token_is_found_out_in_the_quiet(tmp_path: Path) -> None:
    """By the canary: nothing else is sent."""
    async with home(tmp_path, chat_interval_s=1800.0) as one:
        await one.pinged()
        assert "canary" not in await one.causes()
        one.hook.status = 401
        await asyncio.sleep(1500)
        assert one.hook.taken == one.hook.messages
        assert len(one.watcher.pings) >= 5
        await one.not_watched_for("canary", 0.5)
        await one.not_watched_for("sink_dead")
        await one.silent()
        firing = (
            "select distinct fingerprint from alerts where state = 'firing' and fingerprint not like '!%'"
        )
        found = {name.split("|")[2] for (name,) in stored(tmp_path, firing)}
        assert found == {"canary", "sink_dead"}
        one.hook.status = 200
        await one.pinged()
        await one.until(lambda: one.hook.about("RECOVERED canary"))
        assert "canary" not in await one.causes()


@leaping
async def test_nobody_is_told_that_all_is_well_before_anything_was_delivered(tmp_path: Path) -> None:
    async with home(tmp_path, status=403) as one:
        await one.not_watched_for("canary")
        await one.silent()
        assert one.watcher.asked == []
        one.hook.status = 200
        await one.pinged()


@leaping
async def test_one_chat_of_two_is_enough_to_hear_of_danger(tmp_path: Path) -> None:
    async with home(tmp_path, "phone", "desk") as one:
        await one.pinged()
        one.hook.status = 401
        one.okx.open_position("ETH-USDT-SWAP", size=1, lever=5)
        one.okx.push_liquidation_warning("ETH-USDT-SWAP", mgn_ratio="1.4")
        await one.until(lambda: one.hooks["desk"].about("sink phone fails"))
        await one.pinged(3)
        assert "canary" not in await one.causes()
        assert one.hooks["desk"].about("canary failed") == []


@hurried(20)
async def test_a_store_that_hangs_stops_the_pings(tmp_path: Path) -> None:
    """What cannot be stored cannot be told; when it can again, that is told too."""
    async with home(tmp_path) as one:
        await one.pinged()
        with sqlite3.connect(tmp_path / "alertd.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            hurry(2000)  # a store that hangs is given up after five of our own seconds
            await one.not_watched_for("canary")
            pings = len(one.watcher.pings)
            other.execute("ROLLBACK")
        hurry(50)
        assert "canary" in await one.causes()
        assert len(one.watcher.pings) == pings
        await one.until(lambda: one.hook.about("CRITICAL alerts may not arrive"))
        await one.pinged()
        await one.until(lambda: one.hook.about("RECOVERED canary"))


@leaping
async def test_a_watcher_that_cannot_be_reached_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The answer that would lead elsewhere is not followed, and its address stands nowhere."""
    async with home(tmp_path) as one:
        await one.pinged()
        one.watcher.status = 302
        await one.until(lambda: one.hook.about("WARNING outside watcher: cannot be reached"))
        assert one.app.counters.value("dead_man_pings_total", outcome="failed") == 3
        assert "canary" not in await one.causes()
        one.watcher.status = 200
        await one.until(lambda: one.hook.about("RECOVERED outside watcher"))
        assert {path for _, path in one.watcher.asked} == {f"/ping/{SECRET}"}
        assert SECRET not in "".join(one.hook.texts)
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err
    assert all(SECRET.encode() not in data for _, data in files_of(tmp_path))


@leaping
async def test_a_second_alertd_serves_as_the_watcher(tmp_path: Path) -> None:
    """It takes the pings of the first, and tells when they stop: here because its only chat refuses."""
    token = "token-of-the-first-one"
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    async with home(tmp_path / "near", watch_for={"far": {"token": token}}) as near:
        url = f"http://127.0.0.1:{near.app.web_port}/watch/{token}"
        async with home(tmp_path / "far", dead_man={"url": url}) as far:
            await near.until(lambda: near.app.counters.value("peer_alive", peer="far"))
            await near.until(lambda: near.app.counters.value("peer_pings_total", peer="far") >= 3)
            assert near.hook.about("far") == []
            far.hook.status = 403
            far.okx.open_position("ETH-USDT-SWAP", size=1, lever=5)
            far.okx.push_liquidation_warning("ETH-USDT-SWAP", mgn_ratio="1.4")
            await near.until(lambda: near.hook.about("CRITICAL alertd far silent"))
            far.hook.status = 200
            await near.until(lambda: near.hook.about("RECOVERED alertd far"))
            stopped = len(near.hook.about("silent"))
        # A planned stop says nothing either.
        await near.until(lambda: len(near.hook.about("silent")) > stopped)
