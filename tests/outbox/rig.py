"""Workers on a real store, with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from alertd.domain.alert import Severity
from alertd.domain.events import DeliveryHealth
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.outbox.scripted import FrozenClock, ScriptedSink
from tests.store.samples import make_alert, to, told


@dataclass
class Rig:
    """A store, a clock and what workers say."""

    database: Database
    clock: FrozenClock = field(default_factory=FrozenClock)
    counters: Counters = field(default_factory=Counters)
    reports: list[DeliveryHealth] = field(default_factory=list)

    def worker(self, sink: ScriptedSink, pace: TokenBucket | None = None, **options: Any) -> SinkWorker:
        return SinkWorker(
            sink,
            self.database,
            self.clock,
            RetryPolicy(),
            pace,
            self.reports.append,
            self.counters,
            **options,
        )

    async def queue(
        self, *numbers: int, sinks: Sequence[str] = ("phone",), severity: Severity = Severity.WARNING
    ) -> None:
        alerts = [make_alert(n, severity=severity) for n in numbers]
        await self.database.commit(alerts, [(told(alert), to(*sinks)) for alert in alerts], self.clock.now())

    async def queue_at_once(self, worker: SinkWorker, *numbers: int, severity: Severity) -> int:
        """As the pipeline does it: what the worker can take is leased with its alert. For how many it was."""
        alerts = [make_alert(n, severity=severity) for n in numbers]
        wanted = (len(alerts), 0) if severity is Severity.CRITICAL else (0, len(alerts))
        reserved = sum(worker.reserve(*wanted))
        routed = [(told(alert), to("phone")) for alert in alerts]
        begun = {(place, "phone") for place in range(reserved)}
        worker.begin(await self.database.commit(alerts, routed, self.clock.now(), begun=begun), reserved)
        if reserved < len(alerts):
            worker.wake()
        return reserved

    async def counts(self) -> dict[str, int]:
        """Deliveries by state, without zeros."""
        counts = await self.database.counts()
        return {k.removeprefix("deliveries_"): n for k, n in counts.items() if n and k != "alerts_open"}

    async def settled(self) -> None:
        """What was begun has its outcome in the store."""
        async with asyncio.timeout(10):
            while "sending" in await self.counts():
                await asyncio.sleep(0.001)

    async def reach(self, **states: int) -> None:
        async with asyncio.timeout(10):
            while await self.counts() != states:
                await asyncio.sleep(0.001)
