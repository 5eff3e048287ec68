"""What a title, or a line among many, says of a position. Pure.

A message about hundreds names each by it: it needs no more of their stories, which cost twice the time.
"""

from __future__ import annotations

from decimal import Decimal

from alertd.domain.alert import Alert
from alertd.domain.events import Event, Liquidation, LiquidationWarning, MarginMode, MarginState
from alertd.domain.leader_events import DURATIONS, SHARES
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Headline

_PERCENTAGES = SHARES | {"margin_ratio", "opening_margin_ratio", "distance_to_liquidation", "buffer_used"}

# The reasons that end an alert.
ENDED = (Reason.RECOVERED, Reason.CLOSED, Reason.LIQUIDATED, Reason.REDUCED, Reason.UNKNOWN)


def margin_headline(speech: Speech, alert: Alert, event: MarginState, reason: Reason) -> Headline:
    """An isolated position, or the cross positions of one currency, near liquidation."""
    subject = named_position(speech, event)
    if event.position_count > 1:
        subject = speech.say("and_others", subject=subject, count=str(event.position_count - 1))
    return Headline(subject, "" if reason in ENDED else _key_figure(speech, alert, event))


def warning_headline(speech: Speech, event: LiquidationWarning, reason: Reason) -> Headline:
    """The exchange's own notice; unreadable, as much of it as could be made out."""
    exchange = speech.exchange(event)
    if not event.readable and not event.instrument:
        subject = speech.say("warning_unreadable_subject", exchange=exchange)
        return Headline(subject, speech.say("warning_unreadable_figure"))
    position = named_position(speech, event)
    if event.readable and reason in ENDED:
        return Headline(position)
    ratio = given(event.margin_ratio) if event.readable else None
    if ratio is None:
        return Headline(position, speech.say("warning_figure", exchange=exchange))
    percent = speech.percent(ratio)
    return Headline(position, speech.say("warning_figure_ratio", exchange=exchange, value=percent))


def liquidation_headline(speech: Speech, event: Liquidation) -> Headline:
    """It happened, and what is left."""
    left, what = given(event.remaining_size), speech.say(f"liquidation_figure_{event.liquidation_type}")
    figure = what
    if left is not None and left == 0:
        figure = speech.say("liquidation_figure_gone", what=what)
    elif left is not None:
        figure = speech.say("liquidation_figure_left", what=what, size=number(abs(left)))
    if late := speech.learned_late(event):
        figure = speech.say("liquidation_figure_late", what=what, late=late)
    return Headline(named_position(speech, event), figure)


def named_position(speech: Speech, event: Event) -> str:
    """Instrument and direction, or the cross currency, or `a position`."""
    if event.instrument:
        named = filter(None, (clean(event.instrument, 60), speech.direction(event), _whose(event)))
        return " ".join(named)
    if event.margin_mode is MarginMode.CROSS and event.margin_currency:
        named = filter(
            None, (speech.say("cross_subject", currency=clean(event.margin_currency, 20)), _whose(event))
        )
        return " ".join(named)
    return speech.say("a_position")


def _whose(event: Event) -> str:
    """The trader of whose position it is a copy, where each has margin of its own."""
    if not isinstance(event, MarginState | Liquidation) or not event.trader_name:
        return ""
    return f"({clean(event.trader_name, 40)})"


def figure_text(speech: Speech, name: str, value: Decimal) -> str:
    """A rule's figure with its unit."""
    if name in _PERCENTAGES:
        return speech.percent(value)
    if name in DURATIONS:
        return speech.duration(float(max(value, Decimal(0))))
    return speech.minutes(value) if name == "minutes_to_liquidation" else number(value)


def field_name(speech: Speech, name: str) -> str:
    """What people call a field of an event."""
    return speech.say(f"field_{name}") if speech.knows(f"field_{name}") else clean(name, 40)


def _key_figure(speech: Speech, alert: Alert, event: MarginState) -> str:
    """What the rule looked at; without it the distance, without that the ratio."""
    choices = (
        (alert.figure or "", alert.value),
        ("distance_to_liquidation", event.distance_to_liquidation),
        ("margin_ratio", event.margin_ratio),
    )
    for name, maybe in choices:
        value = given(maybe)
        if name and value is not None:
            text = figure_text(speech, name, value)
            if speech.knows(f"short_{name}"):
                return speech.say(f"short_{name}", value=text)
            return speech.say("short_other", name=field_name(speech, name), value=text)
    return ""
