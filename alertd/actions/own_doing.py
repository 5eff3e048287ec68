"""Which of alertd's own deeds an event is about, so that no message denies them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from alertd.actions.remains import Late
from alertd.domain.action import ActionType, Intent, IntentState, Mode, OpenPositions, position_name
from alertd.domain.deed import Deed
from alertd.domain.events import (
    CopyChange,
    CopyParty,
    CopyRelation,
    Event,
    LeaderChange,
    LeaderMove,
    Liquidation,
    LiquidationWarning,
    MarginState,
)

TOLD_FOR = timedelta(hours=1)  # records are compared that late at worst
CLOSES_WITHIN = timedelta(minutes=2)  # of the end: what closes later was opened, or closed, by somebody else

_OF_POSITIONS = MarginState | Liquidation | LiquidationWarning


def deeds_about(event: Event, intents: Iterable[Intent]) -> tuple[Deed, ...]:
    """The deeds of these that concern the position, the trader or the setting the event is about."""
    return tuple(
        _deed(event, intent) for intent in intents if _is_deed(event, intent) and _concerns(event, intent)
    )


def _is_deed(event: Event, intent: Intent) -> bool:
    """Whether a request may have been taken, and not too long ago for what is told now."""
    if intent.mode is Mode.DRY_RUN or not intent.rounds or intent.reason == Late.COPIED_AGAIN:
        return False
    if (intent.account, intent.exchange) != (event.account, event.exchange):
        return False
    return _is_within(event, intent, TOLD_FOR)


def _is_within(event: Event, intent: Intent, span: timedelta) -> bool:
    began, ended = intent.began_at or intent.planned_at, intent.ended_at
    return began <= event.received_at and (ended is None or event.received_at - ended <= span)


def _concerns(event: Event, intent: Intent) -> bool:
    own_change = event.change if isinstance(event, LeaderChange) and event.is_own else None
    match intent.type:
        case ActionType.PAUSE_LEADING:
            return own_change is LeaderMove.CONFIG_CHANGED
        case ActionType.REMOVE_FOLLOWER:
            is_counted = isinstance(event, CopyRelation) and event.party is CopyParty.FOLLOWERS
            return is_counted or own_change is LeaderMove.FOLLOWERS_LEFT
    if isinstance(event, CopyRelation):
        return event.party is CopyParty.LEAD_TRADER and event.trader == intent.trader
    if not isinstance(event, _OF_POSITIONS) or not event.instrument:
        return False
    if (trader := getattr(event, "trader", None)) is not None:
        return bool(trader == intent.trader)
    return any(
        position_name(event.instrument, direction) in intent.had for direction in (event.direction, None)
    )


def _deed(event: Event, intent: Intent) -> Deed:
    closes = intent.open_positions is OpenPositions.CLOSE_AT_MARKET
    if isinstance(event, CopyRelation):
        explains = event.change is CopyChange.LEFT and intent.type is ActionType.STOP_COPYING
    else:
        is_closed = isinstance(event, MarginState) and not event.open
        explains = is_closed and closes and _is_within(event, intent, CLOSES_WITHIN)
    return Deed(
        intent_id=intent.intent_id,
        type=intent.type,
        trader=intent.trader,
        trader_name=intent.trader_name,
        at=intent.began_at or intent.planned_at,
        proved=intent.state is IntentState.CONFIRMED,
        closes=closes,
        explains=explains,
        approved_by=intent.approved_by,
    )
