"""How long accounts were blind before they were seen again, what was missed, and how bad that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alertd.domain.coverage import Gap
from alertd.domain.events import CoverageState, Event, Liquidation, MarginState, Source
from alertd.domain.finding import Grade
from alertd.domain.presence import After, Comeback, Manner, Missed


def blind_from(gaps: Iterable[Gap], seen_at: datetime) -> datetime:
    """Where the blind time began that reaches up to `seen_at`, the last thing a former process knew.

    `gaps`: of one account. Those that follow one another without a pause are one: a loop of crashes, or a
    line that was cut before the stop.
    """
    began_at = seen_at
    blind = [gap for gap in gaps if gap.state is CoverageState.BLIND]
    for gap in sorted(blind, key=lambda gap: (gap.began_at, gap.number), reverse=True):
        if gap.began_at < began_at and (gap.ended_at is None or gap.ended_at >= began_at):
            began_at = gap.began_at
    return began_at


def missed_in(events: Iterable[Event]) -> list[Missed]:
    """What only the exchange's records told: liquidations, and positions that ended."""
    found: list[Missed] = []
    for event in events:
        if event.source is not Source.RECONCILE:
            continue
        if isinstance(event, Liquidation):
            found.append(_missed(event, str(event.liquidation_type)))
        elif isinstance(event, MarginState) and not event.open:
            found.append(_missed(event, "ended"))
    return found


def grade(comeback: Comeback | None) -> Grade:
    """How bad it is, whatever else was found. What was missed has an alert of its own besides."""
    if comeback is None or comeback.after is After.FIRST:
        return Grade.OK
    is_bad = comeback.manner is Manner.LOOP or bool(comeback.missed)
    if comeback.manner is Manner.ONE and comeback.after is After.CRASH:
        is_bad = True
    return Grade.WARNING if is_bad else Grade.INFO


def _missed(event: Event, what: str) -> Missed:
    return Missed(
        account=event.account,
        what=what,
        instrument=event.instrument or event.margin_currency or "",
        direction=str(event.direction or ""),
    )
