from __future__ import annotations

import json
from itertools import islice

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from benchmarks.pushes import INSTRUMENTS, Positions, framed, names, warning
from benchmarks.receiver import NAME


@pytest.mark.parametrize("short", [False, True])
def test_every_push_differs_from_all_before_it(short: bool) -> None:
    book = Positions(1_700_000_000_000, short=short)
    rows = json.loads(book.snapshot())["data"]
    rows += [json.loads(text)["data"][0] for text in book.take(500)]
    for field in ("markPx", "mgnRatio", "upl", "notionalUsd", "pTime"):
        assert len({row[field] for row in rows}) == len(rows)
    assert {row["instId"] for row in rows} == set(INSTRUMENTS)
    assert int(rows[-1]["pTime"]) == book.newest_ms


def test_the_documented_size_has_the_documented_fields() -> None:
    (documented,) = Positions(0).take(1)
    (short,) = Positions(0, short=True).take(1)
    assert 1_300 < len(documented) < 1_500
    assert 400 < len(short) < 600


def test_a_position_stays_far_from_its_liquidation() -> None:
    book = Positions(0)
    book.take(1_000_000)
    row = json.loads(book.take(1)[0])["data"][0]
    assert float(row["markPx"]) > 60_000 > float(row["liqPx"])


def test_a_warning_is_found_again_by_its_name() -> None:
    first, second = islice(names("BENCHI"), 2)
    assert (first, second) == ("BENCHI000001", "BENCHI000002")
    found = NAME.search(warning(first))
    assert found is not None
    assert found.group().decode() == first


async def test_a_client_reads_the_frames_as_they_were_written() -> None:
    texts = [b"x" * size for size in (0, 1, 125, 126, 1400, 65_535, 65_536, 200_000)]

    async def serve(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        assert request.transport is not None
        request.transport.write(framed(texts))
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestClient(TestServer(app)) as client, client.ws_connect("/", max_msg_size=0) as socket:
        for text in texts:
            message = await socket.receive(timeout=10)
            assert message.type is WSMsgType.TEXT
            assert message.data.encode() == text
