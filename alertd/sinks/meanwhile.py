"""What has become of an alert while its delivery waited. Pure."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import REPORTS, MarginState
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.easing import better_since
from alertd.sinks.figures import clean, clip, given
from alertd.sinks.headline_position import ENDED
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.stories import heard, story_of

_TOLD_FROM_S = 10.0
_IN_THE_TITLE_FROM_S = 60.0
_PERSON_COLUMNS = 14  # in the title
_UNSEEN_FROM_S = 120.0  # the figures of an alert that goes on are stored once a minute
# Where more is worse; of every other figure that is compared, less is.
_MORE_IS_WORSE = frozenset({"buffer_used"})
_COMPARED = _MORE_IS_WORSE | {"margin_ratio", "distance_to_liquidation", "minutes_to_liquidation"}


class Meanwhile(msgspec.Struct, frozen=True):
    """`marker`: for the title, empty where nothing belongs there. `alert`: what is to be shown, None: the one
    that was told. `is_over`: it needs nothing any more. `changed`: how it stands now; `late`: how long the
    delivery waited. `is_taken`: somebody takes care of it since.
    """

    marker: str = ""
    alert: Alert | None = None
    is_over: bool = False
    is_taken: bool = False
    changed: str = ""
    late: str = ""


_NOTHING = Meanwhile()


def meanwhile_of(speech: Speech, delivery: Delivery) -> Meanwhile:
    """Compares the alert as it was told with `delivery.current`."""
    if delivery.current is None:
        return _NOTHING
    late, marker = _lateness(speech, delivery)
    change = _change(speech, delivery, delivery.current)
    markers = [text for text in (change.marker, marker) if text]
    return replace(change, marker=speech.say("marker_and").join(markers), late=late)


def _lateness(speech: Speech, delivery: Delivery) -> tuple[str, str]:
    """How late it leaves and why, as far as that is known: for the text, and for the title.

    What was held on purpose is not late. Since it was tried, its row does not say any more how long it was.
    """
    waited_s = seconds_between(delivery.notification.created_at, speech.now)
    late_s = seconds_between(delivery.next_attempt_at, speech.now) if delivery.batched else waited_s
    if waited_s < _TOLD_FROM_S:
        return "", ""
    if delivery.attempts and delivery.batched:
        return speech.say("meanwhile_failed_held", late=speech.duration(waited_s)), ""
    if not delivery.attempts and late_s < _TOLD_FROM_S:
        return speech.say("meanwhile_held", late=speech.duration(waited_s)), ""
    late = speech.duration(late_s)
    marker = speech.say("marker_late_by", late=late) if late_s >= _IN_THE_TITLE_FROM_S else ""
    return speech.say("meanwhile_failed" if delivery.attempts else "meanwhile_late", late=late), marker


def fires(alert: Alert) -> bool:
    """It is told of as a danger: neither over nor still to be waited for."""
    return alert.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED)


def _change(speech: Speech, delivery: Delivery, current: Alert) -> Meanwhile:
    """Without what is said of the time."""
    told = delivery.notification.alert
    severity = speech.say(f"severity_{current.severity}")
    if delivery.notification.reason in ENDED:
        if not fires(current):
            return _NOTHING
        again = speech.say("meanwhile_again", severity=severity)
        return Meanwhile(speech.say("marker_now_again", severity=severity), changed=again)
    if not current.is_open:
        end = current.resolution or Resolution.EXPIRED
        return Meanwhile(
            speech.say(f"marker_now_{end}"), is_over=True, changed=speech.say(f"meanwhile_{end}")
        )
    if current.vanished_at is not None:
        return Meanwhile(speech.say("marker_now_gone"), is_over=True, changed=speech.say("meanwhile_gone"))
    if current.event.kind in REPORTS:  # of a moment: nothing of it goes on
        return _NOTHING
    figure, figure_then = _figure(speech, current), _figure(speech, told)
    then = speech.say(f"severity_{told.severity}")
    was = speech.say("marker_and").join(filter(None, (then, figure_then)))
    direction = _direction(told, current)
    unseen_s = seconds_between(current.event.received_at, speech.now)
    if direction == "same" and isinstance(current.event, MarginState) and unseen_s >= _UNSEEN_FROM_S:
        direction = "unseen"
    key = f"meanwhile_{direction}{'' if figure else '_short'}"
    is_taken = current.state is AlertState.ACKNOWLEDGED and told.state is not AlertState.ACKNOWLEDGED
    if is_taken:
        key = "meanwhile_acknowledged" + ("_better" if better_since(current) else "")
    markers = (
        [speech.say("marker_now_severity", severity=severity)] if current.severity != told.severity else []
    )
    person = clean(current.acknowledged_by or "?", 40)
    if is_taken:
        markers = [speech.say("marker_taken", person=person_in_title(current)), *markers]
    marker = speech.say("marker_and").join(markers)
    unseen = speech.duration(unseen_s)
    changed = speech.say(key, severity=severity, figure=figure, was=was, person=person, unseen=unseen)
    return Meanwhile(marker, alert=current, changed=changed, is_taken=is_taken)


def person_in_title(alert: Alert) -> str:
    """Who takes care of it, as far as a title has room."""
    return clip(clean(alert.acknowledged_by or "?", 40), _PERSON_COLUMNS)


def _direction(told: Alert, current: Alert) -> str:
    if current.severity is not told.severity:
        return "worse" if current.severity.rank > told.severity.rank else "better"
    is_better, was_better = (better_since(alert) is not None for alert in (current, told))
    if is_better is not was_better:
        return "better" if is_better else "worse"
    before, now = given(told.value), given(current.value)
    if before is None or now is None or told.figure not in _COMPARED or told.figure != current.figure:
        return "same"
    return _compare(before, now, more_is_worse=told.figure in _MORE_IS_WORSE)


def _compare(before: Decimal, now: Decimal, *, more_is_worse: bool) -> str:
    if before == now:
        return "same"
    return "worse" if (now > before) is more_is_worse else "better"


def _figure(speech: Speech, alert: Alert) -> str:
    return story_of(speech, heard(speech, alert), Reason.REMINDER).figure
