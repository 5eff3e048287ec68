"""A sink's turn: what became of its last deliveries is stored, the next are leased."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from alertd.domain.notification import Delivery, DeliveryUpdate
from alertd.store.delivery_rows import NextDue, Queue, record
from alertd.store.fact_rows import write_facts
from alertd.store.stand_in_rows import hasten


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


def record_outcomes(
    connection: Connection,
    updates: Sequence[DeliveryUpdate],
    now: datetime | None,
    facts: Mapping[str, str] | None,
) -> Collection[str]:
    """Returns the sinks that have something to do now: with `now`, stand-ins for what is dead are due."""
    record(connection, updates)
    if facts:
        write_facts(connection, facts)
    return hasten(connection, updates, now) if now is not None else ()
