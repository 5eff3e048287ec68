"""Make before break, against the scripted server, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.doubles.exchange_server import ExchangeServer, Manners, Peer
from tests.sources.rig import Rig, running

pytestmark = pytest.mark.looptime

WATCHED = ("watched", "", "")
CREDENTIALS = {"code": "60024", "detail": "passphrase", "class": "credentials"}


async def first_push(peer: Peer, channel: str) -> None:
    if channel in ("margin", "wallet"):
        await peer.push(channel)


FED = Manners(after_ack=first_push)


async def announce(server: ExchangeServer, rig: Rig) -> Peer:
    """The first connection, watched, told that it will be closed."""
    peer = await server.subscribed(0, 4)
    await rig.watched()
    await peer.send(event="bye", code="64008")
    return peer


async def renew(server: ExchangeServer, rig: Rig) -> Peer:
    """The same, asked for by ourselves."""
    peer = await server.subscribed(0, 4)
    await rig.watched()
    rig.stream.renew()
    return peer


@pytest.mark.parametrize("begin", [announce, renew])
async def test_the_new_connection_is_fed_before_the_old_one_is_closed(begin: Callable) -> None:
    async with ExchangeServer(FED) as server, running(server.url) as rig:
        old = await begin(server, rig)
        began_s = rig.clock.monotonic_s()
        new = await server.subscribed(1, 4)
        assert not old.ended
        await server.until(lambda: old.ended)

        assert rig.clock.monotonic_s() - began_s < 3.0
        await new.push("margin", 1)
        await asyncio.sleep(20.0)
        assert rig.numbers() == [1]
        assert rig.told() == [WATCHED]
        assert rig.count("connects_total") == 2
        assert rig.count("replacements_total", outcome="done") == 1
        assert rig.count("stream_live") == 1
        assert not new.ended


async def test_one_that_pushes_nothing_takes_over_after_a_while_and_both_are_heard_until_then() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        old = await announce(server, rig)
        new = await server.subscribed(1, 4)
        began_s = rig.clock.monotonic_s()
        for n in range(0, 10, 2):
            await old.push("margin", n)
            await rig.until(lambda: len(rig.events) == n + 1)  # noqa: B023
            await new.push("margin", n + 1)
            await rig.until(lambda: len(rig.events) == n + 2)  # noqa: B023
        assert rig.numbers() == list(range(10))
        assert not old.ended
        await server.until(lambda: old.ended)

        assert 14.5 <= rig.clock.monotonic_s() - began_s <= 17.0
        assert rig.told() == [WATCHED]


async def test_what_was_under_way_on_the_old_one_is_not_lost() -> None:
    async with ExchangeServer(FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        rig.let_through.clear()
        for n in range(5):
            await old.push("notices", n)
        await server.subscribed(1, 4)
        await asyncio.sleep(60.0)  # longer than a last pong is waited for
        assert rig.count("replacements_total", outcome="done") == 1
        assert rig.numbers() == []
        rig.let_through.set()
        await server.until(lambda: old.ended)

        assert rig.numbers() == [0, 1, 2, 3, 4]


async def test_an_old_one_that_no_longer_answers_is_closed_all_the_same() -> None:
    async with ExchangeServer(FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        old.turn_deaf()
        await server.subscribed(1, 4)
        await asyncio.sleep(15.0)

        assert rig.exchange.closed_times == 1
        assert rig.told() == [WATCHED]


async def test_where_no_replacement_can_be_made_the_old_one_is_kept_until_it_is_cut() -> None:
    broken = Manners(close_at_login=4006)
    async with ExchangeServer(FED, *[broken] * 40, FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        for n in range(60):
            await old.push("margin", n)
            await old.push("wallet")
            await asyncio.sleep(1.0)
        tries = rig.count("replacements_total", outcome="failed")
        assert 5 <= tries <= 9  # at once, then after 1, 2, 4 ... s with jitter
        assert rig.numbers() == list(range(60))
        assert rig.told() == [WATCHED]
        await old.close(1001)
        await rig.until(lambda: len(rig.coverage) == 2)

        assert rig.told()[1] == ("blind", "connection", "1001")
        server.treat(FED)
        await rig.watched(2)


async def test_a_try_that_failed_is_followed_by_one_that_succeeds() -> None:
    broken = Manners(close_at_login=4006)
    async with ExchangeServer(FED, broken, broken, FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        await server.subscribed(3, 4)
        await server.until(lambda: old.ended)

        assert rig.told() == [WATCHED]
        assert rig.count("connects_total") == 4


async def test_refused_credentials_are_not_tried_again_while_the_old_one_lives() -> None:
    async with (
        ExchangeServer(FED, Manners(refuse_login=CREDENTIALS)) as server,
        running(server.url) as rig,
    ):
        old = await announce(server, rig)
        for n in range(50):
            await old.push("margin", n)
            await old.push("wallet")
            await asyncio.sleep(1.0)
        assert len(server.peers) == 2
        assert rig.told() == [WATCHED]
        await old.close(1001)
        await rig.until(lambda: rig.refused is not None)

        assert len(server.peers) == 3
        assert rig.told()[1:] == [("blind", "connection", "1001"), ("blind", "credentials", "60024")]


async def test_a_refused_clock_is_measured_before_the_next_try() -> None:
    refused = Manners(refuse_login={"code": "60006", "class": "clock"})
    async with ExchangeServer(FED, refused, FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        await server.until(lambda: old.ended)

        assert (rig.measured, rig.told()) == (1, [WATCHED])


async def test_one_cut_before_its_replacement_is_live_is_blind_only_until_then() -> None:
    may_go_on = asyncio.Event()

    async def hesitate(peer: Peer, channel: str) -> None:
        await may_go_on.wait()

    async with ExchangeServer(FED, Manners(after_ack=hesitate)) as server, running(server.url) as rig:
        old = await announce(server, rig)
        await asyncio.sleep(5.0)
        assert server.peers[1].subscribed != []
        await old.close(1001)
        await rig.until(lambda: len(rig.coverage) == 2)
        assert rig.count("stream_live") == 0
        may_go_on.set()
        await rig.watched(2)

        assert rig.told() == [WATCHED, ("blind", "connection", "1001"), WATCHED]
        assert rig.count("connects_total") == 2


async def test_one_cut_while_its_replacement_waits_for_its_first_pushes_is_no_outage() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        old = await announce(server, rig)
        new = await server.subscribed(1, 4)
        await asyncio.sleep(1.0)
        await old.close(1001)
        await asyncio.sleep(60.0)

        assert rig.told() == [WATCHED]
        assert (rig.count("connects_total"), new.ended) == (2, False)


async def test_one_that_is_fed_less_does_not_take_over() -> None:
    poor = Manners(refuse={"notices": {"code": "60018", "class": "config"}}, after_ack=first_push)
    async with ExchangeServer(FED, poor, FED) as server, running(server.url) as rig:
        old = await announce(server, rig)
        await server.subscribed(1, 3)
        await server.until(lambda: len(server.peers) == 3)
        assert not old.ended
        await server.until(lambda: old.ended)

        assert server.peers[1].ended
        assert rig.told() == [WATCHED]
        assert rig.count("replacements_total", outcome="failed") == 1


async def test_an_exchange_that_announces_at_once_again_is_not_dialled_in_a_loop() -> None:
    async def announce_again(peer: Peer, channel: str) -> None:
        await first_push(peer, channel)
        if channel == "extra":
            await peer.send(event="bye", code="64008")

    async with ExchangeServer(Manners(after_ack=announce_again)) as server, running(server.url) as rig:
        await asyncio.sleep(20.0)
        assert 4 <= len(server.peers) <= 9
        assert rig.told() == [WATCHED]


async def test_asking_for_a_new_one_where_there_is_none_does_nothing() -> None:
    async with ExchangeServer(FED) as server:
        async with running(server.url) as rig:
            rig.stream.renew()
            await server.subscribed(0, 4)
            await rig.watched()
            await asyncio.sleep(20.0)
            assert len(server.peers) == 1
        rig.stream.renew()


async def test_cancelling_while_two_are_open_closes_both() -> None:
    async with ExchangeServer() as server:
        async with running(server.url) as rig:
            old = await announce(server, rig)
            new = await server.subscribed(1, 4)
            began_s = rig.clock.monotonic_s()
        await server.until(lambda: old.ended and new.ended)

        assert asyncio.get_running_loop().time() - began_s < 1.5
        assert rig.exchange.closed_times == 2
        assert rig.told() == [WATCHED]
