"""One account: its evidence as it comes, its record, and how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from alertd.coverage.blaming import blame
from alertd.coverage.judging import OF_LINES, TOLD_ELSEWHERE, Bounds, Evidence, Lapse, Verdict, judge
from alertd.coverage.recording import AccountRecord
from alertd.coverage.settings import CoverageSettings
from alertd.coverage.standing import Standing
from alertd.coverage.urgency import WARNING, Exposure, urgency
from alertd.domain.coverage import Blame, Gap, KeptRecord, Sight, SinkProof
from alertd.domain.events import Coverage, CoverageCause, CoverageState
from alertd.domain.maintenance import Excuse


class AccountCoverage:
    """`sight` and `verdict` are the newest. `lost_since`: when it was last watched; None: it is."""

    def __init__(self, account: str, exchange: str, record: AccountRecord, now: datetime) -> None:
        self.account = account
        self.exchange = exchange
        self.record = record
        self.sight = Sight()
        self.verdict = Verdict()
        self.lost_since: datetime | None = now
        self.reconciled_at: datetime | None = None
        # Of what coverage itself tells, or of refused credentials; an unproven sink begins no such trouble.
        self._trouble_since: datetime | None = now
        self._told_from = now  # nobody is told at a start how long alertd was stopped
        self._blind_from: datetime | None = now
        self._blame: Blame | None = None
        self._is_parked = False  # its credentials are refused: of that a rule of its own tells
        self._pause: Gap | None = None  # the process stood still, which is yet to be told
        self._lasted_s: int | None = None
        self._missed: int | None = None

    @classmethod
    def entered(
        cls, account: str, exchange: str, kept: KeptRecord | None, told: Coverage | None, now: datetime
    ) -> tuple[Self, list[Gap]]:
        """An account that is watched from now on. `kept`: its record in the store; `told`: its open alert."""
        if kept is None:
            return cls(account, exchange, AccountRecord(account, now), now), []
        record, changed = AccountRecord.resumed(kept, now)
        one = cls(account, exchange, record, now)
        one.lost_since = one._trouble_since = kept.seen_at
        if told is not None and told.since is not None:
            one.lost_since = one._trouble_since = min(kept.seen_at, told.since)
        return one, changed

    def judge(
        self,
        sight: Sight,
        critical_sinks: tuple[SinkProof, ...],
        sinks: Iterable[SinkProof],
        bounds: Bounds,
        now: datetime,
        canary: str = "",
    ) -> list[Gap]:
        """What the account shows at `now`. Returns the gaps that began or ended. `sinks`: all there are."""
        self.sight = sight
        evidence = Evidence(
            sight=sight, sinks=critical_sinks, reconciled_at=self.reconciled_at, canary=canary
        )
        former, self.verdict = self.verdict, judge(evidence, bounds, now)
        gap = self.record.gap
        if gap is not None:
            self._blame = blame(self.verdict.worst or former.worst, gap.began_at, sinks)
        changed = self.record.take(self.verdict, now, self._blame)
        for one in changed:
            if one.cause is CoverageCause.PAUSED and one.ended_at is not None:
                self._pause = one
        if changed or (self.record.gap is None) is not (self.lost_since is None):
            self._follow(now)
        self._follow_trouble(now)
        return changed

    def reconciled(self, at: datetime, missed: int) -> None:
        """A comparison with the exchange's records, begun `at`, found so much that was missed."""
        self.reconciled_at = at
        self._missed = (self._missed or 0) + missed

    def standing(
        self, grace: CoverageSettings, now: datetime, *, alarmed: bool, excuse: Excuse | None = None
    ) -> Standing:
        """How it stands; a pause of the process that is over is said once. `alarmed`: an alert was firing.

        `excuse`: planned maintenance of the exchange that goes on.
        """
        pause, self._pause = self._pause, None
        worst = self.verdict.worst
        exposure = Exposure(self.sight.positions, alarmed)
        if worst is not None:
            return self._while_lost(
                worst, exposure, grace, now, excuse if self._is_explained(worst, excuse) else None
            )
        if pause is not None and pause.ended_at is not None:
            return self._after_pause(pause, _seconds(pause.began_at, pause.ended_at), exposure, grace)
        return Standing(
            account=self.account,
            exchange=self.exchange,
            exposure=exposure,
            blame=self._blame,
            lasted_s=self._lasted_s,
            missed=self._missed,
        )

    def _while_lost(
        self, worst: Lapse, exposure: Exposure, grace: CoverageSettings, now: datetime, excuse: Excuse | None
    ) -> Standing:
        """`excuse`: what explains it."""
        return Standing(
            account=self.account,
            exchange=self.exchange,
            state=self.verdict.state,
            cause=worst.cause,
            causes=self.verdict.causes,
            stream=worst.stream,
            code=worst.code,
            detail=worst.detail,
            since=self._trouble_since or self.lost_since or now,
            told_from=self._told_from,
            waiting=sum(one.state is CoverageState.BLIND for one in self.sight.streams),
            urgency=self._urgency(worst, exposure, grace, now, excuse),
            exposure=exposure,
            blame=self._blame,
            lasted_s=None if self._trouble_since else self._lasted_s,
            missed=None if self._trouble_since else self._missed,
            excuse=excuse,
        )

    def _after_pause(
        self, pause: Gap, lasted_s: float, exposure: Exposure, grace: CoverageSettings
    ) -> Standing:
        return Standing(
            account=self.account,
            exchange=self.exchange,
            state=CoverageState.BLIND,
            cause=pause.cause,
            causes=(pause.cause,),
            since=pause.began_at,
            urgency=urgency(CoverageState.BLIND, pause.cause, exposure, lasted_s, grace),
            exposure=exposure,
        )

    def _is_explained(self, worst: Lapse, excuse: Excuse | None) -> bool:
        """Whether maintenance explains it: a line that was lost in its time."""
        if excuse is None or self._blind_from is None or worst.cause not in OF_LINES:
            return False
        return self._blind_from >= excuse.since

    def _urgency(
        self,
        worst: Lapse,
        exposure: Exposure,
        grace: CoverageSettings,
        now: datetime,
        excuse: Excuse | None = None,
    ) -> int:
        """A line that breaks has all of its own time, however long something smaller was amiss before."""
        partly_s = _seconds(self._told_from, now)
        partly = urgency(CoverageState.DEGRADED, worst.cause, exposure, partly_s, grace)
        if self._blind_from is None:
            return partly
        blind_s = _seconds(max(self._blind_from, self._told_from), now)
        whole = urgency(worst.state, worst.cause, exposure, blind_s, grace)
        return max(partly, whole if excuse is None else min(whole, WARNING))

    def _follow(self, now: datetime) -> None:
        """The record has changed: remember when it was last whole."""
        gap = self.record.gap
        if gap is None:
            if self._pause is not None:
                self._lasted_s = round(_seconds(self._pause.began_at, now))
            self.lost_since = None
        elif self.lost_since is None:
            self.lost_since = gap.began_at

    def _follow_trouble(self, now: datetime) -> None:
        """Remember since when there is something that people are told of."""
        worst, gap = self.verdict.worst, self.record.gap
        began_at = now if gap is None else gap.began_at
        was_parked = self._is_parked
        self._is_parked = worst is not None and worst.cause is CoverageCause.CREDENTIALS
        if worst is None or (worst.cause in TOLD_ELSEWHERE and not self._is_parked):
            if self._trouble_since is not None:
                self._lasted_s = round(_seconds(self._trouble_since, now))
            self._trouble_since = self._blind_from = None
            return
        if self._trouble_since is None:
            self._trouble_since = self._told_from = began_at
            self._missed = self._blame = None
        elif was_parked and not self._is_parked:
            self._told_from = began_at  # to connect again has all of its own time
        if self._is_parked or worst.state is not CoverageState.BLIND:
            self._blind_from = None
        elif self._blind_from is None:
            self._blind_from = began_at


def _seconds(earlier: datetime, later: datetime) -> float:
    return max((later - earlier).total_seconds(), 0.0)
