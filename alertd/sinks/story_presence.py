"""Stories about alertd's own being there: it comes back, it goes, and how everything stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alertd.domain.events import Findings, Stopping, Summary
from alertd.domain.presence import After, Comeback, Manner, OpenAlert, OpenPosition, SinkQueue
from alertd.presence.restarts import STEADY_AFTER
from alertd.sinks.figures import clean, given
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_coverage import coverage_lines
from alertd.sinks.story_findings import finding_line

_MOST_MISSED = 10
_MOST_ACCOUNTS = 20
_MOST_FINDINGS = 10


def with_comeback(speech: Speech, event: Findings, comeback: Comeback, found: Story) -> Story:
    """The start message, where another process was before. `found`: the story of what was found."""
    if comeback.after is After.FIRST:
        return found
    if comeback.manner is Manner.LOOP:
        return _loop_story(speech, event, comeback)
    steady = comeback.manner is Manner.STEADY
    lines = _missed(speech, comeback)  # the danger first
    lines += [_what_happened(speech, comeback), *_compared(speech, comeback)]
    return replace(
        found,
        subject=speech.say(f"comeback_subject_{'steady' if steady else comeback.after}"),
        figure=_starts(speech, comeback) if steady else _blind_figure(speech, comeback),
        happened=lines[0],
        facts=[
            *lines[1:],
            speech.say("comeback_watches", accounts=_names(event.accounts)),
            *found.facts,
        ],
    )


def stopping_story(speech: Speech, event: Stopping) -> Story:
    """Nobody watches from now on, and what is open meanwhile."""
    facts = [
        speech.say("coverage_positions_unknown")
        if event.positions is None
        else speech.say("stopping_positions", count=str(event.positions))
    ]
    if event.alerts:
        facts = [speech.say("stopping_alerts", count=str(event.alerts)), *facts]
    return Story(
        subject=speech.say("stopping_subject"),
        figure=_at_stake(speech, event),
        happened=speech.say("stopping_happened", accounts=_names(event.accounts)),
        facts=facts,
        steps=[speech.say("step_until_back")] if event.exposed else [],
        names_account=True,
    )


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


# --- back ---------------------------------------------------------------------------------------------


def _loop_story(speech: Speech, event: Findings, comeback: Comeback) -> Story:
    return Story(
        subject=speech.say("comeback_subject_loop"),
        figure=_starts(speech, comeback),
        happened=_what_happened(speech, comeback),
        steps=[
            speech.say("step_look_yourself_all", accounts=_names(event.accounts)),
            speech.say("step_journal"),
        ],
        names_account=True,
    )


def _what_happened(speech: Speech, comeback: Comeback) -> str:
    key = comeback.after if comeback.manner is Manner.ONE else comeback.manner
    blind = speech.say("comeback_blind_new")
    if comeback.blind_s is not None:
        blind = speech.exact_duration(max(comeback.blind_s, 0))
    return speech.say(
        f"comeback_{key}",
        blind=blind,
        count=str(comeback.starts),
        span=speech.duration(max(comeback.within_s, 0)),
        steady=speech.duration(STEADY_AFTER.total_seconds()),
    )


def _starts(speech: Speech, comeback: Comeback) -> str:
    span = speech.duration(max(comeback.within_s, 0))
    return speech.say("comeback_figure_starts", count=str(comeback.starts), span=span)


def _blind_figure(speech: Speech, comeback: Comeback) -> str:
    count = len(comeback.missed)
    if count:
        missed = speech.say("comeback_figure_missed", count=str(count))
    else:
        missed = speech.say(f"comeback_figure_{'uncompared' if comeback.uncompared else 'none'}")
    if comeback.blind_s is None:
        return speech.say("comeback_figure_seen", missed=missed)
    return speech.say("comeback_figure", blind=speech.duration(max(comeback.blind_s, 0)), missed=missed)


def _missed(speech: Speech, comeback: Comeback) -> list[str]:
    if not comeback.missed:
        return []
    lines = [speech.say("comeback_missed", count=str(len(comeback.missed)))]
    for one in comeback.missed[:_MOST_MISSED]:
        position = _position_name(speech, one.instrument, one.direction) or speech.say("a_position")
        key = f"missed_{one.what}"
        what = speech.say(key) if speech.knows(key) else clean(one.what, 40)
        account = clean(one.account, 60)
        lines.append(speech.say("comeback_missed_line", account=account, position=position, what=what))
    if len(comeback.missed) > _MOST_MISSED:
        lines.append(speech.say("comeback_missed_more", count=str(len(comeback.missed) - _MOST_MISSED)))
    return lines


def _compared(speech: Speech, comeback: Comeback) -> list[str]:
    """Of a loop nothing is said: what other lives of it learned was told by them."""
    if comeback.uncompared:
        return [speech.say("comeback_uncompared", accounts=_names(comeback.uncompared))]
    is_whole = comeback.manner is Manner.ONE and not comeback.missed
    return [speech.say("comeback_none_missed")] if is_whole else []


# --- going --------------------------------------------------------------------------------------------


def _at_stake(speech: Speech, event: Stopping) -> str:
    if event.alerts:
        return _counted(speech, "stopping_figure_alert", event.alerts)
    if event.positions is None:
        return speech.say("stopping_figure_unknown")
    if event.positions:
        return _counted(speech, "stopping_figure_position", event.positions)
    return speech.say("stopping_figure_flat")


# --- how everything stands ----------------------------------------------------------------------------


def _summary_figure(speech: Speech, event: Summary) -> str:
    if event.blind:
        return speech.say("summary_figure_blind", count=str(len(event.blind)))
    if event.alert_count:
        return _counted(speech, "summary_figure_alert", event.alert_count)
    distance = given(event.nearest[0].distance_to_liquidation) if event.nearest else None
    if distance is not None:
        return speech.say("summary_figure_nearest", distance=speech.percent(distance))
    if event.positions is None:
        return speech.say("summary_figure_unknown")
    if event.positions:
        return _counted(speech, "summary_figure_position", event.positions)
    return speech.say("summary_figure_flat")


def _worst(speech: Speech, event: Summary) -> str:
    if event.blind:
        return speech.say("summary_blind", accounts=_names(event.blind))
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
        direction=_direction(speech, one.direction),
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
        what=_position_name(speech, one.instrument, one.direction),
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


def _counted(speech: Speech, key: str, count: int) -> str:
    return speech.say(key if count == 1 else f"{key}s", count=str(count))


def _more(speech: Speech, count: int) -> list[str]:
    return [speech.say("summary_more", count=str(count))] if count > 0 else []


def _position_name(speech: Speech, instrument: str, direction: str) -> str:
    return " ".join(filter(None, (clean(instrument, 60), _direction(speech, direction))))


def _direction(speech: Speech, direction: str) -> str:
    key = f"direction_{direction}"
    return speech.say(key) if speech.knows(key) else clean(direction, 20)


def _names(accounts: Sequence[str]) -> str:
    left = len(accounts) - _MOST_ACCOUNTS
    named = [clean(name, 60) for name in accounts[:_MOST_ACCOUNTS]]
    return ", ".join([*named, f"+{left}"] if left > 0 else named)
