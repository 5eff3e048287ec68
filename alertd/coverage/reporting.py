"""What a record amounts to: how much of a time was watched, how often and how long it was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

import msgspec

from alertd.domain.coverage import Gap

_NONE = timedelta(0)


class Outage(msgspec.Struct, frozen=True):
    """Gaps that follow one another without a pause, as a person counts them."""

    began_at: datetime
    ended_at: datetime
    gaps: tuple[Gap, ...]

    @property
    def length_s(self) -> float:
        """Seconds."""
        return (self.ended_at - self.began_at).total_seconds()

    @property
    def is_reconciled(self) -> bool:
        """What happened in all of it was looked up afterwards."""
        return all(gap.reconciled_at is not None for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one account from `since` to `until`. A gap that lasts ends at `until`."""

    account: str
    since: datetime
    until: datetime
    outages: tuple[Outage, ...]

    @property
    def unwatched_s(self) -> float:
        """Seconds not watched."""
        return sum(outage.length_s for outage in self.outages)

    @property
    def watched_percent(self) -> Decimal:
        """Of 100, two decimals, never rounded up: 100 means all of it. 0 where no time has passed."""
        whole_s = (self.until - self.since).total_seconds()
        if whole_s <= 0:
            return Decimal(0)
        share = Decimal(100) * (1 - Decimal(str(self.unwatched_s)) / Decimal(str(whole_s)))
        return max(share, Decimal(0)).quantize(Decimal("0.01"), ROUND_FLOOR)

    @property
    def longest_s(self) -> float:
        """Seconds; 0 where there was none."""
        return max((outage.length_s for outage in self.outages), default=0.0)

    @property
    def unreconciled(self) -> int:
        """Outages after which nothing was compared with the exchange's records."""
        return sum(1 for outage in self.outages if not outage.is_reconciled)

    @property
    def missed(self) -> int:
        """What the comparisons found."""
        return sum(gap.missed or 0 for outage in self.outages for gap in outage.gaps)


def figures(account: str, gaps: Iterable[Gap], since: datetime, until: datetime) -> Figures:
    """Sum up the gaps of one account, in any order; only what lies between the two moments counts."""
    outages: list[Outage] = []
    for began_at, ended_at, gap in sorted(_clipped(gaps, since, until), key=lambda one: one[:2]):
        last = outages[-1] if outages else None
        if last is not None and began_at <= last.ended_at:
            outages[-1] = Outage(last.began_at, max(last.ended_at, ended_at), (*last.gaps, gap))
        else:
            outages.append(Outage(began_at, ended_at, (gap,)))
    counted = tuple(outage for outage in outages if outage.length_s > 0)
    return Figures(account, since, until, counted)


def _clipped(
    gaps: Iterable[Gap], since: datetime, until: datetime
) -> Sequence[tuple[datetime, datetime, Gap]]:
    spans = [(max(gap.began_at, since), min(gap.ended_at or until, until), gap) for gap in gaps]
    return [span for span in spans if span[1] - span[0] >= _NONE]
