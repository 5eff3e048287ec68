"""What the exchange sends, as bytes ready for the socket. Pure.

Shapes: OKX API guide, "Positions channel" and "Liquidation warning"; values are made up and differ in every
push, so that nothing can be answered from a cache.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count

UID = "77982378738415879"
INSTRUMENTS = ("BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP", "XRP-USDT-SWAP", "DOGE-USDT-SWAP")
_MARK = 60_000.0
_STEP = 0.01  # away from the liquidation price: a quiet push must stay quiet however many there are

_USED = {
    "instType": "SWAP", "mgnMode": "isolated", "posSide": "long", "posCcy": "", "pos": "10", "ccy": "USDT",
    "lever": "10", "avgPx": "60000", "liqPx": "54500.5", "margin": "6000", "mmr": "240.123", "adl": "1",
    "cTime": "1700000000000",
}  # fmt: skip
_UNUSED = {
    "availPos": "10", "deltaBS": "", "deltaPA": "", "gammaBS": "", "gammaPA": "", "hedgedPos": "", "imr": "",
    "interest": "0", "idxPx": "60001.13", "last": "60002.2", "liab": "", "liabCcy": "", "optVal": "",
    "pendingCloseOrdLiabVal": "0.1", "baseBorrowed": "", "baseInterest": "", "quoteBorrowed": "",
    "quoteInterest": "", "spotInUseAmt": "", "clSpotInUseAmt": "", "maxSpotInUseAmt": "", "bizRefId": "",
    "bizRefType": "", "spotInUseCcy": "", "thetaBS": "", "thetaPA": "", "tradeId": "109844",
    "uplLastPx": "-0.0000009932766034", "uplRatio": "-0.0025490556801078",
    "uplRatioLastPx": "-0.0025490556801078", "vegaBS": "", "vegaPA": "", "realizedPnl": "0.001",
    "pnl": "0.0011", "fee": "-0.0001", "fundingFee": "0", "liqPenalty": "0", "nonSettleAvgPx": "",
    "settledPnl": "",
    "closeOrderAlgo": [
        {"algoId": "123", "slTriggerPx": "123", "slTriggerPxType": "mark", "tpTriggerPx": "123",
         "tpTriggerPxType": "mark", "closeFraction": "0.6"}
    ],
}  # fmt: skip


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _arg(channel: str) -> dict[str, str]:
    return {"channel": channel, "uid": UID, "instType": "ANY"}


class Positions:
    """Updates of five isolated positions, one to a push, each different from all before it.

    `pTime` counts up by one, so that who shows only the newest can still be seen to have reached it.
    """

    def __init__(self, first_ms: int, *, short: bool = False) -> None:
        fixed = _text(_USED if short else {**_USED, **_UNUSED})[1:-1].replace("%", "%%")
        row = (
            '{"instId":"%s","posId":"30717303605101773%d","markPx":"%.2f","mgnRatio":"%.12f","upl":"%.10f",'
            '"notionalUsd":"%.10f","uTime":"%d","pTime":"%d",' + fixed + "}"
        )
        head = _text({"arg": _arg("positions"), "eventType": "event_update"})[:-1].replace("%", "%%")
        self._push = head + ',"data":[' + row + "]}"
        self._row = row
        self._numbers = count()
        self._first_ms = first_ms
        self._newest_ms = first_ms

    @property
    def newest_ms(self) -> int:
        """The `pTime` of the last push that was made."""
        return self._newest_ms

    def _values(self, number: int) -> tuple[object, ...]:
        which = number % len(INSTRUMENTS)
        mark = _MARK + _STEP * number
        ratio = 22.5 + number * 1e-6
        at_ms = self._newest_ms = self._first_ms + number
        return (
            INSTRUMENTS[which], which, mark, ratio, mark / 1000 - 60, mark / 10, at_ms, at_ms,
        )  # fmt: skip

    def snapshot(self) -> str:
        """All of them, as they are sent after the subscription."""
        rows = ",".join(self._row % self._values(next(self._numbers)) for _ in INSTRUMENTS)
        head = _text({"arg": _arg("positions"), "eventType": "snapshot", "curPage": 1, "lastPage": True})[:-1]
        return f'{head},"data":[{rows}]}}'

    def take(self, n: int) -> list[bytes]:
        """The next `n` updates."""
        return [(self._push % self._values(next(self._numbers))).encode() for _ in range(n)]


def warning(name: str) -> bytes:
    """A liquidation warning for an instrument named so: an alert of its own."""
    row = {
        "cTime": "1619507758793", "ccy": "USDT", "instId": f"{name}-USDT-SWAP", "instType": "SWAP",
        "lever": "10", "markPx": "2353.849", "mgnMode": "isolated", "mgnRatio": "1.731726509588816",
        "pTime": "1619507761462", "pos": "1", "posCcy": "", "posId": f"9{name}", "posSide": "long",
        "uTime": "1619507761462",
    }  # fmt: skip
    return _text({"arg": _arg("liquidation-warning"), "data": [row]}).encode()


def names(prefix: str = "BENCHC") -> Iterator[str]:
    """BENCHC000001, BENCHC000002, ...: what `receiver.py` looks for in a request."""
    return (f"{prefix}{number:06}" for number in count(1))


def framed(texts: Iterable[bytes]) -> bytes:
    """WebSocket text frames as a server sends them: not masked, not compressed (RFC 6455, 5.2)."""
    parts: list[bytes] = []
    for text in texts:
        size = len(text)
        if size < 126:
            parts.append(bytes((0x81, size)))
        elif size < 65_536:
            parts.append(b"\x81\x7e" + size.to_bytes(2, "big"))
        else:
            parts.append(b"\x81\x7f" + size.to_bytes(8, "big"))
        parts.append(text)
    return b"".join(parts)
