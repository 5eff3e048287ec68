"""What is kept and counted beside alerts and their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy import Connection

from alertd.domain.alert import Alert
from alertd.domain.coverage import Gap, KeptRecord
from alertd.domain.errors import StoreError
from alertd.domain.notification import DeliveryState
from alertd.domain.stream import KeptFrame
from alertd.store.alert_rows import count_open, prune_alerts, read_resolved
from alertd.store.canary_rows import count_canaries, count_open_canaries, settle_canaries
from alertd.store.command_rows import prune_commands
from alertd.store.coverage_rows import (
    mark_reconciled,
    prune_gaps,
    read_gaps,
    read_last_sent,
    read_records,
    write_coverage,
)
from alertd.store.delivery_rows import count_by_sink, count_by_state, count_left, prune_deliveries
from alertd.store.fact_rows import read_fact, write_fact
from alertd.store.frame_rows import write_frame
from alertd.store.intent_rows import prune_intents
from alertd.store.moments import to_us
from alertd.store.silence_rows import prune_silences
from alertd.store.writer import Writer

T = TypeVar("T")

INTENTS_KEPT_DAYS = 31  # at least: cooldowns and caps look back on those that ended
PRUNED_AT_ONCE = 500  # rows in one transaction: an alert never waits long behind housekeeping

_PROBE = "write_probe"
# The pages an alert with its deliveries changes: a disk may be full and still take a word.
_PROBE_SIZE = 48 * 1024


class Records:
    """The part of `alertd.store.database.Database` that is not on an alert's way."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._probes = count()

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
        return await self._writer.submit(count_all)

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

    async def prune(self, now: datetime, retention_days: float) -> int:
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


def count_all(connection: Connection) -> dict[str, int]:
    """See `Records.counts`."""
    canaries = count_canaries(connection)
    by_state = {
        f"deliveries_{state}": n - canaries.get(state, 0) for state, n in count_by_state(connection).items()
    }
    return {"alerts_open": count_open(connection) - count_open_canaries(connection), **by_state}
