"""`alertd run` against a server that is not ours: endpoints by file, credentials by environment, one sink."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import KEY, PASSPHRASE, SECRET, OkxLike, position_row
from tests.doubles.receiver import Receiver


def configuration(tmp_path: Path, server: OkxLike) -> Path:
    path = tmp_path / "alertd.toml"
    path.write_text(
        f"""
        [web]
        port = 0
        [accounts.main]
        exchange = "okx"
        private_ws_url = "{server.url("private")}"
        business_ws_url = "{server.url("business")}"
        rest_url = "{server.rest_url}"
        [sinks.hook]
        """
    )
    return path


def environment(receiver: Receiver, **changed: str) -> dict[str, str]:
    return {
        "ALERTD_ACCOUNTS__MAIN__API_KEY": KEY,
        "ALERTD_ACCOUNTS__MAIN__API_SECRET": SECRET,
        "ALERTD_ACCOUNTS__MAIN__PASSPHRASE": PASSPHRASE,
        "ALERTD_SINKS__HOOK__URL": receiver.url,
        **changed,
    }


async def test_pushes_become_delivered_alerts_within_a_second(tmp_path: Path) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        async with Daemon(configuration(tmp_path, server), environment(receiver)) as daemon:
            async with asyncio.timeout(20):
                await server.subscribed_enough.wait()
            await daemon.wait_for_output("ready")
            await server.push_account()
            quiet = position_row(
                "BTC-USDT-SWAP", ratio="22.5", mark="60000", liquidation="54500", entry="60000"
            )
            await server.push_positions([quiet])
            for count, push in enumerate(
                (
                    server.push_warning(),
                    server.push_lead_failure("1"),
                    server.push_lead_failure("2"),
                    server.push_lead_failure("3"),
                ),
                start=1,
            ):
                pushed_at = time.monotonic()
                await push
                await receiver.wait_for(lambda messages, count=count: len(messages) == count)
                assert receiver.arrived_at[-1] - pushed_at < 1.0
            # A quiet push delivers nothing: what follows it arrives alone.
            await server.push_positions([quiet])
            await server.push_warning("SOL-USDT-SWAP")
            await receiver.wait_for(lambda messages: len(messages) >= 5)
            assert len(receiver.messages) == 5
            assert "SOL-USDT-SWAP" in receiver.messages[-1]["title"] + receiver.messages[-1]["message"]
            assert await daemon.terminate() == 0
        for secret in (KEY, SECRET, PASSPHRASE):
            assert secret not in daemon.output


def said(*texts: str) -> Callable[[list[dict[str, Any]]], bool]:
    """True once each text stands in some message."""
    return lambda messages: all(any(text in message["message"] for message in messages) for text in texts)


async def test_a_position_in_danger_is_told_before_the_exchange_says_a_word(tmp_path: Path) -> None:
    async with (
        OkxLike() as server,
        Receiver() as receiver,
        Daemon(configuration(tmp_path, server), environment(receiver)) as daemon,
    ):
        async with asyncio.timeout(20):
            await server.subscribed_enough.wait()
        await daemon.wait_for_output("ready")
        for ratio, mark in (("22.5", "60000"), ("2.9", "55400")):
            row = position_row("BTC-USDT-SWAP", ratio=ratio, mark=mark, liquidation="54500", entry="60000")
            await server.push_positions([row])
        await receiver.wait_for(said("290 %", "82.3 %"))
        await server.push_positions([])
        await receiver.wait_for(said("closed"))


@pytest.mark.parametrize("code", ["60005", "60024", "60032"])
async def test_wrong_credentials_park_the_account_and_never_loop(tmp_path: Path, code: str) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        server.refuse_login_with = code
        async with Daemon(configuration(tmp_path, server), environment(receiver)) as daemon:
            await receiver.wait_for(lambda messages: any(code in message["message"] for message in messages))
            await daemon.wait_for_output("account parked")
            logins = server.logins
            assert logins <= 2  # one per service at most
            server.refuse_login_with = None
            await asyncio.sleep(2.5)  # longer than the first two retries would take
            assert server.logins == logins
            assert await daemon.terminate() == 0
