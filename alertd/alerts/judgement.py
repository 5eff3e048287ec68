"""What an evaluation means for an alert, and the alert it opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.evaluation import Evaluation, Timing
from alertd.domain.events import Event, EventKind, MarginState, Source
from alertd.domain.recollection import Recollection
from alertd.domain.sameness import SAME_FACT_S, bare

RULE_FAILURE_ENDS_S = 3600.0
FACTS_AT_MOST = 256  # kept per episode; beyond them the oldest may be told once more

# Told when they change, not again and again: for them silence means "as before".
TOLD_ON_CHANGE = frozenset(
    {
        EventKind.COVERAGE,
        EventKind.DELIVERY,
        EventKind.CONFIGURATION,
        EventKind.MAINTENANCE,
        EventKind.SELF_CHECK,
        EventKind.ACTION,
    }
)


class Figures(TypedDict):
    """The part of an alert a person is shown that comes from the newest evaluation."""

    event: Event
    figure: str | None
    value: Decimal | None
    threshold: Decimal | None
    error: str | None
    recollection: Recollection | None


class Ending(TypedDict):
    """The part of an alert that says how an occurrence ends. `kept_s`: so long after an acknowledgement."""

    expires_at: datetime | None
    kept_s: float | None


def figures(evaluation: Evaluation) -> Figures:
    """What the newest evaluation puts into the alert's row."""
    return {
        "event": evaluation.event,
        "figure": evaluation.figure,
        "value": evaluation.value,
        "threshold": evaluation.threshold,
        "error": evaluation.error,
        "recollection": evaluation.recollection,
    }


def opened(
    evaluation: Evaluation, severity: Severity, episode: int, labels: Mapping[str, str], now: datetime
) -> Alert:
    """The first version (0, not stored yet, nothing told) of a new episode."""
    pending_s = evaluation.timing.for_s
    return Alert(
        fingerprint=evaluation.fingerprint,
        episode=episode,
        state=AlertState.PENDING if pending_s > 0 else AlertState.FIRING,
        severity=severity,
        since=now,
        updated_at=now,
        **figures(evaluation),
        facts=() if evaluation.fact is None else (evaluation.fact,),
        labels=dict(labels),
        pending_until=now + timedelta(seconds=pending_s) if pending_s > 0 else None,
        **ending(evaluation, severity, now),
    )


def as_rule_failure(evaluation: Evaluation) -> Evaluation:
    """The evaluation of a rule that failed, as a warning that ends by itself.

    It gets a fingerprint of its own (subject `rule`, one per account, kind and rule) unless the engine
    gave one: a rule that fails must neither end nor hide the danger it told of before, and one broken
    rule over a hundred positions is one alert.
    """
    name = evaluation.fingerprint
    if name.subject == evaluation.event.subject:
        name = Fingerprint(name.account, name.kind, name.rule, "rule")
    ends_s = evaluation.timing.resolve_after_s
    return replace(
        evaluation,
        fingerprint=name,
        severity=worst(Severity.WARNING, evaluation.severity),
        timing=Timing(resolve_after_s=RULE_FAILURE_ENDS_S if ends_s is None else ends_s),
        fact=None,
    )


def ends_by_time(evaluation: Evaluation) -> bool:
    """Whether it tells an occurrence, which no later event takes back."""
    if evaluation.error is not None:
        return True
    if evaluation.recollection is not None:
        return not evaluation.recollection.tells_state
    return not evaluation.event.tells_state or evaluation.event.is_over


def is_an_end(evaluation: Evaluation) -> bool:
    """Whether it says that what was told of its subject is over."""
    return evaluation.error is None and evaluation.recollection is None and evaluation.event.ends


def ending(
    evaluation: Evaluation, severity: Severity, now: datetime, *, is_acknowledged: bool = False
) -> Ending:
    """When the occurrence is over; None for a state, for an occurrence without a time, and for one that stays
    until somebody acknowledges it.
    """
    ends_s = evaluation.timing.resolve_after_s
    if ends_s is None or not ends_by_time(evaluation):
        return Ending(expires_at=None, kept_s=None)
    stays = evaluation.timing.until_acknowledged and severity is Severity.CRITICAL
    return Ending(
        expires_at=None if stays and not is_acknowledged else now + timedelta(seconds=ends_s),
        kept_s=ends_s if stays else None,
    )


def level_held(evaluation: Evaluation) -> Severity | None:
    """The level that still counts for an open alert; None: it is over."""
    if evaluation.severity is None:
        return evaluation.held
    return worst(evaluation.severity, evaluation.held)


def worst(one: Severity, other: Severity | None) -> Severity:
    """The higher of the two."""
    return other if other is not None and other.rank > one.rank else one


def is_news(alert: Alert, evaluation: Evaluation) -> bool:
    """Whether it must be told at once: a higher severity, or a fact not told yet."""
    severity, fact = evaluation.severity, evaluation.fact
    if severity is None:
        return False
    return severity.rank > alert.severity.rank or (fact is not None and fact not in alert.facts)


def facts_with(alert: Alert, fact: str | None) -> tuple[str, ...]:
    """The facts told, this one included."""
    if fact is None or fact in alert.facts:
        return alert.facts
    return (*alert.facts, fact)[-FACTS_AT_MOST:]


def is_same_fact(alert: Alert, evaluation: Evaluation) -> bool:
    """Whether the alert's row holds this very occurrence already.

    Equal but for the names and the time we gave it, within 60 s: neither another stream's copy nor a page
    read twice is a second occurrence; nor is a fact that was told and stands in the exchange's records too.
    A failing rule is counted at most once a minute, whatever it fails on.
    """
    stored, event = alert.event, evaluation.event
    if evaluation.fact in alert.facts and _is_in_records_too(stored, event):
        return True
    if abs(event.received_at - stored.received_at) >= timedelta(seconds=SAME_FACT_S):
        return False
    if alert.error is not None and evaluation.error is not None:
        return True
    return bare(stored) == bare(event)


def is_about_closed(evaluation: Evaluation) -> bool:
    """Whether a rule merely does not match a position that is gone: that is an end, not a recovery."""
    event = evaluation.event
    return evaluation.severity is None and isinstance(event, MarginState) and not event.open


def _is_in_records_too(one: Event, other: Event) -> bool:
    """One of the two was read from records, and nothing says that they happened at different times."""
    if Source.RECONCILE not in (one.source, other.source):
        return False
    if one.observed_at is None or other.observed_at is None:
        return True
    return abs(one.observed_at - other.observed_at) < timedelta(seconds=SAME_FACT_S)
