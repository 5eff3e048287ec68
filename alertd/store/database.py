"""The store's door: what the daemon must not forget. Every method is durable when it returns.

Any failure of the database raises StoreError. After one (a full disk, a lost connection) the next call
tries again; whether the daemon goes on is not decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection

from alertd.domain.action import ActionChanges
from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand
from alertd.domain.errors import StoreError
from alertd.domain.notification import Address, Comeback, Crowd, Delivery, DeliveryUpdate, Notification
from alertd.domain.recollection import RuleMemory
from alertd.domain.silence import Silence
from alertd.store.alert_rows import write_alerts
from alertd.store.answered_rows import Answers
from alertd.store.calling_rows import Calls, look_again
from alertd.store.comeback_rows import Held, end_wait
from alertd.store.command_rows import write_commands
from alertd.store.delivery_rows import count_waiting, hold_back, let_go, next_due
from alertd.store.engine import make_engine, sqlite_path
from alertd.store.intent_rows import write_intents, write_switch
from alertd.store.lease_rows import Choose, lease_due, one_by_one
from alertd.store.lock import StoreLock, claim_on_connect
from alertd.store.memory_rows import write_memories
from alertd.store.moments import to_us
from alertd.store.queue_rows import Fresh, queue_deliveries
from alertd.store.records import INTENTS_KEPT_DAYS, Records
from alertd.store.silence_rows import write_silences
from alertd.store.step_rows import write_steps
from alertd.store.stored_state import StoredState, load_state
from alertd.store.turns import Batch, record_outcomes
from alertd.store.upgrade import upgrade
from alertd.store.writer import Writer


class Database(Records):
    """Made by `open`; used from one event loop; ended by `close`.

    `on_due` is called with the sinks for which what was committed has made something due that waited.
    """

    def __init__(self, writer: Writer, lock: StoreLock | None) -> None:
        super().__init__(writer)
        self.on_due: Callable[[Collection[str]], None] = lambda _: None
        self._lock = lock
        self._fresh = Fresh()  # touched in the writer's thread only, and so are the next
        self._answers = Answers()
        self._calls = Calls()
        self._held = Held()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the store at a URL as in the configuration (relative SQLite paths: from the working folder),
        and bring its schema up to date.

        Raises: StoreError: not reachable, in use by another daemon, written by a newer alertd.
        """
        path = sqlite_path(url)
        lock = StoreLock.take(path) if path is not None else None
        try:
            engine = make_engine(url)
            claim_on_connect(engine)
            database = cls(Writer(engine), lock)
        except StoreError:
            if lock is not None:
                lock.release()
            raise
        try:
            await database._writer.submit(upgrade)
        except BaseException:
            await database.close()
            raise
        return database

    async def load(self, now: datetime | None = None) -> StoredState:
        """Everything the daemon goes on from. Call once, before any `lease`: deliveries that a dead process
        was sending become `unknown`, due at once, and are marked as possible duplicates.

        `now`: intents that ended long before and whose alert is over are left out; None: none is.
        """
        since_us = None if now is None else to_us(now - timedelta(days=INTENTS_KEPT_DAYS))

        def work(connection: Connection) -> StoredState:
            state = load_state(connection, since_us)
            self._answers.see(state.open_alerts)
            look_again(connection)
            return state

        return await self._writer.submit(work)

    def commit(
        self,
        alerts: Sequence[Alert],
        notifications: Sequence[tuple[Notification, Sequence[Address]]],
        now: datetime,
        *,
        begun: Collection[tuple[int, str]] = (),
        almost: Callable[[list[Delivery]], None] | None = None,
        memories: Sequence[RuleMemory] = (),
        commands: Sequence[AnyCommand] = (),
        silences: Sequence[Silence] = (),
        actions: ActionChanges | None = None,
    ) -> asyncio.Future[list[Delivery]]:
        """Store alerts, one delivery per notification and address, memories of rules, what persons told us
        to do, and how far actions have come, in one transaction.

        An alert or intent replaces its row only if its version is higher; a step that stands there already
        fails the whole. A (fingerprint, episode, sequence, sink) that is stored already stays as it is.
        `begun`: what is sent at once, by the notification's place and the sink; it is leased in the same
        transaction and returned, unless it was stored already. `almost` is called with it before it is
        durable: see `Writer.submit`. Like `turn` it is queued now, and done even if the caller stops waiting
        for it.
        """

        due: Collection[str] = ()

        def work(connection: Connection) -> list[Delivery]:
            nonlocal due
            write_alerts(connection, alerts)
            self._answers.see(alerts)
            due = self._calls.let_ring(connection, alerts, now)
            write_memories(connection, memories)
            write_commands(connection, commands)
            write_silences(connection, silences)
            if actions is not None:
                _write_actions(connection, actions)
            return queue_deliveries(connection, notifications, now, begun, self._fresh)

        stored = self._writer.submit(work, almost if begun else None)
        if alerts:
            stored.add_done_callback(lambda _: self._tell_due(due))
        return stored

    def _tell_due(self, sinks: Collection[str]) -> None:
        if sinks:
            self.on_due(sinks)

    async def lease(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """Claim up to `limit` due deliveries: they are `sending` before they are returned."""
        leased = await self._writer.submit(
            lambda connection: lease_due(
                connection, sink, now, limit, limit, self._fresh, answers=self._answers
            )
        )
        return [delivery for bundle in leased.bundles for delivery in bundle]

    async def next_due_at(self, sink: str) -> datetime | None:
        """When the next waiting delivery of the sink is due; None where none waits."""
        found = await self._writer.submit(lambda connection: next_due(connection, sink))
        return min((at for at in (found.critical, found.other) if at is not None), default=None)

    async def hold_back(self, account: str, before: datetime, until: datetime) -> int:
        """Let what was queued for an account before a time wait until another. Returns how much it is."""

        def work(connection: Connection) -> int:
            self._held.until(until, before)
            return hold_back(connection, account, before, until)

        return await self._writer.submit(work)

    async def let_go(self, account: str, until: datetime, now: datetime) -> None:
        """Make due what was held back until that time."""
        await self._writer.submit(lambda connection: let_go(connection, account, until, now))

    async def record(
        self,
        updates: Sequence[DeliveryUpdate],
        now: datetime | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> Collection[str]:
        """Store what became of attempts, and facts with it. Returns the sinks that have something to do now:
        with `now`, what stands in for deliveries that are all dead is due then.
        """

        def work(connection: Connection) -> Collection[str]:
            return record_outcomes(connection, updates, now, facts)

        return await self._writer.submit(work)

    def turn(
        self,
        sink: str,
        updates: Sequence[DeliveryUpdate],
        now: datetime,
        *,
        limit: int,
        others: int,
        choose: Choose = one_by_one,
        crowd: Crowd | None = None,
        facts: Mapping[str, str] | None = None,
        comeback: Comeback | None = None,
        with_waiting: bool = False,
        all_urgencies: bool = False,
        wakes: bool = False,
        is_patient: bool = False,
    ) -> asyncio.Future[Batch]:
        """`record`, `lease` and `next_due_at` in one: a sink's whole turn costs one commit.

        Leases what `choose` takes of up to `limit`, of which at most `others` are not critical: see
        `lease_due`. With `comeback` what waits for the sink's sake is due. It is queued at once, and done
        even if the caller stops waiting for it. `is_patient`: see `Writer.submit`.
        """

        def work(connection: Connection) -> Batch:
            hastened = record_outcomes(connection, updates, now, facts)
            if comeback is not None:
                end_wait(connection, sink, comeback, now, self._held)
            leased = lease_due(
                connection,
                sink,
                now,
                limit,
                others,
                self._fresh,
                choose,
                crowd=crowd,
                answers=self._answers,
                calls=self._calls,
                wakes=wakes,
                all_urgencies=all_urgencies,
            )
            due = next_due(connection, sink)
            # What is due goes on in a moment, and asks again; to count thousands each time would hold it up.
            is_asked = with_waiting or not (leased.bundles or due.is_now(now))
            return Batch(
                bundles=leased.bundles,
                next_due=due,
                waiting=count_waiting(connection, sink) if is_asked else None,
                spared=leased.spared,
                hastened=hastened,
            )

        return self._writer.submit(work, is_patient=is_patient)

    async def close(self) -> None:
        """Do what is queued, then let go of the database. Later calls raise StoreError."""
        await self._writer.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _write_actions(connection: Connection, changes: ActionChanges) -> None:
    write_intents(connection, changes.intents)
    write_steps(connection, changes.steps)
    if changes.switch is not None:
        write_switch(connection, changes.switch)
