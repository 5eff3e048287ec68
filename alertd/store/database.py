"""The store's door: what the daemon must not forget. Every method is durable when it returns.

Any failure of the database raises StoreError. After one (a full disk, a lost connection) the next call
tries again; whether the daemon goes on is not decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Self, TypeVar

import msgspec
from sqlalchemy import Connection

from alertd.domain.action import ActionChanges, Intent, Switch
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.command import AnyCommand
from alertd.domain.coverage import Gap, KeptRecord
from alertd.domain.errors import StoreError
from alertd.domain.notification import (
    Address,
    Crowd,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Notification,
)
from alertd.domain.recollection import RuleMemory
from alertd.domain.silence import Silence
from alertd.domain.stream import KeptFrame
from alertd.store.alert_rows import (
    count_open,
    prune_alerts,
    read_ended_drills,
    read_last_episodes,
    read_open_alerts,
    read_resolved,
    write_alerts,
)
from alertd.store.answered_rows import Answers
from alertd.store.canary_rows import count_canaries, count_open_canaries, settle_canaries
from alertd.store.command_rows import prune_commands, write_commands
from alertd.store.coverage_rows import (
    mark_reconciled,
    prune_gaps,
    read_gaps,
    read_last_sent,
    read_records,
    write_coverage,
)
from alertd.store.delivery_rows import (
    NextDue,
    Queue,
    count_by_sink,
    count_by_state,
    count_left,
    count_waiting,
    hold_back,
    let_go,
    next_due,
    prune_deliveries,
    record,
    revive_interrupted,
)
from alertd.store.engine import make_engine, sqlite_path
from alertd.store.fact_rows import read_fact, write_fact, write_facts
from alertd.store.frame_rows import write_frame
from alertd.store.intent_rows import (
    count_runs,
    prune_intents,
    read_intents,
    read_switch,
    write_intents,
    write_switch,
)
from alertd.store.lease_rows import Choose, lease_due, one_by_one
from alertd.store.lock import StoreLock, claim_on_connect
from alertd.store.memory_rows import read_memories, write_memories
from alertd.store.moments import to_us
from alertd.store.queue_rows import Fresh, queue_deliveries
from alertd.store.silence_rows import prune_silences, read_silences, write_silences
from alertd.store.stand_in_rows import hasten
from alertd.store.step_rows import write_steps
from alertd.store.upgrade import upgrade
from alertd.store.writer import Writer

T = TypeVar("T")

INTENTS_KEPT_DAYS = 31  # at least: cooldowns and caps look back on those that ended
PRUNED_AT_ONCE = 500  # rows in one transaction: an alert never waits long behind housekeeping

_STARTED = "started_before"
_PROBE = "write_probe"
_PROBE_SIZE = (
    48 * 1024
)  # the pages an alert with its deliveries changes: a disk may be full and still take a word


class StoredState(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon goes on from. `drills`: ended ones. `first_start`: it was never loaded before.

    `intents`: all that may still matter, oldest first. `finished_runs`: of each action, dry and approved.
    """

    open_alerts: list[Alert]
    last_episodes: dict[Fingerprint, int]
    memories: list[RuleMemory]
    drills: list[Alert]
    silences: list[Silence]
    first_start: bool
    intents: list[Intent]
    finished_runs: Mapping[str, int]
    switch: Switch


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink has to do now, and when it has something to do again.

    `bundles`: what it leases, one entry for a message. `spared`: how many were dropped because nobody needs
    them: stand-ins of what another sink has taken, calls that somebody has answered. `hastened`: other sinks
    that have something to do now. `waiting`: how many deliveries wait for this sink; None where something
    was leased or is due, and it was not asked.
    """

    bundles: Sequence[Sequence[Delivery]]
    next_due: NextDue
    waiting: Queue | None
    spared: int = 0
    hastened: Collection[str] = ()


class Database:
    """Made by `open`; used from one event loop; ended by `close`."""

    def __init__(self, writer: Writer, lock: StoreLock | None) -> None:
        self._writer = writer
        self._lock = lock
        self._probes = count()
        self._fresh = Fresh()  # touched in the writer's thread only, and so is the next
        self._answers = Answers()

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
            state = _load(connection, since_us)
            self._answers.see(state.open_alerts)
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

        def work(connection: Connection) -> list[Delivery]:
            write_alerts(connection, alerts)
            self._answers.see(alerts)
            write_memories(connection, memories)
            write_commands(connection, commands)
            write_silences(connection, silences)
            if actions is not None:
                _write_actions(connection, actions)
            return queue_deliveries(connection, notifications, now, begun, self._fresh)

        return self._writer.submit(work, almost if begun else None)

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
        return await self._writer.submit(lambda connection: hold_back(connection, account, before, until))

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
            return _record(connection, updates, now, facts)

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
        with_waiting: bool = False,
        all_urgencies: bool = False,
        wakes: bool = False,
    ) -> asyncio.Future[Batch]:
        """`record`, `lease` and `next_due_at` in one: a sink's whole turn costs one commit.

        Leases what `choose` takes of up to `limit`, of which at most `others` are not critical: see
        `lease_due`. It is queued at once, and done even if the caller stops waiting for it.
        """

        def work(connection: Connection) -> Batch:
            hastened = _record(connection, updates, now, facts)
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

        return self._writer.submit(work)

    async def keep_frame(self, frame: KeptFrame) -> None:
        """Keep an unreadable frame in a bounded ring."""
        await self._writer.submit(lambda connection: write_frame(connection, frame))

    async def coverage_records(self) -> Sequence[KeptRecord]:
        """What is known of every account there ever was."""
        return await self._writer.submit(read_records)

    async def write_coverage(self, gaps: Sequence[Gap], records: Sequence[KeptRecord]) -> None:
        """Store gaps that began or ended, and what is known of accounts, in one transaction."""
        await self._writer.submit(lambda connection: write_coverage(connection, gaps, records))

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        """A comparison with the exchange's records, begun `at`, found so much that was missed."""
        await self._writer.submit(lambda connection: mark_reconciled(connection, account, at, missed))

    async def gaps_since(self, since: datetime) -> Sequence[Gap]:
        """The gaps of all accounts that reach beyond a moment; those that last have no end."""
        return await self._writer.submit(lambda connection: read_gaps(connection, since))

    async def count_left(self, served: Collection[str]) -> Mapping[str, int]:
        """How many deliveries wait for sinks that are not among those `served`, by sink."""
        return await self._writer.submit(lambda connection: count_left(connection, served))

    async def last_sent(self) -> Mapping[str, datetime]:
        """When each sink last took a delivery; the longest-silent ones may be missing."""
        return await self._writer.submit(read_last_sent)

    async def read_fact(self, key: str) -> str | None:
        """A single fact by name; None where it was never written."""
        return await self._writer.submit(lambda connection: read_fact(connection, key))

    async def write_fact(self, key: str, value: str) -> None:
        """Keep a single fact."""
        await self._writer.submit(lambda connection: write_fact(connection, key, value))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Ask something between two writes: it must read little, and make of it no more than rows."""
        return await self._writer.submit(work)

    async def settle_canaries(self) -> frozenset[str]:
        """Forget canaries that are over. Returns the sinks to which one is still on its way."""
        return await self._writer.submit(settle_canaries)

    async def counts(self) -> Mapping[str, int]:
        """`alerts_open`, and `deliveries_STATE` for each state; the canary's are none."""
        return await self._writer.submit(_counts)

    async def counts_by_sink(self, dead_since: datetime) -> Mapping[tuple[str, DeliveryState], int]:
        """Deliveries that have not arrived, by sink and state; of dead ones those made since a time."""
        return await self._writer.submit(lambda connection: count_by_sink(connection, dead_since))

    async def is_writable(self) -> bool:
        """Whether a durable write of the size of an alert succeeds now."""
        probe = str(next(self._probes)).ljust(_PROBE_SIZE, ".")
        try:
            await self._writer.submit(lambda connection: write_fact(connection, _PROBE, probe))
        except StoreError:
            return False
        return True

    async def resolved_since(self, since: datetime) -> Sequence[Alert]:
        """The alerts that ended since a time."""
        return await self._writer.submit(lambda connection: read_resolved(connection, to_us(since)))

    async def prune(self, now: datetime, retention_days: int) -> int:
        """Delete what ended more than `retention_days` ago; the newest alert of a fingerprint always stays.

        Returns how many rows went.
        """
        before_us = to_us(now - timedelta(days=retention_days))
        pruned = await self._prune(prune_deliveries, before_us)
        pruned += await self._prune(prune_alerts, before_us)
        pruned += await self._prune(prune_commands, before_us)
        pruned += await self._prune(prune_silences, before_us)
        kept_days = max(retention_days, INTENTS_KEPT_DAYS)
        pruned += await self._prune(prune_intents, to_us(now - timedelta(days=kept_days)))
        return pruned + await self._prune(prune_gaps, before_us)

    async def _prune(self, some: Callable[[Connection, int, int], int], before_us: int) -> int:
        total = 0
        while True:
            pruned = await self._writer.submit(lambda connection: some(connection, before_us, PRUNED_AT_ONCE))
            total += pruned
            if pruned < PRUNED_AT_ONCE:
                return total

    async def close(self) -> None:
        """Do what is queued, then let go of the database. Later calls raise StoreError."""
        await self._writer.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _record(
    connection: Connection,
    updates: Sequence[DeliveryUpdate],
    now: datetime | None,
    facts: Mapping[str, str] | None,
) -> Collection[str]:
    record(connection, updates)
    if facts:
        write_facts(connection, facts)
    return hasten(connection, updates, now) if now is not None else ()


def _write_actions(connection: Connection, changes: ActionChanges) -> None:
    write_intents(connection, changes.intents)
    write_steps(connection, changes.steps)
    if changes.switch is not None:
        write_switch(connection, changes.switch)


def _load(connection: Connection, since_us: int | None) -> StoredState:
    revive_interrupted(connection)
    first_start = read_fact(connection, _STARTED) is None
    if first_start:
        write_fact(connection, _STARTED, "yes")
    return StoredState(
        open_alerts=read_open_alerts(connection),
        last_episodes=read_last_episodes(connection),
        memories=read_memories(connection),
        drills=read_ended_drills(connection),
        silences=read_silences(connection),
        first_start=first_start,
        intents=read_intents(connection, since_us),
        finished_runs=count_runs(connection),
        switch=read_switch(connection),
    )


def _counts(connection: Connection) -> dict[str, int]:
    canaries = count_canaries(connection)
    by_state = {
        f"deliveries_{state}": n - canaries.get(state, 0) for state, n in count_by_state(connection).items()
    }
    return {"alerts_open": count_open(connection) - count_open_canaries(connection), **by_state}
