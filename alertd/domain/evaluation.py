"""What a rule says about one event: the word between rules and alerts, which do not know each other."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import Event
from alertd.domain.recollection import Recollection

DAMPING_S = 300.0
LONGEST_DAMPING_S = 3600.0


class Timing(msgspec.Struct, frozen=True):
    """The times of a rule, in seconds. `resolve_after_s` None: it ends when the state says so.

    `until_acknowledged`: what is critical stays until somebody acknowledges it, and ends so long after that.
    `damping_s`: what recovered and fires again within it goes on with its episode, and is over only once it
    was better for as long; 0: never.
    """

    for_s: float = 0.0
    hold_better_s: float = 0.0
    resolve_after_s: float | None = None
    until_acknowledged: bool = False
    damping_s: float = DAMPING_S


class Evaluation(msgspec.Struct, frozen=True):
    """One rule's judgement of one event.

    `severity`: the level reached now, None = not firing. `held`: the highest level that would still
    count for an alert that already has it, because hysteresis is not yet passed (at least `severity`).
    `fact`: distinguishes facts within one episode that each deserve telling (the instrument of a lead
    trade that failed); None where the episode says it all. `error`: the rule itself failed.
    `recollection`: what a rule that looks back found; it decides whether this is a state or an occurrence.
    """

    fingerprint: Fingerprint
    event: Event
    timing: Timing
    severity: Severity | None
    held: Severity | None = None
    figure: str | None = None  # the event field the rule looked at
    value: Decimal | None = None
    threshold: Decimal | None = None
    fact: str | None = None
    error: str | None = None
    recollection: Recollection | None = None
