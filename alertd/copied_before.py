"""Whom an account copied when its exchange was last asked, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping

from alertd.actions.copied import Remembered, nobody_known
from alertd.exchanges.okx import relations
from alertd.reconciling import ReconcileDoors
from alertd.relating import relations_key


def copied_before(doors: ReconcileDoors | None, account: str, exchange: str) -> Remembered:
    """Asked each time: another list may have come meanwhile. It raises StoreError."""
    if doors is None:
        return nobody_known

    async def remembered() -> Mapping[str, str] | None:
        if exchange == "toobit":
            # Late: a process without such an account does without all that these need.
            from alertd.exchanges.toobit import pools
            from alertd.following import leaders_key

            known = pools.known_of(await doors.facts.read_fact(leaders_key(account))).pools
            return None if known is None else {one: pool.name or "" for one, pool in known.items()}
        traders = relations.known_of(await doors.facts.read_fact(relations_key(account))).traders
        return None if traders is None else {one: copied.name or "" for one, copied in traders.items()}

    return remembered
