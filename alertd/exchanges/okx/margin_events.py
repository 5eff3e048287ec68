"""What the book of positions holds -> events."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from alertd.domain.events import MarginMode, MarginState, PositionSnapshot
from alertd.domain.exposure import Exposure
from alertd.exchanges.okx.observed import EXCHANGE, Observed
from alertd.exchanges.okx.position_rows import Position, Subject

# Two regular pushes: a figure that is older than that may be wrong by now, and says so.
FRESH_S = 10.0
MOVING = (
    "mark_price", "liquidation_price", "distance_to_liquidation", "buffer_used", "minutes_to_liquidation",
    "notional_usd", "unrealised_pnl",
)  # fmt: skip
RATIO = ("margin_ratio",)

_FRESH = timedelta(seconds=FRESH_S)


class Nearest(NamedTuple):
    """The cross position nearest to its liquidation price, of so many; its figures are of `shown_at`."""

    position: Position
    exposure: Exposure
    of: int
    shown_at: datetime


class Rating(NamedTuple):
    """What the account channel says of a currency, None the whole account. `stamp`: its time as it came."""

    currency: str | None
    ratio: Decimal
    maintenance_margin: Decimal | None
    observed_at: datetime | None
    stamp: str | None


def rated(seen: Observed, rating: Rating, nearest: Nearest | None) -> MarginState:
    """A currency's cross positions by the account channel, with the nearest position's figures beside it."""
    bare = MarginState(
        event_id=seen.event_id(f"cross/{rating.currency or '*'}", rating.stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        observed_at=rating.observed_at,
        margin_mode=MarginMode.CROSS,
        margin_currency=rating.currency,
        raw=seen.frame,
        margin_ratio=rating.ratio,
        maintenance_margin=rating.maintenance_margin,
    )
    if nearest is None:
        return bare
    known = margin_state(seen, nearest.position, nearest.exposure, rating.ratio, nearest.of)
    whole = replace(
        known,
        event_id=bare.event_id,
        observed_at=bare.observed_at,
        margin_currency=bare.margin_currency,
        maintenance_margin=bare.maintenance_margin,
    )
    return with_stale(whole, MOVING, nearest.shown_at)


def with_stale(event: MarginState, names: tuple[str, ...], shown_at: datetime | None) -> MarginState:
    """These figures were seen then: where that is too long ago, the event says so."""
    if shown_at is None or event.received_at - shown_at <= _FRESH:
        return event
    since = shown_at if event.stale_since is None else min(event.stale_since, shown_at)
    return replace(event, stale=(*event.stale, *names), stale_since=since)


def margin_state(
    seen: Observed, position: Position, exposure: Exposure, ratio: Decimal | None, count: int = 1
) -> MarginState:
    """How an isolated position stands, or a currency's cross positions by the nearest of `count`."""
    is_cross = position.margin_mode is MarginMode.CROSS
    return MarginState(
        event_id=seen.event_id(position.subject.name if is_cross else position.key, position.stamp),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        observed_at=position.observed_at,
        instrument=position.instrument,
        direction=position.direction,
        margin_mode=position.margin_mode,
        margin_currency=position.currency,
        raw=seen.frame,
        margin_ratio=ratio,
        opening_margin_ratio=exposure.opening_margin_ratio,
        mark_price=position.mark_price,
        liquidation_price=position.liquidation_price,
        entry_price=position.entry_price,
        leverage=position.leverage,
        position_size=position.size,
        notional_usd=position.notional_usd,
        unrealised_pnl=position.unrealised_pnl,
        maintenance_margin=position.maintenance_margin,
        distance_to_liquidation=exposure.distance_to_liquidation,
        buffer_used=exposure.buffer_used,
        minutes_to_liquidation=exposure.minutes_to_liquidation,
        position_id=position.key,
        position_count=count,
        adl_priority=position.adl_priority,
        opened_at=position.opened_at,
    )


def moved(seen: Observed, position: Position, exposure: Exposure, before: MarginState) -> MarginState:
    """What `margin_state` gives for an isolated position of which only the figures moved since `before`."""
    return replace(
        before,
        event_id=seen.event_id(position.key, position.stamp),
        received_at=seen.received_at,
        uid=seen.uid,
        observed_at=position.observed_at,
        raw=seen.frame,
        margin_ratio=position.margin_ratio,
        mark_price=position.mark_price,
        liquidation_price=position.liquidation_price,
        notional_usd=position.notional_usd,
        unrealised_pnl=position.unrealised_pnl,
        maintenance_margin=position.maintenance_margin,
        distance_to_liquidation=exposure.distance_to_liquidation,
        buffer_used=exposure.buffer_used,
        minutes_to_liquidation=exposure.minutes_to_liquidation,
    )


def ended(seen: Observed, subject: Subject, *, after_gap: bool = False) -> MarginState:
    """The position, or the last cross position of the currency, is gone."""
    return MarginState(
        event_id=seen.event_id(f"{subject.name}:ended", None),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        instrument=subject.instrument,
        direction=subject.direction,
        margin_mode=subject.margin_mode,
        margin_currency=subject.margin_currency,
        raw=seen.frame,
        open=False,
        after_gap=after_gap,
        position_count=0,
    )


def snapshot(seen: Observed, subjects: frozenset[str], *, after_gap: bool = False) -> PositionSnapshot:
    """Everything that is open."""
    return PositionSnapshot(
        event_id=seen.event_id("open", None),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        raw=seen.frame,
        subjects=subjects,
        after_gap=after_gap,
    )
