"""When an alert is told again, and which one speaks for its account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from heapq import nsmallest
from operator import itemgetter

from alertd.alerts.calm import is_calm
from alertd.alerts.pausing import Pausing, each
from alertd.domain.alert import Alert, AlertState
from alertd.domain.events import MarginState

# Alerts of one account due within this time of each other are reminded of together.
GATHER_S = 10.0
# A reminder names at most so many others: it is one message for a small screen, and one row.
ALSO_AT_MOST = 50

_A_DAY_S = 86_400.0
_FAR = Decimal("Infinity")


def growing_steps(first_s: float, factor: float, longest_s: float) -> tuple[float, ...]:
    """The seconds before each reminder where each is `factor` times (above 1) the one before, up to the
    longest, which repeats.
    """
    steps_s = [first_s]
    while steps_s[-1] < longest_s:
        steps_s.append(min(steps_s[-1] * factor, longest_s))
    return tuple(steps_s)


@lru_cache(maxsize=256)
def until_daily(steps_s: tuple[float, ...]) -> tuple[float, ...]:
    """The steps, then each twice the one before, up to a day; what repeats is never sooner than daily.
    () stays ().
    """
    if not steps_s or steps_s[-1] >= _A_DAY_S:
        return steps_s
    return steps_s + growing_steps(steps_s[-1], 2.0, _A_DAY_S)[1:]


def can_be_reminded(alert: Alert) -> bool:
    """Firing, not muted, and its position not known to be gone. It may still be calm (`is_calm`)."""
    return alert.state is AlertState.FIRING and alert.vanished_at is None and not alert.muted_by


def due_together(alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """Of one account's alerts those that are reminded of now, in one notification; [] if none is due."""
    waiting = [
        (alert.remind_at, alert)
        for alert in alerts
        if alert.remind_at and can_be_reminded(alert) and not is_calm(alert, now)
    ]
    if not waiting:
        return []
    earliest = min(at for at, _ in waiting)
    if earliest > now:
        return []
    # from the due time, not from `now`: how often somebody ticks must not decide who is told
    latest = max(now, earliest + timedelta(seconds=GATHER_S))
    return [alert for at, alert in waiting if at <= latest]


def urgency(alert: Alert) -> tuple[int, Decimal, Decimal, Decimal, tuple[str, ...]]:
    """A sort key: the most severe first, then the least time, distance and margin left."""
    event = alert.event
    minutes = distance = ratio = None
    if isinstance(event, MarginState):
        minutes, distance = event.minutes_to_liquidation, event.distance_to_liquidation
        ratio = event.margin_ratio
    return (
        -alert.severity.rank,
        _FAR if minutes is None else minutes,
        _FAR if distance is None else distance,
        _FAR if ratio is None else ratio,
        tuple(alert.fingerprint),
    )


def most_urgent(alerts: Iterable[Alert], most: int = 1) -> Pausing[list[Alert]]:
    """The most urgent first."""
    ranked = yield from each(alerts, lambda alert: (urgency(alert), alert))
    return [alert for _, alert in nsmallest(most, ranked, key=itemgetter(0))]
