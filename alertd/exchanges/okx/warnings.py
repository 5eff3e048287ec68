"""Pushes of `liquidation-warning` -> events. None is ever lost: what cannot be read is told as such.

Source: OKX API guide, "Position risk warning". No public recording of a real push exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, Event, LiquidationWarning, MarginMode
from alertd.exchanges.okx import fields, push_rows, wire
from alertd.exchanges.okx.observed import EXCHANGE, MOST_REASONS, Observed, Reading

CHANNEL = "liquidation-warning"
_IDENTITY = ("instId", "mgnMode", "posSide", "posId", "ccy")
_LONGEST_TEXT = 128

Value = TypeVar("Value")


class _Warned(NamedTuple):
    """A row that could be read."""

    key: str
    instrument: str
    direction: Direction | None
    mode: MarginMode
    currency: str | None
    ratio: Decimal | None
    mark: Decimal | None
    leverage: Decimal | None
    size: Decimal | None
    opened_at: datetime | None
    observed_at: datetime | None
    stamp: str | None


def decode_warnings(
    rows: Sequence[push_rows.WarningRow], bad: Iterable[wire.BadRow], seen: Observed
) -> Reading:
    """One event per isolated position, one per currency for cross positions, one per row not readable."""
    read: list[_Warned] = []
    unread: list[tuple[dict[str, str], str]] = [
        (wire.texts_of(item.text, *_IDENTITY) if index < MOST_REASONS else {}, item.reason)
        for index, item in enumerate(bad)
    ]
    for row in rows:
        try:
            read.append(_read(row))
        except DecodeError as exc:
            named = {name: getattr(row, name) for name in _IDENTITY}
            unread.append(({name: text for name, text in named.items() if text}, exc.detail))
    events: list[Event] = [_isolated(one, seen) for one in read if one.mode is MarginMode.ISOLATED]
    crosses = [one for one in read if one.mode is MarginMode.CROSS]
    for currency in dict.fromkeys(one.currency for one in crosses):
        events.append(_cross([one for one in crosses if one.currency == currency], seen))
    for index, (texts, _) in enumerate(unread[:MOST_REASONS]):
        events.append(unreadable_warning(seen, texts, index))
    return Reading(events, [f"{CHANNEL}: {reason}" for _, reason in unread])


def unreadable_warning(seen: Observed, texts: dict[str, str] | None = None, index: int = 0) -> Event:
    """A warning came, and this much of it could be made out."""
    known = {name: text for name, text in (texts or {}).items() if 0 < len(text) <= _LONGEST_TEXT}
    instrument = known.get("instId")
    mode = _if_known(lambda: fields.margin_mode(known.get("mgnMode")))
    side = known.get("posSide")
    return LiquidationWarning(
        event_id=seen.event_id(f"unreadable:{known.get('posId', '')}", None, index),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        instrument=instrument,
        direction=Direction(side) if side in ("long", "short") else None,
        margin_mode=mode,
        margin_currency=known.get("ccy"),
        raw=seen.frame,
        readable=False,
        position_id=known.get("posId"),
        instruments=(instrument,) if instrument else (),
    )


def _read(row: push_rows.WarningRow) -> _Warned:
    number = fields.number
    pos = number(row.pos, "pos")
    mode = fields.margin_mode(row.mgnMode)
    stamp = row.pTime or row.uTime
    return _Warned(
        key=fields.identity(row),
        instrument=fields.instrument(row),
        direction=fields.direction(row, pos),
        mode=mode,
        currency=fields.currency(row.ccy),
        ratio=number(row.mgnRatio, "mgnRatio"),
        mark=number(row.markPx, "markPx"),
        leverage=number(row.lever, "lever"),
        size=None if pos is None else abs(pos),
        opened_at=fields.moment(row.cTime, "cTime"),
        observed_at=fields.moment(stamp, "pTime"),
        stamp=stamp,
    )


def _isolated(one: _Warned, seen: Observed) -> LiquidationWarning:
    return LiquidationWarning(
        event_id=seen.event_id(one.key, one.stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        observed_at=one.observed_at,
        instrument=one.instrument,
        direction=one.direction,
        margin_mode=one.mode,
        margin_currency=one.currency,
        raw=seen.frame,
        margin_ratio=one.ratio,
        mark_price=one.mark,
        leverage=one.leverage,
        position_size=one.size,
        position_id=one.key,
        instruments=(one.instrument,),
        opened_at=one.opened_at,
    )


def _cross(group: Sequence[_Warned], seen: Observed) -> LiquidationWarning:
    """All cross positions of a currency are at risk together; figures of one only if it is the only one."""
    only = group[0] if len(group) == 1 else None
    latest = max(group, key=lambda one: one.observed_at.timestamp() if one.observed_at else 0.0)
    currency = group[0].currency
    return LiquidationWarning(
        event_id=seen.event_id(f"cross/{currency or '*'}", latest.stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        uid=seen.uid,
        observed_at=latest.observed_at,
        instrument=only.instrument if only else None,
        direction=only.direction if only else None,
        margin_mode=MarginMode.CROSS,
        margin_currency=currency,
        raw=seen.frame,
        margin_ratio=min((one.ratio for one in group if one.ratio is not None), default=None),
        mark_price=only.mark if only else None,
        leverage=only.leverage if only else None,
        position_size=only.size if only else None,
        position_id=only.key if only else None,
        instruments=tuple(dict.fromkeys(one.instrument for one in group)),
        opened_at=only.opened_at if only else None,
    )


def _if_known(read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except DecodeError:
        return None
