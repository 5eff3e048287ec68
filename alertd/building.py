"""Builds what is behind the threshold, each part of those that were built before it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

import msgspec

from alertd.actions import switching
from alertd.coverage.account import AccountCoverage
from alertd.coverage.outage import Reach
from alertd.covering import Around, Covering
from alertd.deeds import desk_of
from alertd.delivering import Deliveries
from alertd.domain.events import DeliveryHealth, SelfCheck
from alertd.holding_back import Holding
from alertd.holding_back import Outbox as HeldOutbox
from alertd.holdings import Holdings
from alertd.maintaining import Doors as MaintenanceDoors
from alertd.maintaining import Maintaining
from alertd.orders import Orders
from alertd.pipeline import Pipeline
from alertd.proofs import SinkProofs
from alertd.reloading import ruling_of, sink_plans_of
from alertd.restoring import Restored, restore
from alertd.self_reports import Asked, SelfReports
from alertd.self_watch import SelfWatch
from alertd.sources.fleet import Fleet
from alertd.store.database import Database
from alertd.store.stored_state import StoredState


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What is built once, and used until the end. `reports`: what sinks and watchers tell, to be judged."""

    database: Database
    deliveries: Deliveries
    pipeline: Pipeline
    maintaining: Maintaining
    covering: Covering
    ours: SelfReports
    self_watch: SelfWatch
    reports: deque[DeliveryHealth | SelfCheck]
    restored: Restored


class Building:
    """`tasks`: the group whose end is the end of the sinks' workers."""

    def __init__(self, orders: Orders, database: Database, fleet: Fleet, holdings: Holdings) -> None:
        self._orders = orders
        self._database = database
        self._fleet = fleet
        self._holdings = holdings
        self._proofs = SinkProofs()
        self._reports: deque[DeliveryHealth | SelfCheck] = deque()
        self._covering: Covering | None = None

    async def build(self, tasks: asyncio.TaskGroup, stored: StoredState) -> Parts:
        """Raises: StoreError, ConfigError."""
        orders, database = self._orders, self._database
        restored = await restore(database, stored, ruling_of(orders.settings), orders.clock.now())
        deliveries = Deliveries(
            tasks, database, orders.clock, orders.counters, self._heard, self._proofs.attempted
        )
        database.on_due = deliveries.wake
        deliveries.replace(sink_plans_of(orders.settings))
        await deliveries.tell_left()
        pipeline = self._pipeline(stored, restored, deliveries)
        self_watch = self._watching_itself(pipeline)
        self_watch.serve(deliveries)
        maintaining = self._maintaining(pipeline, deliveries)
        around = self._around(pipeline, restored, maintaining, self_watch)
        covering = self._covering = await self._make_covering(restored, around)
        return Parts(
            database=database,
            deliveries=deliveries,
            pipeline=pipeline,
            maintaining=maintaining,
            covering=covering,
            ours=self._self_reports(pipeline, restored, covering, self_watch),
            self_watch=self_watch,
            reports=self._reports,
            restored=restored,
        )

    def _coverage(self) -> Mapping[str, AccountCoverage]:
        return {} if self._covering is None else self._covering.accounts

    def _is_blind(self, account: str) -> bool:
        return self._covering is not None and self._covering.is_blind(account)

    def _heard(self, health: DeliveryHealth) -> None:
        self._proofs.reported(health)
        self._reports.append(health)

    def _pipeline(self, stored: StoredState, restored: Restored, deliveries: Deliveries) -> Pipeline:
        return Pipeline(
            rules=restored.ruling.engine,
            memories=restored.memories,
            lifecycle=restored.lifecycle,
            router=restored.ruling.router,
            database=self._database,
            clock=self._orders.clock,
            counters=self._orders.counters,
            outbox=deliveries,
            desk=desk_of(stored, restored, lambda: self._orders.settings, self._coverage),
        )

    def _watching_itself(self, pipeline: Pipeline) -> SelfWatch:
        return SelfWatch(
            self._orders.settings,
            database=self._database,
            proofs=self._proofs,
            clock=self._orders.clock,
            counters=self._orders.counters,
            deliver=pipeline.put,
            tell=self._reports.append,
        )

    def _maintaining(self, pipeline: Pipeline, deliveries: Deliveries) -> Maintaining:
        held = HeldOutbox(
            handled=pipeline.handled,
            sent=deliveries.drain,
            hold_back=deliveries.hold_back,
            let_go=deliveries.let_go,
        )
        doors = MaintenanceDoors(
            deliver=pipeline.put,
            handled=pipeline.handled,
            facts=self._database,
            holding=Holding(held, self._orders.clock),
            is_blind=self._is_blind,
        )
        return Maintaining(doors, self._orders.clock, self._orders.counters)

    def _around(
        self, pipeline: Pipeline, restored: Restored, maintaining: Maintaining, self_watch: SelfWatch
    ) -> Around:
        pacer = self._fleet.pacer
        return Around(
            sinks=lambda: self._orders.settings.sinks,
            critical_sinks=self_watch.critical_sinks,
            is_alarmed=restored.lifecycle.is_alarmed,
            # Polls need no turns to connect.
            reach=lambda exchange: Reach(pacer.is_failing, pacer.gap_s) if exchange == "okx" else Reach(),
            deliver=pipeline.put,
            excuse=maintaining.excuse,
            canary=self_watch.trouble,
        )

    async def _make_covering(self, restored: Restored, around: Around) -> Covering:
        return Covering(
            settings=self._orders.settings.coverage,
            database=self._database,
            clock=self._orders.clock,
            counters=self._orders.counters,
            proofs=self._proofs,
            records=await self._database.coverage_records(),
            told=restored.coverage_told,
            around=around,
        )

    def _self_reports(
        self, pipeline: Pipeline, restored: Restored, covering: Covering, self_watch: SelfWatch
    ) -> SelfReports:
        ask = Asked(
            settings=lambda: self._orders.settings,
            clock=self._orders.clock,
            database=self._database,
            pipeline=pipeline,
            lifecycle=restored.lifecycle,
            covering=covering,
            holdings=self._holdings,
            watchers=lambda: [
                *switching.standing(pipeline.acts.switch, pipeline.acts.plans.values()),
                *self_watch.findings(),
            ],
        )
        return SelfReports(ask, is_first_start=restored.is_first_start)
