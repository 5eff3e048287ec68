"""How positions ended, as far as `follower/orders/history` and `leader/orders/history` show it. Pure.

The exchange does not say that one was liquidated: it only tells at which price it was closed. Nobody else
closes a position at its liquidation price or beyond it, so that is what tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from alertd.domain.events import Direction, Liquidation, MarginMode, Source
from alertd.exchanges.toobit.held import EXCHANGE, Held, Polled, Position
from alertd.exchanges.toobit.models import ClosedFollowOrder, ClosedLeadOrder

Closed = ClosedFollowOrder | ClosedLeadOrder

# A record carries the exchange's time, what was shown last ours; and a poll is a few seconds old.
_EARLIER = timedelta(seconds=60)


def liquidated(ended: Sequence[Held], closed: Iterable[Closed], polled: Polled) -> list[Liquidation]:
    """Those of the ended positions that the exchange must have liquidated."""
    records = [one for one in closed if one.closed_at is not None]
    found = []
    for held in ended:
        ours = [one for one in records if _is_end_of(one, held)]
        newest = max(ours, key=lambda one: one.closed_at or polled.received_at, default=None)
        if newest is not None and _is_beyond(held.position, newest):
            found.append(_liquidation(held.position, newest, polled))
    return found


def _is_end_of(record: Closed, held: Held) -> bool:
    """The nickname is all that tells whose copy it was."""
    position = held.position
    if record.closed_at is None or record.is_fully_closed is False:
        return False
    if (record.instrument, record.direction) != (position.instrument, position.direction):
        return False
    if isinstance(record, ClosedFollowOrder) and record.leader_name != position.trader_name:
        return False
    if record.margin_mode not in (None, position.margin_mode):
        return False
    return record.closed_at >= held.shown_at - _EARLIER


def _is_beyond(position: Position, record: Closed) -> bool:
    price, edge = record.exit_price, position.liquidation_price
    if price is None or edge is None:
        return False
    return price <= edge if position.direction is Direction.LONG else price >= edge


def _liquidation(position: Position, record: Closed, polled: Polled) -> Liquidation:
    at_ms = int(record.closed_at.timestamp() * 1000) if record.closed_at else 0
    is_cross = position.margin_mode is MarginMode.CROSS
    return Liquidation(
        event_id=f"{EXCHANGE}:history:{position.key}:{at_ms}",
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        observed_at=record.closed_at,
        instrument=position.instrument,
        direction=position.direction,
        margin_mode=position.margin_mode,
        margin_currency=position.currency if is_cross else None,
        entry_price=position.entry_price,
        trader=position.trader,
        trader_name=position.trader_name,
    )
