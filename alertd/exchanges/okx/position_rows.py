"""Rows of the `positions` channel, read into what the book of positions holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode, MarginState
from alertd.exchanges.okx import fields, push_rows, wire
from alertd.exchanges.okx.observed import EXCHANGE
from alertd.exchanges.okx.pages import Rows

_LINEAR_TYPES = frozenset(("SWAP", "FUTURES"))
_ADL_PRIORITIES = {str(priority): priority for priority in range(6)}
_NEVER = datetime.min.replace(tzinfo=UTC)
_ZERO = Decimal(0)
usual = fields.usual


class Subject(NamedTuple):
    """What the margin events of one danger have in common (see `Event.subject`)."""

    name: str
    instrument: str | None
    direction: Direction | None
    margin_mode: MarginMode
    margin_currency: str | None


@lru_cache(maxsize=4096)
def subject_of(
    mode: MarginMode, currency: str | None, instrument: str | None = None, direction: Direction | None = None
) -> Subject:
    """The subject of an isolated position, or of the cross positions of a currency."""
    if mode is MarginMode.CROSS:
        instrument = direction = None
    named = MarginState(
        event_id="",
        exchange=EXCHANGE,
        account="",
        received_at=_NEVER,
        instrument=instrument,
        direction=direction,
        margin_mode=mode,
        margin_currency=currency,
    )
    return Subject(named.subject, instrument, direction, mode, currency)


class Position(msgspec.Struct, gc=False, frozen=True):
    """An open position. `size` is absolute; `stamp` is the exchange's time as it came, `row` all of it."""

    key: str
    subject: Subject
    instrument: str
    direction: Direction
    margin_mode: MarginMode
    currency: str | None
    size: Decimal
    leverage: Decimal | None
    margin: Decimal | None
    margin_ratio: Decimal | None
    maintenance_margin: Decimal | None
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    entry_price: Decimal | None
    unrealised_pnl: Decimal | None
    notional_usd: Decimal | None
    adl_priority: int | None
    opened_at: datetime | None
    observed_at: datetime | None
    linear: bool
    stamp: str | None
    row: push_rows.PositionRow


def read_position(row: push_rows.PositionRow) -> Position | None:
    """A row of the channel; None if the position is gone. Raises: DecodeError."""
    key = fields.identity(row)
    pos = fields.number(row.pos, "pos")
    if pos is None:
        raise DecodeError("pos is missing")
    if not pos:
        return None
    instrument = fields.instrument(row)
    mode = fields.margin_mode(row.mgnMode)
    direction = fields.direction(row, pos)
    currency = fields.currency(row.ccy)
    if direction is None or (currency is None and mode is MarginMode.CROSS):
        raise DecodeError("ccy of a cross position is missing")
    number = fields.number
    stamp = row.pTime or row.uTime
    return Position(
        key=key,
        subject=subject_of(mode, currency, instrument, direction),
        instrument=instrument,
        direction=direction,
        margin_mode=mode,
        currency=currency,
        size=abs(pos),
        leverage=number(row.lever, "lever"),
        margin=number(row.margin, "margin") if mode is MarginMode.ISOLATED else None,
        margin_ratio=fields.ratio(row.mgnRatio, row.mmr),
        maintenance_margin=number(row.mmr, "mmr"),
        mark_price=number(row.markPx, "markPx"),
        liquidation_price=number(row.liqPx, "liqPx"),
        entry_price=number(row.avgPx, "avgPx"),
        unrealised_pnl=number(row.upl, "upl"),
        notional_usd=number(row.notionalUsd, "notionalUsd"),
        adl_priority=_ADL_PRIORITIES.get(row.adl or ""),
        opened_at=fields.moment(row.cTime, "cTime"),
        observed_at=fields.moment(stamp, "pTime"),
        linear=row.instType in _LINEAR_TYPES and instrument.split("-", 2)[1:2] == [currency],
        stamp=stamp,
        row=row,
    )


def moved(row: push_rows.PositionRow, before: Position) -> Position | None:
    """What `read_position` gives, where only the market moved; None if anything else may have changed.

    Most rows repeat most texts of the row before: what did not change is not read again. A figure that is not
    written as usual is left to `read_position`. Raises: DecodeError.
    """
    was = before.row
    if (
        row.pos != was.pos or row.margin != was.margin or row.avgPx != was.avgPx or row.lever != was.lever
        or row.cTime != was.cTime or row.adl != was.adl or row.posSide != was.posSide
        or row.mgnMode != was.mgnMode or row.ccy != was.ccy or row.posCcy != was.posCcy
        or row.instId != was.instId or row.instType != was.instType
    ):  # fmt: skip
        return None
    mmr, liq = before.maintenance_margin, before.liquidation_price
    if row.mmr != was.mmr:
        mmr = fields.number(row.mmr, "mmr")
    if row.liqPx != was.liqPx:
        liq = fields.number(row.liqPx, "liqPx")
    try:
        ratio = usual(text) if (text := row.mgnRatio) else None
        mark = usual(text) if (text := row.markPx) else None
        upl = usual(text) if (text := row.upl) else None
        notional = usual(text) if (text := row.notionalUsd) else None
    except ArithmeticError:
        return None
    if (
        (ratio is not None and not ratio.is_finite()) or (mark is not None and not mark.is_finite())
        or (upl is not None and not upl.is_finite()) or (notional is not None and not notional.is_finite())
    ):  # fmt: skip
        return None
    stamp = row.pTime or row.uTime
    return replace(
        before,
        margin_ratio=None if ratio is not None and ratio <= _ZERO and not mmr else ratio,
        maintenance_margin=mmr,
        mark_price=mark,
        liquidation_price=liq,
        unrealised_pnl=upl,
        notional_usd=notional,
        observed_at=before.observed_at if stamp == before.stamp else fields.moment(stamp, "pTime"),
        stamp=stamp,
        row=row,
    )


def read_rows(data: Iterable[Any], bad: Iterable[wire.BadRow]) -> tuple[Rows[Position], list[str]]:
    """Rows by identity, and a reason per row that cannot be read.

    Such a row counts as open if it can be named; where it cannot, nothing may count as ended.
    """
    rows: Rows[Position] = Rows()
    unreadable: list[str] = []

    def refuse(key: str | None, reason: str) -> None:
        unreadable.append(f"position {fields.shown(key)}: {reason}")
        if key:
            rows.kept.add(key)
        else:
            rows.whole = False

    for row in data:
        try:
            rows.entries[fields.identity(row)] = read_position(row)
        except DecodeError as exc:
            refuse(row.posId, exc.detail)
    for item in bad:
        refuse(wire.texts_of(item.text, "posId").get("posId"), item.reason)
    return rows, unreadable
