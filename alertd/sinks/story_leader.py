"""Stories of lead traders: what they did, and how they stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.events import Event, LeaderChange, LeaderMove, LeaderState
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean, given, number
from alertd.sinks.headline_position import ENDED, figure_text
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_NAME = 40
_NAMES_AT_MOST = 8
_RISKS = (LeaderMove.ORDER_OPENED, LeaderMove.ORDER_GROWN, LeaderMove.LEVERAGE_CHANGED)
_OWN = (LeaderMove.SYMBOLS_CHANGED, LeaderMove.CONFIG_CHANGED)
_SENTENCES = ("hold_ratio", "silent_for_s", "equity_share", "day_share")


def leader_story(speech: Speech, alert: Alert, event: LeaderChange | LeaderState, reason: Reason) -> Story:
    """Of a change, or of how a lead trader stands."""
    if isinstance(event, LeaderChange):
        return leader_change_story(speech, alert, event)
    return leader_state_story(speech, alert, event, reason)


def leader_change_story(speech: Speech, alert: Alert, event: LeaderChange) -> Story:
    """Something a lead trader did. What the rule compared makes it a danger, so that is said first."""
    trader, order = _trader(speech, event), _order(speech, event)
    parts = {"trader": trader, "order": order, "exchange": speech.exchange(event)}
    key, figure = _sentence(alert, event)
    if figure is not None:
        parts["value"] = number(figure)
    parts["count"] = _count(event.joined if event.change is LeaderMove.FOLLOWERS_JOINED else event.left)
    shown = "leader_figure_jump" if figure is not None else f"leader_figure_{event.change}"
    return Story(
        subject=_subject(speech, event),
        figure=speech.say(shown, **parts),
        happened=speech.say(key, **parts),
        facts=[*_order_facts(speech, event), *_other_facts(speech, event)],
        steps=list(_change_steps(speech, event, parts)),
        details=list(_details(speech, event)),
    )


def leader_state_story(speech: Speech, alert: Alert, event: LeaderState, reason: Reason) -> Story:
    """How a lead trader stands, by the figure that the rule looked at."""
    trader, name, value = _trader(speech, event), alert.figure or "", given(alert.value)
    parts = {"trader": trader, "order": _order(speech, event), "rule": clean(alert.fingerprint.rule, 60)}
    if reason in ENDED:
        key = "leader_is_over"
    else:
        key = f"leader_is_{name}" if name in _SENTENCES and value is not None else "leader_is_other"
    text = "" if value is None or not name else figure_text(speech, name, value)
    is_shown = bool(text) and reason not in ENDED and speech.knows(f"field_{name}")
    shown = speech.say("short_other", name=speech.say(f"field_{name}"), value=text) if is_shown else ""
    is_named = name == "hold_ratio" and event.instrument
    return Story(
        subject=_subject(speech, event if is_named else replace(event, instrument=None)),
        figure=shown,
        happened=speech.say(key, value=text, **parts),
        facts=list(_state_facts(speech, event)),
        steps=list(_state_steps(speech, event, name)) if reason not in ENDED else [],
        details=list(_details(speech, event)),
    )


def _sentence(alert: Alert, event: LeaderChange) -> tuple[str, Decimal | None]:
    """The text, and the jump where the rule looked at one."""
    jump, rate = given(event.leverage_jump), given(event.profit_rate)
    if alert.figure == "leverage_jump" and jump is not None:
        return "leader_jumped", jump
    if event.change is LeaderMove.ORDER_GROWN and rate is not None and rate < 0:
        return "leader_added_to_loser", None
    return f"leader_{event.change}", None


def _order_facts(speech: Speech, event: LeaderChange) -> Iterator[str]:
    yield from _from(speech, "leader_leverage", event.leverage, event.leverage_before)
    if (usual := given(event.median_leverage)) is not None:
        yield speech.say("leader_leverage_usual", value=number(usual))
    yield from _from(speech, "leader_size", event.size, event.size_before)
    if (rate := given(event.profit_rate)) is not None:
        yield speech.say("leader_rate", value=speech.percent(rate))
    yield from _prices(speech, event)
    if (profit := given(event.profit)) is not None:
        currency = clean(event.margin_currency or "", 20)
        yield speech.say("leader_result", value=number(profit), currency=currency).rstrip()
    if (held := given(event.held_for_s)) is not None:
        yield speech.say("leader_held", span=_span(speech, held))


def _prices(speech: Speech, event: LeaderChange) -> Iterator[str]:
    entry, mark, close = given(event.entry_price), given(event.mark_price), given(event.close_price)
    if entry is None:
        return
    if close is not None:
        yield speech.say("leader_close_price", entry=number(entry), close=number(close))
    elif mark is not None:
        move = given(event.price_move)
        parts = {"entry": number(entry), "mark": number(mark)}
        if move is None:
            yield speech.say("leader_price", **parts)
        else:
            yield speech.say("leader_price_move", move=speech.percent(move), **parts)


def _other_facts(speech: Speech, event: LeaderChange) -> Iterator[str]:
    if event.followers is not None and event.followers_before is not None:
        counts = {"now": _count(event.followers), "before": _count(event.followers_before)}
        yield speech.say("leader_followers_from", **counts)
    elif event.followers is not None:
        yield speech.say("leader_followers", now=_count(event.followers))
    if event.changed:
        names = ", ".join(clean(name, _LONGEST_NAME) for name in event.changed[:_NAMES_AT_MOST])
        more = ".." if len(event.changed) > _NAMES_AT_MOST else ""
        yield speech.say("leader_changed", names=names + more)
    if event.detail and speech.shows_money:  # the exchange's words may hold amounts
        yield speech.say("leader_says", exchange=speech.exchange(event), detail=clean(event.detail))


def _state_facts(speech: Speech, event: LeaderState) -> Iterator[str]:
    currency = clean(event.margin_currency or "", 20)
    if event.orders_open is not None:
        yield speech.say("leader_open_orders", count=_count(event.orders_open))
    if (rate := given(event.worst_profit_rate)) is not None:
        yield speech.say("leader_worst_rate", value=speech.percent(rate))
    if (held := given(event.held_for_s)) is not None:
        usual = given(event.median_held_for_s)
        span = _span(speech, held)
        if usual is None:
            yield speech.say("leader_held", span=span)
        else:
            yield speech.say("leader_held_usual", span=span, usual=_span(speech, usual))
    if (silent := given(event.silent_for_s)) is not None:
        yield speech.say("leader_silent", span=_span(speech, silent))
    if (share := given(event.equity_share)) is not None:
        yield speech.say("leader_equity_of_least", value=speech.percent(share))
    for key, value in (("leader_equity", event.equity), ("leader_equity_least", event.equity_minimum)):
        if (known := given(value)) is not None:
            yield speech.say(key, value=number(known), currency=currency).rstrip()
    if event.orders_today is not None:
        key = "leader_today" if event.orders_per_day_limit is None else "leader_today_of"
        limit = _count(event.orders_per_day_limit)
        yield speech.say(key, count=_count(event.orders_today), limit=limit)
    if event.followers is not None:
        yield speech.say("leader_followers", now=_count(event.followers))


def _change_steps(speech: Speech, event: LeaderChange, parts: dict[str, str]) -> Iterator[str]:
    exchange = parts["exchange"]
    if event.is_own and event.change not in _OWN:
        yield speech.say("step_leader_own", exchange=exchange)
    elif event.change in _RISKS:
        yield speech.say("step_leader_copying", exchange=exchange)
        yield speech.say("step_leader_positions")
    elif event.change is LeaderMove.INACTIVE:
        yield speech.say("step_relation_left", exchange=exchange)
    elif event.change in _OWN:
        yield speech.say("step_leader_config", exchange=exchange)
    else:
        yield speech.say("step_leader_look", exchange=exchange, trader=parts["trader"])


def _state_steps(speech: Speech, event: LeaderState, name: str) -> Iterator[str]:
    exchange = speech.exchange(event)
    if name == "equity_share":
        yield speech.say("step_leader_equity")
    elif name == "day_share":
        yield speech.say("step_leader_day")
    elif event.is_own:
        yield speech.say("step_leader_own", exchange=exchange)
    elif name == "followers":
        yield speech.say("step_leader_look", exchange=exchange, trader=_trader(speech, event))
    else:
        yield speech.say("step_leader_copying", exchange=exchange)
        yield speech.say("step_leader_positions")


def _details(speech: Speech, event: LeaderChange | LeaderState) -> Iterator[str]:
    if isinstance(event, LeaderChange) and event.opened_at is not None:
        yield speech.say("leader_opened", since=speech.since(event.opened_at))
    if event.trader:
        yield speech.say("leader_code", trader=clean(event.trader, 60))


def _from(speech: Speech, key: str, now: Decimal | None, before: Decimal | None) -> Iterator[str]:
    value, former = given(now), given(before)
    if value is None:
        return
    if former is None or former == value:
        yield speech.say(key, value=number(value))
    else:
        yield speech.say(f"{key}_from", value=number(value), before=number(former))


def _subject(speech: Speech, event: LeaderChange | LeaderState) -> str:
    trader = _trader(speech, event)
    order = "" if event.instrument is None else "_order"
    owner = "_own" if event.is_own else ""
    if not order:
        return speech.say(f"leader_subject{owner}", trader=trader)
    return speech.say(f"leader_subject{owner}{order}", trader=trader, order=_order(speech, event))


def _trader(speech: Speech, event: LeaderChange | LeaderState) -> str:
    if event.is_own:
        return speech.say("leader_own")
    return clean(event.trader_name or event.trader or "?", _LONGEST_NAME)


def _order(speech: Speech, event: Event) -> str:
    named = " ".join(filter(None, (clean(event.instrument or "", 60), speech.direction(event))))
    return named if event.instrument else speech.say("leader_order_unnamed")


def _span(speech: Speech, seconds: Decimal) -> str:
    return speech.duration(float(max(seconds, Decimal(0))))


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"
