"""Forced changes as the exchange's bills tell them, where its records of positions do not. Pure.

A record of a closed position says only how it was closed *last*: a part liquidated and the rest closed by
its owner reads as closed. And a claw-back, which takes back profit, stands in no such record. Bills have a
line for each fill and no position id, so a line is laid to the position that was open then.

Source: OKX API guide, "Get bills details (last 7 days)" and its bill types (5 liquidation, 9 ADL, 10
clawback) and sub types, as repeated by public client libraries (read 2026). That 102, 106, 127 (buy) close a
short in net mode, and 103, 107, 128 (sell) a long, follows from the words (UNVERIFIED).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, Liquidation, LiquidationType, MarginMode
from alertd.domain.sameness import SAME_FACT_S
from alertd.exchanges.okx import answer_rows, fields, push_rows, wire
from alertd.exchanges.okx.observed import EXCHANGE, Observed
from alertd.exchanges.okx.records import updated_ms

_HAPPENED = {
    "5": LiquidationType.LIQUIDATION,
    "9": LiquidationType.ADL,
    "10": LiquidationType.CLAW_BACK,
}
BILL_TYPES = tuple(_HAPPENED)
_LONG = frozenset(("100", "103", "104", "107", "125", "128"))
_SHORT = frozenset(("101", "102", "105", "106", "126", "127"))
_TRANSFERS = frozenset(("110", "111"))  # of what a liquidation left: no news beside it
_FORCED_LAST = frozenset(("3", "4", "5"))  # types of a record that tells it by itself
_SIDES = {"long": Direction.LONG, "short": Direction.SHORT}
_SAME_MS = int(SAME_FACT_S * 1000)
ANY_CURRENCY = "*"


def claw_back_key(currency: str | None) -> str:
    """Under which name it is remembered that a claw-back was told."""
    return f"claw_back/{currency or ANY_CURRENCY}"


class Holding(NamedTuple):
    """A position as it was open from `opened_ms` to `ended_ms` (None: it still is). `size`: what is left."""

    key: str
    instrument: str
    mode: MarginMode
    direction: Direction | None
    currency: str | None
    opened_ms: int
    ended_ms: int | None
    entry: str | None
    forced_last: bool
    size: Decimal | None


class _Bill(NamedTuple):
    happened: LiquidationType
    at_ms: int
    at: datetime
    instrument: str | None
    direction: Direction | None
    mode: MarginMode | None
    currency: str | None
    change: Decimal | None


class Span(NamedTuple):
    """From when on bills are read, and when they were asked for, by the exchange's clock."""

    from_ms: int
    asked_ms: int

    @classmethod
    def of(cls, since: datetime, asked_at: datetime) -> Span:
        """The same of two times."""
        return cls(int(since.timestamp() * 1000), round(asked_at.timestamp() * 1000))


class Billed(NamedTuple):
    """Oldest first; a reason per bill that cannot be read."""

    liquidations: list[Liquidation]
    unreadable: list[str]


def holdings_of(
    open_rows: Iterable[push_rows.PositionRow],
    closed_rows: Iterable[answer_rows.HistoryRow],
    sizes: Mapping[str, Decimal] | None,
) -> list[Holding]:
    """All positions a bill may belong to, as far as they can be read. What is open now comes first."""
    found: dict[tuple[str, int], Holding] = {}
    for row in open_rows:
        ms = updated_ms(row.cTime)
        if row.posId and ms is not None and (one := _open_holding(row, ms, sizes)):
            found[one.key, ms] = one
    for closed in closed_rows:
        opened, ended = updated_ms(closed.cTime), updated_ms(closed.uTime)
        if closed.posId and opened is not None and ended is not None:
            known = found.get((closed.posId, opened))
            one = _closed_holding(closed, opened, ended)
            if known is not None:  # closed in part: it is open, and this says how its part was closed
                found[closed.posId, opened] = known._replace(forced_last=bool(one and one.forced_last))
            elif one is not None:
                found[closed.posId, opened] = one
    return list(found.values())


def find_in_bills(
    rows: Sequence[answer_rows.BillRow],
    bad: Iterable[wire.BadRow],
    seen: Observed,
    told_ms: MutableMapping[str, int],
    holdings: Sequence[Holding],
    span: Span,
) -> Billed:
    """What no push and no record has told. `told_ms` is as in `Mark`, and takes what is told now.

    Told counts for a minute longer: a push and the bill of one fact differ a little in time. A line that fits
    no position waits a minute for its record, and is told by what it says itself then.
    """
    unreadable = [f"bill: {item.reason}" for item in bad]
    events: list[Liquidation] = []
    told_before = dict(told_ms)
    groups: dict[str, Liquidation] = {}
    for row in sorted(rows, key=lambda row: updated_ms(row.ts) or 0):
        try:
            bill = _read(row)
        except DecodeError as exc:
            unreadable.append(f"bill {fields.shown(row.billId)}: {exc.detail}")
            continue
        if bill is None or bill.at_ms < span.from_ms:
            continue
        holding = None if bill.happened is LiquidationType.CLAW_BACK else _holding_of(bill, holdings)
        key = _key(bill, holding)
        if _was_told(key, bill, told_before) or (holding is not None and holding.forced_last):
            continue
        is_early = span.asked_ms - bill.at_ms < _SAME_MS
        if holding is None and bill.happened is not LiquidationType.CLAW_BACK and is_early:
            continue
        told_ms[key] = max(bill.at_ms, told_ms.get(key, 0))
        groups[key] = _joined(groups.get(key), bill, holding, key, seen)
    events += groups.values()
    return Billed(events, unreadable)


def _open_holding(
    row: push_rows.PositionRow, opened_ms: int, sizes: Mapping[str, Decimal] | None
) -> Holding | None:
    try:
        size = fields.number(row.pos, "pos")
        return Holding(
            key=fields.identity(row),
            instrument=fields.instrument(row),
            mode=fields.margin_mode(row.mgnMode),
            direction=fields.direction(row, size),
            currency=fields.currency(row.ccy),
            opened_ms=opened_ms,
            ended_ms=None,
            entry=row.avgPx,
            forced_last=False,
            size=(sizes or {}).get(row.posId or ""),
        )
    except DecodeError:
        return None  # it is said where the positions are read


def _closed_holding(row: answer_rows.HistoryRow, opened_ms: int, ended_ms: int) -> Holding | None:
    try:
        return Holding(
            key=row.posId or "",
            instrument=fields.instrument(_identified(row)),
            mode=fields.margin_mode(row.mgnMode),
            direction=_SIDES.get(row.direction or "") or _SIDES.get(row.posSide or ""),
            currency=fields.currency(row.ccy),
            opened_ms=opened_ms,
            ended_ms=ended_ms,
            entry=row.openAvgPx,
            forced_last=row.type in _FORCED_LAST,
            size=None,
        )
    except DecodeError:
        return None


def _identified(row: answer_rows.HistoryRow) -> push_rows.PositionRow:
    return push_rows.PositionRow(
        instType=row.instType, instId=row.instId, mgnMode=row.mgnMode, posId=row.posId, posSide=row.posSide
    )


def _read(row: answer_rows.BillRow) -> _Bill | None:
    """None where it is none of these. Raises: DecodeError."""
    happened = _HAPPENED.get(row.type or "")
    if happened is None or row.subType in _TRANSFERS:
        return None
    at, at_ms = fields.moment(row.ts, "ts"), updated_ms(row.ts)
    if at is None or at_ms is None:
        raise DecodeError("ts is missing")
    direction = Direction.LONG if row.subType in _LONG else None
    return _Bill(
        happened=happened,
        at_ms=at_ms,
        at=at,
        instrument=fields.instrument(push_rows.PositionRow(instId=row.instId)) if row.instId else None,
        direction=Direction.SHORT if row.subType in _SHORT else direction,
        mode=fields.margin_mode(row.mgnMode) if row.mgnMode in ("cross", "isolated") else None,
        currency=fields.currency(row.ccy),
        change=fields.number(row.balChg, "balChg"),
    )


def _holding_of(bill: _Bill, holdings: Iterable[Holding]) -> Holding | None:
    """The position that was open then; where several were, the one that was opened last."""
    fitting = [
        one
        for one in holdings
        if one.instrument == bill.instrument
        and bill.mode in (None, one.mode)
        and (None in (bill.direction, one.direction) or bill.direction == one.direction)
        and one.opened_ms <= bill.at_ms
        and (one.ended_ms is None or bill.at_ms <= one.ended_ms + _SAME_MS)
    ]
    return max(fitting, key=lambda one: one.opened_ms, default=None)


def _key(bill: _Bill, holding: Holding | None) -> str:
    if bill.happened is LiquidationType.CLAW_BACK:
        return claw_back_key(bill.currency)
    if holding is not None:
        return holding.key
    return f"bill/{bill.instrument or '*'}/{bill.direction or '*'}/{bill.mode or '*'}"


def _was_told(key: str, bill: _Bill, told_ms: Mapping[str, int]) -> bool:
    keys = [key]
    if bill.happened is LiquidationType.CLAW_BACK:
        keys.append(claw_back_key(None))
    return any(bill.at_ms <= told_ms[one] + _SAME_MS for one in keys if one in told_ms)


def _joined(
    known: Liquidation | None, bill: _Bill, holding: Holding | None, key: str, seen: Observed
) -> Liquidation:
    """One event for all lines of one fact: the time is that of the first."""
    is_claw_back = bill.happened is LiquidationType.CLAW_BACK
    change = bill.change if is_claw_back else None
    if known is not None and known.balance_change is not None and change is not None:
        change += known.balance_change
    at, at_ms = (known.observed_at, None) if known else (bill.at, str(bill.at_ms))
    return Liquidation(
        event_id=known.event_id if known else seen.event_id(f"{bill.happened}:{key}", at_ms),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        observed_at=at,
        # A push of a claw-back names no position, and one fact has one fingerprint.
        instrument=None if is_claw_back else (holding.instrument if holding else bill.instrument),
        direction=None if is_claw_back else (bill.direction or (holding.direction if holding else None)),
        margin_mode=None if is_claw_back else (holding.mode if holding else bill.mode),
        margin_currency=bill.currency or (holding.currency if holding else None),
        raw=seen.frame,
        liquidation_type=bill.happened,
        remaining_size=holding.size if holding else None,
        was_a_part=holding is not None,
        entry_price=_price(holding.entry) if holding else None,
        position_id=holding.key if holding else None,
        opened_at=fields.moment(str(holding.opened_ms), "cTime") if holding else None,
        balance_change=change,
    )


def _price(text: str | None) -> Decimal | None:
    try:
        return fields.number(text, "openAvgPx")
    except DecodeError:
        return None
