"""What rules that look back remember, and what they tell people of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class LooksBack(StrEnum):
    """The types of rule that need more than the event at hand."""

    COUNT = "count"
    ABSENCE = "absence"
    DRAWDOWN = "drawdown"


class Recollection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What such a rule found, as a person is told it.

    `span_s`: the time it looks back over, for an absence the one it waits. `known_since`: nothing earlier is
    remembered. `since`: of a count the first event; of an absence the last event seen (None: none was); of a
    drawdown when the peak was. `absent_s`: watched time only; None where the rule does not look any more.
    `fall` and `fall_wanted` are parts of the peak.
    """

    rule_type: LooksBack
    span_s: float
    known_since: datetime
    since: datetime | None = None
    count: int | None = None
    count_wanted: int | None = None
    absent_s: float | None = None
    peak: Decimal | None = None
    fall: Decimal | None = None
    fall_wanted: Decimal | None = None

    @property
    def tells_state(self) -> bool:
        """An absence and a drawdown last until something ends them; a count is an occurrence."""
        return self.rule_type is not LooksBack.COUNT


class RuleMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's memory of one subject, as it is stored.

    `definition` names the keys it was gathered under: a memory of other ones is worth nothing. `body` is the
    rule's own text; None: there is nothing to remember any more.
    """

    rule: str
    account: str
    subject: str
    definition: str
    body: str | None
