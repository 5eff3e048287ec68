"""kill -9 during a burst of 1,000 alerts: nothing committed is lost, and what is repeated says so."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from alertd.sinks.webhook_sink import WebhookSink
from tests.acceptance.test_independent_server import configuration, environment
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import OkxLike, position_row
from tests.doubles.receiver import Receiver

BURST = 1_000
INSTRUMENT = re.compile(r"C\d{4}-USDT-SWAP")


def burst() -> list[dict[str, str]]:
    # Far into the margin it opened with, so that exactly one rule (margin_ratio) fires for each.
    return [
        position_row(
            f"C{n:04}-USDT-SWAP", ratio="2.9", mark="59900", liquidation="54500", entry="60000", upl="-95"
        )
        for n in range(BURST)
    ]


def told_by_instrument(messages: list[dict[str, Any]]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        text = f"{message['title']}\n{message['message']}"
        if found := INSTRUMENT.search(text):
            told[found.group()].append(text)
    return told


def committed_instruments(store: Path) -> set[str]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute("select fingerprint from deliveries").fetchall()
    return {found.group() for (text,) in rows if (found := INSTRUMENT.search(text))}


# How many may be under way at once, and so be told twice. To 64 at once the receiver may answer slowly.
@pytest.mark.parametrize(("via", "doubles"), [("apprise", 4), ("native", WebhookSink.width.most)])
@pytest.mark.parametrize("arrived_before_kill", [1, 120, 700])
async def test_no_committed_alert_is_lost(
    tmp_path: Path, arrived_before_kill: int, via: str, doubles: int
) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = burst()
        daemon = Daemon(configuration(tmp_path, server), environment(receiver, ALERTD_SINKS__HOOK__VIA=via))
        await daemon.start()
        await receiver.wait_for(lambda messages: len(messages) >= arrived_before_kill)
        await daemon.kill()
        committed = committed_instruments(tmp_path / "alertd.db")
        assert committed, "nothing was committed before the kill: the test kills too early"

        async with daemon:
            await receiver.wait_for(lambda messages: len(told_by_instrument(messages)) == BURST, 60)
            assert await daemon.terminate() == 0
        told = told_by_instrument(receiver.messages)
        assert committed <= told.keys()
        for instrument, texts in told.items():
            repeats = [text for text in texts if "possible duplicate" in text.lower()]
            assert len(texts) - len(repeats) <= 1, f"{instrument} was repeated unmarked: {texts}"
        assert sum(len(texts) - 1 for texts in told.values()) <= doubles  # no more than were in flight


async def test_a_kill_amid_messages_that_name_hundreds_loses_no_alert(tmp_path: Path) -> None:
    """A paced sink: most of the burst leaves in few messages, and one of them is under way."""
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = burst()
        paced = environment(receiver, ALERTD_SINKS__HOOK__PACE_PER_MINUTE="600")
        daemon = Daemon(configuration(tmp_path, server), paced)
        await daemon.start()
        await receiver.wait_for(lambda messages: max((len(named(one)) for one in messages), default=0) > 9)
        await daemon.kill()
        committed = committed_instruments(tmp_path / "alertd.db")

        async with daemon:
            await receiver.wait_for(lambda messages: len(set().union(*map(named, messages))) == BURST, 60)
            assert await daemon.terminate() == 0
        assert committed <= set().union(*map(named, receiver.messages))
        unmarked: Counter[str] = Counter()
        for message in receiver.messages:
            if "possible duplicate" not in message["message"].lower():
                unmarked.update(named(message))
        assert {name: n for name, n in unmarked.items() if n > 1} == {}


def named(message: dict[str, Any]) -> set[str]:
    return set(INSTRUMENT.findall(f"{message['title']}\n{message['message']}"))


async def test_a_second_restart_tells_nothing_again(tmp_path: Path) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = burst()[:20]
        daemon = Daemon(configuration(tmp_path, server), environment(receiver))
        for run in range(1, 4):
            async with daemon:
                await receiver.wait_for(lambda messages: len(told_by_instrument(messages)) == 20)
                await daemon.wait_for_output("ready")
                # The snapshot of this run has been judged once its stream is watched.
                await daemon.wait_for_output('"private", "event": "stream watched"')
                assert server.logins >= run
                assert await daemon.terminate() == 0
        assert all(len(texts) == 1 for texts in told_by_instrument(receiver.messages).values())
