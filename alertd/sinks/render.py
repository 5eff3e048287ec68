"""Deliveries as a document: what a lock screen shows, what to do, and where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alertd.alerts.pausing import Pausing, at_once
from alertd.domain.alert import Alert
from alertd.domain.evaluation import DAMPING_S
from alertd.domain.events import (
    NO_DANGER,
    REPORTS,
    ActionState,
    Away,
    Coverage,
    CoverageCause,
    CoverageState,
    Drill,
    Findings,
    LiquidationWarning,
    Maintenance,
    MarginState,
    Occasion,
    Stopping,
    Tick,
)
from alertd.domain.notification import Delivery, Notification, Reason
from alertd.domain.presence import Manner
from alertd.sinks.deed_words import deed_lines
from alertd.sinks.digest import digest_document, entries_of_alerts, entry_lines
from alertd.sinks.document import Document, Line, LineKind, lines_of
from alertd.sinks.easing import better_since, milder_since
from alertd.sinks.figures import clean, given
from alertd.sinks.headline_position import ENDED, field_name, figure_text
from alertd.sinks.links import links_of
from alertd.sinks.meanwhile import Meanwhile, meanwhile_of
from alertd.sinks.message import Message
from alertd.sinks.speech import Reader, Speech, seconds_between
from alertd.sinks.standing_in import stand_in_notes
from alertd.sinks.stories import heard, story_of
from alertd.sinks.story import Story
from alertd.sinks.story_canary import canary_document
from alertd.sinks.story_coverage import tries_key_again
from alertd.sinks.story_drill import escalated_lines, severity_word, standing_lines, taken_lines
from alertd.sinks.story_silence import over_lines
from alertd.sinks.texts import Language
from alertd.sinks.titles import title_of

_MOST_OTHERS = 10
_LATE_S = 10.0
# Their stories say that it is over, and how.
_TELLS_ITS_END = (MarginState, LiquidationWarning, Drill, Away, ActionState)
_GOES_ON = (Reason.REMINDER, Reason.ESCALATED)
_GOOD_NEWS = (Reason.RECOVERED, Reason.CLOSED, Reason.ACKNOWLEDGED)


def render(delivery: Delivery, *, language: Language, timezone: ZoneInfo, now: datetime) -> Message:
    """One notification in full as plain text."""
    return document_of([delivery], Reader(language, timezone), now).plain


def document_of(deliveries: Sequence[Delivery], reader: Reader, now: datetime) -> Document:
    """What all of `deliveries`, at least one, say to `reader`.

    `now` is the time of this attempt, so that a late one says how late.
    """
    return at_once(document_in_pieces(deliveries, reader, now))


def document_in_pieces(deliveries: Sequence[Delivery], reader: Reader, now: datetime) -> Pausing[Document]:
    """The same, with pauses where it is about many."""
    speech = reader.at(now)
    if len(deliveries) > 1:
        return (yield from digest_document(speech, deliveries))
    if deliveries[0].notification.is_canary:
        return canary_document(speech, deliveries[0].beside)
    return _one(speech, deliveries[0])


def _one(speech: Speech, delivery: Delivery) -> Document:
    notification, meanwhile = delivery.notification, meanwhile_of(speech, delivery)
    alert = heard(speech, meanwhile.alert or notification.alert)
    is_taken = notification.reason is Reason.ACKNOWLEDGED
    story = story_of(speech, alert, Reason.REMINDER if is_taken else notification.reason, notification.deeds)
    footer = [
        *_when(speech, notification),
        *_rule_line(speech, alert),
        *_id_line(speech, alert),
        *_what_was_done(speech, notification),
    ]
    return Document(
        title=title_of(speech, delivery, story, meanwhile),
        severity=notification.alert.severity,
        good_news=notification.reason in _GOOD_NEWS,
        more=speech.template("reminder_also_more"),
        lines=(
            *lines_of(LineKind.NOTE, [meanwhile.changed, meanwhile.late]),
            *lines_of(LineKind.SENTENCE, taken_lines(speech, notification.alert) if is_taken else []),
            *lines_of(LineKind.SENTENCE, [story.happened]),
            *lines_of(LineKind.NOTE, _reason_lines(speech, notification, alert, story, meanwhile)),
            *lines_of(LineKind.NOTE, [speech.say("duplicate")] if delivery.possible_duplicate else []),
            *lines_of(LineKind.NOTE, stand_in_notes(speech, [delivery])),
            *_as_it_stands(speech, delivery),
            *lines_of(LineKind.FIELD, [*_account_line(speech, alert), *story.facts]),
            *([] if meanwhile.is_over or is_taken else _numbered(speech, story.steps)),
            *lines_of(LineKind.LINK, links_of(speech, alert.event)),
            *lines_of(LineKind.FIELD, story.details),
            *_others(speech, notification),
            *lines_of(LineKind.FOOTER, footer),
        ),
    )


def _what_was_done(speech: Speech, notification: Notification) -> list[str]:
    done = deed_lines(speech, notification.deeds)
    if notification.asks_for:
        names = ", ".join(clean(name, 60) for name in notification.asks_for)
        return [*done, speech.say("did_ask", actions=names)]
    return done or [speech.say(_done_word(notification))]


def _done_word(notification: Notification) -> str:
    """A stream that is not seen now must not be told as watched."""
    event = notification.alert.event
    if isinstance(event, ActionState):
        return "did_action"
    if isinstance(event, Stopping):
        return "did_stop"
    if isinstance(event, Findings) and event.occasion is Occasion.TEST:
        return "did_test"
    if isinstance(event, Findings) and event.comeback and event.comeback.manner is Manner.LOOP:
        return "did_restart"
    if not isinstance(event, Coverage) or notification.reason is Reason.RECOVERED:
        return "did_nothing"
    if event.state is CoverageState.BLIND and event.cause == CoverageCause.CREDENTIALS:
        return "did_park_retried" if tries_key_again(event) else "did_park"
    return "did_nothing" if event.state is CoverageState.WATCHED else "did_try_again"


def _reason_lines(
    speech: Speech, notification: Notification, shown: Alert, story: Story, meanwhile: Meanwhile
) -> list[str]:
    alert, reason, lines = notification.alert, notification.reason, []
    is_taken = meanwhile.is_taken
    before = notification.previous_severity
    is_worse = reason is Reason.WORSENED and not isinstance(alert.event, ActionState | Maintenance)
    if is_worse and before is not None and before is not alert.severity:
        names = {"before": before, "after": alert.severity}
        lines.append(
            speech.say("worsened_from", **{k: speech.say(f"severity_{v}") for k, v in names.items()})
        )
    if alert.occurrences > 1 and not alert.event.tells_state and alert.event.kind not in REPORTS:
        lines.append(speech.say("happened_again", count=str(alert.occurrences)))
    if alert.occurrences > 1 and alert.event.tells_state and not isinstance(alert.event, ActionState):
        span_s = DAMPING_S if alert.damped_s is None else alert.damped_s
        lines.append(speech.say("came_back", count=str(alert.occurrences), span=speech.duration(span_s)))
    if reason is Reason.REMINDER and not (better_since(shown) or milder_since(shown)):
        lines.append(speech.say("reminder_since", since=speech.since(alert.since)))
    lines += standing_lines(speech, shown, says_better=story.says_better)
    if reason is Reason.ESCALATED and not is_taken:
        lines += escalated_lines(speech, notification, shown)
    if notification.silence is not None:
        lines += over_lines(speech, notification.silence, [alert, *notification.also])
    elif reason in (Reason.DIGEST, Reason.LATE):
        key = "digest_after" if reason is Reason.DIGEST and notification.also else reason.value
        lines.append(speech.say(key))
    if reason in ENDED and not isinstance(alert.event, _TELLS_ITS_END):
        lines.append(speech.say("over"))
    return lines


def _account_line(speech: Speech, alert: Alert) -> list[str]:
    account = speech.account(alert.event)
    return [speech.say("account", account=account, exchange=speech.exchange(alert.event))] if account else []


def _numbered(speech: Speech, steps: list[str]) -> list[Line]:
    if not steps:
        return []
    numbered = [speech.say("step", count=str(number), step=step) for number, step in enumerate(steps, 1)]
    return [Line(speech.say("to_do"), LineKind.HEADING), *lines_of(LineKind.STEP, numbered)]


def _as_it_stands(speech: Speech, delivery: Delivery) -> list[Line]:
    """A digest of what was not told for a while: what is still bad, then what is over."""
    notification = delivery.notification
    if notification.reason is not Reason.DIGEST or not notification.also:
        return []
    carrier = delivery.current or notification.alert
    return entry_lines(speech, entries_of_alerts(speech, [carrier, *notification.also]))


def _others(speech: Speech, notification: Notification) -> list[Line]:
    """The other alerts a reminder or an end stands for, one line each."""
    also = notification.also
    if not also or notification.reason is Reason.DIGEST:
        return []
    key = "reminder_also" if notification.reason in _GOES_ON else "ended_also"
    heading = speech.say("taken_also" if notification.reason is Reason.ACKNOWLEDGED else key)
    lines = []
    for alert in also[:_MOST_OTHERS]:
        story = story_of(speech, heard(speech, alert), Reason.REMINDER)
        key = "reminder_also_line" if story.figure else "reminder_also_line_short"
        severity = severity_word(speech, alert)
        lines.append(speech.say(key, severity=severity, subject=story.subject, figure=story.figure))
    if len(also) > _MOST_OTHERS:
        lines.append(speech.say("reminder_also_more", count=str(len(also) - _MOST_OTHERS)))
    return [Line(heading, LineKind.HEADING), *lines_of(LineKind.STEP, lines)]


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


def _id_line(speech: Speech, alert: Alert) -> list[str]:
    """By what it is acknowledged; a report is not."""
    return [] if alert.event.kind in REPORTS else [speech.say("alert_id", id=alert.short_id)]


def _rule_line(speech: Speech, alert: Alert) -> list[str]:
    rule, value, level = clean(alert.fingerprint.rule, 60), given(alert.value), given(alert.threshold)
    if (
        alert.figure is None
        or value is None
        or level is None
        or isinstance(alert.event, ActionState | Coverage | Maintenance)
    ):
        return [speech.say("rule", rule=rule)]
    texts = {
        "name": field_name(speech, alert.figure),
        "value": figure_text(speech, alert.figure, value),
        "level": figure_text(speech, alert.figure, level),
    }
    return [speech.say("rule_level", rule=rule, **texts)]
