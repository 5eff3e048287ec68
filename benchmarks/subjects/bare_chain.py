"""The floor of the way to a sink: a WebSocket loop, two durable rows for each warning, one request.

Texts of the size of alertd's are stored by sqlite3 itself, with `synchronous=FULL` and in a thread of its
own, and posted over kept connections. It judges, words, repeats and notes the outcome of nothing.
`stores`: false leaves out the rows, and the promise with them.
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop

from benchmarks import probe
from benchmarks.subjects.floor import login

ALERT_BYTES = 2_000
MESSAGE_BYTES = 1_000


class Row(msgspec.Struct, gc=False):
    """Four of the fields of a warning."""

    instId: str
    posSide: str
    mgnRatio: str
    markPx: str


class Push(msgspec.Struct, gc=False):
    data: list[Row] = []  # not in an acknowledgement


def opened_store(path: Path) -> sqlite3.Connection:
    store = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE alert (name TEXT PRIMARY KEY, body TEXT)")
    store.execute("CREATE TABLE delivery (id INTEGER PRIMARY KEY, state TEXT, body TEXT)")
    return store


def keep(store: sqlite3.Connection, rows: list[Row]) -> None:
    store.execute("BEGIN IMMEDIATE")
    for row in rows:
        body = row.instId.ljust(ALERT_BYTES, ".")
        store.execute("INSERT OR REPLACE INTO alert VALUES (?, ?)", (row.instId, body))
        store.execute("INSERT INTO delivery (state, body) VALUES ('sending', ?)", (body,))
    store.execute("COMMIT")


async def subscribed(session: aiohttp.ClientSession, url: str, key: str) -> Any:
    """A connection that is told of warnings."""
    socket = await session.ws_connect(url, compress=0, max_msg_size=0, decode_text=False)
    await socket.send_str(login(key))
    await socket.receive()
    arg = {"channel": "liquidation-warning", "instType": "ANY"}
    await socket.send_str(json.dumps({"op": "subscribe", "args": [arg]}))
    await socket.receive()  # the acknowledgement
    return socket


async def main(folder: Path) -> None:
    settings = probe.arguments()
    store = opened_store(folder / "store.db")
    decoder = msgspec.json.Decoder(Push)
    count = 0
    loop = asyncio.get_running_loop()
    writer = ThreadPoolExecutor(1)
    probe.serve(lambda: {"delivered": count, "loop": probe.loop_name(loop)})
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as sends:

        async def send(row: Row) -> None:
            nonlocal count
            told = {
                "title": f"Liquidation warning {row.instId}",
                "body": row.markPx.ljust(MESSAGE_BYTES, "."),
            }
            body = json.dumps(told).encode()
            async with session.post(settings["sink_url"], data=body) as answer:
                await answer.read()
            count += 1

        async for message in await subscribed(session, settings["url"], settings["key"]):
            rows = decoder.decode(message.data).data
            if settings["stores"]:
                await loop.run_in_executor(writer, keep, store, rows)
            for row in rows:
                sends.create_task(send(row))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        uvloop.run(main(Path(folder)))
