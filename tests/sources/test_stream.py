from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from datetime import timedelta

import pytest

from alertd.sources.connection import LARGEST_FRAME
from alertd.telemetry import register_secret
from tests.doubles.exchange_server import ExchangeServer, Manners
from tests.sources.rig import START, running

pytestmark = pytest.mark.looptime

CREDENTIALS = {"code": "60024", "detail": "passphrase", "class": "credentials"}
DOUBTFUL = {"code": "60009", "detail": "login failed", "class": "credentials"}
EVERY_CHANNEL = ["extra", "margin", "notices", "wallet"]


async def test_connects_subscribes_and_tells_that_it_watches() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()

        assert sorted(peer.subscribed) == EVERY_CHANNEL
        (told,) = rig.coverage
        assert (told.state, told.cause, told.stream, told.account) == ("watched", "", "private", "main")
        assert rig.count("stream_live") == 1
        assert rig.count("connects_total") == 1


async def test_every_connection_that_comes_to_count_is_announced_once() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await peer.push("margin", 1)
        await rig.until(lambda: len(rig.events) == 1)
        assert rig.live_when == ["watched"]  # whoever hears it knows that the stream was told as watched
        peer.reset()
        second = await server.subscribed(1, 4)
        await rig.watched(2)
        await second.push("margin", 2)
        await rig.until(lambda: len(rig.events) == 2)
        assert rig.live_when == ["watched", "watched"]


async def test_a_burst_keeps_its_order_over_text_and_binary_frames() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        for n in range(0, 3000, 2):
            await peer.push("margin", n)
            await peer.send_bytes(json.dumps({"push": "notices", "n": [n + 1]}).encode())
        await rig.until(lambda: len(rig.events) == 3000)

        assert rig.numbers() == list(range(3000))
        assert rig.count("pushes_total", channel="margin") == 1500
        assert rig.count("pushes_total", channel="notices") == 1500
        assert rig.count("frames_total") >= 3004
        assert rig.count("last_frame_timestamp_seconds") >= START.timestamp()


async def test_a_consumer_that_makes_the_stream_wait_loses_nothing_and_is_no_silence() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        rig.let_through.clear()
        for n in range(500):
            await peer.push("margin", n)
        await asyncio.sleep(100.0)
        rig.let_through.set()
        await rig.until(lambda: len(rig.events) == 500)

        assert rig.numbers() == list(range(500))
        assert len(server.peers) == 1


@pytest.mark.parametrize("refusal", [CREDENTIALS, DOUBTFUL])
async def test_a_refused_login_parks_and_is_not_tried_again(refusal: dict[str, str]) -> None:
    async with ExchangeServer(Manners(refuse_login=refusal)) as server, running(server.url) as rig:
        await rig.until(lambda: rig.refused is not None)
        attempts = 2 if refusal is DOUBTFUL else 1
        await asyncio.sleep(3600.0)

        assert len(server.peers) == attempts
        assert rig.refused is not None
        assert rig.refused.code == refusal["code"]
        last = rig.coverage[-1]
        assert (last.state, last.cause, last.code) == ("blind", "credentials", refusal["code"])
        assert refusal["detail"] in last.detail


async def test_a_doubtful_refusal_that_passes_is_forgotten() -> None:
    manners = [Manners(refuse_login=DOUBTFUL), Manners(), Manners(refuse_login=DOUBTFUL), Manners()]
    async with ExchangeServer(*manners) as server, running(server.url) as rig:
        peer = await server.subscribed(1, 4)
        await rig.watched()
        await peer.close(4004)
        await server.subscribed(3, 4)

        assert rig.refused is None


async def test_changed_credentials_are_tried_once_by_a_new_login() -> None:
    async with (
        ExchangeServer(Manners(), Manners(refuse_login=CREDENTIALS)) as server,
        running(server.url) as rig,
    ):
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await peer.close(4007)
        await rig.until(lambda: rig.refused is not None)

        assert len(server.peers) == 2
        assert rig.told()[1:] == [("blind", "connection", "4007"), ("blind", "credentials", "60024")]


@pytest.mark.parametrize("code", [1006, 4004, 4005])
async def test_a_close_heals_at_once_with_every_subscription(code: int) -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        lost_at_s = rig.clock.monotonic_s()
        if code == 1006:
            peer.reset()
        else:
            await peer.close(code)
        healed = await server.subscribed(1, 4)
        await rig.watched(2)

        assert sorted(healed.subscribed) == EVERY_CHANNEL
        assert healed.logins[0] > peer.logins[0]  # signed anew
        assert rig.clock.monotonic_s() - lost_at_s < 2.0
        blind = rig.coverage[1]
        assert (blind.state, blind.cause, blind.code) == (
            "blind",
            "connection",
            "" if code == 1006 else str(code),
        )
        assert blind.since == START + timedelta(seconds=lost_at_s)
        assert rig.count("reconnects_total", reason="connection") == 1
        assert len({told.event_id for told in rig.coverage}) == 3


async def test_what_keeps_a_stream_from_coming_back_is_told_and_not_only_what_cut_it() -> None:
    async with ExchangeServer(Manners(), Manners(close_at_login=4006)) as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        peer.reset()
        await server.until(lambda: len(server.peers) == 4)

        assert rig.told()[1:] == [("blind", "connection", ""), ("blind", "connection", "4006")]
        first, last = rig.coverage[1:]
        assert first.since == last.since


async def test_a_half_open_connection_is_left_when_its_ping_stays_unanswered() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        began_s = rig.clock.monotonic_s()
        peer.turn_deaf()
        await server.subscribed(1, 4)

        assert 29.0 <= rig.clock.monotonic_s() - began_s <= 33.0
        await rig.watched(2)
        assert rig.told()[1] == ("blind", "stale", "")
        assert "ping" in rig.coverage[1].detail


async def test_a_carrier_that_stalls_is_noticed_though_pings_are_answered() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        for n in range(3):
            await peer.push("margin", n)
            await asyncio.sleep(5.0)
        began_s = rig.clock.monotonic_s()
        await server.subscribed(1, 4)

        assert 20.0 <= rig.clock.monotonic_s() - began_s <= 30.0
        assert "margin" in rig.coverage[1].detail
        assert peer.texts.count("ping") >= 1


async def test_keeps_a_quiet_connection_with_pings() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await asyncio.sleep(200.0)

        assert peer.texts.count("ping") >= 9
        assert len(server.peers) == 1
        await peer.send_text("ping")
        await server.until(lambda: "pong" in peer.texts)


async def test_a_dead_channel_degrades_and_the_others_go_on() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await peer.send(event="dead", channel="notices")
        await rig.until(lambda: len(rig.coverage) == 2)
        await peer.push("margin", 1)
        await rig.until(lambda: rig.events != [])

        assert rig.told()[1] == ("degraded", "channel_limit", "")
        assert "notices" in rig.coverage[1].detail
        while peer.subscribed.count("notices") < 2:
            await peer.push("margin", 1)
            await peer.push("wallet", 1)
            await asyncio.sleep(5.0)
        await rig.watched(2)
        assert len(server.peers) == 1
        assert len(rig.coverage) == 3


async def test_a_refused_channel_degrades_and_is_told_once() -> None:
    refuse = {"notices": {"code": "60018", "detail": "no such", "class": "config"}}
    async with ExchangeServer(Manners(refuse=refuse)) as server, running(server.url) as rig:
        await rig.until(lambda: rig.coverage != [])
        await asyncio.sleep(250.0)

        assert rig.told() == [("degraded", "channel_refused", "60018")]
        assert "notices" in rig.coverage[0].detail
        assert sum("notices" in text for text in server.peers[0].texts) == 1


async def test_an_optional_channel_may_be_refused_in_silence() -> None:
    refuse = {"extra": {"code": "60018", "class": "config"}}
    async with ExchangeServer(Manners(refuse=refuse)) as server, running(server.url) as rig:
        await rig.watched()
        await asyncio.sleep(100.0)

        assert rig.told() == [("watched", "", "")]


async def test_a_refused_clock_is_measured_and_tried_again_at_once() -> None:
    refused = Manners(refuse_login={"code": "60006", "detail": "timestamp expired", "class": "clock"})
    async with ExchangeServer(refused, Manners()) as server, running(server.url) as rig:
        await rig.watched()

        assert rig.measured == 1
        assert rig.told() == [("blind", "clock", "60006"), ("watched", "", "")]
        first, second = server.peers[0].logins[0], server.peers[1].logins[0]
        assert first < (START + timedelta(seconds=39)).isoformat() < second
        assert rig.clock.monotonic_s() < 3.0


async def test_a_clock_refused_for_ever_is_not_tried_in_a_fast_loop() -> None:
    refused = Manners(refuse_login={"code": "60006", "class": "clock"})
    async with ExchangeServer(refused) as server, running(server.url) as rig:
        await asyncio.sleep(600.0)

        assert 8 <= len(server.peers) <= 30
        assert rig.told() == [("blind", "clock", "60006")]


@pytest.mark.parametrize("code", [4002, 4008])
async def test_a_close_we_are_blamed_for_is_repeated_slowly(code: int) -> None:
    async with ExchangeServer(Manners(close_at_login=code)) as server, running(server.url) as rig:
        await asyncio.sleep(600.0)

        assert 4 <= len(server.peers) <= 10
        assert rig.told() == [("blind", "connection", str(code))]


async def test_a_server_that_closes_at_once_is_not_hammered() -> None:
    async with ExchangeServer(Manners(close_at_login=4004)) as server, running(server.url) as rig:
        await asyncio.sleep(600.0)

        assert 10 <= len(server.peers) <= 30
        assert rig.told() == [("blind", "connection", "4004")]


async def test_a_host_that_refuses_is_tried_with_backoff_and_told_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with running(f"ws://127.0.0.1:{port}/ws") as rig:
            await rig.until(lambda: rig.coverage != [])
            await asyncio.sleep(600.0)

            assert rig.told() == [("blind", "connection", "")]
            assert rig.coverage[0].since == START
            assert 10 <= rig.count("connects_total") <= 30
            assert rig.count("stream_live") == 0


async def test_a_page_in_place_of_the_websocket_is_a_lost_connection() -> None:
    async with ExchangeServer() as server, running(f"http://127.0.0.1:{server.port}/other") as rig:
        await rig.until(lambda: rig.coverage != [])

        assert rig.told() == [("blind", "connection", "")]
        assert "404" in rig.coverage[0].detail


async def test_a_host_that_never_answers_the_handshake_is_given_up() -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    mute = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{mute.sockets[0].getsockname()[1]}/ws"
    async with mute, running(url) as rig:
        await rig.until(lambda: rig.coverage != [])

        assert "10 s" in rig.coverage[0].detail
        assert 10.0 <= rig.clock.monotonic_s() < 12.0


async def test_an_oversized_frame_ends_the_connection_and_is_counted() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await peer.push("margin", 1)
        with suppress(ConnectionError):  # the other end leaves at the frame's header
            await peer.send_text(" " * (LARGEST_FRAME + 1))
        await server.subscribed(1, 4)
        await rig.until(lambda: len(rig.coverage) == 3)

        assert rig.numbers() == [1]
        assert rig.count("frames_unreadable_total", reason="too_large") == 1
        assert rig.told()[1:] == [("blind", "connection", ""), ("degraded", "unreadable", "")]


async def test_a_frame_of_four_mebibytes_is_read() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await peer.send_text(json.dumps({"push": "margin", "n": [1], "pad": "x" * (4 * 1024 * 1024)}))
        await rig.until(lambda: rig.events != [])

        assert len(server.peers) == 1


async def test_what_cannot_be_read_is_counted_kept_told_and_forgotten_after_a_while() -> None:
    register_secret("very-secret-key")
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await peer.send_bytes(b"\xff\x00 very-secret-key")
        await peer.push("margin", 1, "bad", "worse", 2)
        await rig.until(lambda: len(rig.events) == 2 and len(rig.coverage) == 2)

        assert rig.numbers() == [1, 2]
        assert [(kept.channel, kept.reason) for kept in rig.kept] == [
            (None, "not the dialect"),
            ("margin", "row 'bad'"),
        ]
        assert rig.kept[0].frame == b"\xff\x00 ***"
        assert rig.count("frames_unreadable_total", reason="row") == 2
        assert rig.count("frames_unreadable_total", reason="frame") == 1
        assert rig.told()[1] == ("degraded", "unreadable", "")
        while len(rig.coverage) == 2:
            await peer.push("margin", 3)
            await peer.push("wallet", 3)
            await asyncio.sleep(5.0)
        assert rig.told()[2] == ("watched", "", "")
        assert 290.0 <= (rig.coverage[2].received_at - rig.coverage[1].received_at).total_seconds() <= 330.0


async def test_a_flood_of_garbage_is_told_once_and_kept_in_part() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        for n in range(200):
            await peer.send_text(f"garbage {n}" + "x" * 100_000)
        await peer.push("margin", 1)
        await rig.until(lambda: rig.events != [])

        assert rig.count("frames_unreadable_total", reason="frame") == 200
        assert len(rig.kept) == 20
        assert all(len(kept.frame) <= 64 * 1024 for kept in rig.kept)
        assert rig.told() == [("watched", "", ""), ("degraded", "unreadable", "")]


async def test_an_unreadable_row_of_an_unwanted_channel_degrades_nothing() -> None:
    async with ExchangeServer() as server, running(server.url) as rig:
        peer = await server.subscribed(0, 4)
        await rig.watched()
        await peer.push("extra", "bad", 1)
        await rig.until(lambda: rig.events != [])
        await asyncio.sleep(30.0)

        assert rig.told() == [("watched", "", "")]
        assert len(rig.kept) == 1


async def test_a_connection_live_for_a_minute_starts_the_backoff_anew() -> None:
    manners = [*[Manners(close_at_login=4004)] * 5, Manners()]
    async with ExchangeServer(*manners) as server, running(server.url) as rig:
        waits_s = []
        for connection, live_s in ((5, 61.0), (6, 1.0), (7, 1.0), (8, 1.0)):
            peer = await server.subscribed(connection, 4)
            await rig.watched(connection - 4)
            await asyncio.sleep(live_s)
            lost_at_s = rig.clock.monotonic_s()
            await peer.close(4004)
            await server.subscribed(connection + 1, 4)
            waits_s.append(rig.clock.monotonic_s() - lost_at_s)

        # After the long one at once again; then the series 1, 2, 4 goes on, at least by half with jitter.
        assert waits_s[0] < 1.2
        assert waits_s[2] >= 1.0
        assert waits_s[3] >= 2.0


async def test_cancelling_ends_it_quickly_and_closes_the_socket() -> None:
    async with ExchangeServer() as server:
        async with running(server.url) as rig:
            peer = await server.subscribed(0, 4)
            await rig.watched()
            peer.turn_deaf()
            began_s = rig.clock.monotonic_s()
        assert asyncio.get_running_loop().time() - began_s < 1.5
        assert rig.count("stream_live") == 0
        assert rig.told() == [("watched", "", "")]
