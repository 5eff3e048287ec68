"""What both types of rule share: the words in which they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alertd.domain.alert import Fingerprint
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import (
    ActionState,
    ConfigurationState,
    CopyDigest,
    CopyRelation,
    Coverage,
    Event,
    EventKind,
    Findings,
    LeaderChange,
    LeadTradeFailed,
    Liquidation,
    Maintenance,
    MarginState,
    Occasion,
    Stopping,
    Summary,
)
from alertd.rules.matchers import Gate

RULE_FAILED = (
    "rule failed"  # the fact of an evaluation that failed, so that it is told within an open episode
)
LONGEST_FACT = 500
_EACH_IS_NEWS = (Occasion.START, Occasion.SWITCHED)


class Rule(Protocol):
    """One compiled rule. It keeps nothing from one event to the next. `figures`: the fields it judges by."""

    name: str
    kind: EventKind
    gate: Gate | None
    figures: frozenset[str]

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""

    def covers_like(self, event: Event) -> bool:
        """Whether events on the same instrument, side and margin (`STANDING_FIELDS`) can fire it at all."""

    def may_fire(self, event: Event) -> bool:
        """False where the event certainly does not fire it: cheap, asked for every event."""

    def evaluate(self, event: Event, *, is_open: bool) -> Evaluation | None:
        """The judgement of one event; None where there is nothing to say.

        `is_open`: an alert of this rule and subject is open, so a better level is worth saying.
        """

    def stand_down(self, event: Event) -> Evaluation:
        """The answer for an open alert of an account that the rule does not concern (any more)."""


def judges_stale(event: Event, figures: frozenset[str]) -> bool:
    """Whether a figure that these judge by is older than the event: that raises nothing, and ends nothing."""
    return isinstance(event, MarginState) and bool(event.stale) and not figures.isdisjoint(event.stale)


def fingerprint_of(event: Event, rule: str) -> Fingerprint:
    """The fingerprint of a rule's alert on what the event is about."""
    return Fingerprint(event.account, event.kind, rule, event.subject)


def fact_of(event: Event) -> str | None:
    """What tells one occurrence from the next within an episode; None where the episode says it all."""
    if isinstance(event, LeadTradeFailed):
        way = event.direction or event.side
        return f"{event.instrument or '*'}/{way or '*'}" if event.instrument or way else "*"
    if isinstance(event, Liquidation):
        return _liquidated(event)
    if isinstance(event, ActionState):
        return event.step
    if isinstance(event, CopyRelation | LeaderChange):
        named = f"{event.order_id}/" if isinstance(event, LeaderChange) and event.order_id else ""
        return f"{event.change}/{named}{event.revision}"  # each change is news, also the same one again
    if isinstance(event, ConfigurationState):
        return "; ".join(event.problems)[:LONGEST_FACT]  # the next try may be refused for another reason
    if isinstance(event, Coverage) and event.wave:
        return f"wave/{event.wave}"  # accounts have joined that were not told of
    if isinstance(event, Stopping) or (isinstance(event, Findings) and event.occasion in _EACH_IS_NEWS):
        return event.event_id  # which of them are told is decided before: each that comes is news
    if isinstance(event, Summary | CopyDigest):
        return event.due_at.isoformat() if event.due_at else event.event_id
    if isinstance(event, Findings):
        return ("; ".join(sorted(finding.name for finding in event.findings)) or "*")[:LONGEST_FACT]
    if isinstance(event, Maintenance):
        return f"{event.stage}/{event.revision}"  # what was told of it before says nothing of this
    return None


def _liquidated(event: Liquidation) -> str:
    parts = (event.liquidation_type, event.instrument, event.direction, event.position_id)
    named = "/".join(str(part or "*") for part in parts)
    if event.opened_at:  # the next position of the instrument has the same id
        named += f"/{event.opened_at.timestamp():.3f}"
    if event.position_id is None and event.observed_at:  # nothing else tells this one from the next
        named += f"/{event.observed_at:%Y-%m-%dT%H:%M}"
    # First a part of it, then the rest: that is news again.
    return f"{named}/gone" if event.remaining_size == 0 else named
