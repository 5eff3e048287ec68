"""Pushes of the channels that tell no positions -> events. The only place that knows both vocabularies.

Every function takes the rows that have the documented types, and those that have not (`bad`); what
cannot be read costs no neighbour. Source: OKX API guide, the pages of the channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from alertd.domain.errors import DecodeError
from alertd.domain.events import (
    Direction,
    Event,
    LeadTradeFailed,
    Liquidation,
    LiquidationType,
    MarginState,
)
from alertd.exchanges.okx import fields, push_rows, wire
from alertd.exchanges.okx.bills import claw_back_key
from alertd.exchanges.okx.margin_events import Rating, rated
from alertd.exchanges.okx.observed import EXCHANGE, Observed, Reading
from alertd.exchanges.okx.positions import PositionBook

HAPPENED = {
    "liquidation": LiquidationType.LIQUIDATION,
    "adl": LiquidationType.ADL,
    "claw_back": LiquidationType.CLAW_BACK,
}
_UNEVENTFUL = frozenset(
    (
        "snapshot", "delivered", "exercised", "transferred", "filled", "funding_fee", "adjust_margin",
        "set_leverage", "interest_deduction", "settlement",
    )
)  # fmt: skip
_SIDES = {"long": Direction.LONG, "short": Direction.SHORT}
_LONGEST_TEXT = 128
_CLAW_BACK = LiquidationType.CLAW_BACK


class _Figures(NamedTuple):
    """A ratio as it came; `currency` None is the whole account. `stamp`: when the account was looked at.

    A currency has a time of its own, but that of its last change of balance, which may be long ago.
    """

    currency: str | None
    ratio: str | None
    mmr: str | None
    stamp: str | None


def decode_account(
    rows: Sequence[push_rows.AccountRow], bad: Iterable[wire.BadRow], seen: Observed, book: PositionBook
) -> Reading:
    """`account`: a MarginState per currency that has a ratio, and one for the whole account if it has one.

    In Futures mode only currencies have it, and only while they back a cross position; the account's
    own is for the other modes. Beside the ratio stand the figures of the position nearest to its liquidation
    price, as the book last saw them. The book decides what ended.
    """
    events: list[Event] = []
    unreadable: list[str] = []
    given: list[str | None] = []
    absent: list[str | None] = []
    for figures in _account_figures(rows, bad, unreadable):
        try:
            state = _account_state(figures, seen, book)
        except DecodeError as exc:
            unreadable.append(f"account {fields.shown(figures.currency)}: {exc.detail}")
            continue
        if state is None:
            absent.append(figures.currency)
        else:
            given.append(figures.currency)
            events.append(state)
    events += book.rate(given, absent, seen)
    return Reading(events, unreadable)


def _account_figures(
    rows: Sequence[push_rows.AccountRow], bad: Iterable[wire.BadRow], unreadable: list[str]
) -> list[_Figures]:
    figures: list[_Figures] = []
    for row in rows:
        figures.append(_Figures(None, row.mgnRatio, row.mmr, row.uTime))
        figures += [_Figures(one.ccy or "", one.mgnRatio, one.mmr, row.uTime) for one in row.details or ()]
    for item in bad:
        try:
            figures += _loose_figures(item, unreadable)
        except DecodeError as exc:
            unreadable.append(f"account: {exc.detail}")
    return figures


def _loose_figures(item: wire.BadRow, unreadable: list[str]) -> list[_Figures]:
    """A row of which some currency cannot be read: that costs no other. Raises: DecodeError."""
    row = wire.read_one(item.text, push_rows.LooseAccountRow)
    details, bad = wire.read_rows(row.details, push_rows.DetailRow)
    unreadable += [f"account details: {one.reason}" for one in bad]
    return [
        _Figures(None, row.mgnRatio, row.mmr, row.uTime),
        *(_Figures(one.ccy or "", one.mgnRatio, one.mmr, row.uTime) for one in details),
    ]


def _account_state(figures: _Figures, seen: Observed, book: PositionBook) -> MarginState | None:
    if figures.currency == "":
        raise DecodeError("ccy is missing")
    ratio = fields.ratio(figures.ratio, figures.mmr)
    if ratio is None:
        return None
    currency = fields.currency(figures.currency)
    rating = Rating(
        currency=currency,
        ratio=ratio,
        maintenance_margin=fields.number(figures.mmr, "mmr"),
        observed_at=fields.moment(figures.stamp, "uTime"),
        stamp=figures.stamp,
    )
    return rated(seen, rating, book.nearest_cross(currency))


def decode_balance_and_position(
    rows: Sequence[push_rows.BalancePositionRow],
    bad: Iterable[wire.BadRow],
    seen: Observed,
    book: PositionBook,
) -> Reading:
    """`balance_and_position`: a Liquidation per position that was liquidated, deleveraged or clawed back.

    What happened is told even where its rows cannot be read, or where there is none.
    """
    events: list[Event] = []
    unreadable = [f"balance_and_position: {item.reason}" for item in bad]
    for row in rows:
        happened = HAPPENED.get(row.eventType or "")
        if happened is not None:
            found, reasons = _liquidations(happened, row, seen, book)
            events += found
            unreadable += reasons
        elif row.eventType not in _UNEVENTFUL:
            unreadable.append(f"eventType is not known: {fields.shown(row.eventType)}")
    return Reading(events, unreadable)


def _liquidations(
    happened: LiquidationType, row: push_rows.BalancePositionRow, seen: Observed, book: PositionBook
) -> tuple[list[Event], list[str]]:
    events: list[Event] = []
    reasons: list[str] = []
    try:
        positions, bad = wire.read_rows(row.posData, push_rows.PosDataRow)
    except DecodeError as exc:
        positions, bad = [], [wire.BadRow(b"", exc.detail)]
    reasons += [f"posData: {item.reason}" for item in bad]
    for position in positions:
        try:
            events.append(_liquidation(happened, position, row.pTime, seen, book))
        except DecodeError as exc:
            reasons.append(f"posData: {exc.detail}")
    if len(events) < len(positions) + len(bad) or not events:
        stamp = row.pTime if _is_moment(row.pTime) else None
        currency = _currency_of(row)
        if happened is _CLAW_BACK:
            book.note_liquidation(claw_back_key(currency), stamp)
        events.append(_bare_liquidation(happened, stamp, currency, seen))
    return events, reasons


def _currency_of(row: push_rows.BalancePositionRow) -> str | None:
    """The one whose balance changed; None where that is not said, or of several."""
    try:
        rows, bad = wire.read_rows(row.balData, push_rows.BalDataRow)
        return fields.currency(rows[0].ccy) if len(rows) == 1 and not bad else None
    except DecodeError:
        return None


def _liquidation(
    happened: LiquidationType,
    row: push_rows.PosDataRow,
    pushed: str | None,
    seen: Observed,
    book: PositionBook,
) -> Liquidation:
    key = fields.identity(row)
    known = book.find(key)
    left = fields.number(row.pos, "pos")
    direction = fields.direction(row, left) if row.posSide or not known else None
    mode = fields.margin_mode(row.mgnMode) if row.mgnMode or not known else known.margin_mode
    if direction is None and known is not None:
        direction = known.direction  # in net mode a 0 has no sign
    stamp = pushed or row.uTime
    currency = fields.currency(row.ccy) or (known.currency if known else None)
    book.note_liquidation(claw_back_key(currency) if happened is _CLAW_BACK else key, pushed)
    return Liquidation(
        event_id=seen.event_id(f"{happened}:{key}", stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        observed_at=fields.moment(stamp, "pTime"),
        instrument=row.instId or (known.instrument if known else fields.instrument(row)),
        direction=direction,
        margin_mode=mode,
        margin_currency=currency,
        raw=seen.frame,
        liquidation_type=happened,
        remaining_size=None if left is None else abs(left),
        entry_price=fields.number(row.avgPx, "avgPx"),
        position_id=key,
        opened_at=known.opened_at if known else None,
    )


def _bare_liquidation(
    happened: LiquidationType, stamp: str | None, currency: str | None, seen: Observed
) -> Liquidation:
    """It happened, and nothing says to which position."""
    return Liquidation(
        event_id=seen.event_id(f"{happened}:unnamed", stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        observed_at=fields.moment(stamp, "pTime"),
        margin_currency=currency,
        raw=seen.frame,
        liquidation_type=happened,
    )


def _is_moment(text: str | None) -> bool:
    try:
        return fields.moment(text, "pTime") is not None
    except DecodeError:
        return False


def decode_lead_notification(
    rows: Sequence[push_rows.LeadRow], bad: Iterable[wire.BadRow], seen: Observed
) -> Reading:
    """`copytrading-lead-notification`: a LeadTradeFailed per row, unknown info types included.

    The row has no time and no id of its own. A limit that cannot be read is left out, not the event.
    """
    events: list[Event] = []
    unreadable = [f"{seen.channel}: {item.reason}" for item in bad]
    for index, row in enumerate(rows):
        try:
            events.append(_lead_trade_failed(index, row, seen, unreadable))
        except DecodeError as exc:
            unreadable.append(f"{seen.channel}: {exc.detail}")
    return Reading(events, unreadable)


def _lead_trade_failed(
    index: int, row: push_rows.LeadRow, seen: Observed, unreadable: list[str]
) -> LeadTradeFailed:
    if not row.infoType:
        raise DecodeError("infoType is missing")
    texts = (row.infoType, row.uniqueCode, row.subPosId, row.instId, row.side)
    if any(text is not None and len(text) > _LONGEST_TEXT for text in texts):
        raise DecodeError("a text is absurdly long")
    subject = f"{row.uniqueCode or '*'}:{row.infoType}:{row.subPosId or row.instId or ''}"
    return LeadTradeFailed(
        event_id=seen.event_id(subject, None, index),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        instrument=row.instId or None,
        direction=_SIDES.get(row.posSide or ""),
        raw=seen.frame,
        info_type=row.infoType,
        trader=row.uniqueCode or None,
        sub_position_id=row.subPosId or None,
        side=row.side or None,
        max_lead_trades=_limit(row.maxLeadTraderNum, "maxLeadTraderNum", unreadable),
        min_lead_equity=_limit(row.minLeadEq, "minLeadEq", unreadable),
    )


def _limit(text: str | None, field: str, unreadable: list[str]) -> Decimal | None:
    try:
        return fields.number(text, field)
    except DecodeError as exc:
        unreadable.append(exc.detail)
        return None
