"""How alertd stands as a whole: for monitors, for another alertd, for people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module

import msgspec
from aiohttp import web

from alertd import __version__
from alertd.coverage.account import AccountCoverage
from alertd.coverage.reporting import Figures
from alertd.telemetry import Counters
from alertd.web.actions import shown_switch
from alertd.web.answers import refused
from alertd.web.coverage import Json, not_watched, read_since, report, standing
from alertd.web.doors import Doors
from alertd.web.filters import Handler
from alertd.web.leaving import absence
from alertd.web.maintenance import no_announcements


async def nothing_moved() -> Sequence[Mapping[str, object]]:
    """No sink whose address has changed."""
    return ()


async def nothing_given_up() -> Mapping[str, int]:
    """No sink has a delivery that was given up."""
    return {}


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
    given_up: Callable[[], Awaitable[Mapping[str, int]]] = nothing_given_up  # deliveries, by sink
    pinged: Callable[[str], bool] = lambda _: False  # the token of another alertd -> it is one


class Overview:
    """The handlers; `routes.py` says who may ask them."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def paths(self) -> Mapping[str, Handler]:
        """What is not free: each with its handler for GET."""
        return {
            "/metrics": self.metrics,
            "/watched": self.watched,
            "/api/v1/status": self.status,
            "/api/v1/coverage": self.coverage,
        }

    async def alive(self, _: web.Request) -> web.Response:
        """Whoever answers is."""
        return web.Response(text="ok\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Whether the store can be written."""
        ready = await self._views.is_ready()
        return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)

    async def ping(self, request: web.Request) -> web.Response:
        """Another alertd says that it is alive."""
        is_known = self._views.pinged(request.match_info["token"])
        return web.Response(text="ok\n" if is_known else "nobody\n", status=200 if is_known else 404)

    async def metrics(self, _: web.Request) -> web.Response:
        """All counters, as Prometheus reads them."""
        await asyncio.to_thread(import_module, "alertd.web.metrics")  # only who asks for it needs its library
        from alertd.web.metrics import CONTENT_TYPE, exposition

        body = exposition(self._views.counters, await self._views.gauges())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def watched(self, _: web.Request) -> web.Response:
        """200 only if every account is watched; 503 also where there is none."""
        accounts = self._views.accounts()
        lost = not_watched(accounts.values())
        is_whole = bool(accounts) and not lost
        body = {"watched": is_whole, "accounts": lost, "maintenance": self._views.maintenance()["windows"]}
        return web.json_response(body, status=200 if is_whole else 503)

    async def status(self, _: web.Request) -> web.Response:
        """Every account, what it does not see, and how alertd itself does."""
        views = self._views
        accounts = views.accounts()
        return web.json_response(
            {
                "version": __version__,
                "watched": bool(accounts) and not not_watched(accounts.values()),
                "accounts": [standing(one) for _, one in sorted(accounts.items())],
                "maintenance": views.maintenance(),
                "actions": shown_switch(views.doors.switch()),
                "away": absence(views.doors.open_alerts()),
                "counts": {name: round(value) for name, value in (await views.gauges()).items()},
                "sinks_moved": await views.sinks_moved(),
                "deliveries_dead": dict(await views.given_up()),
                **views.self_watch(),
            }
        )

    async def coverage(self, request: web.Request) -> web.Response:
        """How much of each account was watched since a time, with every gap."""
        views = self._views
        try:
            since = read_since(request.query.get("since"), views.now())
        except ValueError as exc:
            return refused(400, str(exc))
        found, accounts = await views.figures(since), views.accounts()
        shown = [report(one, accounts[one.account]) for one in found if one.account in accounts]
        return web.json_response({"accounts": shown})
