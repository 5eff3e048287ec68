"""Stories about alertd itself: a sink, a rule or a configuration that fails. Pure."""

from __future__ import annotations

from alertd.domain.alert import Alert
from alertd.domain.events import ConfigurationState, DeliveryHealth
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_DETAIL = 300
_MOST_PROBLEMS = 8


def sink_story(speech: Speech, event: DeliveryHealth, reason: Reason) -> Story:
    """A sink that takes nothing any more; told through the others."""
    sink = clean(event.sink, 60)
    if reason is Reason.RECOVERED or event.healthy:
        subject = speech.say("sink_recovered_subject", sink=sink)
        return Story(subject=subject, happened=speech.say("sink_recovered", sink=sink))
    detail = clean(event.detail, _LONGEST_DETAIL)
    variable = f"ALERTD_SINKS__{sink.upper()}__URL"
    return Story(
        subject=speech.say("sink_subject", sink=sink),
        figure=speech.say("sink_figure"),
        happened=speech.say("sink_dead", sink=sink),
        facts=[speech.say("sink_detail", detail=detail)] if detail else [],
        steps=[speech.say("step_sink", sink=sink, variable=variable), speech.say("step_sink_check")],
    )


def configuration_story(speech: Speech, event: ConfigurationState, reason: Reason) -> Story:
    """A changed configuration that was refused, and why."""
    if reason is Reason.RECOVERED or event.accepted:
        subject = speech.say("configuration_accepted_subject")
        return Story(subject=subject, happened=speech.say("configuration_accepted"))
    lines = [
        speech.say("configuration_problem", problem=clean(problem, _LONGEST_DETAIL))
        for problem in event.problems[:_MOST_PROBLEMS]
    ]
    if len(event.problems) > _MOST_PROBLEMS:
        lines.append(speech.say("configuration_more", count=str(len(event.problems) - _MOST_PROBLEMS)))
    return Story(
        subject=speech.say("configuration_subject"),
        figure=speech.say("configuration_figure"),
        happened=speech.say("configuration_refused"),
        facts=lines,
        steps=[speech.say("step_configuration")],
    )


def rule_failed_story(speech: Speech, alert: Alert, reason: Reason) -> Story:
    """A rule that cannot be evaluated must never look like a rule that found nothing."""
    rule = clean(alert.fingerprint.rule, 60)
    if reason is Reason.RECOVERED:
        subject = speech.say("rule_recovered_subject", rule=rule)
        return Story(subject=subject, happened=speech.say("rule_recovered", rule=rule))
    error = clean(alert.error or "", _LONGEST_DETAIL)
    return Story(
        subject=speech.say("rule_failed_subject", rule=rule),
        happened=speech.say("rule_failed", rule=rule, error=error),
        facts=[speech.say("rule_failed_means")],
        steps=[speech.say("step_rule", rule=rule)],
    )
