"""The floor: a bare aiohttp WebSocket loop that decodes each push into a msgspec Struct, and nothing else."""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from typing import Any

import aiohttp
import msgspec

from benchmarks import probe


class Row(msgspec.Struct, gc=False):
    """The fields of a position that alertd reads."""

    instType: str
    instId: str
    mgnMode: str
    posId: str
    posSide: str
    pos: str
    posCcy: str
    ccy: str
    lever: str
    avgPx: str
    markPx: str
    liqPx: str
    margin: str
    mgnRatio: str
    mmr: str
    upl: str
    notionalUsd: str
    adl: str
    cTime: str
    uTime: str
    pTime: str


class Arg(msgspec.Struct, gc=False):
    channel: str
    uid: str


class Push(msgspec.Struct, gc=False):
    arg: Arg
    data: list[Row]


def login(key: str) -> str:
    at = str(int(time.time()))
    signed = hmac.new(b"secret", f"{at}GET/users/self/verify".encode(), hashlib.sha256).digest()
    args = [{"apiKey": key, "passphrase": "p", "timestamp": at, "sign": base64.b64encode(signed).decode()}]
    return json.dumps({"op": "login", "args": args})


async def connect(session: aiohttp.ClientSession, url: str, key: str, tls: ssl.SSLContext | None) -> Any:
    """A connection that is logged in and has `positions` subscribed."""
    socket = await session.ws_connect(url, ssl=tls or True, compress=0, max_msg_size=0, decode_text=False)
    await socket.send_str(login(key))
    await socket.receive()
    arg = {"channel": "positions", "instType": "ANY"}
    await socket.send_str(json.dumps({"op": "subscribe", "args": [arg]}))
    await socket.receive()  # the acknowledgement
    return socket


async def main() -> None:
    settings = probe.arguments()
    decoder = msgspec.json.Decoder(Push)
    count = 0
    loop = probe.loop_name(asyncio.get_running_loop())
    probe.serve(lambda: {"reached": count, "delivered": count, "loop": loop, "aiohttp": aiohttp.__version__})
    tls = ssl.create_default_context(cafile=settings["ca_file"]) if settings["tls"] else None
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, settings["url"], settings["key"], tls)
        while True:
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise SystemExit(f"ended: {message}")
            decoder.decode(message.data)
            count += 1


if __name__ == "__main__":
    if probe.arguments().get("uvloop"):
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
