"""The record of one account: every interval in which it was not watched, and none besides.

An interval begins where the last proof ends and ends where the proof is whole again. What happened while
nobody looked (the process stood still, or did not run) was not watched, whatever was seen before and after.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from alertd.coverage.judging import Lapse, Verdict
from alertd.domain.coverage import Blame, Gap, KeptRecord
from alertd.domain.events import CoverageCause, CoverageState

PAUSED_AFTER_S = 10.0  # looked at every second: after so long without a look the process stood still

_PAUSED_AFTER = timedelta(seconds=PAUSED_AFTER_S)


class AccountRecord:
    """Takes verdicts in the order of time; gives the gaps that changed. `gap`: the one that lasts.

    `seen_at`: up to when it is known what was covered. `since`: from when on the record is complete.
    """

    def __init__(self, account: str, since: datetime) -> None:
        self.account = account
        self.since = since
        self.seen_at = since
        self.gap: Gap | None = None
        self.numbers = 0
        self._covered_from = since  # nothing before this may become a gap any more

    @classmethod
    def resumed(cls, kept: KeptRecord, now: datetime) -> tuple[Self, list[Gap]]:
        """Go on with a record from the store. Nobody looked between its last sight and `now`."""
        record = cls(kept.account, kept.since)
        record.numbers = kept.numbers
        record.gap = kept.open_gap
        record.seen_at = record._covered_from = kept.seen_at
        changed = record._close(kept.seen_at)
        changed += record._open(CoverageState.BLIND, CoverageCause.STOPPED, kept.seen_at)
        record.seen_at = now
        return record, changed

    def take(self, verdict: Verdict, now: datetime, blame: Blame | None = None) -> list[Gap]:
        """What is proven at `now`. `blame`: whose network it is, if the gap that lasts is to say so."""
        changed: list[Gap] = []
        if now < self.seen_at:  # the clock was set back: count on from there
            self._covered_from = min(self._covered_from, now)
        elif self.gap is None and now - self.seen_at > _PAUSED_AFTER:
            changed += self._open(CoverageState.BLIND, CoverageCause.PAUSED, self.seen_at)
            changed += self._close(now)
        self.seen_at = now
        worst = verdict.worst
        if worst is None:
            return _newest(changed + self._close(now, blame))
        if self.gap is not None and (self.gap.state, self.gap.cause) == (worst.state, worst.cause):
            return changed
        began_at = self._beginning(worst, now)
        changed += self._close(began_at, blame)
        changed += self._open(worst.state, worst.cause, began_at)
        return _newest(changed)

    def _beginning(self, lapse: Lapse, now: datetime) -> datetime:
        """Where its last proof ended, as far as that time was watched, or was seen better than it is now."""
        if lapse.since is None:
            return now
        earliest = self._covered_from
        if self.gap is not None:
            is_worse = lapse.state is CoverageState.BLIND and self.gap.state is CoverageState.DEGRADED
            earliest = self.gap.began_at if is_worse else now
        return min(max(lapse.since, earliest), now)

    def kept(self) -> KeptRecord:
        """What the store has to know besides the gaps."""
        return KeptRecord(
            account=self.account,
            since=self.since,
            seen_at=self.seen_at,
            numbers=self.numbers,
            open_gap=self.gap,
        )

    def _open(self, state: CoverageState, cause: CoverageCause, began_at: datetime) -> list[Gap]:
        self.numbers += 1
        self.gap = Gap(account=self.account, number=self.numbers, state=state, cause=cause, began_at=began_at)
        return [self.gap]

    def _close(self, ended_at: datetime, blame: Blame | None = None) -> list[Gap]:
        gap = self.gap
        if gap is None:
            return []
        self.gap = None
        self._covered_from = ended_at
        return [replace(gap, ended_at=max(ended_at, gap.began_at), blame=blame or gap.blame)]


def _newest(gaps: list[Gap]) -> list[Gap]:
    """Of a gap opened and closed in one step only the end is of interest."""
    return list({gap.number: gap for gap in gaps}.values())
