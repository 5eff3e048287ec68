"""The paths of the contract that exist so far: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from aiohttp import web

from alertd.telemetry import Counters
from alertd.web.metrics import CONTENT_TYPE, exposition

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True)
class Views:
    """What the paths show; the app gives the callables."""

    counters: Counters
    is_ready: Callable[[], Awaitable[bool]]
    gauges: Callable[[], Awaitable[Mapping[str, float]]]
    is_authorised: Callable[[str | None], bool]  # the Authorization header -> may read


def build(views: Views) -> web.Application:
    """The application; `/healthz` and `/readyz` are free and say nothing else."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        ready = await views.is_ready()
        return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)

    async def metrics(request: web.Request) -> web.Response:
        if not (_is_local(request) or views.is_authorised(request.headers.get("Authorization"))):
            raise web.HTTPUnauthorized(text="send the web token: Authorization: Bearer TOKEN\n")
        body = exposition(views.counters, await views.gauges())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(client_max_size=64 * 1024)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


def _is_local(request: web.Request) -> bool:
    """A loopback peer that names a loopback host and came through no proxy: nobody else can look like it."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    peer = request.remote
    return peer is not None and ip_address(peer).is_loopback and host in _LOOPBACK_NAMES
