"""The main job with its store on PostgreSQL: push, delivery, kill, restart, and a server that goes away."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from alertd.domain.notification import DeliveryState
from alertd.sinks.apprise_sink import AppriseSink
from alertd.store.engine import make_engine
from alertd.store.tables import deliveries
from tests.acceptance.house import until
from tests.acceptance.test_independent_server import configuration, environment
from tests.acceptance.test_kill import burst, told_by_instrument
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import OkxLike, position_row
from tests.doubles.postgres import PostgresServer
from tests.doubles.receiver import Receiver

BURST = 300


def endangered(*instruments: str) -> list[dict[str, str]]:
    return [
        position_row(name, ratio="2.9", mark="59900", liquidation="54500", entry="60000", upl="-95")
        for name in instruments
    ]


def count_sending(url: str) -> int:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            under_way = select(func.count()).where(deliveries.c.state == DeliveryState.SENDING.value)
            return connection.execute(under_way).scalar_one()
    finally:
        engine.dispose()


async def test_a_push_is_delivered_once_over_a_restart(tmp_path: Path, postgres: PostgresServer) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = endangered("C0001-USDT-SWAP", "C0002-USDT-SWAP")
        env = environment(receiver, ALERTD_STORE__URL=postgres.new_database())
        daemon = Daemon(configuration(tmp_path, server), env)
        async with daemon:
            await receiver.wait_for(lambda messages: len(told_by_instrument(messages)) == 2)
            await server.push_warning("ETH-USD-210430")
            await server.push_lead_failure("3")
            await receiver.wait_for(lambda messages: len(messages) == 4)
            assert await daemon.terminate() == 0
        async with daemon:
            await until(lambda: server.logins >= 4)
            await daemon.wait_for_output('"private", "event": "stream watched"')
            # What is new comes alone: the dangers of the first life are known, and still open.
            await server.push_warning("ETH-USD-210430")
            await server.push_warning("XRP-USDT-SWAP")
            await receiver.wait_for(lambda messages: len(messages) == 5)
            assert "XRP-USDT-SWAP" in receiver.messages[-1]["title"]
            assert await daemon.terminate() == 0
        assert len(receiver.messages) == 5
        assert not (tmp_path / "alertd.db").exists()


async def test_no_committed_alert_is_lost_by_a_kill(tmp_path: Path, postgres: PostgresServer) -> None:
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = burst()[:BURST]
        url = postgres.new_database()
        env = environment(receiver, ALERTD_STORE__URL=url, ALERTD_SINKS__HOOK__VIA="apprise")
        daemon = Daemon(configuration(tmp_path, server), env)
        await daemon.start()
        await receiver.wait_for(lambda messages: len(messages) >= 40)
        await daemon.kill()
        in_flight = await asyncio.to_thread(count_sending, url)
        assert len(receiver.messages) < BURST, "all was delivered before the kill: it comes too late"
        async with daemon:
            await receiver.wait_for(lambda messages: len(told_by_instrument(messages)) == BURST, 60)
            assert await daemon.terminate() == 0
        repeats = [texts for texts in told_by_instrument(receiver.messages).values() if len(texts) > 1]
        assert len(repeats) <= in_flight <= AppriseSink.width.most
        assert all("Possible duplicate" in texts[-1] for texts in repeats)


async def test_a_server_that_goes_away_ends_the_daemon_and_a_restart_goes_on(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """Nothing may count as handled while it cannot be stored; the service manager starts it again."""
    async with OkxLike() as server, Receiver() as receiver:
        server.snapshot_rows = endangered("C0001-USDT-SWAP")
        url = postgres.new_database()
        env = environment(receiver, ALERTD_STORE__URL=url)
        daemon = Daemon(configuration(tmp_path, server), env)
        async with daemon:
            await receiver.wait_for(lambda messages: len(messages) == 1)
            # Else it would be told again, as a possible duplicate.
            async with asyncio.timeout(20):
                while await asyncio.to_thread(count_sending, url):
                    await asyncio.sleep(0.01)
            postgres.stop()
            try:
                server.snapshot_rows = endangered("C0001-USDT-SWAP", "C0002-USDT-SWAP")
                await server.push_positions(server.snapshot_rows)
                assert await daemon.wait() == 1
                assert "the store cannot be used" in daemon.output
            finally:
                postgres.start()
        assert len(receiver.messages) == 1
        async with daemon:
            await receiver.wait_for(lambda messages: len(messages) >= 2)
            assert await daemon.terminate() == 0
        assert {name: len(texts) for name, texts in told_by_instrument(receiver.messages).items()} == {
            "C0001-USDT-SWAP": 1,
            "C0002-USDT-SWAP": 1,
        }
