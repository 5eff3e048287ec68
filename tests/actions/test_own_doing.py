"""Covers alertd/actions/own_doing.py"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.actions.own_doing import deeds_about
from alertd.domain.action import ActionType, Intent, IntentState, Mode, OpenPositions
from alertd.domain.events import (
    CopyChange,
    CopyParty,
    CopyRelation,
    Direction,
    Event,
    LeaderChange,
    LeaderMove,
    MarginState,
)
from tests.actions.intents import planned

DONE = planned(
    state=IntentState.CONFIRMED,
    open_positions=OpenPositions.CLOSE_AT_MARKET,
    requests=1,
    rounds=1,
    had=("BTC-USDT-SWAP/long",),
    approved_by=("anna",),
)
BEGAN = DONE.planned_at
WHERE = {"exchange": DONE.exchange, "account": DONE.account}


def closed(after_s: float = 1.0, **more: Any) -> MarginState:
    given: dict[str, Any] = {"instrument": "BTC-USDT-SWAP", "direction": Direction.LONG, "open": False}
    return MarginState(event_id="m", received_at=later(after_s), **{**WHERE, **given, **more})


def left(after_s: float = 1.0, **more: Any) -> CopyRelation:
    given: dict[str, Any] = {"trader": DONE.trader, "change": CopyChange.LEFT}
    return CopyRelation(event_id="r", received_at=later(after_s), **{**WHERE, **given, **more})


def led(change: LeaderMove) -> LeaderChange:
    return LeaderChange(event_id="c", received_at=later(1.0), change=change, is_own=True, **WHERE)


def later(after_s: float) -> Any:
    return BEGAN + timedelta(seconds=after_s)


def done(**changes: Any) -> Intent:
    return replace(DONE, **{"began_at": BEGAN, "ended_at": later(1.0), **changes})


@pytest.mark.parametrize(
    ("event", "intent", "explains"),
    [
        (closed(), done(), True),
        (closed(), done(state=IntentState.VERIFYING, ended_at=None), True),
        (left(), done(), True),
        (left(3000.0), done(), True),
        (left(change=CopyChange.CHANGED), done(), False),
        (closed(300.0), done(), False),  # of itself it takes seconds
        (closed(open=True), done(), False),
        (closed(), done(open_positions=OpenPositions.LEADER_CLOSES), False),
        (closed(trader=DONE.trader, instrument="X"), done(had=()), True),
        (closed(direction=None), done(had=("BTC-USDT-SWAP/",)), True),
        (led(LeaderMove.CONFIG_CHANGED), done(type=ActionType.PAUSE_LEADING), False),
        (led(LeaderMove.FOLLOWERS_LEFT), done(type=ActionType.REMOVE_FOLLOWER), False),
        (left(party=CopyParty.FOLLOWERS), done(type=ActionType.REMOVE_FOLLOWER), False),
    ],
)
def test_what_alertd_has_done_itself_is_told(event: Event, intent: Intent, explains: bool) -> None:
    [deed] = deeds_about(event, [intent])
    assert (deed.intent_id, deed.approved_by, deed.at) == (intent.intent_id, ("anna",), BEGAN)
    assert deed.explains is explains
    assert deed.proved is (intent.state is IntentState.CONFIRMED)


@pytest.mark.parametrize(
    ("event", "intent"),
    [
        (closed(-1.0), done()),  # before it
        (closed(3700.0), done()),
        (closed(), done(rounds=0)),  # refused: nothing was taken
        (closed(), done(mode=Mode.DRY_RUN)),
        (closed(), done(reason="copied_again")),
        (closed(account="other"), done()),
        (closed(instrument="ETH-USDT-SWAP"), done()),
        (closed(direction=Direction.SHORT), done()),
        (closed(trader="somebody"), done()),
        (left(trader="somebody"), done()),
        (left(party=CopyParty.FOLLOWERS), done()),
        (led(LeaderMove.CONFIG_CHANGED), done()),
        (led(LeaderMove.ORDER_OPENED), done(type=ActionType.PAUSE_LEADING)),
    ],
)
def test_nothing_that_others_did_is_taken_for_its_own(event: Event, intent: Intent) -> None:
    assert deeds_about(event, [intent]) == ()
