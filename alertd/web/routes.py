"""The paths of the contract that exist so far, and who may ask them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web

from alertd.domain.people import Right
from alertd.telemetry import Counters
from alertd.web.actions import ActionLists
from alertd.web.answers import SHOW_A_TOKEN, refused
from alertd.web.commands import WRITES
from alertd.web.doors import Doors
from alertd.web.filters import Handler
from alertd.web.lists import Lists
from alertd.web.overview import Overview, Views
from alertd.web.writing import handler_of

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


def build(views: Views) -> web.Application:
    """The application; `/healthz` and `/readyz` are free and say nothing else, as is `/watch/TOKEN`."""
    overview = Overview(views)
    app = web.Application(client_max_size=64 * 1024)
    app.router.add_get("/healthz", overview.alive)
    app.router.add_get("/readyz", overview.ready)
    app.router.add_get("/watch/{token}", overview.ping, allow_head=False)
    app.router.add_post("/watch/{token}", overview.ping)
    lists, actions = Lists(views.doors, views.accounts), ActionLists(views.doors)
    for path, handler in {**overview.paths(), **lists.paths(), **actions.paths()}.items():
        app.router.add_get(path, _guarded(handler, views.doors))
    for write in WRITES:
        app.router.add_post(write.path, handler_of(write, views.doors))
    app.on_response_prepare.append(_sealed(views.counters))
    return app


def _sealed(counters: Counters) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Nothing that is answered is kept on the way or taken for another type; who is refused is counted."""

    async def seal(_: web.Request, answer: web.StreamResponse) -> None:
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        if answer.status in (401, 403):
            counters.add("web_refused_total", status=str(answer.status))

    return seal


def _guarded(handler: Handler, doors: Doors) -> Handler:
    """Free for whoever sits at this machine; from elsewhere for those who may read."""

    async def guard(request: web.Request) -> web.Response:
        if _is_local(request):
            return await handler(request)
        caller = doors.callers().who(request.headers.get("Authorization"))
        if caller is None:
            return refused(401, SHOW_A_TOKEN)
        if Right.READ not in caller.can:
            return refused(403, f'{caller.name} may not read: people.{caller.name}.can lacks "read"')
        return await handler(request)

    return guard


def _is_local(request: web.Request) -> bool:
    """A loopback peer that names a loopback host and came through no proxy: nobody else can look like it."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    peer = request.remote
    return peer is not None and ip_address(peer).is_loopback and host in _LOOPBACK_NAMES
