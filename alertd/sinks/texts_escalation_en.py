# ruff: noqa: E501 - a text is easier to read and translate on one line
"""The English texts about escalation, drills and deputies."""

from __future__ import annotations

from collections.abc import Mapping

ESCALATION_ENGLISH: Mapping[str, str] = {
    "kind_drill": "drill",
    "kind_drill_due": "drill due",
    "kind_away": "absence",
    # a step of the chain
    "escalated_unanswered": "Nobody has acknowledged this for {span}, so you hear of it too.",
    "escalated_unanswered_again": "Nobody has acknowledged it again for {span}, so you hear of it too.",
    "acknowledgement_broken_worse": "{person} had acknowledged this at {since}; it got worse after that, so it is told again.",
    "acknowledgement_broken_news": "{person} had acknowledged this at {since}; what came after that is news, so it is told again.",
    "better_since": "It has been better since {since}; it is over only once that has lasted.",
    "milder_since": "Its figures have been milder than {severity} since {since}; that counts only once it has lasted.",
    "escalated_near": "Less than 10 minutes to liquidation and not acknowledged: you are told at once.",
    "escalated_near_before": "Less than 10 minutes to liquidation were left, and nobody had acknowledged it: so you are told.",
    "escalated_stop": "It is told again and again until somebody acknowledges it: alertd ack {id}",
    # somebody has answered
    "marker_acknowledged": "{severity} ({person} takes care)",
    "taken_care": "{person} takes care of this. You were told because nobody had acknowledged it; nobody is called any more unless it gets worse.",
    "taken_comment": "{person} says: {comment}",
    "taken_also": "Taken care of as well:",
    # a drill
    "severity_drill": "DRILL",
    "digest_count_drill": "{count} drill",
    "marker_drill_recovered": "DRILL ANSWERED",
    "marker_drill_unknown": "DRILL FAILED",
    "drill_subject": "nothing is wrong",
    "drill_subject_unknown": "nobody answered",
    "drill_happened": "This is a drill: nothing is wrong. It tries whether an alert reaches somebody who answers.",
    "drill_happened_sink": "This is a test of one sink, nothing is wrong. It tries whether a deputy can be reached here.",
    "drill_recovered": "The drill is over: {person} acknowledged it after {span}.",
    "drill_unknown": "Nobody acknowledged the drill within {span}. A real alert may reach nobody either.",
    "drill_started": "Started by: {person}",
    "drill_as_of": "As if of the account: {account}",
    "drill_goes_on": "It goes on like a real alert, also to the next ones, until somebody acknowledges it.",
    "drill_step_ack": "Acknowledge it: alertd ack {id}",
    "drill_step_tell": "If you cannot do that yourself, tell the id {id} to {person}.",
    "drill_step_try": "Find out which message came where, mend the sinks or the routes, and drill again: alertd drill",
    # one is due
    "drill_due_subject": "time for a drill",
    "drill_due_never": "Nobody has ever answered a drill, so nobody knows whether an alert at night wakes somebody.",
    "drill_due_last": "The last drill that somebody answered was on {moment}.",
    "drill_due_step": "Run alertd drill, and acknowledge the message that comes.",
    "drill_due_off": "To hear no more of this: [rules.drill_due] enabled = false",
    # somebody is away
    "away_subject": "{person} is away",
    "away_subject_over": "{person} is back",
    "away_happened": "Until {moment} alerts that nobody acknowledges go to {deputy} first.",
    "away_now_deputy": "deputy now {deputy}",
    "away_now_longer": "longer than before",
    "away_now_shorter": "shorter than before",
    "away_before_deputy": "They go no more to {former}, the deputy before.",
    "away_before_until": "Before, it was until {moment}.",
    "away_before_person": "Before, {former} was away; {person} has changed that.",
    "away_next": "Only where nobody acknowledges there, in the next round, they go to the usual sinks as well; below 10 minutes to liquidation at once.",
    "away_over": "Alerts that nobody acknowledges go to the usual sinks again, and no more to {deputy}.",
    "away_step_end": "To end it earlier: alertd away --end",
}
