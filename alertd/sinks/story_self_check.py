"""Stories about the canary and who watches alertd from outside. Pure."""

from __future__ import annotations

from alertd.domain.events import Check, SelfCheck
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_DETAIL = 300
_LONGEST_NAME = 60


def self_check_story(speech: Speech, event: SelfCheck, reason: Reason) -> Story:
    """What alertd looks after besides accounts is not well, or is again."""
    name = clean(event.name, _LONGEST_NAME)
    if reason is Reason.RECOVERED or event.healthy:
        end = "over" if event.looked_after else "off"
        subject = speech.say(f"self_check_{event.check}_over_subject", name=name)
        return Story(subject=subject, happened=speech.say(f"self_check_{event.check}_{end}", name=name))
    match event.check:
        case Check.CANARY:
            return _canary_story(speech, event)
        case Check.DEAD_MAN:
            return _dead_man_story(speech, event)
        case Check.PEER:
            return _peer_story(speech, event, name)


def _canary_story(speech: Speech, event: SelfCheck) -> Story:
    sinks = clean(event.detail, _LONGEST_DETAIL)
    happened = (
        speech.say("self_check_canary_sinks", sinks=sinks) if sinks else speech.say("self_check_canary_stuck")
    )
    last = [] if event.since is None else [speech.say("self_check_last", since=speech.since(event.since))]
    return Story(
        subject=speech.say("self_check_canary_subject"),
        figure=speech.say("self_check_canary_figure"),
        happened=happened,
        facts=[speech.say("self_check_canary_means")],
        steps=[speech.say("step_sinks" if sinks else "step_stuck")],
        details=[] if sinks else last,
    )


def _dead_man_story(speech: Speech, event: SelfCheck) -> Story:
    details = (
        [speech.say("self_check_detail", detail=clean(event.detail, _LONGEST_DETAIL))] if event.detail else []
    )
    if event.since is not None:
        details.append(speech.say("self_check_dead_man_last", since=speech.since(event.since)))
    return Story(
        subject=speech.say("self_check_dead_man_subject"),
        figure=speech.say("self_check_dead_man_figure"),
        happened=speech.say("self_check_dead_man"),
        steps=[speech.say("step_dead_man")],
        details=details,
    )


def _peer_story(speech: Speech, event: SelfCheck, name: str) -> Story:
    last = (
        [] if event.since is None else [speech.say("self_check_peer_last", since=speech.since(event.since))]
    )
    return Story(
        subject=speech.say("self_check_peer_subject", name=name),
        figure=speech.say("self_check_peer_figure"),
        happened=speech.say("self_check_peer", name=name),
        steps=[speech.say("step_peer"), speech.say("step_peer_accounts")],
        details=last,
    )
