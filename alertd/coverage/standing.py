"""How one account stands: what its evidence, its record and the time make of it together."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.coverage.urgency import Exposure
from alertd.domain.coverage import Blame
from alertd.domain.events import CoverageCause, CoverageState
from alertd.domain.maintenance import Excuse


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands now. `since`: when it was last watched; `lasted_s`, `missed`: of its last gap.

    `excuse`: the planned maintenance of the exchange that explains it.
    `told_from`: like `since`, but never before this process began. `waiting`: its streams that do not see.
    """

    account: str
    exchange: str
    state: CoverageState = CoverageState.WATCHED
    cause: CoverageCause | None = None
    causes: tuple[CoverageCause, ...] = ()
    stream: str = ""
    code: str = ""
    detail: str = ""
    since: datetime | None = None
    told_from: datetime | None = None
    waiting: int = 0
    urgency: int = 0
    exposure: Exposure = msgspec.field(default_factory=Exposure)
    blame: Blame | None = None
    lasted_s: int | None = None
    missed: int | None = None
    excuse: Excuse | None = None
