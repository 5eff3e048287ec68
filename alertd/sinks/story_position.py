"""Stories of positions: close to liquidation, warned of by the exchange, or liquidated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from alertd.domain.alert import Alert, Severity
from alertd.domain.deed import Deed
from alertd.domain.events import (
    Event,
    Liquidation,
    LiquidationType,
    LiquidationWarning,
    MarginMode,
    MarginState,
)
from alertd.domain.notification import Reason
from alertd.sinks.deed_words import explained
from alertd.sinks.figures import clean, given, number
from alertd.sinks.headline_position import (
    ENDED,
    field_name,
    liquidation_headline,
    margin_headline,
    named_position,
    warning_headline,
)
from alertd.sinks.margin_words import margin_sentence
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Headline, Story

_ONE = Decimal(1)
_OLD_S = 30.0  # six regular pushes
_LIKELY_ADL = 4  # of 5
_SIZES_OF_COPIES = {"toobit": "size_in_coins"}  # what a copy's size is counted in, by exchange


def margin_story(
    speech: Speech, alert: Alert, event: MarginState, reason: Reason, deeds: Sequence[Deed] = ()
) -> Story:
    """An isolated position, or the cross positions of one currency, near liquidation."""
    position = named_position(speech, event)
    head = margin_headline(speech, alert, event, reason)
    return Story(
        subject=head.subject,
        figure=head.figure,
        happened=margin_sentence(speech, alert, event, reason, position),
        facts=[
            *_shared_by(speech, event),
            *_position_line(speech, event),
            *_danger(speech, event),
            *_older(speech, event, reason),
        ],
        details=_position_details(speech, event),
        steps=_margin_steps(speech, alert, event, reason, deeds),
        says_better=True,
    )


def warning_story(speech: Speech, alert: Alert, event: LiquidationWarning, reason: Reason) -> Story:
    """The exchange's own notice, which may come after the fact."""
    exchange, head = speech.exchange(event), warning_headline(speech, event, reason)
    if not event.readable:
        return _unreadable_warning(speech, event, exchange, head)
    position = named_position(speech, event)
    key = f"margin_{reason}" if reason in ENDED else "warning_happened"
    return Story(
        subject=head.subject,
        figure=head.figure,
        happened=speech.say(key, position=position, exchange=exchange),
        facts=[*_position_line(speech, event), *_instruments(speech, event), *_danger(speech, event)],
        details=_position_details(speech, event),
        steps=_margin_steps(speech, alert, event, reason),
    )


def _unreadable_warning(speech: Speech, event: LiquidationWarning, exchange: str, head: Headline) -> Story:
    """It names the position where that much of it could be made out."""
    is_named = bool(event.instrument)
    key = "warning_unreadable_of" if is_named else "warning_unreadable"
    return Story(
        subject=head.subject,
        figure=head.figure,
        happened=speech.say(key, exchange=exchange, position=head.subject),
        facts=_position_line(speech, event) if is_named else [],
        steps=[speech.say("step_look_now", exchange=exchange)],
    )


def liquidation_story(speech: Speech, _alert: Alert, event: Liquidation, reason: Reason) -> Story:
    """It happened: liquidation, auto-deleveraging or a claw-back."""
    position, exchange = named_position(speech, event), speech.exchange(event)
    head = liquidation_headline(speech, event)
    happened = speech.say(
        f"liquidation_happened_{event.liquidation_type}", position=position, exchange=exchange
    )
    if late := speech.learned_late(event):
        happened += f" {speech.say('learned_late', late=late, exchange=exchange)}"
    return Story(
        subject=head.subject,
        figure=head.figure,
        happened=happened,
        facts=[*_position_line(speech, event), _left(speech, event), *_taken(speech, event)],
        details=_plain_lines(speech, (("entry_price", event.entry_price),)),
        steps=[] if reason in ENDED else _after_liquidation(speech, event),
    )


def _left(speech: Speech, event: Liquidation) -> str:
    """What is left of the position, as far as this reader may know it."""
    left = given(event.remaining_size)
    if left is not None:
        return speech.say("left_size", size=number(abs(left))) if left else speech.say("left_nothing")
    if event.was_a_part:
        return speech.say("left_part" if speech.shows_money else "left_hidden")
    return speech.say("left_unknown", exchange=speech.exchange(event))


def _taken(speech: Speech, event: Liquidation) -> list[str]:
    change = given(event.balance_change)
    if change is None:
        return []
    currency = clean(event.margin_currency or "", 20)
    return [speech.say("balance_change", value=f"{number(change)} {currency}".rstrip())]


def _shared_by(speech: Speech, event: MarginState) -> list[str]:
    if event.position_count <= 1:
        return []
    return [speech.say("cross_shared", count=str(event.position_count))]


def _position_line(speech: Speech, event: Event) -> list[str]:
    position = named_position(speech, event)
    if event.margin_mode is not None:
        key = f"position_{event.margin_mode}"
        if event.margin_currency:
            position = speech.say(f"{key}_in", position=position, currency=clean(event.margin_currency, 20))
        else:
            position = speech.say(key, position=position)
    return [speech.say("position", position=position)]


def _instruments(speech: Speech, event: LiquidationWarning) -> list[str]:
    if len(event.instruments) < 2:
        return []
    return [speech.say("instruments", instruments=clean(", ".join(event.instruments), 400))]


def _danger(speech: Speech, event: MarginState | LiquidationWarning) -> list[str]:
    """The figures that say how near it is, nearest to a decision first."""
    lines = [_ratio_line(speech, event)]
    if isinstance(event, MarginState):
        distance, pace = given(event.distance_to_liquidation), given(event.minutes_to_liquidation)
        buffer = given(event.buffer_used)
        if distance is not None:
            lines.append(speech.say("distance", value=speech.percent(distance)))
        if pace is not None:
            lines.append(speech.say("pace", value=speech.minutes(pace)))
        if buffer is not None:
            lines.append(speech.say("buffer", value=speech.percent(buffer), edge=speech.percent(_ONE)))
    lines += _plain_lines(speech, (("mark_price", event.mark_price),))
    if isinstance(event, MarginState):
        price = given(event.liquidation_price)
        missing = speech.say("liquidation_price_missing") if speech.shows_money else ""
        lines.append(missing if price is None else speech.say("liquidation_price", value=number(price)))
    return lines


def _older(speech: Speech, event: MarginState, reason: Reason) -> list[str]:
    """Which of the figures are older than the rest, or that all of them are."""
    if reason in ENDED:
        return []
    if seconds_between(event.received_at, speech.now) >= _OLD_S:
        return [speech.say("figures_old", since=speech.since(event.received_at))]
    named = [field_name(speech, name) for name in event.stale if getattr(event, name, None) is not None]
    if not named or event.stale_since is None:
        return []
    return [speech.say("figures_stale", names=", ".join(named), since=speech.since(event.stale_since))]


def _ratio_line(speech: Speech, event: MarginState | LiquidationWarning) -> str:
    ratio = given(event.margin_ratio)
    if ratio is None:
        return speech.say("margin_ratio_missing")
    opened = given(event.opening_margin_ratio) if isinstance(event, MarginState) else None
    value, edge = speech.percent(ratio), speech.percent(_ONE)
    if opened is None:
        return speech.say("margin_ratio", value=value, edge=edge)
    return speech.say("margin_ratio_opened", value=value, edge=edge, opened=speech.percent(opened))


def _size_key(event: MarginState | LiquidationWarning) -> str:
    """Own positions are counted in contracts everywhere."""
    is_copy = isinstance(event, MarginState) and event.trader is not None
    return _SIZES_OF_COPIES.get(event.exchange, "size") if is_copy else "size"


def _position_details(speech: Speech, event: MarginState | LiquidationWarning) -> list[str]:
    lines = _plain_lines(speech, (("leverage", event.leverage), (_size_key(event), event.position_size)))
    if isinstance(event, MarginState):
        lines += _plain_lines(speech, (("notional", event.notional_usd), ("entry_price", event.entry_price)))
        profit = given(event.unrealised_pnl)
        if profit is not None:
            currency = clean(event.margin_currency or "", 20)
            lines.append(speech.say("profit", value=number(profit), currency=currency).rstrip())
        if event.adl_priority is not None and event.adl_priority >= _LIKELY_ADL:
            lines.append(speech.say("adl_queue", value=str(event.adl_priority)))
    if event.opened_at is not None:
        lines.append(speech.say("opened_at", since=speech.since(event.opened_at)))
    return lines


def _plain_lines(speech: Speech, items: tuple[tuple[str, Decimal | None], ...]) -> list[str]:
    present = ((key, given(value)) for key, value in items)
    return [speech.say(key, value=number(value)) for key, value in present if value is not None]


def _margin_steps(
    speech: Speech, alert: Alert, event: Event, reason: Reason, deeds: Sequence[Deed] = ()
) -> list[str]:
    exchange = speech.exchange(event)
    if reason is Reason.UNKNOWN:
        return [speech.say("step_look_now", exchange=exchange)]
    if reason in (Reason.LIQUIDATED, Reason.REDUCED):
        return _after_liquidation(speech, event)
    if reason is Reason.CLOSED:
        return [explained(speech, deeds, "step_closed")]
    if reason in ENDED:
        return [speech.say(f"step_{reason}")]
    if alert.severity is Severity.INFO:
        return [speech.say("step_watch")]
    open_it = speech.say("step_open_positions", exchange=exchange)
    if event.instrument:
        open_it = speech.say("step_open_position", exchange=exchange, position=named_position(speech, event))
    rest = (speech.say(key) for key in ("step_reduce", "step_close", "step_copied"))
    return [open_it, _add_margin(speech, event), *rest]


def _add_margin(speech: Speech, event: Event) -> str:
    if event.margin_mode is MarginMode.ISOLATED:
        return speech.say("step_add_margin_isolated")
    if event.margin_mode is None:
        return speech.say("step_add_margin_any")
    if event.margin_currency:
        return speech.say("step_add_margin_cross", currency=clean(event.margin_currency, 20))
    return speech.say("step_add_margin_cross_any")


def _after_liquidation(speech: Speech, event: Event) -> list[str]:
    gone = isinstance(event, Liquidation) and given(event.remaining_size) == 0
    steps = [speech.say("step_history" if gone else "step_left_over", exchange=speech.exchange(event))]
    forced = not isinstance(event, Liquidation) or event.liquidation_type is LiquidationType.LIQUIDATION
    if forced and event.margin_mode is not MarginMode.ISOLATED:
        steps.append(speech.say("step_others_at_risk"))
    return [*steps, speech.say("step_stop_copying")]
