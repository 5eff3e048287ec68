"""Covers alertd/cli/doctor/streams.py where the simulator behaves too well."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from alertd.cli.doctor.streams import Attempt
from alertd.clock import Clock
from alertd.domain.finding import Grade
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
from alertd.exchanges.okx.stream import OkxStream
from alertd.sources.connection import Endpoint


async def _log_in_and_say_no_more(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.receive()
    await socket.send_str('{"event":"login","code":"0","msg":""}')
    async for _ in socket:
        pass
    return socket


async def test_a_stream_that_never_acknowledges_is_given_up_and_names_what_is_missing() -> None:
    app = web.Application()
    app.router.add_get("/private", _log_in_and_say_no_more)
    credentials = Credentials("key", "secret", "phrase")
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        attempt = Attempt(
            stream="private",
            wanted=Wanted(account="main"),
            exchange=OkxStream("main", "private", credentials, subscriptions("private", ()), PositionBook()),
            endpoint=Endpoint(session, str(server.make_url("/private"))),
            clock=Clock(),
            offset_s=0.0,
        )
        async with asyncio.timeout(10):
            finding = await attempt.run(within_s=0.5)
    assert (finding.code, finding.severity, finding.part) == ("stream_slow", Grade.CRITICAL, "private")
    assert "positions" in finding.facts["channels"]
