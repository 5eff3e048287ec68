"""The first sentence about a position near liquidation: which one is true of the alert. Pure."""

from __future__ import annotations

from alertd.alerts.states import END_REASONS
from alertd.domain.alert import Alert, Severity
from alertd.domain.events import MarginState
from alertd.domain.notification import Reason
from alertd.sinks.easing import better_since
from alertd.sinks.figures import clean, given
from alertd.sinks.speech import Speech

_BUILTIN_FIGURES = ("margin_ratio", "buffer_used", "minutes_to_liquidation", "distance_to_liquidation")
_ENDS = frozenset(END_REASONS.values())
_GONE = _ENDS - {Reason.RECOVERED}


def margin_sentence(speech: Speech, alert: Alert, event: MarginState, reason: Reason, position: str) -> str:
    """What happened to it, as `position` is called."""
    parts = {"position": position, "exchange": speech.exchange(event), "rule": clean(alert.fingerprint.rule)}
    since = better_since(alert)
    if since is not None and reason not in _ENDS:
        return speech.say(_better(alert), **parts, since=speech.since(since))
    happened = speech.say(_key(alert, reason), **parts)
    if _was_inside_when_opened(alert, event):
        happened += f" {speech.say('margin_already_inside')}"
    return happened


def _better(alert: Alert) -> str:
    if alert.figure not in _BUILTIN_FIGURES:
        return "custom_better"
    return "margin_better_info" if alert.severity is Severity.INFO else "margin_better"


def _key(alert: Alert, reason: Reason) -> str:
    if alert.figure not in _BUILTIN_FIGURES and reason not in _GONE:
        return {Reason.RECOVERED: "custom_over", Reason.REMINDER: "custom_still"}.get(reason, "custom_fired")
    if reason in _ENDS or reason in (Reason.WORSENED, Reason.REMINDER):
        return f"margin_{reason}"
    return "margin_info" if alert.severity is Severity.INFO else "margin_new"


def _was_inside_when_opened(alert: Alert, event: MarginState) -> bool:
    opened, level = given(event.opening_margin_ratio), given(alert.threshold)
    return alert.figure == "margin_ratio" and opened is not None and level is not None and opened <= level
