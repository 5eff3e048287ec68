"""Telegram's Bot API and Slack (webhook and Web API) on loopback, over real TLS, behind a CONNECT proxy.

Unmodified Apprise plugins reach it through HTTPS_PROXY and REQUESTS_CA_BUNDLE, so start what is tested as
a process with `rig.env`. The proxy refuses every other host (`rig.refused`): nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import shutil
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import trustme
from aiohttp import web

TELEGRAM_URL = "tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/1001"
SLACK_HOOK_URL = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts"
SLACK_BOT_URL = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/#alerts"
_TELEGRAM_LONGEST = 4096  # UTF-16 units


@dataclass
class Request:
    """One request a plugin made."""

    api: str
    method: str
    body: dict[str, Any]
    http: web.Request

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))


@dataclass
class World:
    """What came in, and what shall happen next: `script` holds one fault per request."""

    requests: list[Request] = field(default_factory=list)
    delivered: list[Request] = field(default_factory=list)
    script: list[Fault] = field(default_factory=list)
    moved: dict[int, int] = field(default_factory=dict)  # Telegram: groups that have become supergroups


Fault = Callable[[World, Request], Awaitable[web.StreamResponse | None]]


def telegram_refuses(code: int, description: str, **parameters: int) -> Fault:
    """An answer of the Bot API with `ok` false."""

    async def fault(_world: World, _request: Request) -> web.Response:
        body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
        return web.json_response(body, status=code)

    return fault


def telegram_429(seconds: int) -> Fault:
    return telegram_refuses(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def slack_429(seconds: int) -> Fault:
    async def fault(_world: World, _request: Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": str(seconds)}, text="rate_limited")

    return fault


def stall(seconds: float, deliver: bool = True) -> Fault:
    """The message arrives, the answer comes late."""

    async def fault(world: World, request: Request) -> web.Response:
        if deliver:
            world.delivered.append(request)
        await asyncio.sleep(seconds)
        return web.json_response({"ok": True, "result": {"message_id": 1}})

    return fault


def reset() -> Fault:
    """The connection is cut after the request was read."""

    async def fault(_world: World, request: Request) -> None:
        assert request.http.transport is not None
        request.http.transport.abort()

    return fault


def lie(words: str = "fatal_error") -> Fault:
    """Status 200, and a body that says it did not work."""

    async def fault(_world: World, _request: Request) -> web.Response:
        return web.json_response({"ok": False, "error": words})

    return fault


def _moved(chat: int) -> web.Response:
    body = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": chat},
    }
    return web.json_response(body, status=400)


def _telegram(world: World, request: Request) -> web.Response:
    if chat := world.moved.get(int(request.body.get("chat_id", 0))):
        return _moved(chat)
    if request.method == "sendMessage" and len(request.text.encode("utf-16-le")) // 2 > _TELEGRAM_LONGEST:
        body = {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}
        return web.json_response(body, status=400)
    world.delivered.append(request)
    result = {"message_id": len(world.delivered), "chat": {"id": 1}, "text": request.text}
    return web.json_response({"ok": True, "result": result})


def _slack_hook(world: World, request: Request) -> web.Response:
    world.delivered.append(request)
    return web.Response(text="ok")


def _slack_api(world: World, request: Request) -> web.Response:
    world.delivered.append(request)
    return web.json_response({"ok": True, "channel": "C1", "ts": "1.2"})


def _app(world: World) -> web.Application:
    def route(
        api: str, accept: Callable[[World, Request], web.Response]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(http: web.Request) -> web.StreamResponse:
            body = await http.json() if http.content_type == "application/json" else dict(await http.post())
            request = Request(api, http.match_info.get("method", "webhook"), body, http)
            world.requests.append(request)
            answer = await world.script.pop(0)(world, request) if world.script else None
            return answer if answer is not None else accept(world, request)

        return handler

    app = web.Application()
    app.router.add_route("*", "/bot{token:[0-9]+:[A-Za-z0-9_-]+}/{method}", route("telegram", _telegram))
    app.router.add_post("/services/{a}/{b}/{c}", route("slack", _slack_hook))
    app.router.add_route("*", "/api/{method}", route("slack-bot", _slack_api))
    return app


class Rig:
    """`async with Rig() as rig`: `rig.world` is the service, `rig.env` the environment that leads to it."""

    HOSTS = ("api.telegram.org", "hooks.slack.com", "slack.com")

    async def __aenter__(self) -> Self:
        self.world = World()
        self.refused: list[str] = []
        self._dir = Path(tempfile.mkdtemp())
        self._runner = web.AppRunner(_app(self.world), shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls()).start()
        self._port = int(self._runner.addresses[0][1])
        self._proxy = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        proxy = f"http://127.0.0.1:{self._proxy.sockets[0].getsockname()[1]}"
        self.env = {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "REQUESTS_CA_BUNDLE": str(self._dir / "ca.pem"),
            "NO_PROXY": "127.0.0.1,localhost",
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        self._proxy.close()
        await self._runner.cleanup()
        shutil.rmtree(self._dir, ignore_errors=True)

    def _tls(self) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self._dir / "ca.pem"))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*self.HOSTS).configure_cert(context)
        return context

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            verb, target, *_ = (await reader.readuntil(b"\r\n\r\n")).split()
            host = target.decode().rsplit(":", 1)[0]
            if verb != b"CONNECT" or host not in self.HOSTS:
                self.refused.append(host)
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                await writer.drain()
                return
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
