"""Liquidations as the exchange's records of closed positions tell them, each once. Pure.

A record names only how its position was closed last, and may be written a little after the fact. So what is
read overlaps with what was read before, and what was told is remembered by position and time.

Source: OKX API guide, "Get positions history" (read July 2026); the numbers of `type` also in public client
libraries. A claw-back leaves no record there: see `bills.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, Liquidation, LiquidationType
from alertd.exchanges.okx import answer_rows, fields, push_rows, wire
from alertd.exchanges.okx.observed import EXCHANGE, Observed
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.records import updated_ms

OVERLAP = timedelta(seconds=120)
_HAPPENED = {
    "3": LiquidationType.LIQUIDATION,
    "4": LiquidationType.LIQUIDATION,  # a part of it
    "5": LiquidationType.ADL,
}
_BY_ITS_OWNER = frozenset(("1", "2"))
_WHOLE = "3"
_SIDES = {"long": Direction.LONG, "short": Direction.SHORT}
_ZERO = Decimal(0)
_UNNAMED = "unnamed"
_LONGEST_KEY = 128


class Mark(msgspec.Struct, frozen=True):
    """How far the records were read. Times are the exchange's.

    `told_ms`: by position, up to when its liquidations were told, as far as that is read again.
    `bills_to`: how far the bills were read, which is less often; None: as far as the records.
    """

    read_to: datetime
    told_ms: dict[str, int] = {}
    bills_to: datetime | None = None

    @property
    def bills_from(self) -> datetime:
        """From when on bills are to be read."""
        return self.bills_to or self.read_to

    @property
    def oldest(self) -> datetime:
        """From when on something is read again."""
        return min(self.read_to, self.bills_from)

    def after_bills(self, asked_at: datetime, told_ms: dict[str, int]) -> Mark:
        """Once they were read, with what was told by then. `asked_at`: by the exchange's clock."""
        bills_to = max(self.bills_from, asked_at - OVERLAP)
        oldest_ms = _ms(min(self.read_to, bills_to))
        kept = {key: ms for key, ms in told_ms.items() if ms >= oldest_ms}
        return Mark(self.read_to, kept, bills_to)

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def mark_of(text: str | None, now: datetime) -> Mark:
    """A stored mark. What lies before the first start is nobody's news, so None begins at `now`."""
    if text is not None:
        try:
            return msgspec.json.decode(text, type=Mark)
        except msgspec.MsgspecError:
            pass  # of another version: what was told is in the alerts
    return Mark(now)


class Found(NamedTuple):
    """Liquidations not told yet, oldest first; a reason per row that cannot be read; the mark after them.

    `told_ms`: also what the mark need not remember any more.
    """

    liquidations: list[Liquidation]
    unreadable: list[str]
    mark: Mark
    told_ms: dict[str, int]


def find_liquidations(
    rows: Iterable[answer_rows.HistoryRow],
    bad: Iterable[wire.BadRow],
    seen: Observed,
    mark: Mark,
    book: PositionBook,
    asked_at: datetime,
    sizes: Mapping[str, Decimal] | None,
) -> Found:
    """What the records tell beyond the mark, and beyond what pushes have told.

    `asked_at`: by the exchange's clock. `sizes`: what is open now by position, None where that is not known.
    """
    told_ms = dict(mark.told_ms)
    for key, ms in book.liquidated_ms.items():
        told_ms[key] = max(ms, told_ms.get(key, 0))
    events: list[Liquidation] = []
    unreadable = [f"closed position: {item.reason}" for item in bad]
    for row in sorted(rows, key=lambda row: updated_ms(row.uTime) or 0):
        key, at_ms = row.posId or _UNNAMED, updated_ms(row.uTime)
        if at_ms is not None and at_ms <= max(told_ms.get(key, 0), _ms(mark.read_to) - 1):
            continue
        try:
            event = _liquidation(row, seen, book, sizes)
        except DecodeError as exc:
            unreadable.append(f"closed position {fields.shown(row.posId)}: {exc.detail}")
            event = _bare_liquidation(row, seen)
        if event is not None:
            told_ms[key] = at_ms or 0
            events.append(event)
    read_to = max(mark.read_to, asked_at - OVERLAP)
    oldest_ms = _ms(Mark(read_to, bills_to=mark.bills_to).oldest)
    kept = {key: ms for key, ms in told_ms.items() if ms >= oldest_ms}
    return Found(events, unreadable, Mark(read_to, kept, mark.bills_to), told_ms)


def _liquidation(
    row: answer_rows.HistoryRow, seen: Observed, book: PositionBook, sizes: Mapping[str, Decimal] | None
) -> Liquidation | None:
    """None where its owner closed it. Raises: DecodeError."""
    if row.type in _BY_ITS_OWNER:
        return None
    happened = _HAPPENED.get(row.type or "")
    if happened is None:
        raise DecodeError(f"type is not known: {fields.shown(row.type)}")
    key = fields.identity(_identified(row))
    at = fields.moment(row.uTime, "uTime")
    if at is None:
        raise DecodeError("uTime is missing")
    direction = _SIDES.get(row.direction or "") or _SIDES.get(row.posSide or "")
    if direction is None:
        raise DecodeError(f"direction is not known: {fields.shown(row.direction)}")
    known = book.find(key)
    opened_at = fields.moment(row.cTime, "cTime") or (known.opened_at if known else None)
    return Liquidation(
        event_id=seen.event_id(f"{happened}:{key}", row.uTime),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        observed_at=at,
        instrument=fields.instrument(_identified(row)),
        direction=direction,
        margin_mode=fields.margin_mode(row.mgnMode),
        margin_currency=fields.currency(row.ccy),
        raw=seen.frame,
        liquidation_type=happened,
        remaining_size=_ZERO if row.type == _WHOLE else _left(key, sizes),
        entry_price=fields.number(row.openAvgPx, "openAvgPx"),
        position_id=key,
        opened_at=opened_at,
    )


def _bare_liquidation(row: answer_rows.HistoryRow, seen: Observed) -> Liquidation | None:
    """What happened, where the rest of the row cannot be read; None where nothing says that it did."""
    happened = _HAPPENED.get(row.type or "")
    if happened is None:
        return None
    try:
        at = fields.moment(row.uTime, "uTime")
    except DecodeError:
        at = None
    key = (row.posId or _UNNAMED)[:_LONGEST_KEY]
    return Liquidation(
        event_id=seen.event_id(f"{happened}:{key}", None),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        observed_at=at,
        raw=seen.frame,
        liquidation_type=happened,
        position_id=key,
    )


def _left(key: str, sizes: Mapping[str, Decimal] | None) -> Decimal | None:
    return None if sizes is None else sizes.get(key, _ZERO)


def _identified(row: answer_rows.HistoryRow) -> push_rows.PositionRow:
    return push_rows.PositionRow(
        instType=row.instType, instId=row.instId, mgnMode=row.mgnMode, posId=row.posId, posSide=row.posSide
    )


def sizes_of(rows: Iterable[push_rows.PositionRow]) -> dict[str, Decimal]:
    """What is open by position, as far as it can be read."""
    sizes: dict[str, Decimal] = {}
    for row in rows:
        try:
            size = fields.number(row.pos, "pos")
        except DecodeError:
            continue
        if row.posId and size is not None:
            sizes[row.posId] = abs(size)
    return sizes


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
