"""A pipeline on a real store, and the events to hand it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from alertd.actions.desk import ActionDesk
from alertd.alerts.lifecycle import Lifecycle
from alertd.alerts.routing import Router
from alertd.clock import Clock
from alertd.domain.events import Direction, Event, MarginMode, MarginState
from alertd.domain.notification import Delivery
from alertd.pipeline import Pipeline
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from alertd.rules.memories import Memories
from alertd.rules.settings import RuleSettings
from alertd.store.database import Database
from alertd.store.stored_state import StoredState
from alertd.telemetry import Counters
from alertd.transaction import Routed

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class FrozenClock(Clock):
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 1000.0


class HurryingClock(FrozenClock):
    """Every look at it takes three milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def monotonic_s(self) -> float:
        self._looks += 1
        return self._looks * 0.003


class House:
    """A pipeline on a real store, and what it said about sinks. Lets nothing be sent at once, unless told."""

    def __init__(
        self,
        database: Database,
        rules: dict[str, Any] | None = None,
        stored: StoredState | None = None,
        desk: Callable[[StoredState | None], ActionDesk | None] = lambda _: None,
    ) -> None:
        self.database = database
        self.counters = Counters()
        self.clock = FrozenClock()
        self.woken: list[set[str]] = []
        self.told: list[list[str]] = []  # by transaction: of what
        self.begun: set[tuple[int, str]] = set()
        self.leased: list[Delivery] = []
        table = TypeAdapter(dict[str, RuleSettings]).validate_python(rules or {})
        engine = RuleEngine({**BUILTIN_RULES, **table}, {"main": {}})
        memories = Memories(engine.looking_back, {"main": {}})
        memories.restore(stored.memories if stored else [])
        alerts, episodes = (stored.open_alerts, stored.last_episodes) if stored else ([], {})
        router = Router([], ("phone", "mail"))
        silences = stored.silences if stored else []
        self.lifecycle = Lifecycle(alerts, episodes, router.remind_after, {"main": {}}, silences=silences)
        self.pipeline = Pipeline(
            rules=engine,
            memories=memories,
            lifecycle=self.lifecycle,
            router=router,
            database=database,
            clock=self.clock,
            counters=self.counters,
            outbox=self,
            desk=desk(stored),
        )

    def reserve(self, routed: Routed) -> House:
        self.routed = routed
        self.told.append([told.alert.event.subject for told, _ in routed])
        self.woken.append({address.sink for _, addresses in routed for address in addresses})
        return self

    def almost(self, leased: Sequence[Delivery]) -> None:
        """Nothing is written."""

    def stored(self, outcome: asyncio.Future[list[Delivery]]) -> None:
        if outcome.exception() is None:
            self.leased += outcome.result()

    async def handle(self, *events: Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.pipeline.run())
            await self.pipeline.put(events)
            await self.pipeline.drained()
            running.cancel()


def margin(ratio: str, instrument: str = "BTC-USDT-SWAP", n: int = 0) -> MarginState:
    return MarginState(
        event_id=f"test:{instrument}:{n}",
        exchange="okx",
        account="main",
        received_at=NOW + timedelta(milliseconds=n),
        instrument=instrument,
        direction=Direction.LONG,
        margin_mode=MarginMode.ISOLATED,
        margin_currency="USDT",
        margin_ratio=Decimal(ratio),
    )
