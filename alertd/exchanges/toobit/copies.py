"""The copied positions of one account, as polls of `follower/orders/current` show them -> events. Pure.

The copies of one leader stand on a pool of money of their own: their margin is another leader's in nothing.
Of each isolated copy, and of all cross copies of one leader, one event is made, for the nearest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.events import Direction, Event, MarginMode, MarginState, PositionSnapshot, Source
from alertd.domain.exposure import Exposure, ExposureMemory
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.models import FollowOrder, Rows

EXCHANGE = "toobit"
_FAR = Decimal("Infinity")
_ENOUGH = 2  # so many answers in turn must lack what is to count as gone: one may come from a copy that lags


class Polled(msgspec.Struct, frozen=True):
    """When an answer came, by our clock, and whether nothing was seen for too long before it.

    `is_recorded`: what was closed since the positions were seen last was read, so how they ended is known.
    """

    account: str
    received_at: datetime
    after_gap: bool = False
    is_recorded: bool = False


class Copy(msgspec.Struct, frozen=True):
    """A copied position, as `ExposureMemory` reads it. `key` names it among those of the account."""

    key: str
    order: FollowOrder
    direction: Direction
    margin_mode: MarginMode
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    entry_price: Decimal | None
    size: Decimal
    leverage: Decimal | None
    margin: Decimal | None
    unrealised_pnl: Decimal | None
    margin_ratio: Decimal | None = None  # the exchange tells no maintenance margin
    opened_at: datetime | None = None
    observed_at: datetime | None = None
    linear: bool = True

    @property
    def currency(self) -> str:
        """In which it settles: `BTC-SWAP-USDT` in USDT."""
        return self.order.instrument.rpartition("-")[2]


class Held(msgspec.Struct, frozen=True):
    """An open copy, how near it is, and when it was shown last."""

    copy: Copy
    exposure: Exposure
    shown_at: datetime


class CopyBook:
    """What is open now, and what is not shown any more. Survives failed polls and blocks."""

    def __init__(self) -> None:
        self._open: dict[str, Held] = {}
        self._missing: dict[str, int] = {}  # by key: how many answers in turn have lacked it
        self._told: dict[str, MarginState] = {}  # by subject: as last told
        self._exposure = ExposureMemory()
        self._is_known = False

    @property
    def count(self) -> int | None:
        """How many positions are open; None until that was known once."""
        return len(self._open) if self._is_known else None

    def ending(self, rows: Rows[FollowOrder]) -> Sequence[Held]:
        """What this answer would make count as gone."""
        shown = {copy.key for copy in copies_of(rows.items)}
        if rows.bad or rows.is_null:
            return []
        return [self._open[key] for key, count in self._missing.items() if key not in shown and count >= 1]

    def take(self, rows: Rows[FollowOrder], polled: Polled) -> list[Event]:
        """A whole answer. Where rows cannot be read, or null stands for them, nothing counts as gone."""
        shown = {copy.key: copy for copy in copies_of(rows.items)}
        is_whole = not rows.bad and not rows.is_null
        for key, copy in shown.items():
            exposure = self._exposure.observe(key, copy, polled.received_at)
            self._open[key] = Held(copy, exposure, polled.received_at)
        gone = self._gone(shown, is_whole=is_whole)
        for key in gone:
            del self._open[key]
            self._exposure.forget(key)
        return self._events(polled, is_whole=is_whole)

    def open_positions(self, account: str) -> list[OpenPosition]:
        """All of them, with the figures as last seen."""
        return [
            OpenPosition(
                account=account,
                instrument=one.copy.order.instrument,
                direction=one.copy.direction.value,
                margin_mode=one.copy.margin_mode.value,
                distance_to_liquidation=one.exposure.distance_to_liquidation,
                minutes_to_liquidation=one.exposure.minutes_to_liquidation,
            )
            for one in self._open.values()
        ]

    def unseen(self) -> tuple[BlindSpot, ...]:
        """The copies of which the exchange tells no liquidation price, each with its leader."""
        named = {
            f"{one.copy.order.instrument} ({one.copy.order.leader_name or one.copy.order.leader_id})"
            for one in self._open.values()
            if one.copy.liquidation_price is None
        }
        return tuple(BlindSpot(Unseen.NO_LIQUIDATION_PRICE, name) for name in sorted(named))

    def _gone(self, shown: Mapping[str, Copy], *, is_whole: bool) -> list[str]:
        if is_whole:
            lacking = self._open.keys() - shown.keys()
            self._missing = {key: self._missing.get(key, 0) + 1 for key in sorted(lacking)}
        else:
            self._missing = {key: count for key, count in self._missing.items() if key not in shown}
        gone = [key for key, count in self._missing.items() if count >= _ENOUGH]
        for key in gone:
            del self._missing[key]
        return gone

    def _events(self, polled: Polled, *, is_whole: bool) -> list[Event]:
        groups: dict[str, list[Held]] = {}
        for one in self._open.values():
            groups.setdefault(subject_of(one.copy), []).append(one)
        before, now = self._told, {}
        events: list[Event] = []
        for subject, group in sorted(groups.items()):
            now[subject] = _state(polled, group)
            events.append(now[subject])
        ended = [_ended(polled, before[subject]) for subject in sorted(before.keys() - now.keys())]
        self._told = now
        if is_whole and (not self._is_known or polled.after_gap or ended or before.keys() != now.keys()):
            self._is_known = True
            ended.append(_snapshot(polled, frozenset(now)))
        return [*events, *ended]


def copies_of(orders: Iterable[FollowOrder]) -> list[Copy]:
    """The orders, each with a key. Two that are alike in everything but figures are told apart by entry."""
    found: list[Copy] = []
    alike: dict[str, int] = {}
    for order in sorted(orders, key=lambda one: one.entry_price or Decimal(0)):
        # Where the mode is missing it is taken as one of its own: so it has an alert of its own.
        mode = order.margin_mode or MarginMode.ISOLATED
        name = f"{order.leader_id}/{order.instrument}/{order.direction}/{mode}"
        number = alike[name] = alike.get(name, 0) + 1
        found.append(
            Copy(
                key=name if number == 1 else f"{name}#{number}",
                order=order,
                direction=order.direction,
                margin_mode=mode,
                mark_price=order.mark_price,
                liquidation_price=order.liquidation_price,
                entry_price=order.entry_price,
                size=order.quantity or Decimal(0),
                leverage=order.leverage,
                margin=order.margin if mode is MarginMode.ISOLATED else None,
                unrealised_pnl=order.profit,
            )
        )
    return found


def subject_of(copy: Copy) -> str:
    """As `MarginState.subject` of it."""
    own = f"{copy.order.instrument}/{copy.direction}/{copy.margin_mode}"
    if copy.margin_mode is MarginMode.CROSS:
        own = f"cross/{copy.currency}"
    return f"{own}/{copy.order.leader_id}"


def _distance(one: Held) -> Decimal:
    distance = one.exposure.distance_to_liquidation
    return _FAR if distance is None else distance


def _state(polled: Polled, group: Sequence[Held]) -> MarginState:
    nearest = min(group, key=_distance)
    copy, exposure, order = nearest.copy, nearest.exposure, nearest.copy.order
    notional = None if copy.mark_price is None else copy.mark_price * copy.size
    return MarginState(
        event_id=_event_id(polled, copy.key),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        instrument=order.instrument,
        direction=copy.direction,
        margin_mode=copy.margin_mode,
        margin_currency=copy.currency,
        opening_margin_ratio=exposure.opening_margin_ratio,
        mark_price=copy.mark_price,
        liquidation_price=copy.liquidation_price,
        entry_price=copy.entry_price,
        leverage=copy.leverage,
        position_size=copy.size,
        notional_usd=notional,
        unrealised_pnl=copy.unrealised_pnl,
        distance_to_liquidation=exposure.distance_to_liquidation,
        buffer_used=exposure.buffer_used,
        minutes_to_liquidation=exposure.minutes_to_liquidation,
        position_id=copy.key,
        position_count=len(group),
        trader=order.leader_id,
        trader_name=order.leader_name,
    )


def _ended(polled: Polled, was: MarginState) -> Event:
    return MarginState(
        event_id=_event_id(polled, f"{was.subject}:ended"),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        instrument=None if was.margin_mode is MarginMode.CROSS else was.instrument,
        direction=None if was.margin_mode is MarginMode.CROSS else was.direction,
        margin_mode=was.margin_mode,
        margin_currency=was.margin_currency,
        open=False,
        after_gap=not polled.is_recorded,
        position_count=0,
        trader=was.trader,
        trader_name=was.trader_name,
    )


def _snapshot(polled: Polled, subjects: frozenset[str]) -> Event:
    return PositionSnapshot(
        event_id=_event_id(polled, "open"),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.RECONCILE if polled.is_recorded else Source.POLL,
        subjects=subjects,
        after_gap=polled.after_gap and not polled.is_recorded,
    )


def _event_id(polled: Polled, what: str) -> str:
    return f"{EXCHANGE}:orders:{what}:r{int(polled.received_at.timestamp() * 1000)}"
