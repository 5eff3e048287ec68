"""Shows people the daemon, and lets in what they want: the web's views of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp.web import AppRunner

from alertd.building import Parts
from alertd.domain.alert import AlertState
from alertd.domain.events import REPORTS
from alertd.domain.notification import DeliveryState
from alertd.doors import open_doors
from alertd.orders import Orders
from alertd.web.maintenance import announced
from alertd.web.overview import Views
from alertd.web.routes import build
from alertd.web.serving import serve

EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def open_web(orders: Orders, parts: Parts) -> AppRunner:
    """Answer until the runner is cleaned up. Raises: ConfigError when the port is taken."""
    clock, lifecycle = orders.clock, parts.restored.lifecycle

    async def gauges() -> Mapping[str, float]:
        open_alerts = lifecycle.open_alerts()
        acknowledged = sum(alert.state is AlertState.ACKNOWLEDGED for alert in open_alerts)
        reports = sum(alert.event.kind in REPORTS for alert in open_alerts)
        counts = {
            "alerts_open": len(open_alerts) - reports,
            "alerts_acknowledged": acknowledged,
            "reports_open": reports,
        }
        return {**await parts.database.counts(), **counts}

    async def given_up() -> Mapping[str, int]:
        counts = await parts.database.counts_by_sink(EVER)
        return {sink: count for (sink, state), count in counts.items() if state is DeliveryState.DEAD}

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
        given_up=given_up,
    )
    web = orders.settings.web
    runner, orders.web_port = await serve(build(views), web.host, web.port)
    return runner
