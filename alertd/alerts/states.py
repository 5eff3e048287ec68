"""Which moves an alert may make, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from alertd.domain.alert import AlertState, Resolution
from alertd.domain.errors import AlertdError
from alertd.domain.notification import Reason


class Move(StrEnum):
    """What can happen to an open alert."""

    FIRE = "fire"  # pending long enough
    WORSEN = "worsen"  # a higher severity, or a fact not told yet
    LOWER = "lower"  # a better severity held long enough
    REMIND = "remind"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


MOVES: Mapping[tuple[AlertState, Move], AlertState] = {
    (AlertState.PENDING, Move.FIRE): AlertState.FIRING,
    (AlertState.PENDING, Move.WORSEN): AlertState.PENDING,
    (AlertState.PENDING, Move.LOWER): AlertState.PENDING,
    (AlertState.PENDING, Move.RESOLVE): AlertState.RESOLVED,
    (AlertState.FIRING, Move.WORSEN): AlertState.FIRING,
    (AlertState.FIRING, Move.LOWER): AlertState.FIRING,
    (AlertState.FIRING, Move.REMIND): AlertState.FIRING,
    (AlertState.FIRING, Move.ACKNOWLEDGE): AlertState.ACKNOWLEDGED,
    (AlertState.FIRING, Move.RESOLVE): AlertState.RESOLVED,
    (AlertState.ACKNOWLEDGED, Move.WORSEN): AlertState.FIRING,
    (AlertState.ACKNOWLEDGED, Move.LOWER): AlertState.ACKNOWLEDGED,
    (AlertState.ACKNOWLEDGED, Move.RESOLVE): AlertState.RESOLVED,
}

# What people are told of each end; an end that is absent is silent.
END_REASONS: Mapping[Resolution, Reason] = {
    Resolution.RECOVERED: Reason.RECOVERED,
    Resolution.CLOSED: Reason.CLOSED,
    Resolution.LIQUIDATED: Reason.LIQUIDATED,
    Resolution.REDUCED: Reason.REDUCED,
    Resolution.UNKNOWN: Reason.UNKNOWN,
}


class IllegalMove(AlertdError):
    """An alert in this state cannot make this move. Nothing was changed."""

    def __init__(self, state: AlertState, move: Move) -> None:
        super().__init__(f"an alert that is {state} cannot {move}")
        self.state = state
        self.move = move


def state_after(state: AlertState, move: Move) -> AlertState:
    """The state `move` leads to. Raises: IllegalMove."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise IllegalMove(state, move) from None
