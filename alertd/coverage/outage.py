"""How a trouble of several accounts' connections stands, and how long it will take. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from alertd.domain.events import CoveragePhase

# Somebody comes back three times a second; after so long without anybody it is no queue any more.
PROGRESS_S = 60.0
# One dial that fails among others that succeed says nothing of the exchange.
FAILING_S = 3.0

# Who was not there from the beginning, and for less, comes and goes: no sign that the others come back.
SETTLED_S = 30.0

_PROGRESS, _FAILING, _SETTLED = (timedelta(seconds=s) for s in (PROGRESS_S, FAILING_S, SETTLED_S))


class Reach(msgspec.Struct, frozen=True):
    """How one exchange is reached. `failing`: none of its hosts can be. `gap_s`: between two connects."""

    failing: bool = False
    gap_s: float = 0.0


class Return(msgspec.Struct, frozen=True):
    """How the concerned come back.

    `waiting`: how many streams of each do not see yet, `joined_at`: when it came in. `progress_at`: when one
    of them last saw more again, or the trouble began; `is_moving`: one ever did.
    """

    waiting: Mapping[str, int]
    joined_at: Mapping[str, datetime]
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
        return math.ceil(sum(self.waiting.values()) * reach.gap_s)


def follow_return(before: Return | None, at_present: Return, now: datetime) -> Return:
    """What becomes of it. `at_present`: as if it had just begun."""
    if before is None:
        return at_present
    first = min(before.joined_at.values(), default=now)
    is_progress = any(
        at_present.waiting.get(name, 0) < before.waiting[name]
        for name, joined_at in before.joined_at.items()
        if joined_at - first < _SETTLED or now - joined_at >= _SETTLED
    )
    return replace(
        at_present,
        progress_at=now if is_progress else before.progress_at,
        is_moving=is_progress or before.is_moving,
    )
