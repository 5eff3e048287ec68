"""Where a connection stands in its life, and what may follow, as one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from alertd.domain.errors import AlertdError


class StreamState(StrEnum):
    """Where a connection stands in its life."""

    CONNECTING = "connecting"
    LOGGING_IN = "logging_in"
    SUBSCRIBING = "subscribing"
    LIVE = "live"  # of every required subscription it is known whether it delivers
    CLOSED = "closed"


TRANSITIONS: Mapping[StreamState, frozenset[StreamState]] = {
    StreamState.CONNECTING: frozenset({StreamState.LOGGING_IN, StreamState.CLOSED}),
    StreamState.LOGGING_IN: frozenset({StreamState.SUBSCRIBING, StreamState.CLOSED}),
    StreamState.SUBSCRIBING: frozenset({StreamState.LIVE, StreamState.CLOSED}),
    StreamState.LIVE: frozenset({StreamState.CLOSED}),
    StreamState.CLOSED: frozenset(),
}
OPEN = frozenset({StreamState.LOGGING_IN, StreamState.SUBSCRIBING, StreamState.LIVE})


class IllegalTransition(AlertdError):
    """The caller did what the table does not allow. Nothing was changed."""


def check(state: StreamState, wanted: StreamState) -> None:
    """Raises: IllegalTransition."""
    if wanted not in TRANSITIONS[state]:
        raise IllegalTransition(f"{state} -> {wanted}")
