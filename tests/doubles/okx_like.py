"""A small server that behaves like OKX's private and business WebSocket, written from the public guide.

Independent of the project's own simulator and of its decoders, so that a mistake made twice there shows.
It has no REST at all: the daemon must do its job without.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any, Self
from zlib import crc32

from aiohttp import WSMsgType, web

KEY, SECRET, PASSPHRASE = "k-independent-1", "s-independent-2", "p-independent-3"
UID = "77982378738415879"
CONN_ID = "a4d3ae55"


class OkxLike:
    """Logs in, acknowledges each argument, and pushes what a test tells it to."""

    def __init__(self) -> None:
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.subscribed: dict[str, list[dict[str, str]]] = {"private": [], "business": []}
        self.logins = 0
        self.subscribed_enough = asyncio.Event()
        self.refuse_login_with: str | None = None
        self.snapshot_rows: list[dict[str, str]] | None = None  # pushed after each `positions` subscription

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ws/v5/{service}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def url(self, service: str) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/v5/{service}"

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        service = request.match_info["service"]
        ws = web.WebSocketResponse(autoping=True)
        await ws.prepare(request)
        logged_in = False
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            if message.data == "ping":
                await ws.send_str("pong")
                continue
            asked = json.loads(message.data)
            if asked["op"] == "login":
                logged_in = await self._login(ws, asked["args"])
                if not logged_in:
                    await ws.close(code=4001)
                continue
            assert logged_in, "subscribed before the login was answered"
            assert asked["op"] == "subscribe"
            for arg in asked["args"]:
                await self._acknowledge(ws, service, asked.get("id"), arg)
        return ws

    async def _login(self, ws: web.WebSocketResponse, args: list[dict[str, str]]) -> bool:
        self.logins += 1
        (given,) = args
        expected = base64.b64encode(
            hmac.new(
                SECRET.encode(), f"{given['timestamp']}GET/users/self/verify".encode(), hashlib.sha256
            ).digest()
        ).decode()
        right = (given["apiKey"], given["passphrase"], given["sign"]) == (KEY, PASSPHRASE, expected)
        code = self.refuse_login_with or ("0" if right else "60009")
        if code == "0":
            await ws.send_json({"event": "login", "code": "0", "msg": "", "connId": CONN_ID})
            return True
        await ws.send_json({"event": "error", "code": code, "msg": "Login failed.", "connId": CONN_ID})
        return False

    async def _acknowledge(
        self, ws: web.WebSocketResponse, service: str, request_id: str | None, arg: dict[str, str]
    ) -> None:
        answer: dict[str, Any] = {"event": "subscribe", "arg": arg, "connId": CONN_ID}
        if request_id:
            answer["id"] = request_id
        await ws.send_json(answer)
        self.sockets[service] = ws
        self.subscribed[service].append(arg)
        if arg["channel"] == "positions" and self.snapshot_rows is not None:
            await self.push_pages(self.snapshot_rows)
        private = {arg["channel"] for arg in self.subscribed["private"]}
        business = {arg["channel"] for arg in self.subscribed["business"]}
        if private >= {"liquidation-warning", "account", "positions", "balance_and_position"} and business:
            self.subscribed_enough.set()

    async def push(self, service: str, arg: dict[str, str], data: list[dict[str, str]], **more: Any) -> None:
        await self.sockets[service].send_json({"arg": {**arg, "uid": UID}, "data": data, **more})

    async def push_warning(self, instrument: str = "ETH-USD-210430", ratio: str = "1.73") -> None:
        row = {
            "cTime": "1619507758793",
            "ccy": "ETH",
            "instId": instrument,
            "instType": "FUTURES",
            "lever": "10",
            "markPx": "2353.849",
            "mgnMode": "isolated",
            "mgnRatio": ratio,
            "pTime": "1619507761462",
            "pos": "1",
            "posCcy": "",
            "posId": f"3071{crc32(instrument.encode())}",
            "posSide": "long",
            "uTime": "1619507761462",
        }
        await self.push("private", {"channel": "liquidation-warning", "instType": "FUTURES"}, [row])

    async def push_lead_failure(self, info_type: str) -> None:
        async with asyncio.timeout(20):
            await self.subscribed_enough.wait()  # the business stream comes second
        row = {
            "infoType": info_type,
            "instId": "",
            "instType": "SWAP",
            "maxLeadTraderNum": "3",
            "minLeadEq": "500",
            "posSide": "",
            "side": "",
            "subPosId": "667695035433385984",
            "uniqueCode": "3AF72F63E3EAD701",
        }
        await self.push("business", {"channel": "copytrading-lead-notification", "instType": "SWAP"}, [row])

    async def push_positions(self, rows: list[dict[str, str]]) -> None:
        await self.push(
            "private",
            {"channel": "positions", "instType": "ANY"},
            rows,
            eventType="snapshot",
            curPage=1,
            lastPage=True,
        )

    async def push_pages(self, rows: list[dict[str, str]], page_size: int = 100) -> None:
        pages = [rows[at : at + page_size] for at in range(0, len(rows), page_size)] or [[]]
        for number, page in enumerate(pages, start=1):
            await self.push(
                "private",
                {"channel": "positions", "instType": "ANY"},
                page,
                eventType="snapshot",
                curPage=number,
                lastPage=number == len(pages),
            )

    async def push_account(self) -> None:
        row = {"uTime": "1705564213903", "totalEq": "4893", "mgnRatio": "", "adjEq": "", "details": []}
        await self.push(
            "private",
            {"channel": "account"},
            [row],  # type: ignore[list-item]
            eventType="snapshot",
            curPage=1,
            lastPage=True,
        )


def position_row(
    instrument: str, *, ratio: str, mark: str, liquidation: str, entry: str, upl: str = "-1"
) -> dict[str, str]:
    """An isolated long of 10x in the shape of the `positions` channel."""
    return {
        "instType": "SWAP",
        "instId": instrument,
        "mgnMode": "isolated",
        "posId": f"9{crc32(instrument.encode())}",
        "posSide": "long",
        "pos": "10",
        "posCcy": "",
        "ccy": "USDT",
        "lever": "10",
        "markPx": mark,
        "avgPx": entry,
        "liqPx": liquidation,
        "mgnRatio": ratio,
        "mmr": "4",
        "margin": "100",
        "imr": "",
        "upl": upl,
        "notionalUsd": "1000",
        "adl": "1",
        "cTime": "1600000000000",
        "uTime": "1700000000000",
        "pTime": "1700000001000",
    }
