"""An exchange that exists only in tests: a small JSON dialect, so that sources need no real one.

{"op": "login", "at": ISO}            {"event": "login"} | {"event": "error", "code", "class", "detail"}
{"op": "subscribe", "id", "channel"}  {"event": "ack", "id"?, "channel"} | {"event": "error", "id"?, ...}
ping                                  pong (either way)
{"push": CHANNEL, "n": [1, 2]}        one event per number; text in the list is a row that cannot be read
{"event": "bye", "code"}, {"event": "dead", "channel"}, {"event": "info"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from alertd.domain.errors import Disposition
from alertd.domain.events import MarginState
from alertd.domain.stream import (
    Acknowledged,
    ChannelDead,
    ClosingSoon,
    Data,
    Ignored,
    KeepAlive,
    LoggedIn,
    Message,
    PingReceived,
    Refused,
    Subscription,
    Unreadable,
)

MARGIN = Subscription("margin", (("channel", "margin"),), carrier=True)
WALLET = Subscription("wallet", (("channel", "wallet"),), carrier=True)
NOTICES = Subscription("notices", (("channel", "notices"),))
EXTRA = Subscription("extra", (("channel", "extra"),), required=False)
ALL = (NOTICES, MARGIN, WALLET, EXTRA)

CLOSE_CODES: Mapping[int, Disposition] = {
    4001: Disposition.CREDENTIALS,
    4002: Disposition.BUG,
    4004: Disposition.RETRY,
    4007: Disposition.CREDENTIALS,
    4008: Disposition.CONFIG,
}


class JsonExchange:
    """Implements `StreamExchange`, and `FrameReader`: its frames say nothing of one another."""

    ping_text = "ping"
    pong_text = "pong"

    def __init__(self, subscriptions: Sequence[Subscription] = ALL) -> None:
        self._subscriptions = subscriptions
        self.connections = 0
        self.closed_times = 0

    def opened(self) -> Self:
        self.connections += 1
        return self

    def closed(self) -> None:
        self.closed_times += 1

    def login_text(self, at: datetime) -> str:
        return json.dumps({"op": "login", "at": at.isoformat()})

    def subscriptions(self) -> Sequence[Subscription]:
        return self._subscriptions

    def subscribe_text(self, subscription: Subscription, request_id: str) -> str:
        return json.dumps({"op": "subscribe", "id": request_id, **dict(subscription.arg)})

    def close_disposition(self, close_code: int | None) -> Disposition:
        return CLOSE_CODES.get(close_code or 0, Disposition.RETRY)

    def read(self, frame: bytes, received_at: datetime) -> Message:
        if frame in (b"ping", b"pong"):
            return PingReceived() if frame == b"ping" else KeepAlive()
        try:
            told = json.loads(frame)
            return _push(told, received_at, frame) if "push" in told else _event(told)
        except (ValueError, TypeError, KeyError):
            return Unreadable("not the dialect")


def _push(told: dict, received_at: datetime, frame: bytes) -> Message:
    numbers = [n for n in told["n"] if isinstance(n, int)]
    return Data(
        told["push"],
        tuple(_margin_event(n, received_at, frame) for n in numbers),
        tuple(f"row {n!r}" for n in told["n"] if not isinstance(n, int)),
    )


def _margin_event(n: int, received_at: datetime, frame: bytes) -> MarginState:
    return MarginState(event_id=str(n), exchange="json", account="main", received_at=received_at, raw=frame)


def _event(told: dict) -> Message:
    match told["event"]:
        case "login":
            return LoggedIn()
        case "ack":
            return Acknowledged(told.get("id"), told["channel"])
        case "error":
            return Refused(
                told.get("id"),
                told["code"],
                told.get("detail", "no"),
                Disposition(told.get("class", "retry")),
            )
        case "bye":
            return ClosingSoon(told["code"], "an upgrade")
        case "dead":
            return ChannelDead(told["channel"], "31 connections")
        case _:
            return Ignored("info")
