"""The WebSocket services on aiohttp: a handshake, then a reader and a writer per connection."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from alertd.simulators.okx import cutting, dialogue
from alertd.simulators.okx.channels import Service
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.faults import RefusedConnect
from alertd.simulators.okx.limits import SlidingWindow
from alertd.simulators.okx.session import Session

_CLOSE_ANSWER_S = 2.0
_HALF_OPEN_LOOK_S = 0.1
_WHILE_OPEN = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE)


class StreamDoor:
    """Takes connections for one exchange; the limit of new ones is per address."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._connects: dict[str, SlidingWindow] = {}
        self._numbers = itertools.count(0xA4D3AE55)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"/ws/v5/{service.value}", self._handler(service)) for service in Service]

    def _handler(self, service: Service) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            if (refused := self._refusal(request)) is not None:
                return refused
            return await self._serve(request, service)

        return handle

    def _refusal(self, request: web.Request) -> web.Response | None:
        limits = self._exchange.limits
        window = self._connects.setdefault(request.remote or "", SlidingWindow(limits.connects_per_s, 1.0))
        if not window.take(self._exchange.now_s()):
            return web.Response(status=429, text="Too Many Requests")
        refused = self._exchange.refused_connects
        if refused is None and self._exchange.is_down:
            refused = RefusedConnect()
        if refused is None:
            return None
        if refused.status == 0:
            cutting.abort(request)
            return web.Response(status=503)
        headers = {"Location": refused.location} if refused.location else None
        return web.Response(
            status=refused.status, text=refused.body, content_type="text/html", headers=headers
        )

    async def _serve(self, request: web.Request, service: Service) -> web.StreamResponse:
        exchange = self._exchange
        wire = web.WebSocketResponse(
            timeout=_CLOSE_ANSWER_S,
            autoping=False,
            autoclose=False,
            max_msg_size=exchange.limits.longest_request_bytes,
        )
        await wire.prepare(request)
        conn_id = f"{next(self._numbers) & 0xFFFFFFFF:08x}"
        session = Session(
            service,
            conn_id,
            exchange.limits,
            exchange.now_s(),
            abort=lambda: cutting.abort(request),
            reset=lambda: cutting.reset(request),
        )
        session.remote = request.remote or ""
        exchange.sessions.append(session)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(session.run_writer(wire), name=f"okx simulator writer {conn_id}")
                await _read(exchange, session, wire, request)
                if session.is_closing:
                    session.stall(is_stalled=False)  # let the close frame go
                else:
                    writer.cancel()
        except* ConnectionError:
            pass  # the client went away while something was being sent
        finally:
            exchange.sessions.remove(session)
        return wire


async def _read(
    exchange: Exchange, session: Session, wire: web.WebSocketResponse, request: web.Request
) -> None:
    while True:
        message = await wire.receive()
        while session.faults.half_open and request.transport is not None:  # noqa: ASYNC110 (no event for a lost peer)
            await asyncio.sleep(_HALF_OPEN_LOOK_S)
        if message.type not in _WHILE_OPEN or request.transport is None:
            return
        if message.type is WSMsgType.CLOSE:
            await wire.close()
            return
        if message.type is WSMsgType.PING:
            await wire.pong(message.data)
        if message.type is WSMsgType.TEXT:
            session.active_at_s = exchange.now_s()
            dialogue.answer(exchange, session, message.data)
