"""The open positions of one list of an account, as polls of it show them -> events. Pure.

Which list that is (what is copied, what is the account's own) the books of `copies.py` and `own_positions.py`
know. Of each isolated position, and of all cross positions that share their money, one event is made, for the
nearest of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.events import (
    Direction,
    Event,
    MarginMode,
    MarginState,
    PositionScope,
    PositionSnapshot,
    Source,
)
from alertd.domain.exposure import Exposure, ExposureMemory
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.models import Rows

EXCHANGE = "toobit"
Row = TypeVar("Row")
_FAR = Decimal("Infinity")
_ENOUGH = 2  # so many answers in turn must lack what is to count as gone: one may come from a copy that lags
_ENDPOINTS = {PositionScope.COPIED: "orders", PositionScope.OWN: "positions"}


class Polled(msgspec.Struct, frozen=True):
    """When an answer came, by our clock, and whether nothing was seen for too long before it.

    `is_recorded`: what was closed since the positions were seen last was read, so how they ended is known.
    """

    account: str
    received_at: datetime
    after_gap: bool = False
    is_recorded: bool = False


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """An open position, as `ExposureMemory` reads it. `key` names it among those of the account.

    `trader`: whose position it is a copy of; None: it is the account's own. `notional`: in its currency.
    """

    key: str
    instrument: str
    direction: Direction
    margin_mode: MarginMode
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    entry_price: Decimal | None
    size: Decimal
    leverage: Decimal | None
    margin: Decimal | None
    unrealised_pnl: Decimal | None
    notional: Decimal | None
    trader: str | None = None
    trader_name: str | None = None
    margin_ratio: Decimal | None = None  # the exchange tells no maintenance margin
    opened_at: datetime | None = None
    observed_at: datetime | None = None
    linear: bool = True

    @property
    def currency(self) -> str:
        """In which it settles: `BTC-SWAP-USDT` in USDT."""
        return self.instrument.rpartition("-")[2]


class Held(msgspec.Struct, frozen=True):
    """An open position, how near it is, and when it was shown last."""

    position: Position
    exposure: Exposure
    shown_at: datetime


class PolledBook(Generic[Row]):
    """What is open now, and what is not shown any more. Survives failed polls and blocks.

    `read`: the positions of some rows, each with a key of its own.
    """

    def __init__(self, scope: PositionScope, read: Callable[[Iterable[Row]], Sequence[Position]]) -> None:
        self._scope = scope
        self._read = read
        self._open: dict[str, Held] = {}
        self._missing: dict[str, int] = {}  # by key: how many answers in turn have lacked it
        self._told: dict[str, MarginState] = {}  # by subject: as last told
        self._exposure = ExposureMemory()
        self._is_known = False

    @property
    def count(self) -> int | None:
        """How many positions are open; None until that was known once."""
        return len(self._open) if self._is_known else None

    @property
    def subjects(self) -> frozenset[str]:
        """Of what counts as open, as last told."""
        return frozenset(self._told)

    def ending(self, rows: Rows[Row]) -> Sequence[Held]:
        """What this answer would make count as gone."""
        shown = {position.key for position in self._read(rows.items)}
        if rows.bad or rows.is_null:
            return []
        return [self._open[key] for key, count in self._missing.items() if key not in shown and count >= 1]

    def take(self, rows: Rows[Row], polled: Polled) -> list[Event]:
        """A whole answer. Where rows cannot be read, or null stands for them, nothing counts as gone."""
        shown = {position.key: position for position in self._read(rows.items)}
        is_whole = not rows.bad and not rows.is_null
        for key, position in shown.items():
            exposure = self._exposure.observe(key, position, polled.received_at)
            self._open[key] = Held(position, exposure, polled.received_at)
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
                instrument=one.position.instrument,
                direction=one.position.direction.value,
                margin_mode=one.position.margin_mode.value,
                distance_to_liquidation=one.exposure.distance_to_liquidation,
                minutes_to_liquidation=one.exposure.minutes_to_liquidation,
            )
            for one in self._open.values()
        ]

    def unseen(self) -> tuple[BlindSpot, ...]:
        """The positions of which the exchange tells no liquidation price, copies with their leader."""
        named = {
            _named(one.position) for one in self._open.values() if one.position.liquidation_price is None
        }
        return tuple(BlindSpot(Unseen.NO_LIQUIDATION_PRICE, name) for name in sorted(named))

    def _gone(self, shown: Mapping[str, Position], *, is_whole: bool) -> list[str]:
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
            groups.setdefault(subject_of(one.position), []).append(one)
        before, now = self._told, {}
        events: list[Event] = []
        for subject, group in sorted(groups.items()):
            now[subject] = _state(polled, group, self._scope)
            events.append(now[subject])
        ended = [
            _ended(polled, before[subject], self._scope) for subject in sorted(before.keys() - now.keys())
        ]
        self._told = now
        if is_whole and (not self._is_known or polled.after_gap or ended or before.keys() != now.keys()):
            self._is_known = True
            ended.append(snapshot(polled, frozenset(now), self._scope))
        return [*events, *ended]


def subject_of(position: Position) -> str:
    """As `MarginState.subject` of it."""
    subject = f"{position.instrument}/{position.direction}/{position.margin_mode}"
    if position.margin_mode is MarginMode.CROSS:
        subject = f"cross/{position.currency}"
    return f"{subject}/{position.trader}" if position.trader else subject


def snapshot(polled: Polled, subjects: frozenset[str], scope: PositionScope) -> Event:
    """These are open, and none else of that scope."""
    return PositionSnapshot(
        event_id=_event_id(polled, "open", scope),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.RECONCILE if polled.is_recorded else Source.POLL,
        subjects=subjects,
        after_gap=polled.after_gap and not polled.is_recorded,
        scope=scope,
    )


def _named(position: Position) -> str:
    if position.trader is None:
        return position.instrument
    return f"{position.instrument} ({position.trader_name or position.trader})"


def _distance(one: Held) -> Decimal:
    distance = one.exposure.distance_to_liquidation
    return _FAR if distance is None else distance


def _state(polled: Polled, group: Sequence[Held], scope: PositionScope) -> MarginState:
    nearest = min(group, key=_distance)
    position, exposure = nearest.position, nearest.exposure
    return MarginState(
        event_id=_event_id(polled, position.key, scope),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        instrument=position.instrument,
        direction=position.direction,
        margin_mode=position.margin_mode,
        margin_currency=position.currency,
        opening_margin_ratio=exposure.opening_margin_ratio,
        mark_price=position.mark_price,
        liquidation_price=position.liquidation_price,
        entry_price=position.entry_price,
        leverage=position.leverage,
        position_size=position.size,
        notional_usd=position.notional,
        unrealised_pnl=position.unrealised_pnl,
        distance_to_liquidation=exposure.distance_to_liquidation,
        buffer_used=exposure.buffer_used,
        minutes_to_liquidation=exposure.minutes_to_liquidation,
        position_id=position.key,
        position_count=len(group),
        trader=position.trader,
        trader_name=position.trader_name,
    )


def _ended(polled: Polled, was: MarginState, scope: PositionScope) -> Event:
    return MarginState(
        event_id=_event_id(polled, f"{was.subject}:ended", scope),
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


def _event_id(polled: Polled, what: str, scope: PositionScope) -> str:
    return f"{EXCHANGE}:{_ENDPOINTS[scope]}:{what}:r{int(polled.received_at.timestamp() * 1000)}"
