"""Stories about alertd itself: an account it cannot see, a sink, a rule or a
configuration that fails. Pure.
"""

from __future__ import annotations

from alertd.domain.address import first_address
from alertd.domain.alert import Alert
from alertd.domain.events import ConfigurationState, Coverage, CoverageCause, CoverageState, DeliveryHealth
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_DETAIL = 300
_MOST_PROBLEMS = 8

# Source: the exchange's error tables (OKX, read July 2026): what a refused login most likely means.
_HINTS = {
    "60032": "key",
    "50119": "key",
    "60005": "key",
    "50111": "key",
    "50101": "environment",
    "50110": "address",
    "60024": "passphrase",
    "50105": "passphrase",
    "60007": "secret",
    "50113": "secret",
}
# A key that worked before and is refused so now was deleted or changed by somebody.
_LOST_KEY = frozenset({"60032", "50119", "60005", "50111", "50100", "50114", "4007"})
# The codes alertd itself refuses a key by (see `KeyRefused`).
_OWN_CURES = {
    "may_withdraw": ("step_withdraw_key", "step_restart"),
    "same_account": ("step_same_account", "step_restart"),
}
_CURES = {
    CoverageCause.CREDENTIALS: ("step_credentials", "step_region", "step_key_page", "step_restart"),
    CoverageCause.CONNECTION: ("step_network",),
    CoverageCause.STALE: ("step_network",),
    CoverageCause.CHANNEL_REFUSED: ("step_channel",),
    CoverageCause.CHANNEL_LIMIT: ("step_connections",),
    CoverageCause.CLOCK: ("step_clock",),
    CoverageCause.UNREADABLE: ("step_look_now", "step_report_unreadable"),
    CoverageCause.QUEUE_FULL: ("step_overload",),
}


def coverage_story(speech: Speech, event: Coverage, reason: Reason) -> Story:
    """Why an account is not, or not wholly, watched, since when, and the cure."""
    account = speech.account(event)
    stream = clean(event.stream, 40) or "?"
    if reason is Reason.RECOVERED or event.state is CoverageState.WATCHED:
        return Story(
            subject=speech.say("coverage_subject_watched", account=account),
            happened=speech.say("coverage_recovered", account=account, stream=stream),
            names_account=True,
        )
    cause = clean(event.cause, 40)
    return Story(
        subject=speech.say(f"coverage_subject_{event.state}", account=account),
        figure=_short_cause(speech, event, cause),
        happened=speech.say(f"coverage_{event.state}", account=account, stream=stream),
        facts=[*_why(speech, event, cause), *_hint(speech, event)],
        steps=_coverage_steps(speech, event),
        details=_coverage_details(speech, event),
        names_account=True,
    )


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


def _short_cause(speech: Speech, event: Coverage, cause: str) -> str:
    if event.code in _OWN_CURES:
        return speech.say(f"coverage_figure_{event.code}")
    key = f"coverage_figure_{cause}"
    short = speech.say(key) if speech.knows(key) else cause
    code = clean(event.code, 12)
    return speech.say("coverage_figure_code", cause=short, code=code) if code and short else short


def _why(speech: Speech, event: Coverage, cause: str) -> list[str]:
    for key in (f"coverage_why_{event.code}", f"coverage_why_{cause}"):
        if speech.knows(key):
            return [speech.say(key, exchange=speech.exchange(event))]
    return [speech.say("coverage_why_other", cause=cause)] if cause else []


def _hint(speech: Speech, event: Coverage) -> list[str]:
    hint = _HINTS.get(event.code)
    if hint == "address" and (address := first_address(event.detail)):
        return [speech.say("coverage_hint_address_seen", exchange=speech.exchange(event), address=address)]
    return [speech.say(f"coverage_hint_{hint}")] if hint else []


def _coverage_details(speech: Speech, event: Coverage) -> list[str]:
    detail, code = clean(event.detail, _LONGEST_DETAIL), clean(event.code, 20)
    lines = [speech.say("coverage_since", since=speech.since(event.since))] if event.since else []
    lines += [speech.say("coverage_code", code=code)] if code and event.code not in _OWN_CURES else []
    return lines + ([speech.say("coverage_detail", detail=detail)] if detail else [])


def _coverage_steps(speech: Speech, event: Coverage) -> list[str]:
    parts = {"account": speech.account(event), "exchange": speech.exchange(event)}
    cures = next((keys for cause, keys in _CURES.items() if cause == event.cause), ())
    cures = _OWN_CURES.get(event.code, cures)
    if event.code in _LOST_KEY and event.cause == CoverageCause.CREDENTIALS:
        cures = ("step_lost_key", *cures)
    last = () if "step_look_now" in cures else ("step_look_yourself",)
    return [speech.say(key, **parts) for key in (*cures, *last)]
