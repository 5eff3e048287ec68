"""Covers alertd/hygiene.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from alertd.clock import Clock
from alertd.domain.events import Event, Findings, Occasion
from alertd.domain.finding import Finding, Grade
from alertd.domain.presence import After, Comeback
from alertd.hygiene import FIRST_LOOK_S, Hygiene

OK, INFO, WARNING, CRITICAL, BLOCKING = Grade
AT = datetime(2026, 11, 3, tzinfo=UTC)
pytestmark = pytest.mark.looptime


class LoopClock(Clock):
    def now(self) -> datetime:
        return AT + timedelta(seconds=asyncio.get_running_loop().time())


class Heard:
    def __init__(self, names: Sequence[str], *awaited: tuple[str, str]) -> None:
        self.names = list(names)
        self.events: list[Findings] = []
        beside = [Finding(code="watcher_pinged", severity=OK), Finding(code="no_watcher", severity=INFO)]
        self.hygiene = Hygiene(lambda: self.names, LoopClock(), self.deliver, lambda: beside, lambda: awaited)

    async def start(self) -> None:
        await self.hygiene.looked_at()
        await self.hygiene.tell_start(Comeback(after=After.FIRST))

    async def deliver(self, events: Sequence[Event]) -> None:
        self.events += [event for event in events if isinstance(event, Findings)]

    def told(self) -> list[tuple[Occasion, str, list[str]]]:
        return [(event.occasion, event.worst, [one.name for one in event.findings]) for event in self.events]


@asynccontextmanager
async def hygiene(*names: str, awaited: Sequence[tuple[str, str]] = ()) -> AsyncIterator[Heard]:
    heard = Heard(names, *awaited)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(heard.hygiene.run()), tasks.create_task(heard.start())]
        yield heard
        for task in running:
            task.cancel()


def finding(code: str, severity: Grade, account: str = "main") -> Finding:
    return Finding(code=code, severity=severity, account=account)


async def test_one_message_once_every_account_was_looked_at_the_worst_first() -> None:
    async with hygiene("main", "desk") as heard:
        heard.hygiene.report("main", "key", [finding("account_reached", OK), finding("key_unbound", INFO)])
        heard.hygiene.report("main", "clock", [finding("clock_off", WARNING)])
        await asyncio.sleep(1)
        assert heard.events == []
        heard.hygiene.report("desk", "key", [finding("key_may_withdraw", BLOCKING, "desk")])
        await asyncio.sleep(1)
        told = ["desk:key_may_withdraw", "main:clock_off", "main:key_unbound", ":no_watcher"]
        assert heard.told() == [(Occasion.START, "blocking", told)]
        assert heard.events[0].accounts == ("main", "desk")
        assert heard.events[0].codes == ("key_may_withdraw", "clock_off", "key_unbound", "no_watcher")


async def test_nothing_found_is_told_too() -> None:
    async with hygiene("main") as heard:
        heard.hygiene.report("main", "key", [finding("account_reached", OK)])
        await asyncio.sleep(1)
        assert heard.told() == [(Occasion.START, "info", [":no_watcher"])]


async def test_the_start_says_nothing_of_actions_before_they_were_tried() -> None:
    async with hygiene("main", awaited=[("main", "actions")]) as heard:
        heard.hygiene.report("main", "key", [finding("account_reached", OK)])
        await asyncio.sleep(5)
        assert heard.events == []
        heard.hygiene.report("main", "actions", [finding("action_key_read_only", CRITICAL)])
        await asyncio.sleep(10)
        told = ["main:action_key_read_only", ":no_watcher"]
        assert heard.told() == [(Occasion.START, "critical", told)]


async def test_an_account_that_does_not_answer_holds_the_message_up_for_a_while_only() -> None:
    async with hygiene("main", "desk") as heard:
        heard.hygiene.report("main", "key", [finding("account_reached", OK)])
        await asyncio.sleep(FIRST_LOOK_S + 1)
        told = ["desk:account_unchecked", ":no_watcher"]
        assert heard.told() == [(Occasion.START, "warning", told)]


async def test_what_is_found_later_is_told_once_and_together() -> None:
    async with hygiene("main", "desk") as heard:
        for name in heard.names:
            heard.hygiene.report(name, "key", [finding("account_reached", OK, name)])
        await asyncio.sleep(1)
        for name in heard.names:
            heard.hygiene.report(name, "clock", [finding("clock_off", WARNING, name)])
        await asyncio.sleep(10)
        for _ in range(3):
            heard.hygiene.report("main", "clock", [finding("clock_off", WARNING)])
            await asyncio.sleep(10)
        assert heard.told()[1:] == [(Occasion.CHANGE, "warning", ["main:clock_off", "desk:clock_off"])]


async def test_what_was_mended_and_comes_back_is_told_again_and_information_is_not() -> None:
    async with hygiene("main") as heard:
        heard.hygiene.report("main", "key", [finding("account_reached", OK)])
        await asyncio.sleep(1)
        for found in ("clock_off", "clock_fine", "clock_off"):
            heard.hygiene.report("main", "clock", [finding(found, WARNING if found == "clock_off" else OK)])
            await asyncio.sleep(5)
        heard.hygiene.report("main", "key", [finding("key_unbound", INFO)])
        await asyncio.sleep(5)
        assert [event.codes for event in heard.events[1:]] == [("clock_off",), ("clock_off",)]


async def test_an_account_that_was_removed_is_not_told_of() -> None:
    async with hygiene("main", "desk") as heard:
        heard.hygiene.report("desk", "key", [finding("warnings_off", WARNING, "desk")])
        heard.names.remove("desk")
        heard.hygiene.report("main", "key", [finding("account_reached", OK)])
        await asyncio.sleep(1)
        assert heard.told() == [(Occasion.START, "info", [":no_watcher"])]


async def test_each_finding_is_a_line_of_the_log_once() -> None:
    heard = Heard(["main"])
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            heard.hygiene.report(
                "main", "key", [finding("warnings_off", WARNING), finding("key_may_withdraw", BLOCKING)]
            )
    assert [(line["log_level"], line["code"], line["account"]) for line in lines] == [
        ("warning", "warnings_off", "main"),
        ("error", "key_may_withdraw", "main"),
    ]
    assert "In the OKX app switch" in lines[0]["cure"]


async def test_a_start_that_is_not_told_makes_no_news_of_what_was_found_then() -> None:
    heard = Heard(["main"])
    heard.hygiene.report("main", "key", [finding("key_unbound", WARNING)])
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(heard.hygiene.run())
        heard.hygiene.pass_over()
        await asyncio.sleep(5)
        assert heard.events == []
        heard.hygiene.report("main", "clock", [finding("clock_off", WARNING)])
        await asyncio.sleep(5)
        assert heard.told() == [(Occasion.CHANGE, "warning", ["main:clock_off"])]
        running.cancel()


async def test_how_it_came_back_counts_for_how_bad_the_start_is() -> None:
    heard = Heard([])
    await heard.hygiene.tell_start(Comeback(after=After.CRASH))
    [event] = heard.events
    assert (event.worst, event.comeback) == ("warning", Comeback(after=After.CRASH))
