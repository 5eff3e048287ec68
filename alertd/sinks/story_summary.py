"""The daily summary: how everything stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.events import Summary
from alertd.domain.presence import OpenAlert, OpenPosition, SinkQueue
from alertd.sinks.figures import clean, given
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_coverage import coverage_lines
from alertd.sinks.story_findings import finding_line
from alertd.sinks.story_presence import counted, direction_name, names, position_name

_MOST_ACCOUNTS = 20
_MOST_FINDINGS = 10


def summary_story(speech: Speech, event: Summary) -> Story:
    """The danger first, what is merely so last."""
    late = speech.duration(max(event.late_s, 0))
    is_late = event.late_s >= 60
    return Story(
        subject=speech.say("summary_subject_late", late=late) if is_late else speech.say("summary_subject"),
        figure=_summary_figure(speech, event),
        happened=_worst(speech, event),
        facts=[
            *_positions(speech, event),
            *_alerts(speech, event),
            *[finding_line(speech, one) for one in event.findings[:_MOST_FINDINGS]],
            *_queues(speech, event.queues),
            speech.say("summary_coverage"),
            *[text for line in event.lines[:_MOST_ACCOUNTS] for text in coverage_lines(speech, line)],
            *_more(speech, len(event.lines) - _MOST_ACCOUNTS),
        ],
        details=[speech.say("summary_silence")],
        names_account=True,
    )


def _summary_figure(speech: Speech, event: Summary) -> str:
    if event.blind:
        return speech.say("summary_figure_blind", count=str(len(event.blind)))
    if event.alert_count:
        return counted(speech, "summary_figure_alert", event.alert_count)
    distance = given(event.nearest[0].distance_to_liquidation) if event.nearest else None
    if distance is not None:
        return speech.say("summary_figure_nearest", distance=speech.percent(distance))
    if event.positions is None:
        return speech.say("summary_figure_unknown")
    if event.positions:
        return counted(speech, "summary_figure_position", event.positions)
    return speech.say("summary_figure_flat")


def _worst(speech: Speech, event: Summary) -> str:
    if event.blind:
        return speech.say("summary_blind", accounts=names(event.blind))
    if event.nearest:
        return speech.say("summary_nearest", position=_position(speech, event.nearest[0]))
    return speech.say("summary_positions_unknown" if event.positions is None else "summary_flat")


def _positions(speech: Speech, event: Summary) -> list[str]:
    lines = []
    shown = event.nearest if event.blind else event.nearest[1:]
    if event.positions is None and (event.blind or event.nearest):
        lines.append(speech.say("summary_positions_unknown"))
    elif event.positions and (event.blind or event.positions > 1):
        lines.append(speech.say("summary_positions", count=str(event.positions)))
    lines += [speech.say("summary_position_line", position=_position(speech, one)) for one in shown]
    return lines + _more(speech, (event.positions or 0) - len(event.nearest))


def _position(speech: Speech, one: OpenPosition) -> str:
    distance, ratio = given(one.distance_to_liquidation), given(one.margin_ratio)
    minutes = given(one.minutes_to_liquidation)
    figures = [
        speech.say("summary_distance", value=speech.percent(distance)) if distance is not None else "",
        speech.say("summary_ratio", value=speech.percent(ratio)) if ratio is not None else "",
        speech.say("summary_minutes", value=speech.minutes(minutes)) if minutes is not None else "",
    ]
    return speech.say(
        "summary_position",
        account=clean(one.account, 60),
        instrument=clean(one.instrument, 60),
        direction=direction_name(speech, one.direction),
        figures=", ".join(filter(None, figures)) or speech.say("summary_no_figures"),
    )


def _alerts(speech: Speech, event: Summary) -> list[str]:
    if not event.alert_count:
        return [speech.say("summary_alerts_none")]
    lines = [speech.say("summary_alerts", count=str(event.alert_count))]
    lines += [_alert(speech, one) for one in event.alerts]
    return lines + _more(speech, event.alert_count - len(event.alerts))


def _alert(speech: Speech, one: OpenAlert) -> str:
    key = f"severity_{one.severity}"
    return speech.say(
        "summary_alert_line",
        severity=speech.say(key) if speech.knows(key) else clean(one.severity, 20),
        account=clean(one.account, 60),
        what=position_name(speech, one.instrument, one.direction),
        rule=clean(one.rule, 60),
        since=speech.moment(one.since),
    )


def _queues(speech: Speech, queues: Sequence[SinkQueue]) -> list[str]:
    lines = []
    for one in queues:
        counts = {"queued": one.queued, "unknown": one.unknown, "dead": one.dead}
        states = [speech.say(f"summary_{name}", count=str(count)) for name, count in counts.items() if count]
        if states:
            sink = clean(one.sink, 60)
            lines.append(speech.say("summary_queue", sink=sink, states=", ".join(states)))
    return lines or [speech.say("summary_queue_clear")]


def _more(speech: Speech, count: int) -> list[str]:
    return [speech.say("summary_more", count=str(count))] if count > 0 else []
