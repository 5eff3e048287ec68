"""Shows people the daemon, and lets in what they want: the web's views of its parts."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp.web import AppRunner

from alertd.building import Parts
from alertd.domain.alert import AlertState
from alertd.doors import open_doors
from alertd.orders import Orders
from alertd.web.maintenance import announced
from alertd.web.overview import Views
from alertd.web.routes import build
from alertd.web.serving import serve


async def open_web(orders: Orders, parts: Parts) -> AppRunner:
    """Answer until the runner is cleaned up. Raises: ConfigError when the port is taken."""
    clock, lifecycle = orders.clock, parts.restored.lifecycle

    async def gauges() -> Mapping[str, float]:
        open_alerts = lifecycle.open_alerts()
        acknowledged = sum(alert.state is AlertState.ACKNOWLEDGED for alert in open_alerts)
        counts = {"alerts_open": len(open_alerts), "alerts_acknowledged": acknowledged}
        return {**await parts.database.counts(), **counts}

    views = Views(
        counters=orders.counters,
        is_ready=parts.database.is_writable,
        gauges=gauges,
        now=clock.now,
        accounts=lambda: parts.covering.accounts,
        figures=parts.ours.coverage.figures,
        doors=await open_doors(lambda: orders.settings, parts.pipeline, lifecycle, parts.database, clock),
        maintenance=lambda: announced(parts.maintaining, clock.now()),
        self_watch=parts.self_watch.standing,
        pinged=parts.self_watch.pinged,
        sinks_moved=parts.deliveries.moved,
    )
    web = orders.settings.web
    runner, orders.web_port = await serve(build(views), web.host, web.port)
    return runner
