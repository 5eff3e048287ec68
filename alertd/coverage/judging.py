"""What the evidence about one account proves: watched only where every proof is there and young."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from alertd.domain.coverage import Sight, SinkProof, StreamSight
from alertd.domain.events import CoverageCause, CoverageState

# Told of by a rule of its own: coverage shows it and says nothing more.
TOLD_ELSEWHERE = frozenset(
    {
        CoverageCause.CREDENTIALS,
        CoverageCause.SINK_DEAD,
        CoverageCause.SINK_UNPROVEN,
        CoverageCause.CANARY,
    }
)
# Whose line is lost is connected, waits and falls silent in turn: one trouble, whatever the word.
OF_LINES = frozenset(
    {CoverageCause.CONNECTION, CoverageCause.STALE, CoverageCause.WAITING, CoverageCause.STARTING}
)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How old a proof may be, in seconds, and how large the clock's offset.

    `reconciled_within_s` None: nothing compares with the exchange's records, so nothing is asked of it.
    `overdue_s`: how late a sign of life may be handed on by a busy process.
    """

    offset_s: float = 5.0
    offset_measured_within_s: float = 3 * 3600.0
    sink_proven_within_s: float = 26 * 3600.0
    reconciled_within_s: float | None = None
    overdue_s: float = 2.0


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`sinks`: of the account's critical route. `reconciled_at`: when a comparison began that succeeded.

    `canary`: what the canary found wrong on the way to a person; empty: nothing.
    """

    sight: Sight
    sinks: Sequence[SinkProof] = ()
    reconciled_at: datetime | None = None
    canary: str = ""


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """One proof that is missing, and what that makes of the account. `since`: where it is known."""

    state: CoverageState
    cause: CoverageCause
    stream: str = ""
    code: str = ""
    detail: str = ""
    since: datetime | None = None
    resolved: bool | None = None


class Verdict(msgspec.Struct, frozen=True):
    """`lapses`: every proof that is missing, the worst first; none: the account is watched."""

    lapses: tuple[Lapse, ...] = ()

    @property
    def state(self) -> CoverageState:
        """The worst of all."""
        return self.lapses[0].state if self.lapses else CoverageState.WATCHED

    @property
    def worst(self) -> Lapse | None:
        """What the account's gap is named after."""
        return self.lapses[0] if self.lapses else None

    @property
    def causes(self) -> tuple[CoverageCause, ...]:
        """Each cause once, the worst first."""
        return tuple(dict.fromkeys(lapse.cause for lapse in self.lapses))


def judge(evidence: Evidence, bounds: Bounds, now: datetime) -> Verdict:
    """What the evidence proves at `now` (aware)."""
    sight = evidence.sight
    lapses = [lapse for stream in sight.streams for lapse in _stream(stream, bounds, now)]
    if not any(stream.essential for stream in sight.streams):
        lapses.append(Lapse(state=CoverageState.BLIND, cause=CoverageCause.STARTING))
    lapses += _clock(sight, bounds, now)
    lapses += _reconcile(evidence, bounds, now)
    lapses += _sinks(evidence.sinks, bounds, now)
    if evidence.canary:
        lapses.append(Lapse(state=CoverageState.DEGRADED, cause=CoverageCause.CANARY, detail=evidence.canary))
    return Verdict(tuple(sorted(lapses, key=_badness)))


_ORDER = {cause: number for number, cause in enumerate(CoverageCause)}


def _badness(lapse: Lapse) -> tuple[bool, bool, int]:
    quiet = lapse.cause in TOLD_ELSEWHERE and lapse.cause is not CoverageCause.CREDENTIALS
    return lapse.state is not CoverageState.BLIND, quiet, _ORDER[lapse.cause]


def _stream(stream: StreamSight, bounds: Bounds, now: datetime) -> Iterator[Lapse]:
    """A stream that sees nothing blinds the account only where it is the essential one."""
    if stream.state is not CoverageState.WATCHED:
        is_blind = stream.essential and stream.state is CoverageState.BLIND
        yield Lapse(
            state=CoverageState.BLIND if is_blind else CoverageState.DEGRADED,
            cause=stream.cause or CoverageCause.CONNECTION,
            stream=stream.name,
            code=stream.code,
            detail=stream.detail,
            since=stream.since,
            resolved=stream.resolved,
        )
    if stream.state is CoverageState.BLIND:
        return
    blinds = CoverageState.BLIND if stream.essential else CoverageState.DEGRADED
    if stream.awaiting:
        detail = f"Connected, but nothing has come yet of: {', '.join(stream.awaiting)}."
        yield Lapse(state=blinds, cause=CoverageCause.WAITING, stream=stream.name, detail=detail)
    if stream.overdue_s > bounds.overdue_s:
        since = now - timedelta(seconds=stream.silent_s)
        detail = f"A regular sign of life is {stream.overdue_s:.0f} s late."
        yield Lapse(state=blinds, cause=CoverageCause.STALE, stream=stream.name, detail=detail, since=since)


def _clock(sight: Sight, bounds: Bounds, now: datetime) -> Iterator[Lapse]:
    degraded = CoverageState.DEGRADED
    measured_s = bounds.offset_measured_within_s
    if sight.offset_s is None or sight.offset_at is None:
        detail = "The exchange's time was not learned yet."
        yield Lapse(state=degraded, cause=CoverageCause.CLOCK, detail=detail)
    elif not _is_young(sight.offset_at, measured_s, now):
        detail = f"The exchange's time was last learned more than {measured_s / 3600:g} h ago."
        yield Lapse(state=degraded, cause=CoverageCause.CLOCK, detail=detail)
    elif abs(sight.offset_s) > bounds.offset_s:
        detail = f"This machine's clock is off by {abs(sight.offset_s):.1f} s."
        yield Lapse(state=degraded, cause=CoverageCause.CLOCK, detail=detail)


def _reconcile(evidence: Evidence, bounds: Bounds, now: datetime) -> Iterator[Lapse]:
    """It must be young, and begin after the stream was up: what was missed before is found only then."""
    if bounds.reconciled_within_s is None:
        return
    at = evidence.reconciled_at
    essential = [one for one in evidence.sight.streams if one.essential]
    if any(one.state is CoverageState.BLIND for one in essential):
        return  # that is what is wrong; a comparison comes when it is over
    up = [one.since for one in essential if one.since is not None]
    is_new = at is not None and all(at >= since for since in up)
    if at is None or not is_new or not _is_young(at, bounds.reconciled_within_s, now):
        yield Lapse(state=CoverageState.DEGRADED, cause=CoverageCause.UNRECONCILED)


def _sinks(sinks: Sequence[SinkProof], bounds: Bounds, now: datetime) -> Iterator[Lapse]:
    """One that works is enough: that is the one a person hears of danger through."""
    alive = [sink for sink in sinks if not sink.is_dead]
    if sinks and not alive:
        yield Lapse(state=CoverageState.DEGRADED, cause=CoverageCause.SINK_DEAD)
    elif not any(
        sink.sent_at is not None and _is_young(sink.sent_at, bounds.sink_proven_within_s, now)
        for sink in alive
    ):
        yield Lapse(state=CoverageState.DEGRADED, cause=CoverageCause.SINK_UNPROVEN)


def _is_young(at: datetime, within_s: float, now: datetime) -> bool:
    return now - at <= timedelta(seconds=within_s)
