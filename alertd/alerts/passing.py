"""What happens under a silence and is over before that ends: kept with it, so that its end can name it.

Only what happened once (a lead trade that failed, a warning of the exchange), whatever ended its alert, and
what ends by its time. What recovered in silence is good news of what nobody heard of. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from alertd.alerts.mutes import name_of
from alertd.alerts.silences import Silences
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import REPORTS
from alertd.domain.silence import Silence

PASSED_AT_MOST = 20  # they stand in the row of the silence, which is written with each


def has_passed_unheard(alert: Alert, resolution: Resolution, now: datetime) -> bool:
    """Whether this silent end of an alert is that of something nobody was told."""
    if resolution is not Resolution.EXPIRED or alert.is_told:
        return False
    is_by_time = alert.expires_at is not None and alert.expires_at <= now
    is_news = alert.state is AlertState.FIRING and alert.fingerprint.kind not in REPORTS
    return is_news and (is_by_time or _happened(alert))


def _happened(alert: Alert) -> bool:
    """It tells no state: that its alert is over takes nothing back."""
    if alert.recollection is not None:
        return not alert.recollection.tells_state
    return alert.error is None and not alert.event.tells_state


def noted_in(silences: Silences, ended: Alert) -> list[Silence]:
    """The silences that muted it, with it; to be kept."""
    return [_with(silence, ended) for silence in silences.running() if name_of(silence) in ended.muted_by]


def owed(silence: Silence, others: Iterable[Silence]) -> list[Alert]:
    """What its end is to name, the worst first. `others`: what one of these muted as well it will name."""
    later = {_name(alert) for other in others for alert in other.passed}
    return [alert for alert in silence.passed if _name(alert) not in later]


def _with(silence: Silence, ended: Alert) -> Silence:
    passed = sorted((*silence.passed, ended), key=_worst_and_newest_first)
    left_out = len(passed) - PASSED_AT_MOST
    return replace(silence, passed=tuple(passed[:PASSED_AT_MOST]), unnamed=silence.unnamed + max(0, left_out))


def _worst_and_newest_first(alert: Alert) -> tuple[int, float]:
    return -alert.severity.rank, -alert.since.timestamp()


def _name(alert: Alert) -> object:
    return alert.fingerprint, alert.episode
