"""A title that a lock screen shows whole: the most important first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from alertd.domain.events import REPORTS, ActionState, Drill, Maintenance
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.easing import better_since
from alertd.sinks.figures import clip, width
from alertd.sinks.meanwhile import Meanwhile, person_in_title
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_action import action_marker
from alertd.sinks.story_drill import drill_marker

TITLE_COLUMNS = 60  # what a phone shows on its lock screen; a Chinese character takes two
_SHORTEST_NAME = 8


def title_of(speech: Speech, delivery: Delivery, story: Story, meanwhile: Meanwhile) -> str:
    """What does not fit is left out from the end."""
    account = "" if story.names_account else speech.account(delivery.notification.alert.event)
    figure = "" if meanwhile.is_over else story.figure
    shown = meanwhile.alert or delivery.notification.alert
    is_better = better_since(shown) is not None and not meanwhile.is_over
    marker = marker_of(speech, delivery, is_better=is_better, is_taken=meanwhile.is_taken)
    parts = {"subject": story.subject, "figure": figure, "account": account}
    notes = [speech.say("marker_now_better") if is_better else "", meanwhile.marker]
    if now := speech.say("marker_and").join(filter(None, notes)):
        marker = speech.say("marker_meanwhile", marker=marker, now=now)
    return title_from(speech, {**parts, "marker": marker})


def title_from(speech: Speech, parts: dict[str, str]) -> str:
    """`parts`: marker, subject, figure and account; the last two may be empty."""
    for text in _forms(speech, parts):
        if width(text) <= TITLE_COLUMNS:
            return text
    return clip(speech.say("title_subject_only", **parts), TITLE_COLUMNS)


def _forms(speech: Speech, parts: dict[str, str]) -> Iterator[str]:
    """From the fullest to the barest."""
    clipped = {**parts, "account": clip(parts["account"], _SHORTEST_NAME)}
    if parts["figure"]:
        if parts["account"]:
            yield speech.say("title", **parts)
            yield speech.say("title", **clipped)
        bare = {**parts, "subject": ""}
        yield speech.say("title_without_account", **parts)
        room = TITLE_COLUMNS - width(speech.say("title_without_account", **bare))
        if room >= _SHORTEST_NAME:
            yield speech.say("title_without_account", **{**parts, "subject": clip(parts["subject"], room)})
    if parts["account"]:
        yield speech.say("title_without_figure", **parts)
        yield speech.say("title_without_figure", **clipped)
    yield speech.say("title_subject_only", **parts)


def marker_of(speech: Speech, delivery: Delivery, *, is_better: bool = False, is_taken: bool = False) -> str:
    """Severity or reason, and whether it may have come before. `is_better`: it is neither still so nor worse.
    `is_taken`: it is not unanswered any more.
    """
    notification = delivery.notification
    severity = speech.say(f"severity_{notification.alert.severity}")
    reason = notification.reason
    if reason is Reason.ESCALATED and is_taken:
        reason = Reason.REMINDER
    if is_better and reason in (Reason.REMINDER, Reason.WORSENED):
        reason = Reason.NEW
    event = notification.alert.event
    is_later_stage = reason is Reason.WORSENED and isinstance(event, ActionState | Maintenance)
    if is_later_stage or event.kind in REPORTS:
        reason = Reason.NEW  # the next report, or a later stage, is news, and not worse for it
    is_past = reason is Reason.DIGEST and not notification.alert.is_open
    person = person_in_title(notification.alert)
    marker = speech.say("marker_passed" if is_past else f"marker_{reason}", severity=severity, person=person)
    if isinstance(event, Drill):
        marker = drill_marker(speech, reason, person)
    elif isinstance(event, ActionState):
        marker = action_marker(speech, event, reason, marker)
    return speech.say("marker_duplicate", marker=marker) if delivery.possible_duplicate else marker
