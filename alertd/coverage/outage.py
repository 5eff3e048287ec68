"""How a trouble of several accounts' connections stands, and how long it will take. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertd.domain.events import CoveragePhase

# Somebody comes back three times a second; after so long without anybody it is no queue any more.
PROGRESS_S = 60.0
# One dial that fails among others that succeed says nothing of the exchange.
FAILING_S = 3.0

_PROGRESS, _FAILING = timedelta(seconds=PROGRESS_S), timedelta(seconds=FAILING_S)


@dataclass(frozen=True, slots=True)
class Reach:
    """How one exchange is reached. `failing`: none of its hosts can be. `gap_s`: between two connects."""

    failing: bool = False
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Return:
    """How the concerned come back. `waiting`: streams that do not see yet; `progress_at`: when they last
    became fewer, or the trouble began. `is_moving`: they ever became fewer.
    """

    waiting: int
    progress_at: datetime
    is_moving: bool = False

    def phase(self, reach: Reach, now: datetime) -> CoveragePhase:
        """Whether nobody can connect, they come one by one, or nobody has come for a while."""
        if reach.failing and now - self.progress_at >= _FAILING:
            return CoveragePhase.UNREACHABLE
        return CoveragePhase.CONNECTING if now - self.progress_at < _PROGRESS else CoveragePhase.LOST

    def seconds_left(self, reach: Reach, now: datetime) -> int | None:
        """How long it will take; None where nobody has come back yet, or nobody does any more."""
        if not self.is_moving or self.phase(reach, now) is not CoveragePhase.CONNECTING:
            return None
        return math.ceil(self.waiting * reach.gap_s)


def follow_return(before: Return | None, waiting: int, began_at: datetime, now: datetime) -> Return:
    """What becomes of it. `waiting`: streams that do not see at `now`; `before` None: it is new."""
    if before is None:
        return Return(waiting, began_at)
    if waiting < before.waiting:
        return Return(waiting, now, is_moving=True)
    return replace(before, waiting=waiting)
