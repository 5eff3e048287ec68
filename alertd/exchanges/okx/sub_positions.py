"""Lead and copy positions, and what copying earned, as OKX's rows -> exchange-neutral values. Pure.

Source: OKX API guide, "Copy Trading": "Existing lead positions", "Lead position history", "My lead traders"
and the public pages of one lead trader's positions (read July 2026). Whether public records say of a closing
if it was all of the position is not documented: where they do not, what is still listed as open was closed
in part.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from alertd.domain.errors import DecodeError
from alertd.exchanges.okx import fields
from alertd.exchanges.okx.lead_wire import CopyAccountRow, EquityRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.leading.orders import ClosedOrder, Order

_LONGEST_ID = 64
_PART, _WHOLE = "1", "2"


class Read(NamedTuple):
    """`unreadable`: a reason for each row that is none; so many orders are not known."""

    orders: Sequence[Order]
    unreadable: Sequence[str] = ()


class ReadRecords(NamedTuple):
    """Closed orders, likewise."""

    records: Sequence[ClosedOrder]
    unreadable: Sequence[str] = ()


def read_orders(answer: Answered[SubPositionRow], trader: str | None = None) -> Read:
    """The open ones; with `trader` only those of this unique code."""
    orders: list[Order] = []
    unreadable = [f"lead position: {bad.reason}" for bad in answer.bad]
    for row in answer.rows:
        if trader is not None and row.uniqueCode != trader:
            continue
        try:
            orders.append(_order(row))
        except DecodeError as exc:
            unreadable.append(f"lead position: {exc.detail}")
    return Read(orders, unreadable)


def read_records(
    answer: Answered[SubPositionRow], still_open: Collection[str], trader: str | None = None
) -> ReadRecords:
    """The closed ones. `still_open`: the keys listed as open after this answer was given."""
    records: list[ClosedOrder] = []
    unreadable = [f"closed lead position: {bad.reason}" for bad in answer.bad]
    for row in answer.rows:
        if trader is not None and row.uniqueCode != trader:
            continue
        try:
            records.append(_record(row, still_open))
        except DecodeError as exc:
            unreadable.append(f"closed lead position: {exc.detail}")
    return ReadRecords(records, unreadable)


def copy_equity(row: CopyAccountRow) -> tuple[Decimal | None, Decimal | None]:
    """What copying one trader is worth now, and what was put in. None where a part of it is not told.

    Put in is the amount for copying: OKX does not say what of it was ever used, nor whether settled shares
    of the profit are in `copyTotalPnl`. Raises: DecodeError.
    """
    put_in = fields.number(row.copyTotalAmt, "copyTotalAmt")
    earned, open_profit = fields.number(row.copyTotalPnl, "copyTotalPnl"), fields.number(row.upl, "upl")
    if put_in is None or earned is None:
        return None, put_in
    return put_in + earned + (open_profit or Decimal(0)), put_in


def equity_in(answer: Answered[EquityRow], currency: str) -> Decimal | None:
    """None where the account does not tell it. Raises: DecodeError."""
    for row in answer.rows:
        for one in row.details:
            if one.ccy == currency:
                return fields.number(one.eq, "eq")
    return None


def _order(row: SubPositionRow) -> Order:
    size = fields.number(row.subPos, "subPos")
    return Order(
        key=_key(row),
        instrument=fields.instrument(row),
        direction=fields.direction(row, size),
        margin_mode=fields.margin_mode(row.mgnMode) if row.mgnMode else None,
        opened_at=fields.moment(row.openTime, "openTime"),
        size=None if size is None else abs(size),
        leverage=fields.number(row.lever, "lever"),
        entry_price=fields.number(row.openAvgPx, "openAvgPx"),
        mark_price=fields.number(row.markPx, "markPx"),
        profit_rate=fields.number(row.uplRatio, "uplRatio"),
    )


def _record(row: SubPositionRow, still_open: Collection[str]) -> ClosedOrder:
    key, size = _key(row), fields.number(row.subPos, "subPos")
    if row.type and row.type not in (_PART, _WHOLE):
        raise DecodeError(f"type is not known: {fields.shown(row.type)}")
    return ClosedOrder(
        key=key,
        is_whole=row.type == _WHOLE if row.type else key not in still_open,
        instrument=fields.instrument(row),
        direction=fields.direction(row, size),
        margin_mode=fields.margin_mode(row.mgnMode) if row.mgnMode else None,
        opened_at=fields.moment(row.openTime, "openTime"),
        closed_at=fields.moment(row.closeTime, "closeTime"),
        size=None if size is None else abs(size),
        leverage=fields.number(row.lever, "lever"),
        entry_price=fields.number(row.openAvgPx, "openAvgPx"),
        close_price=fields.number(row.closeAvgPx, "closeAvgPx"),
        profit=fields.number(row.pnl, "pnl"),
    )


def _key(row: SubPositionRow) -> str:
    if not row.subPosId or len(row.subPosId) > _LONGEST_ID:
        raise DecodeError(f"subPosId is missing or too long: {fields.shown(row.subPosId)}")
    return row.subPosId
