"""Gathers the daily digest of each account that leads or copies; what it holds stands in `presence/`.

What a digest is compared with tomorrow is a fact of the store, written once the digest stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alertd.clock import Clock
from alertd.coverage.account import AccountCoverage
from alertd.domain.copy_digest import CopyDigest, CopyFigures
from alertd.presence.copy_digest import (
    Baseline,
    baseline_from,
    baseline_of,
    closed_since,
    compared,
    expected,
    is_known,
)
from alertd.presence.schedule import Due
from alertd.store.database import Database

DIGESTED = "copy_digests_told_at"
PATIENCE_S = 300.0
_CURRENCY = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom a digest asks. `figures`: of an account by name, None where it neither leads nor copies."""

    accounts: Callable[[], Mapping[str, AccountCoverage]]
    figures: Callable[[str], CopyFigures | None]
    database: Database


class Digests:
    """Makes them when asked, and keeps what they are compared with next time."""

    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        self._next: dict[str, Baseline] = {}
        self._began_s = clock.monotonic_s()

    def is_ready(self) -> bool:
        """Whether everybody's figures are known, or should be by now: just after a start not all are."""
        if self._clock.monotonic_s() - self._began_s >= PATIENCE_S:
            return True
        return all(is_known(self._sources.figures(name)) for name in self._sources.accounts())

    async def events(self, due: Due) -> Sequence[CopyDigest]:
        """One for each account that leads or copies, or did so at the last digest. Raises: StoreError."""
        now, made = self._clock.now(), []
        self._next = {}
        for name, account in self._sources.accounts().items():
            former = baseline_from(await self._sources.database.read_fact(_key(name)))
            figures = expected(self._sources.figures(name), former)
            if figures.led is None and figures.copied is None:
                continue
            self._next[name] = baseline_of(figures, now)
            made.append(_digest(name, account, figures, former, due, now))
        return made

    async def noted(self, due: Due) -> None:
        """Those that were made are on record, or today's are not told. Raises: StoreError."""
        if not due.is_wanted:
            await self.events(due)
        for name, baseline in self._next.items():
            await self._sources.database.write_fact(_key(name), baseline.encoded())
        self._next = {}


def _digest(
    name: str,
    account: AccountCoverage,
    figures: CopyFigures,
    former: Baseline | None,
    due: Due,
    now: datetime,
) -> CopyDigest:
    since = closed_since(former, now)
    shown = compared(figures, former, since)
    return CopyDigest(
        event_id=f"copy_digest:{name}:{due.at.timestamp():.0f}",
        exchange=account.exchange,
        account=name,
        received_at=now,
        margin_currency=_CURRENCY,
        due_at=due.at,
        late_s=due.late_s,
        since=former.at if former is not None else None,
        closed_since=since,
        state=str(account.verdict.state),
        unseen=tuple(f"{spot.what}:{spot.where}" for spot in account.sight.unseen),
        led=shown.led,
        copied=shown.copied,
    )


def _key(account: str) -> str:
    return f"copy_digest:{account}"
