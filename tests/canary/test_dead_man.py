"""Covers alertd/canary/dead_man.py, against a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from alertd.canary.dead_man import RETRY_AFTER_S, TIMEOUT_S, TOLD_AFTER, DeadMan
from alertd.canary.settings import DeadManSettings
from alertd.clock import Clock
from alertd.domain.events import SelfCheck
from alertd.sources.session import open_session
from alertd.telemetry import Counters

AT = datetime(2026, 11, 3, tzinfo=UTC)
SECRET = "b5c7-secret-uuid"
ROUND_S = 300.0
pytestmark = pytest.mark.looptime


class LoopClock(Clock):
    def now(self) -> datetime:
        return AT + timedelta(seconds=asyncio.get_running_loop().time())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


class Bench:
    """A watcher that answers with `answers`, the last one again and again; 0: never."""

    def __init__(self) -> None:
        self.answers = [200]
        self.asked: list[tuple[str, str]] = []
        self.told: list[SelfCheck] = []
        self.counters = Counters()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/{SECRET}"
        self.settings = DeadManSettings.model_validate({"url": self.url})
        self.dead_man = DeadMan(lambda: self.settings, LoopClock(), self.counters, self.told.append)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not status:
            await asyncio.Event().wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def rounds(self, number: int) -> None:
        """So many canaries are delivered, with all the time a ping may take."""
        for _ in range(number):
            self.dead_man.proven(ROUND_S / 2)
            await asyncio.sleep(ROUND_S)

    def counted(self, outcome: str) -> float:
        return self.counters.value("dead_man_pings_total", outcome=outcome)

    def said(self) -> list[tuple[bool, bool]]:
        return [(one.healthy, one.looked_after) for one in self.told]


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    async with Bench() as one, open_session() as session, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.dead_man.run(session))
        yield one
        running.cancel()


async def test_one_get_for_each_canary_that_was_delivered() -> None:
    async with bench() as one:
        await asyncio.sleep(3600)
        assert one.asked == []
        await one.rounds(3)
        assert one.asked == [("GET", f"/{SECRET}")] * 3
        assert one.counted("done") == 3
        assert one.said() == [(True, True)]
        assert one.dead_man.reached_at is not None


async def test_no_more_often_than_it_is_wanted() -> None:
    async with bench() as one:
        one.settings = one.settings.model_copy(update={"interval_s": 900.0})
        await one.rounds(7)
        assert len(one.asked) == 3


async def test_a_canary_that_fails_ends_the_pings_at_once_even_a_retry() -> None:
    async with bench() as one:
        one.answers = [500]
        one.dead_man.proven(ROUND_S / 2)
        await asyncio.sleep(1)
        one.dead_man.unproven()
        await asyncio.sleep(3600)
        assert len(one.asked) == 1
        one.answers = [200]
        await one.rounds(1)
        assert one.counted("done") == 1


async def test_a_ping_that_fails_is_repeated_so_often_and_no_more() -> None:
    async with bench() as one:
        one.answers = [500, 503, 200]
        await one.rounds(1)
        assert len(one.asked) == 1 + len(RETRY_AFTER_S)
        assert (one.counted("done"), one.counted("failed")) == (1, 0)
        one.answers = [500]
        await one.rounds(1)
        assert len(one.asked) == 2 * (1 + len(RETRY_AFTER_S))
        assert one.counted("failed") == 1


@pytest.mark.parametrize("answer", [500, 404, 302, 0])
async def test_a_watcher_out_of_reach_is_told_after_some_pings_and_logged_once(answer: int) -> None:
    async with bench() as one:
        await one.rounds(1)
        one.answers = [answer]
        with capture_logs() as logs:
            await one.rounds(TOLD_AFTER - 1)
            assert one.said() == [(True, True)]
            await one.rounds(2)
        assert one.said() == [(True, True), (False, True)]
        assert len([line for line in logs if line["event"] == "outside watcher not reached"]) == 1
        assert SECRET not in f"{logs}{one.told}"
        assert one.told[-1].since is not None
        assert {path for _, path in one.asked} == {f"/{SECRET}"}
        one.answers = [200]
        await one.rounds(1)
        assert one.said()[-1] == (True, True)


async def test_one_that_never_answers_is_not_waited_for() -> None:
    async with bench() as one:
        one.answers = [0]
        began_s = asyncio.get_running_loop().time()
        one.dead_man.proven(ROUND_S / 2)
        while not one.counted("failed"):
            await asyncio.sleep(1)
        took_s = asyncio.get_running_loop().time() - began_s
        assert took_s <= 3 * TIMEOUT_S + sum(RETRY_AFTER_S) + 2


async def test_nobody_listens_there() -> None:
    async with bench() as one:
        one.settings = DeadManSettings.model_validate({"url": "http://127.0.0.1:9/" + SECRET})
        await one.rounds(TOLD_AFTER)
        assert one.told[-1].detail == "no connection"


async def test_a_watcher_taken_away_ends_what_was_told() -> None:
    async with bench() as one:
        one.answers = [500]
        await one.rounds(TOLD_AFTER)
        one.settings = DeadManSettings()
        await one.rounds(2)
        assert one.said() == [(False, True), (True, False)]
        assert len(one.asked) == TOLD_AFTER * (1 + len(RETRY_AFTER_S))
