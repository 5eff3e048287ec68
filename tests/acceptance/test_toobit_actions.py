"""A copied position of Toobit falls, a person agrees, and alertd stops copying: the whole daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from alertd.app import App
from alertd.config import Settings
from alertd.simulators.toobit.simulator import ToobitSimulator
from tests.acceptance.house import Hook, LoopClock, running, settings, sinks_of, stored, until
from tests.acceptance.leaping import leaping
from tests.acceptance.test_toobit import BTC, copying

ANNA = {"Authorization": "Bearer annas-own-token-1"}
PEOPLE = {"anna": {"can": ["read", "ack", "approve"], "token": "annas-own-token-1"}}
WHALE = "9007199254740993101"
STOPPED = {"stop_copying": 1}


@dataclass
class Ground:
    toobit: ToobitSimulator
    hook: Hook
    wanted: Settings
    clock: LoopClock
    folder: Path

    def told(self, *words: str) -> list[str]:
        return [text for text in self.hook.texts if all(word in text for word in words)]

    async def hears(self, *words: str) -> str:
        await until(lambda: self.told(*words), lambda: (words, self.hook.texts))
        return self.told(*words)[0]

    async def falls(self, app: App) -> None:
        """A copied position comes near its liquidation."""
        await until(lambda: app.counters.value("account_watched", account="copier"), self.hook.texts)
        self.toobit.open_position("whale", BTC, size="1", leverage=10, margin="isolated")
        start = self.toobit.market.marks[BTC]
        await asyncio.sleep(60)
        self.toobit.set_price(BTC, start * Decimal("0.92"))

    def states(self) -> list[str]:
        rows = stored(self.folder, "select state from action_steps order by at_us, version")
        return [state for (state,) in rows]


@asynccontextmanager
async def ground(folder: Path, **action: Any) -> AsyncIterator[Ground]:
    leave = {
        "type": "stop_copying", "account": "event", "lead_traders": "event", "retry_s": 30, "mode": "approve",
        **action,
    }  # fmt: skip
    async with copying(folder) as (toobit, clock, table), Hook() as hook:
        rules = {"started": {"enabled": True}, "buffer_used": {"actions": ["leave"]}}
        wanted = settings(
            folder,
            {"copier": table},
            sinks_of({"hook": hook}),
            rules=rules,
            people=PEOPLE,
            actions={"leave": leave},
        )
        yield Ground(toobit, hook, wanted, clock, folder)


async def approve(app: App) -> None:
    async with ClientSession(f"http://127.0.0.1:{app.web_port}", headers=ANNA) as http:
        async with http.get("/api/v1/actions") as answer:
            [intent] = (await answer.json())["actions"]
        async with http.post("/api/v1/actions/approve", json={"id": intent["id"]}) as answer:
            assert answer.status == 200, await answer.text()


@leaping
async def test_it_asks_is_held_by_open_copies_and_stops_once_they_are_closed(tmp_path: Path) -> None:
    """Over a restart; and no emergency brake: it says where to close by hand."""
    async with ground(tmp_path) as one:
        async with running(one.wanted, one.clock) as app:
            await one.falls(app)
            await one.hears("whale", "approve")
            await asyncio.sleep(20)
            assert one.toobit.effects == {}
            await approve(app)
            held = await one.hears("-120055")
            assert "Copy trading > the traders you copy > this trader" in held
        async with running(one.wanted, one.clock) as app:
            await asyncio.sleep(90)
            assert one.toobit.effects == {}
            one.toobit.close_position("whale", BTC)
            await until(lambda: one.toobit.effects == STOPPED, one.states)
            await until(lambda: one.states()[-1] == "confirmed", one.states)
            await asyncio.sleep(60)
    assert one.toobit.effects == STOPPED
    assert one.toobit.relations == []
    assert one.states()[0] == "awaiting"


@leaping
async def test_an_answer_that_is_lost_is_read_back_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    async with ground(tmp_path) as one, running(one.wanted, one.clock) as app:
        await one.falls(app)
        await one.hears("whale", "approve")
        one.toobit.close_position("whale", BTC)
        one.toobit.fail(504, None, "<html>timeout", method="DELETE", after=True)
        await approve(app)
        await until(lambda: one.states()[-1] == "confirmed", one.states)
        await asyncio.sleep(120)
        assert one.toobit.effects == STOPPED
        assert sum(1 for call in one.toobit.calls if call.startswith("DELETE")) == 1


@leaping
async def test_a_dry_run_says_so_first_and_sends_nothing(tmp_path: Path) -> None:
    async with ground(tmp_path, mode="dry_run") as one, running(one.wanted, one.clock) as app:
        await one.falls(app)
        text = await one.hears("[DRY RUN, nothing sent]")
        assert text.startswith("[DRY RUN, nothing sent]")
        await until(lambda: one.states()[-1] == "rehearsed", one.states)
        await asyncio.sleep(60)
        assert not any(call.startswith("DELETE") for call in one.toobit.calls)
        assert one.toobit.effects == {}
