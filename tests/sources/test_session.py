from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

import alertd
from alertd.domain.errors import ConnectionLost
from alertd.sources.connection import Endpoint, dial
from alertd.sources.session import open_session
from tests.doubles.exchange_server import ExchangeServer

pytestmark = pytest.mark.looptime

MORE_THAN_THE_LIBRARY_ALLOWS = 120


async def test_streams_are_not_limited_by_the_session() -> None:
    async with ExchangeServer() as server, open_session() as session:
        sockets = [await dial(Endpoint(session, server.url)) for _ in range(MORE_THAN_THE_LIBRARY_ALLOWS)]
        assert not any(one.closed for one in sockets)
        for one in sockets:
            await one.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_by_no_stream_and_no_request(
    status: int, aiohttp_server: pytest.FixtureRequest
) -> None:
    asked = []

    async def send_away(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_get("/{tail:.*}", send_away)
    server = await aiohttp_server(app)  # type: ignore[operator]
    async with open_session() as session:
        with pytest.raises(ConnectionLost, match=f"HTTP {status} sends us to /elsewhere"):
            await dial(Endpoint(session, str(server.make_url("/ws"))))
        with pytest.raises(aiohttp.ClientError, match="not followed"):
            await session.get(server.make_url("/rest"))
    assert asked == ["/ws", "/rest"]


VERBS = {"request", "get", "post", "put", "delete", "ws_connect"}


def asks_of_a_session(tree: ast.AST) -> Iterator[ast.Call]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in VERBS:
            asked = ast.unparse(call.func.value)
            if asked.rpartition(".")[2] in ("session", "_session"):
                yield call


def limited_by_their_statement(tree: ast.AST) -> Iterator[ast.Call]:
    """`async with asyncio.timeout(...), session.get(...)`"""
    for statement in ast.walk(tree):
        if isinstance(statement, ast.AsyncWith):
            first, *then = [item.context_expr for item in statement.items]
            if ast.unparse(first).startswith("asyncio.timeout("):
                yield from (one for one in then if isinstance(one, ast.Call))


def test_the_session_limits_nothing_so_that_whoever_asks_does() -> None:
    found, unlimited = 0, []
    for path in sorted(Path(alertd.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text())
        limited = list(limited_by_their_statement(tree))
        for call in asks_of_a_session(tree):
            found += 1
            if call not in limited and not any(keyword.arg == "timeout" for keyword in call.keywords):
                unlimited.append(f"{path.name}:{call.lineno}")
    assert found >= 5
    assert unlimited == []
