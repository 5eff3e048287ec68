"""How copied positions ended, as far as `follower/orders/history` shows it. Pure.

The exchange does not say that a copy was liquidated: it only tells at which price it was closed. Nobody else
closes a position at its liquidation price or beyond it, so that is what tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from alertd.domain.events import Direction, Liquidation, MarginMode, Source
from alertd.exchanges.toobit.copies import EXCHANGE, Copy, Held, Polled
from alertd.exchanges.toobit.models import ClosedFollowOrder

# A record carries the exchange's time, what was shown last ours; and a poll is a few seconds old.
_EARLIER = timedelta(seconds=60)


def liquidated(
    ended: Sequence[Held], closed: Iterable[ClosedFollowOrder], polled: Polled
) -> list[Liquidation]:
    """Those of the ended copies that the exchange must have liquidated."""
    records = [one for one in closed if one.closed_at is not None]
    found = []
    for held in ended:
        ours = [one for one in records if _is_end_of(one, held)]
        newest = max(ours, key=lambda one: one.closed_at or polled.received_at, default=None)
        if newest is not None and _is_beyond(held.copy, newest):
            found.append(_liquidation(held.copy, newest, polled))
    return found


def _is_end_of(record: ClosedFollowOrder, held: Held) -> bool:
    """The nickname is all that tells whose it was."""
    order = held.copy.order
    if record.closed_at is None or record.is_fully_closed is False:
        return False
    names = record.instrument, record.direction, record.leader_name
    if names != (order.instrument, order.direction, order.leader_name):
        return False
    if record.margin_mode not in (None, held.copy.margin_mode):
        return False
    return record.closed_at >= held.shown_at - _EARLIER


def _is_beyond(copy: Copy, record: ClosedFollowOrder) -> bool:
    price, edge = record.exit_price, copy.liquidation_price
    if price is None or edge is None:
        return False
    return price <= edge if copy.direction is Direction.LONG else price >= edge


def _liquidation(copy: Copy, record: ClosedFollowOrder, polled: Polled) -> Liquidation:
    at_ms = int(record.closed_at.timestamp() * 1000) if record.closed_at else 0
    is_cross = copy.margin_mode is MarginMode.CROSS
    return Liquidation(
        event_id=f"{EXCHANGE}:history:{copy.key}:{at_ms}",
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        observed_at=record.closed_at,
        instrument=copy.order.instrument,
        direction=copy.direction,
        margin_mode=copy.margin_mode,
        margin_currency=copy.currency if is_cross else None,
        entry_price=copy.entry_price,
        trader=copy.order.leader_id,
        trader_name=copy.order.leader_name,
    )
