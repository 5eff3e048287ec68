"""A delivery as a title for the lock screen and a body that says what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from alertd.domain.alert import Alert
from alertd.domain.events import (
    NO_DANGER,
    REPORTS,
    Away,
    ConfigurationState,
    CopyRelation,
    Coverage,
    CoverageCause,
    CoverageReport,
    CoverageState,
    DeliveryHealth,
    Drill,
    DrillDue,
    Event,
    Findings,
    LeadTradeFailed,
    Liquidation,
    LiquidationWarning,
    Maintenance,
    MarginState,
    SelfCheck,
    Stopping,
    Summary,
    Tick,
)
from alertd.domain.notification import Delivery, Notification, Reason
from alertd.domain.presence import Manner
from alertd.sinks.figures import clean, clip, given, width
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story
from alertd.sinks.story_back import story_of_recollection
from alertd.sinks.story_copying import copying_story
from alertd.sinks.story_coverage import coverage_story, report_story
from alertd.sinks.story_drill import away_story, drill_due_story, drill_marker, drill_story, escalated_lines
from alertd.sinks.story_findings import findings_story
from alertd.sinks.story_lead import lead_story
from alertd.sinks.story_maintenance import maintenance_story
from alertd.sinks.story_outage import outage_story
from alertd.sinks.story_position import (
    ENDED,
    field_name,
    figure_text,
    liquidation_story,
    margin_story,
    warning_story,
)
from alertd.sinks.story_presence import stopping_story, with_comeback
from alertd.sinks.story_self_check import self_check_story
from alertd.sinks.story_summary import summary_story
from alertd.sinks.story_watching import configuration_story, rule_failed_story, sink_story
from alertd.sinks.texts import Language

TITLE_COLUMNS = 60  # what a phone shows on its lock screen; a Chinese character takes two
_SHORTEST_NAME = 8
_MOST_OTHERS = 10
_LATE_S = 10.0
_GOES_ON = (Reason.REMINDER, Reason.ESCALATED)


class Message(msgspec.Struct, frozen=True):
    """What a sink is given. Both are plain text; the body's lines stand in order of importance."""

    title: str
    body: str


def render(delivery: Delivery, *, language: Language, timezone: ZoneInfo, now: datetime) -> Message:
    """Tell one notification. `now` is the time of this attempt, so that a late one says how late."""
    speech = Speech(language, timezone, now)
    notification = delivery.notification
    if notification.is_canary:
        return Message(speech.say("canary_title"), speech.say("canary_body"))
    story = _story(speech, notification.alert, notification.reason)
    lines = [
        story.happened,
        *_reason_lines(speech, notification),
        *([speech.say("duplicate")] if delivery.possible_duplicate else []),
        *_account_line(speech, notification.alert),
        *story.facts,
        *_numbered(speech, story.steps),
        *story.details,
        *_others(speech, notification),
        *_when(speech, notification),
        *_rule_line(speech, notification.alert),
        speech.say(_what_was_done(notification)),
    ]
    return Message(_title(speech, delivery, story), "\n".join(line for line in lines if line))


def _what_was_done(notification: Notification) -> str:
    """A stream that is not seen now must not be told as watched."""
    event = notification.alert.event
    if isinstance(event, Stopping):
        return "did_stop"
    if isinstance(event, Findings) and event.comeback and event.comeback.manner is Manner.LOOP:
        return "did_restart"
    if not isinstance(event, Coverage) or notification.reason is Reason.RECOVERED:
        return "did_nothing"
    if event.state is CoverageState.BLIND and event.cause == CoverageCause.CREDENTIALS:
        return "did_park"
    return "did_nothing" if event.state is CoverageState.WATCHED else "did_try_again"


def _story(speech: Speech, alert: Alert, reason: Reason) -> Story:
    if alert.error is not None:
        return rule_failed_story(speech, alert, reason)
    newest = _story_of_event(speech, alert, reason)
    if alert.recollection is None:
        return newest
    return story_of_recollection(speech, alert, alert.recollection, reason, newest)


def _story_of_event(speech: Speech, alert: Alert, reason: Reason) -> Story:
    event = alert.event
    match event:
        case MarginState():
            return margin_story(speech, alert, event, reason)
        case LiquidationWarning():
            return warning_story(speech, alert, event, reason)
        case Liquidation():
            return liquidation_story(speech, alert, event, reason)
        case LeadTradeFailed():
            return lead_story(speech, event)
        case CopyRelation():
            return copying_story(speech, event)
        case Coverage(account="", cause="connection", state=CoverageState.BLIND | CoverageState.WATCHED):
            return outage_story(speech, event, reason)
        case Coverage():
            return coverage_story(speech, event, reason)
        case Maintenance():
            return maintenance_story(speech, event, reason)
        case Drill():
            return drill_story(speech, alert, event, reason)
    if (ours := _story_of_ourselves(speech, event, reason)) is not None:
        return ours
    rule = clean(alert.fingerprint.rule, 60)
    happened = speech.say("other_happened", rule=rule, kind=event.kind)
    return Story(subject=speech.say("other_subject", kind=event.kind), happened=happened)


def _story_of_ourselves(speech: Speech, event: Event, reason: Reason) -> Story | None:
    match event:
        case CoverageReport():
            return report_story(speech, event)
        case DeliveryHealth():
            return sink_story(speech, event, reason)
        case ConfigurationState():
            return configuration_story(speech, event, reason)
        case Findings():
            found = findings_story(speech, event)
            return with_comeback(speech, event, event.comeback, found) if event.comeback else found
        case Stopping():
            return stopping_story(speech, event)
        case Summary():
            return summary_story(speech, event)
        case SelfCheck():
            return self_check_story(speech, event, reason)
        case DrillDue():
            return drill_due_story(speech, event)
        case Away():
            return away_story(speech, event, reason)
    return None


def _title(speech: Speech, delivery: Delivery, story: Story) -> str:
    """The most important part first; what does not fit is left out from the end."""
    marker = _marker(speech, delivery)
    account = "" if story.names_account else speech.account(delivery.notification.alert.event)
    parts = {"marker": marker, "subject": story.subject, "figure": story.figure, "account": account}
    for text in _title_forms(speech, parts):
        if width(text) <= TITLE_COLUMNS:
            return text
    return clip(speech.say("title_subject_only", **parts), TITLE_COLUMNS)


def _title_forms(speech: Speech, parts: dict[str, str]) -> Iterator[str]:
    """From the fullest to the barest."""
    clipped = {**parts, "account": clip(parts["account"], _SHORTEST_NAME)}
    if parts["figure"]:
        if parts["account"]:
            yield speech.say("title", **parts)
            yield speech.say("title", **clipped)
        bare = {**parts, "subject": ""}
        yield speech.say("title_without_account", **parts)
        room = TITLE_COLUMNS - width(speech.say("title_without_account", **bare))
        if room >= _SHORTEST_NAME:
            yield speech.say("title_without_account", **{**parts, "subject": clip(parts["subject"], room)})
    if parts["account"]:
        yield speech.say("title_without_figure", **parts)
        yield speech.say("title_without_figure", **clipped)
    yield speech.say("title_subject_only", **parts)


def _marker(speech: Speech, delivery: Delivery) -> str:
    notification = delivery.notification
    severity = speech.say(f"severity_{notification.alert.severity}")
    reason = notification.reason
    is_later_stage = reason is Reason.WORSENED and isinstance(notification.alert.event, Maintenance)
    if is_later_stage or notification.alert.event.kind in REPORTS:
        reason = Reason.NEW  # the next report, or a later stage, is news, and not worse for it
    marker = speech.say(f"marker_{reason}", severity=severity)
    if isinstance(notification.alert.event, Drill):
        marker = drill_marker(speech, reason)
    return speech.say("marker_duplicate", marker=marker) if delivery.possible_duplicate else marker


def _reason_lines(speech: Speech, notification: Notification) -> list[str]:
    alert, reason, lines = notification.alert, notification.reason, []
    before = notification.previous_severity
    is_worse = reason is Reason.WORSENED and not isinstance(alert.event, Maintenance)
    if is_worse and before is not None and before is not alert.severity:
        names = {"before": before, "after": alert.severity}
        lines.append(
            speech.say("worsened_from", **{k: speech.say(f"severity_{v}") for k, v in names.items()})
        )
    if alert.occurrences > 1 and not alert.event.tells_state and alert.event.kind not in REPORTS:
        lines.append(speech.say("happened_again", count=str(alert.occurrences)))
    if reason is Reason.REMINDER:
        lines.append(speech.say("reminder_since", since=speech.since(alert.since)))
    if reason is Reason.ESCALATED:
        lines += escalated_lines(speech, notification)
    if reason in (Reason.DIGEST, Reason.LATE):
        lines.append(speech.say(reason.value))
    if reason in ENDED and not isinstance(alert.event, MarginState | LiquidationWarning | Drill | Away):
        lines.append(speech.say("over"))
    return lines


def _account_line(speech: Speech, alert: Alert) -> list[str]:
    account = speech.account(alert.event)
    return [speech.say("account", account=account, exchange=speech.exchange(alert.event))] if account else []


def _numbered(speech: Speech, steps: list[str]) -> list[str]:
    if not steps:
        return []
    return [
        speech.say("to_do"),
        *(speech.say("step", count=str(i), step=step) for i, step in enumerate(steps, 1)),
    ]


def _others(speech: Speech, notification: Notification) -> list[str]:
    """The other alerts a reminder or an end stands for, one line each."""
    also = notification.also
    if not also:
        return []
    lines = [speech.say("reminder_also" if notification.reason in _GOES_ON else "ended_also")]
    for alert in also[:_MOST_OTHERS]:
        story = _story(speech, alert, Reason.REMINDER)
        key = "reminder_also_line" if story.figure else "reminder_also_line_short"
        severity = speech.say(f"severity_{alert.severity}")
        lines.append(speech.say(key, severity=severity, subject=story.subject, figure=story.figure))
    if len(also) > _MOST_OTHERS:
        lines.append(speech.say("reminder_also_more", count=str(len(also) - _MOST_OTHERS)))
    return lines


def _when(speech: Speech, notification: Notification) -> list[str]:
    """Since when, the exchange's time, how late we saw it and how late it goes out."""
    alert, event = notification.alert, notification.alert.event
    waited = seconds_between(notification.created_at, speech.now)
    if event.kind in NO_DANGER:
        key = "written_late" if waited >= _LATE_S else "written_at"
        return [speech.say(key, moment=speech.moment(event.received_at), sent=speech.duration(waited))]
    sent = speech.say("sent_late" if waited >= _LATE_S else "sent_soon", sent=speech.duration(waited))
    since = speech.say("alert_since", since=speech.since(alert.since))
    if isinstance(event, Tick):  # what did not happen has no time
        return [since]
    if event.observed_at is None:
        at = speech.moment(event.received_at)
        return [since, speech.say("event_time_missing", moment=at, lag=sent)]
    lag = (event.received_at - event.observed_at).total_seconds()
    seen = speech.say("seen_before" if lag < 0 else "seen_after", seen=speech.duration(abs(lag)))
    lags = speech.say("lags", seen=seen, sent=sent)
    return [since, speech.say("event_at", moment=speech.moment(event.observed_at), lag=lags)]


def _rule_line(speech: Speech, alert: Alert) -> list[str]:
    rule, value, level = clean(alert.fingerprint.rule, 60), given(alert.value), given(alert.threshold)
    if (
        alert.figure is None
        or value is None
        or level is None
        or isinstance(alert.event, Coverage | Maintenance)
    ):
        return [speech.say("rule", rule=rule)]
    texts = {
        "name": field_name(speech, alert.figure),
        "value": figure_text(speech, alert.figure, value),
        "level": figure_text(speech, alert.figure, level),
    }
    return [speech.say("rule_level", rule=rule, **texts)]
