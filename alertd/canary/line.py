"""A canary's way from the socket's edge to an event: login, subscription and push, by the real parts."""

from __future__ import annotations

from datetime import datetime

from alertd.domain.canary import is_canary
from alertd.domain.events import Event, LiquidationWarning
from alertd.exchanges.okx import canary as okx
from alertd.sources.protocol import StreamProtocol

_MOST_ANSWERS = 4


def events_of(sink: str, number: str, now: datetime, now_s: float) -> list[Event]:
    """What alertd makes of a warning on a line of its own: one event, if all is well.

    Raises: AlertdError where the session would not stand.
    """
    protocol = StreamProtocol(okx.stream())
    protocol.opened(now_s, now)
    for _ in range(_MOST_ANSWERS):
        for text in protocol.texts_to_send():
            protocol.receive(okx.answer(text), now, now_s)
    push = protocol.receive(okx.push(sink, number, now), now, now_s)
    protocol.abandon()
    return list(push.events) if push is not None else []


def number_of(event: Event) -> str | None:
    """The number of the canary that arrived as this event; None where it is none, or came through damaged."""
    if not is_canary(event) or not isinstance(event, LiquidationWarning):
        return None
    return event.position_id if event.readable and event.margin_ratio == okx.RATIO else None
