"""What `account/bills` remembers: one line for each change of the balance. Pure.

Source: the API guide's page "Get bills details (last 7 days)" (read 2026-07), and the enumerations of public
client libraries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from alertd.simulators.okx.margin import Position
from alertd.simulators.okx.numbers import text

Row = dict[str, str]
MOST_ROWS = 100
_TYPES = {
    "transferred": "1",
    "filled": "2",
    "liquidation": "5",
    "interest_deduction": "7",
    "funding_fee": "8",
    "adl": "9",
    "claw_back": "10",
}
# Long and short in two-way mode; in net mode it is sold or bought. Whole, in part, and by ADL.
_SUB_TYPES = {
    ("filled", True): ("5", "6", "2", "1"),
    ("filled", False): ("5", "6", "2", "1"),
    ("liquidation", True): ("104", "105", "107", "106"),
    ("liquidation", False): ("100", "101", "103", "102"),
    ("adl", True): ("125", "126", "128", "127"),
    ("adl", False): ("125", "126", "128", "127"),
}
_OF_BALANCE = {"transferred": "11", "claw_back": "108", "funding_fee": "173", "interest_deduction": "9"}


@dataclass(frozen=True, slots=True)
class Bill:
    """`event`: why the balance changed. `position`: as it was before, None where none is concerned."""

    number: int
    at_ms: int
    event: str
    currency: str
    change: Decimal
    position: Position | None = None
    whole: bool = True


def bill_rows(
    bills: Iterable[Bill],
    *,
    bill_type: str = "",
    begin_ms: int | None = None,
    after: int | None = None,
    limit: int = MOST_ROWS,
) -> Sequence[Row]:
    """Newest first; `after` wants older ones than that id."""
    wanted = [
        one
        for one in bills
        if bill_type in ("", _TYPES.get(one.event, "2"))
        and (begin_ms is None or one.at_ms >= begin_ms)
        and (after is None or one.number < after)
    ]
    return [_row(one) for one in sorted(wanted, key=lambda one: one.number, reverse=True)[:limit]]


def _row(one: Bill) -> Row:
    position = one.position
    return {
        "balChg": text(one.change),
        "billId": str(one.number),
        "ccy": one.currency,
        "fee": "0",
        "instId": "" if position is None else position.instrument.inst_id,
        "instType": "" if position is None else position.instrument.inst_type,
        "mgnMode": "" if position is None else position.mgn_mode,
        "ordId": "",
        "pnl": text(one.change),
        "px": "",
        "subType": _sub_type(one),
        "sz": "",
        "ts": str(one.at_ms),
        "type": _TYPES.get(one.event, "2"),
    }


def _sub_type(one: Bill) -> str:
    if one.position is None:
        return _OF_BALANCE.get(one.event, "11")
    long, short, sell, buy = _SUB_TYPES.get((one.event, one.whole), _SUB_TYPES["filled", True])
    if one.position.pos_side == "net":
        return sell if one.position.sign > 0 else buy
    return long if one.position.sign > 0 else short
