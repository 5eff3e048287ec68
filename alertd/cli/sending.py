"""One real message through a sink, as the outbox would send it, though it stands in no store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alertd.clock import Clock
from alertd.config import Settings
from alertd.delivering import SinkPlan, sink_plans
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import Event
from alertd.domain.notification import Delivery, DeliveryState, Notification, Outcome, Reason, SendResult
from alertd.sinks.choosing import make_sink, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of it. `detail`: the provider's answer, redacted. `took_s`: with loading the service."""

    sink: str
    scheme: str
    outcome: Outcome
    detail: str
    took_s: float


async def send_to_each(settings: Settings, names: Iterable[str], event: Event, clock: Clock) -> list[Sent]:
    """To all of them at the same time; the results in their order."""
    plans = sink_plans(settings.sinks, settings.language, settings.timezone)
    async with asyncio.TaskGroup() as sends:
        tasks = [
            sends.create_task(_send(name, plans[name], event, clock), name=f"send:{name}") for name in names
        ]
    return [task.result() for task in tasks]


async def _send(name: str, plan: SinkPlan, event: Event, clock: Clock) -> Sent:
    began_s, now = clock.monotonic_s(), clock.now()
    problem = await asyncio.to_thread(validate, name, plan.settings)
    if problem is None:
        sink = make_sink(name, plan.settings, language=plan.language, timezone=plan.timezone)
        result = await sink.send((_delivery(name, event, now),), now)
        await sink.close()
    else:
        result = SendResult(Outcome.PERMANENT, problem)
    took_s = clock.monotonic_s() - began_s
    scheme = plan.settings.scheme
    detail = ": ".join(filter(None, (result.detail, result.answer)))
    return Sent(sink=name, scheme=scheme, outcome=result.outcome, detail=detail, took_s=took_s)


def _delivery(sink: str, event: Event, now: datetime) -> Delivery:
    alert = Alert(
        fingerprint=Fingerprint("", event.kind, "test", event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.INFO,
        event=event,
        since=now,
        updated_at=now,
    )
    return Delivery(
        delivery_id=0,
        notification=Notification(alert=alert, reason=Reason.NEW, created_at=now),
        sink=sink,
        state=DeliveryState.SENDING,
        created_at=now,
        next_attempt_at=now,
    )
