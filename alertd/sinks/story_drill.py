"""A step of an escalation, a drill, and who stands in for whom. Pure."""

from __future__ import annotations

from alertd.domain.alert import Alert, AlertState
from alertd.domain.events import ActionState, Away, Drill, DrillDue, Maintenance
from alertd.domain.notification import Notification, Reason
from alertd.sinks.easing import better_since, milder_since
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story


def escalated_lines(speech: Speech, notification: Notification, shown: Alert) -> list[str]:
    """Why who reads this hears of it, and how it stops. `shown`: the alert as it stands now."""
    alert = notification.alert
    if alert.woken_at == notification.created_at:
        why = speech.say("escalated_near_before" if better_since(shown) else "escalated_near")
    else:
        began_at = alert.chain_began_at or alert.chain_since or alert.since
        span = speech.duration(seconds_between(began_at, notification.created_at))
        again = "" if alert.acknowledged_by is None else "_again"
        why = speech.say(f"escalated_unanswered{again}", span=span)
    if isinstance(alert.event, Drill):
        return [why]  # its steps say the rest
    return [why, speech.say("escalated_stop", id=alert.short_id)]


def taken_lines(speech: Speech, alert: Alert) -> list[str]:
    """Who takes care of what who reads this was told by the escalation."""
    said = clean(alert.acknowledged_comment, 200)
    person = clean(alert.acknowledged_by or "?", 60)
    lines = [speech.say("taken_care", person=person)]
    return [*lines, speech.say("taken_comment", person=person, comment=said)] if said else lines


def standing_lines(speech: Speech, alert: Alert, *, says_better: bool = False) -> list[str]:
    """Of one that still fires: that it is better and only waits for that to last, unless its story
    `says_better`, and who had it before.
    """
    lines: list[str] = []
    if (since := milder_since(alert)) is not None:
        severity = severity_word(speech, alert)
        lines.append(speech.say("milder_since", since=speech.since(since), severity=severity))
    elif (since := better_since(alert)) is not None and not says_better:
        lines.append(speech.say("better_since", since=speech.since(since)))
    if alert.state is not AlertState.FIRING:
        return lines
    if alert.acknowledged_by is not None and alert.acknowledged_at is not None:
        is_worse = alert.event.tells_state and not isinstance(alert.event, ActionState | Maintenance)
        key = "acknowledgement_broken_worse" if is_worse else "acknowledgement_broken_news"
        had_at = speech.since(alert.acknowledged_at)
        lines.append(speech.say(key, person=clean(alert.acknowledged_by, 40), since=had_at))
    return lines


def drill_marker(speech: Speech, reason: Reason, person: str) -> str:
    """No message of a drill begins like one of a danger. `person`: who takes care, where somebody does."""
    key = f"marker_drill_{reason}"
    if speech.knows(key):
        return speech.say(key)
    return speech.say(f"marker_{reason}", severity=speech.say("severity_drill"), person=person)


def severity_word(speech: Speech, alert: Alert) -> str:
    """The severity, except where nothing is wrong."""
    return speech.say("severity_drill" if isinstance(alert.event, Drill) else f"severity_{alert.severity}")


def drill_story(speech: Speech, alert: Alert, event: Drill, reason: Reason) -> Story:
    """Nothing is wrong: said first, and in the title."""
    person = clean(event.person, 60)
    facts = [speech.say("drill_started", person=person)]
    if event.as_of:
        facts.append(speech.say("drill_as_of", account=clean(event.as_of, 60)))
    if reason is Reason.RECOVERED:
        return _drill(speech, "drill_subject", _answered(speech, alert), facts, [])
    if reason is Reason.UNKNOWN:
        span = speech.duration(seconds_between(alert.since, alert.resolved_at or alert.updated_at))
        happened = speech.say("drill_unknown", span=span)
        return _drill(speech, "drill_subject_unknown", happened, facts, [speech.say("drill_step_try")])
    steps = [speech.say("drill_step_ack", id=alert.short_id)]
    if event.to_sink:
        steps.append(speech.say("drill_step_tell", id=alert.short_id, person=person))
        return _drill(speech, "drill_subject", speech.say("drill_happened_sink"), facts, steps)
    facts.append(speech.say("drill_goes_on"))
    return _drill(speech, "drill_subject", speech.say("drill_happened"), facts, steps)


def drill_due_story(speech: Speech, event: DrillDue) -> Story:
    """For a long time nobody has tried whether somebody answers."""
    happened = speech.say("drill_due_never")
    if event.last_at is not None:
        happened = speech.say("drill_due_last", moment=speech.moment(event.last_at))
    return Story(
        subject=speech.say("drill_due_subject"),
        happened=happened,
        steps=[speech.say("drill_due_step")],
        details=[speech.say("drill_due_off")],
        names_account=True,
    )


def away_story(speech: Speech, event: Away, reason: Reason) -> Story:
    """Who hears of what nobody acknowledges, from now on."""
    person, deputy = clean(event.person, 60), clean(event.deputy, 60)
    if reason is Reason.RECOVERED:
        return Story(
            subject=speech.say("away_subject_over", person=person),
            happened=speech.say("away_over", deputy=deputy),
            names_account=True,
        )
    moment = speech.moment(event.until or event.received_at)
    figure, changes = _changes(speech, event, person, deputy)
    return Story(
        subject=speech.say("away_subject", person=person),
        figure=figure,
        happened=speech.say("away_happened", moment=moment, deputy=deputy),
        facts=[*changes, speech.say("away_next")],
        details=[speech.say("away_step_end")],
        names_account=True,
    )


def _changes(speech: Speech, event: Away, person: str, deputy: str) -> tuple[str, list[str]]:
    """What is new, for the title, and what it was before; empty where the absence begins."""
    new, before = [], []
    if event.former_deputy and event.former_deputy != event.deputy:
        new.append(speech.say("away_now_deputy", deputy=deputy))
        before.append(speech.say("away_before_deputy", former=clean(event.former_deputy, 60)))
    until, former_until = event.until, event.former_until
    if former_until is not None and until is not None and not event.ends_with(former_until):
        is_longer = until > former_until
        new.append(speech.say("away_now_longer" if is_longer else "away_now_shorter"))
        before.append(speech.say("away_before_until", moment=speech.moment(former_until)))
    if event.former_person and event.former_person != event.person:
        before.append(speech.say("away_before_person", former=clean(event.former_person, 60), person=person))
    return speech.say("marker_and").join(new), before


def _answered(speech: Speech, alert: Alert) -> str:
    answered_at = alert.acknowledged_at or alert.updated_at
    return speech.say(
        "drill_recovered",
        person=clean(alert.acknowledged_by or "", 60),
        span=speech.exact_duration(seconds_between(alert.since, answered_at)),
    )


def _drill(speech: Speech, subject: str, happened: str, facts: list[str], steps: list[str]) -> Story:
    return Story(subject=speech.say(subject), happened=happened, facts=facts, steps=steps, names_account=True)
