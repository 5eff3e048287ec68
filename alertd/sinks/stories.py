"""Which story an alert is told by. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.alert import Alert
from alertd.domain.deed import Deed
from alertd.domain.events import (
    ActionState,
    Away,
    ConfigurationState,
    CopyDigest,
    CopyRelation,
    Coverage,
    CoverageReport,
    CoverageState,
    DeliveryHealth,
    Drill,
    DrillDue,
    Event,
    Findings,
    LeaderChange,
    LeaderState,
    LeadTradeFailed,
    Liquidation,
    LiquidationWarning,
    Maintenance,
    MarginState,
    SelfCheck,
    SilenceEnding,
    Stopping,
    Summary,
)
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean
from alertd.sinks.headline_position import liquidation_headline, margin_headline, warning_headline
from alertd.sinks.privacy import discreet
from alertd.sinks.speech import Speech
from alertd.sinks.story import Headline, Story
from alertd.sinks.story_action import action_story
from alertd.sinks.story_back import story_of_recollection
from alertd.sinks.story_copy_digest import copy_digest_story
from alertd.sinks.story_copying import copying_story
from alertd.sinks.story_coverage import coverage_story, report_story
from alertd.sinks.story_drill import away_story, drill_due_story, drill_story
from alertd.sinks.story_findings import findings_story
from alertd.sinks.story_lead import lead_story
from alertd.sinks.story_leader import leader_story
from alertd.sinks.story_maintenance import maintenance_story
from alertd.sinks.story_outage import outage_story
from alertd.sinks.story_position import liquidation_story, margin_story, warning_story
from alertd.sinks.story_presence import stopping_story, with_comeback
from alertd.sinks.story_self_check import self_check_story
from alertd.sinks.story_silence import silence_story
from alertd.sinks.story_summary import summary_story
from alertd.sinks.story_watching import configuration_story, rule_failed_story, sink_story


def heard(speech: Speech, alert: Alert) -> Alert:
    """The alert with what this reader may see of it."""
    return alert if speech.shows_money else discreet(alert)


def story_of(speech: Speech, alert: Alert, reason: Reason, deeds: Sequence[Deed] = ()) -> Story:
    """`alert` as `heard` gives it. `deeds`: what alertd has done itself to what it is about."""
    if alert.error is not None:
        return rule_failed_story(speech, alert, reason)
    newest = _story_of_event(speech, alert, reason, deeds)
    if alert.recollection is None:
        return newest
    return story_of_recollection(speech, alert, alert.recollection, reason, newest)


def headline_of(speech: Speech, alert: Alert, reason: Reason) -> Headline:
    """The head of the same story. Of positions, of which a storm is made, no more than that is made."""
    if alert.error is None and alert.recollection is None:
        event = alert.event
        match event:
            case MarginState():
                return margin_headline(speech, alert, event, reason)
            case LiquidationWarning():
                return warning_headline(speech, event, reason)
            case Liquidation():
                return liquidation_headline(speech, event)
    return story_of(speech, alert, reason)


def _story_of_event(speech: Speech, alert: Alert, reason: Reason, deeds: Sequence[Deed]) -> Story:
    event = alert.event
    match event:
        case MarginState():
            return margin_story(speech, alert, event, reason, deeds)
        case LiquidationWarning():
            return warning_story(speech, alert, event, reason)
        case Liquidation():
            return liquidation_story(speech, alert, event, reason)
        case LeadTradeFailed():
            return lead_story(speech, event)
        case CopyRelation():
            return copying_story(speech, event, deeds)
        case LeaderChange() | LeaderState():
            return leader_story(speech, alert, event, reason)
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
        case ActionState():
            return action_story(speech, event)
        case DeliveryHealth():
            return sink_story(speech, event, reason)
        case ConfigurationState():
            return configuration_story(speech, event, reason)
        case Findings():
            found = findings_story(speech, event)
            return with_comeback(speech, event, event.comeback, found) if event.comeback else found
        case Stopping():
            return stopping_story(speech, event)
        case SelfCheck():
            return self_check_story(speech, event, reason)
        case Away():
            return away_story(speech, event, reason)
        case SilenceEnding():
            return silence_story(speech, event)
    return _story_by_the_clock(speech, event)


def _story_by_the_clock(speech: Speech, event: Event) -> Story | None:
    match event:
        case Summary():
            return summary_story(speech, event)
        case CopyDigest():
            return copy_digest_story(speech, event)
        case CoverageReport():
            return report_story(speech, event)
        case DrillDue():
            return drill_due_story(speech, event)
    return None
