"""The canary's side of a line to OKX: what the exchange would say, for a position that nobody has. Pure.

Source: OKX API guide, "WebSocket > Login", "Subscribe", "Position risk warning".
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from alertd.domain.canary import CANARY
from alertd.domain.stream import Subscription
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.stream import OkxStream

RATIO = Decimal("9.75")
_CHANNEL = "liquidation-warning"
_ARG = {"channel": _CHANNEL, "instType": "ANY"}


def stream() -> OkxStream:
    """A stream of an account that does not exist, wanting the channel that matters most."""
    names = Credentials(CANARY, CANARY, CANARY)
    return OkxStream(CANARY, "private", names, [Subscription(_CHANNEL, tuple(_ARG.items()))], PositionBook())


def answer(request: str) -> bytes:
    """What the exchange says to a login or a subscription."""
    asked = json.loads(request)
    if asked["op"] == "login":
        return b'{"event":"login","code":"0","msg":"","connId":"canary"}'
    return _bytes({"id": asked["id"], "event": "subscribe", "arg": asked["args"][0], "connId": "canary"})


def push(sink: str, number: str, at: datetime) -> bytes:
    """The exchange's warning of a position on an instrument that is named as the sink it goes to.

    `number` tells it from every other canary.
    """
    ms = str(int(at.timestamp() * 1000))
    row = {
        "instType": "SWAP",
        "instId": sink,
        "mgnMode": "isolated",
        "posId": number,
        "posSide": "long",
        "pos": "1",
        "posCcy": "",
        "ccy": "USDT",
        "lever": "1",
        "markPx": "1",
        "mgnRatio": str(RATIO),
        "cTime": ms,
        "uTime": ms,
        "pTime": ms,
    }
    return _bytes({"arg": _ARG | {"uid": CANARY}, "data": [row]})


def _bytes(shape: object) -> bytes:
    return json.dumps(shape, separators=(",", ":")).encode()
