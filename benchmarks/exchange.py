"""The server side of every row: OKX's private streams and the little REST its clients ask for first.

It runs in the benchmark's own process, never in that of what is measured, and writes what it sends to the
socket ready made. Clients are told apart by their API key.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

from benchmarks.pushes import INSTRUMENTS, UID, Positions, framed

_TOGETHER = 200  # texts in one write
_WAITING = 512 * 1024  # bytes kept ready behind the socket's own buffer, so that the reader never starves
WAIT_S = 60.0


@dataclass
class Line:
    """One logged-in connection."""

    key: str
    service: str
    ws: web.WebSocketResponse
    transport: asyncio.WriteTransport
    subscribed: list[str] = field(default_factory=list)

    async def send(self, texts: Sequence[bytes]) -> None:
        """As fast as the other side reads. Raises: ConnectionError."""
        for at in range(0, len(texts), _TOGETHER):  # whole frames: an answer to a ping may come between
            while self.transport.get_write_buffer_size() > _WAITING:  # noqa: ASYNC110 (nothing tells it)
                await asyncio.sleep(0.0002)
            if self.transport.is_closing():
                raise ConnectionError(f"{self.key} hung up")
            self.transport.write(framed(texts[at : at + _TOGETHER]))

    async def send_paced(self, texts: Sequence[bytes], per_s: float) -> None:
        """One at a time, at even intervals."""
        began = time.perf_counter()
        for number, text in enumerate(texts):
            await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
            self.transport.write(framed([text]))


class Exchange:
    """`async with Exchange(server_tls) as exchange`: `ws://` and `wss://` on loopback, one REST for both."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self.lines: list[Line] = []
        self.first_ack_at_s: dict[str, float] = {}  # by API key; time.monotonic()
        self._books: dict[str, Positions] = {}
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ws/v5/{service}", self._serve)
        app.router.add_get("/api/v5/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=512).start()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=512, ssl_context=self._tls).start()
        (_, self._port), (_, self._tls_port) = (address[:2] for address in self._runner.addresses)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop_all()
        await self._runner.cleanup()

    def url(self, service: str, *, tls: bool) -> str:
        scheme, port = ("wss", self._tls_port) if tls else ("ws", self._port)
        return f"{scheme}://127.0.0.1:{port}/ws/v5/{service}".rstrip("/")

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def book(self, key: str, *, short: bool = False) -> Positions:
        """The positions of one client, made when first asked for."""
        if key not in self._books:
            self._books[key] = Positions(int(time.time() * 1000), short=short)
        return self._books[key]

    def line(self, key: str, service: str = "private") -> Line:
        """The newest live connection of a client. Raises: LookupError."""
        for line in reversed(self.lines):
            if line.key == key and line.service == service:
                return line
        raise LookupError(f"{key} is not connected")

    async def until(self, what: str, holds: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Raises: TimeoutError that says what did not come."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s") from None

    async def until_subscribed(self, key: str, channel: str = "positions") -> None:
        """Until the client's private stream has that channel acknowledged."""

        def holds() -> bool:
            return any(one.key == key and channel in one.subscribed for one in self.lines)

        await self.until(f"{key} subscribed to {channel}", holds)

    def drop_all(self) -> None:
        """Cut every connection at once."""
        for line in self.lines:
            line.transport.abort()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        # Many peers ask for deflate; it would hide what a push costs.
        ws = web.WebSocketResponse(compress=False, max_msg_size=0)
        await ws.prepare(request)
        line: Line | None = None
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT:
                    break
                if message.data == "ping":
                    await ws.send_str("pong")
                    continue
                asked = json.loads(message.data)
                if asked["op"] == "login":
                    transport = request.transport
                    assert isinstance(transport, asyncio.WriteTransport)
                    line = Line(asked["args"][0]["apiKey"], request.match_info["service"], ws, transport)
                    self.lines.append(line)
                    await ws.send_json({"event": "login", "code": "0", "msg": "", "connId": "a4d3ae55"})
                elif line is not None:
                    await self._subscribe(line, asked)
        finally:
            if line is not None:
                self.lines.remove(line)
                await self._tell()
        return ws

    async def _subscribe(self, line: Line, asked: dict[str, Any]) -> None:
        for arg in asked["args"]:
            answer = {"event": "subscribe", "arg": arg, "connId": "a4d3ae55"}
            if asked.get("id"):
                answer["id"] = asked["id"]
            await line.ws.send_json(answer)
            self.first_ack_at_s.setdefault(line.key, time.monotonic())
            channel = arg["channel"]
            if channel == "positions":
                await line.ws.send_str(self.book(line.key).snapshot())
            elif channel == "account":
                await line.ws.send_str(_ACCOUNT)
            line.subscribed.append(channel)
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.match_info["tail"]
        if path == "public/time":
            rows: list[dict[str, Any]] = [{"ts": str(int(time.time() * 1000))}]
        elif path == "account/config":
            # Each key has an account of its own: two that are one would be refused.
            uid = request.headers.get("OK-ACCESS-KEY", UID)
            rows = [{"uid": uid, "roleType": "1", "acctLv": "2", "posMode": "long_short_mode"}]
        elif path == "public/instruments":
            rows = _instruments(request.query.get("instType", ""))
        elif path.startswith("account/"):
            # The warnings that are pushed are about positions of no account: no record may contradict them.
            return web.json_response({"code": "50001", "msg": "Service temporarily unavailable"}, status=503)
        else:
            rows = []
        return web.json_response({"code": "0", "msg": "", "data": rows})


_ACCOUNT = json.dumps(
    {
        "arg": {"channel": "account", "uid": UID},
        "eventType": "snapshot",
        "curPage": 1,
        "lastPage": True,
        "data": [
            {
                "uTime": "1705564213903",
                "totalEq": "4893",
                "mgnRatio": "",
                "adjEq": "",
                "mmr": "",
                "details": [],
            }
        ],
    }
)


def _instruments(kind: str) -> list[dict[str, Any]]:
    """What ccxt needs to know a market."""
    if kind != "SWAP":
        return []
    common = {
        "instType": "SWAP", "settleCcy": "USDT", "ctType": "linear", "ctVal": "0.01", "ctMult": "1",
        "tickSz": "0.1", "lotSz": "1", "minSz": "1", "lever": "100", "state": "live", "alias": "",
        "baseCcy": "", "quoteCcy": "", "expTime": "", "listTime": "1600000000000", "category": "1",
        "optType": "", "stk": "", "maxLmtSz": "100000", "maxMktSz": "100000", "ruleType": "normal",
    }  # fmt: skip
    return [
        {**common, "instId": one, "uly": one[:-5], "instFamily": one[:-5], "ctValCcy": one.split("-")[0]}
        for one in INSTRUMENTS
    ]
