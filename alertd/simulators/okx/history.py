"""What `positions-history` remembers: one record for each position that was closed, in part or whole. Pure.

Source: the API guide's page "Get positions history" (read 2026-07), and the enumerations of public client
libraries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from alertd.simulators.okx.margin import ZERO, Position
from alertd.simulators.okx.numbers import text

Row = dict[str, str]
# By how it was closed, and whether all of it was. A later closing replaces what an earlier one was.
_TYPES = {
    ("filled", False): "1",
    ("filled", True): "2",
    ("liquidation", True): "3",
    ("liquidation", False): "4",
    ("adl", False): "5",
    ("adl", True): "5",
}
_FORCED = frozenset("345")
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Record:
    """`position` as the last closing left it; `closed` is the size that is gone, `price` that of the last."""

    position: Position
    closed: Decimal
    largest: Decimal
    price: Decimal
    close_type: str


def recorded(known: Record | None, before: Position, after: Position, price: Decimal, event: str) -> Record:
    """A closing that turned `before` into `after`. `event`: filled, liquidation, adl."""
    if known is None or known.position.created_ms != before.created_ms:
        known = Record(before, ZERO, before.size, price, "")
    return replace(
        known,
        position=after,
        closed=known.closed + before.size - after.size,
        largest=max(known.largest, before.size),
        price=price,
        close_type=_TYPES.get((event, not after.size), "2" if not after.size else "1"),
    )


def record_rows(
    records: Iterable[Record],
    *,
    inst_type: str = "",
    close_type: str = "",
    after_ms: int | None = None,
    before_ms: int | None = None,
    limit: int = MOST_ROWS,
) -> Sequence[Row]:
    """Newest first; `after_ms` wants older ones than that, `before_ms` newer ones."""
    wanted = [
        one
        for one in records
        if inst_type in ("", one.position.instrument.inst_type)
        and close_type in ("", one.close_type)
        and (after_ms is None or one.position.updated_ms < after_ms)
        and (before_ms is None or one.position.updated_ms > before_ms)
    ]
    wanted.sort(key=lambda one: one.position.updated_ms, reverse=True)
    return [_row(one) for one in wanted[:limit]]


def _row(one: Record) -> Row:
    position = one.position
    return {
        "cTime": str(position.created_ms),
        "ccy": position.currency,
        "closeAvgPx": text(one.price),
        "closeTotalPos": text(one.closed),
        "direction": "long" if position.sign > 0 else "short",
        "fee": "0",
        "fundingFee": "0",
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "lever": text(position.lever),
        "liqPenalty": text(position.penalty),
        "mgnMode": position.mgn_mode,
        "nonSettleAvgPx": "",
        "openAvgPx": text(position.avg_px),
        "openMaxPos": text(one.largest),
        "pnl": text(position.realised - position.penalty),
        "pnlRatio": "",
        "posId": position.pos_id,
        "posSide": position.pos_side,
        "realizedPnl": text(position.realised),
        "settledPnl": "",
        "triggerPx": text(one.price) if one.close_type in _FORCED else "",
        "type": one.close_type,
        "uTime": str(position.updated_ms),
        "uly": position.instrument.inst_family,
    }
