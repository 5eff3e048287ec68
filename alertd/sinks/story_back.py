"""Stories of rules that look back: so many events, none for so long, or a fall from a peak. Pure."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.events import EventKind, LeaderState
from alertd.domain.notification import Reason
from alertd.domain.recollection import LooksBack, Recollection
from alertd.sinks.figures import clean, given
from alertd.sinks.headline_position import ENDED, field_name, figure_text
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story

_ENDS_THE_POSITION = (Reason.CLOSED, Reason.LIQUIDATED, Reason.REDUCED, Reason.UNKNOWN)


def story_of_recollection(
    speech: Speech, alert: Alert, found: Recollection, reason: Reason, newest: Story
) -> Story:
    """`newest`: the story of the newest event, as it would be told by itself."""
    if found.rule_type is LooksBack.COUNT:
        return _count_story(speech, alert, found, newest)
    if found.rule_type is LooksBack.ABSENCE:
        return _absence_story(speech, alert, found, reason)
    return newest if reason in _ENDS_THE_POSITION else _drawdown_story(speech, alert, found, reason, newest)


def _count_story(speech: Speech, alert: Alert, found: Recollection, newest: Story) -> Story:
    parts = {
        "count": str(found.count or 0),
        "what": _kind(speech, alert.fingerprint.kind),
        "span": _span(speech, found.span_s),
        "rule": _rule(alert),
        "wanted": str(found.count_wanted or 0),
    }
    first = [speech.say("count_first", since=speech.since(found.since))] if found.since else []
    return Story(
        subject=speech.say("count_subject", **parts),
        figure=speech.say("count_figure", **parts),
        happened=speech.say("count_happened", **parts),
        facts=[*first, speech.say("count_newest", story=newest.happened), *newest.facts],
        steps=newest.steps,
        details=newest.details,
    )


def _absence_story(speech: Speech, alert: Alert, found: Recollection, reason: Reason) -> Story:
    what = _kind(speech, alert.fingerprint.kind)
    parts = {"what": what, "rule": _rule(alert), "span": _span(speech, found.span_s)}
    if found.absent_s is None or reason in ENDED:
        key = "absence_over" if found.since is not None else "absence_not_looked_for"
        return Story(subject=speech.say("absence_over_subject", **parts), happened=speech.say(key, **parts))
    parts["absent"] = speech.duration(max(found.absent_s, 0.0))
    last = "absence_never" if found.since is None else "absence_last"
    steps = ("step_absence_look", "step_absence_rule")
    return Story(
        subject=speech.say("absence_subject", **parts),
        figure=speech.say("absence_figure", **parts),
        happened=speech.say("absence_still" if reason is Reason.REMINDER else "absence_happened", **parts),
        facts=[
            speech.say(last, since=speech.since(found.since or found.known_since)),
            speech.say("absence_watched_only"),
        ],
        steps=[speech.say(step, exchange=speech.exchange(alert.event), rule=_rule(alert)) for step in steps],
    )


def _drawdown_story(
    speech: Speech, alert: Alert, found: Recollection, reason: Reason, newest: Story
) -> Story:
    figure = alert.figure or ""
    parts = {
        "name": field_name(speech, figure),
        "position": newest.subject,
        "span": _span(speech, found.span_s),
        "fall": _share(speech, found.fall),
        "wanted": _share(speech, found.fall_wanted),
        "rule": _rule(alert),
    }
    facts = _drawdown_facts(speech, alert, found, figure)
    if reason in ENDED:
        happened = speech.say("drawdown_over", **parts)
        return replace(newest, figure="", happened=happened, facts=[*facts, *newest.facts], says_better=False)
    key = "drawdown_still" if reason is Reason.REMINDER else "drawdown_happened"
    return replace(
        newest,
        figure=speech.say("drawdown_figure", **parts),
        happened=speech.say(key, **parts),
        facts=[*facts, *_doubts(speech, alert, figure), *newest.facts],
        says_better=False,
    )


def _doubts(speech: Speech, alert: Alert, figure: str) -> list[str]:
    """What else may have moved the figure."""
    if not isinstance(alert.event, LeaderState):
        return [speech.say("drawdown_ambiguous")]
    if figure == "followers":
        return []
    is_clean = figure == "unit_value" and alert.event.is_certain
    return [speech.say("drawdown_clean" if is_clean else "drawdown_uncertain")]


def _drawdown_facts(speech: Speech, alert: Alert, found: Recollection, figure: str) -> list[str]:
    lines = []
    peak, value = given(found.peak), given(alert.value)
    if peak is not None and found.since is not None:
        text = figure_text(speech, figure, peak)
        lines.append(speech.say("drawdown_peak", value=text, since=speech.since(found.since)))
    if value is not None:
        lines.append(speech.say("drawdown_now", value=figure_text(speech, figure, value)))
    if seconds_between(found.known_since, alert.event.received_at) < found.span_s:
        lines.append(speech.say("drawdown_known_since", since=speech.since(found.known_since)))
    return lines


def _kind(speech: Speech, kind: EventKind) -> str:
    key = f"kind_{kind}"
    return speech.say(key) if speech.knows(key) else clean(kind)


def _rule(alert: Alert) -> str:
    return clean(alert.fingerprint.rule, 60)


def _span(speech: Speech, seconds: float) -> str:
    return speech.duration(max(seconds, 0.0))


def _share(speech: Speech, share: Decimal | None) -> str:
    known = given(share)
    return "?" if known is None else speech.percent(known)
