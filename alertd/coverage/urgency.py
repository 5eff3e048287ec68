"""How urgently a person must hear that an account is not watched: by what could happen to it meanwhile."""

from __future__ import annotations

import msgspec

from alertd.coverage.judging import TOLD_ELSEWHERE
from alertd.coverage.settings import CoverageSettings
from alertd.domain.events import CoverageCause, CoverageState

NOT_YET, INFO, WARNING, CRITICAL = range(4)


class Exposure(msgspec.Struct, frozen=True):
    """`positions`: open ones when last seen, None = not known. `alarmed`: an alert of it was firing."""

    positions: int | None = None
    alarmed: bool = False

    @property
    def is_flat(self) -> bool:
        """Nothing is open that could be lost. Where that is not known, it is not assumed."""
        return self.positions == 0 and not self.alarmed


def urgency(
    state: CoverageState, cause: CoverageCause, exposure: Exposure, lasted_s: float, grace: CoverageSettings
) -> int:
    """0 (not to be told, or not yet) to 3 (critical), after `lasted_s` seconds of not being watched.

    An account that is seen in part is never critical: what is seen is still told. A comparison with the
    records that is still to come is no news at once: it is under way. A ban is news at once: it lasts minutes
    at the least, and nothing that is tried ends it.
    """
    if state is CoverageState.WATCHED or cause in TOLD_ELSEWHERE:
        return NOT_YET
    is_blind = state is CoverageState.BLIND
    if is_blind and cause is CoverageCause.BANNED:
        return WARNING if exposure.is_flat else CRITICAL
    if exposure.is_flat:
        return INFO if lasted_s >= grace.info_after_s else NOT_YET
    at_once = exposure.alarmed and cause is not CoverageCause.UNRECONCILED
    if at_once and lasted_s >= grace.alarmed_after_s:
        return CRITICAL if is_blind else WARNING
    if is_blind and lasted_s >= grace.critical_after_s:
        return CRITICAL
    return WARNING if lasted_s >= grace.warning_after_s else NOT_YET
