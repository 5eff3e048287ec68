"""What the lost and waiting streams of all accounts mean together: one outage and its phase. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.events import Coverage, CoverageCause, CoveragePhase, CoverageState
from alertd.domain.shared_trouble import SharedTrouble

# The account itself gives no reason for these; refused credentials, channels and rows are its own trouble.
SHAREABLE = frozenset({CoverageCause.CONNECTION, CoverageCause.STALE})
# A start that takes no longer is nobody's trouble.
START_S = 5.0
# Somebody comes back three times a second; after so long without anybody it is no queue any more.
PROGRESS_S = 60.0
# One dial that fails among others that succeed says nothing of the exchange.
FAILING_S = 5.0

_START, _PROGRESS, _FAILING = (timedelta(seconds=s) for s in (START_S, PROGRESS_S, FAILING_S))


@dataclass(frozen=True, slots=True)
class Lost:
    """A stream that sees nothing since then. `starting`: it never did, and no try of it has failed yet."""

    since: datetime
    starting: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the streams. `failing`: no host can be reached. `gap_s`: between two connects.

    `progress_at`: when a stream was last watched again.
    """

    failing: bool
    gap_s: float
    accounts: int
    progress_at: datetime | None = None


def troubles(lost: Mapping[tuple[str, str], Lost], now: datetime) -> dict[str, datetime]:
    """By account: since when a stream of it, (account, stream), is lost or waits too long for its start."""
    found: dict[str, datetime] = {}
    for (account, _), one in lost.items():
        if not one.starting or now - one.since >= _START:
            found[account] = min(found.get(account, one.since), one.since)
    return found


def is_shareable(coverage: Coverage) -> bool:
    """Whether the trouble of a stream may be that of others, too."""
    return coverage.state is CoverageState.BLIND and coverage.cause in SHAREABLE


def phase_of(shared: SharedTrouble, facts: Facts, now: datetime) -> CoveragePhase:
    """Whether nobody can connect, they come one by one, or nobody has come for a while."""
    latest = shared.since if facts.progress_at is None else max(shared.since, facts.progress_at)
    if facts.failing and now - latest >= _FAILING:
        return CoveragePhase.UNREACHABLE
    return CoveragePhase.CONNECTING if now - latest < _PROGRESS else CoveragePhase.LOST


def told_while(
    exchange: str, shared: SharedTrouble, lost: Iterable[tuple[str, str]], facts: Facts, now: datetime
) -> Coverage:
    """The event that tells of the outage as it stands."""
    phase = phase_of(shared, facts, now)
    streams = sum(1 for account, _ in lost if account in shared.members)
    left_s = math.ceil(streams * facts.gap_s) if phase is CoveragePhase.CONNECTING else None
    return _told(
        exchange,
        now,
        state=CoverageState.BLIND,
        since=shared.since,
        accounts=shared.names,
        joined=shared.joined_later,
        back=shared.back,
        of_accounts=facts.accounts,
        phase=phase,
        seconds_left=left_s,
        wave=shared.wave,
    )


def told_after(exchange: str, shared: SharedTrouble | None, left: Iterable[str], now: datetime) -> Coverage:
    """The event that tells its end. `shared` None: there is none, whatever an earlier process told.

    `left`: who still has the trouble, and is told by himself from now on.
    """
    everyone = () if shared is None else shared.everyone
    remaining = set(left)
    return _told(
        exchange,
        now,
        state=CoverageState.WATCHED,
        since=None if shared is None else shared.since,
        accounts=everyone,
        back=tuple(name for name in everyone if name not in remaining),
    )


def _told(exchange: str, now: datetime, **more: object) -> Coverage:
    return Coverage(
        event_id=f"coverage:{exchange}:{now.timestamp():.6f}",
        exchange=exchange,
        account="",
        received_at=now,
        cause=CoverageCause.CONNECTION,
        shared=True,
        **more,  # type: ignore[arg-type]
    )
