"""The paths of the contract that exist so far."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from ipaddress import ip_address

import msgspec
from aiohttp import web

from alertd import __version__
from alertd.coverage.account import AccountCoverage
from alertd.coverage.reporting import Figures
from alertd.domain.people import Right
from alertd.telemetry import Counters
from alertd.web.actions import ActionLists
from alertd.web.answers import SHOW_A_TOKEN, refused
from alertd.web.commands import WRITES
from alertd.web.coverage import Json, not_watched, read_since, report, standing
from alertd.web.doors import Doors
from alertd.web.lists import Lists
from alertd.web.maintenance import no_announcements
from alertd.web.writing import handler_of

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def nothing_moved() -> Sequence[Mapping[str, object]]:
    """No sink whose address has changed."""
    return ()


class Views(msgspec.Struct, frozen=True):
    """What the paths show; the app gives the callables. `figures` takes a beginning, None = a week ago."""

    counters: Counters
    is_ready: Callable[[], Awaitable[bool]]
    gauges: Callable[[], Awaitable[Mapping[str, float]]]
    now: Callable[[], datetime]
    accounts: Callable[[], Mapping[str, AccountCoverage]]
    figures: Callable[[datetime | None], Awaitable[Sequence[Figures]]]
    doors: Doors
    maintenance: Callable[[], Json] = no_announcements
    self_watch: Callable[[], Mapping[str, object]] = dict
    sinks_moved: Callable[[], Awaitable[Sequence[Mapping[str, object]]]] = nothing_moved
    pinged: Callable[[str], bool] = lambda _: False  # the token of another alertd -> it is one


def build(views: Views) -> web.Application:
    """The application; `/healthz` and `/readyz` are free and say nothing else, as is `/watch/TOKEN`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        ready = await views.is_ready()
        return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        await asyncio.to_thread(import_module, "alertd.web.metrics")  # only who asks for it needs its library
        from alertd.web.metrics import CONTENT_TYPE, exposition

        body = exposition(views.counters, await views.gauges())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def watched(_: web.Request) -> web.Response:
        accounts = views.accounts()
        lost = not_watched(accounts.values())
        is_whole = bool(accounts) and not lost
        body = {"watched": is_whole, "accounts": lost, "maintenance": views.maintenance()["windows"]}
        return web.json_response(body, status=200 if is_whole else 503)

    async def status(_: web.Request) -> web.Response:
        accounts = views.accounts()
        return web.json_response(
            {
                "version": __version__,
                "watched": bool(accounts) and not not_watched(accounts.values()),
                "accounts": [standing(one) for _, one in sorted(accounts.items())],
                "maintenance": views.maintenance(),
                "counts": {name: round(value) for name, value in (await views.gauges()).items()},
                "sinks_moved": await views.sinks_moved(),
                **views.self_watch(),
            }
        )

    async def coverage(request: web.Request) -> web.Response:
        try:
            since = read_since(request.query.get("since"), views.now())
        except ValueError as exc:
            return refused(400, str(exc))
        found, accounts = await views.figures(since), views.accounts()
        shown = [report(one, accounts[one.account]) for one in found if one.account in accounts]
        return web.json_response({"accounts": shown})

    async def ping(request: web.Request) -> web.Response:
        is_known = views.pinged(request.match_info["token"])
        return web.Response(text="ok\n" if is_known else "nobody\n", status=200 if is_known else 404)

    def guarded(handler: _Handler) -> _Handler:
        return _guarded(handler, views.doors)

    app = web.Application(client_max_size=64 * 1024)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/watch/{token}", ping, allow_head=False)
    app.router.add_post("/watch/{token}", ping)
    app.router.add_get("/metrics", guarded(metrics))
    app.router.add_get("/watched", guarded(watched))
    app.router.add_get("/api/v1/status", guarded(status))
    app.router.add_get("/api/v1/coverage", guarded(coverage))
    _add_people(app, views)
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


def _add_people(app: web.Application, views: Views) -> None:
    """What people look at, and what they may do."""
    lists = {**Lists(views.doors, views.accounts).paths(), **ActionLists(views.doors).paths()}
    for path, handler in lists.items():
        app.router.add_get(path, _guarded(handler, views.doors))
    for write in WRITES:
        app.router.add_post(write.path, handler_of(write, views.doors))


def _guarded(handler: _Handler, doors: Doors) -> _Handler:
    """Free for whoever sits at this machine; from elsewhere for those who may read."""

    async def guard(request: web.Request) -> web.StreamResponse:
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
