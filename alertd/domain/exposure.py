"""How near a position is to its liquidation price, and how much of its room is used up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from alertd.domain.events import Direction, MarginMode
from alertd.domain.pace import Pace

# A position whose opening was in sight has, this young, the margin it was opened with.
YOUNG_S = 60.0
# Smaller steps of an isolated margin are funding and interest, not a decision of its owner.
MARGIN_DRIFT = Decimal("0.02")

_ZERO = Decimal(0)
_ONE = Decimal(1)
# Looking an enumeration's member up costs as much as comparing a Decimal: it is done once.
_LONG = Direction.LONG
_CROSS = MarginMode.CROSS
_OPPOSITE = {Direction.LONG: Direction.SHORT, Direction.SHORT: Direction.LONG}


class PositionFigures(Protocol):
    """What is read of an open position. `margin` is the isolated margin, None in cross mode.

    `linear`: margin and profit are in the currency of the price, so the maintenance margin follows it.
    """

    @property
    def direction(self) -> Direction: ...
    @property
    def margin_mode(self) -> MarginMode: ...
    @property
    def mark_price(self) -> Decimal | None: ...
    @property
    def liquidation_price(self) -> Decimal | None: ...
    @property
    def entry_price(self) -> Decimal | None: ...
    @property
    def size(self) -> Decimal: ...
    @property
    def leverage(self) -> Decimal | None: ...
    @property
    def margin(self) -> Decimal | None: ...
    @property
    def margin_ratio(self) -> Decimal | None: ...
    @property
    def unrealised_pnl(self) -> Decimal | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def observed_at(self) -> datetime | None: ...
    @property
    def linear(self) -> bool: ...


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """What can be said about one position now; None = cannot be said."""

    distance_to_liquidation: Decimal | None = None
    buffer_used: Decimal | None = None
    opening_margin_ratio: Decimal | None = None
    minutes_to_liquidation: Decimal | None = None


def distance_to_liquidation(
    mark: Decimal | None, liq: Decimal | None, direction: Direction
) -> Decimal | None:
    """How far the mark price may still move against the position, as a fraction of the mark price.

    0 where it is already beyond the liquidation price; None where a price is missing or not above zero.
    """
    if mark is None or liq is None or mark <= _ZERO or liq <= _ZERO:
        return None
    if direction is _LONG:
        return (mark - liq) / mark if mark > liq else _ZERO
    return (liq - mark) / mark if liq > mark else _ZERO


class ExposureMemory:
    """Remembers of each open position what its figures were when it was opened or last changed.

    One per account. `key` names the position; what ended must be forgotten by `forget`.
    """

    def __init__(self) -> None:
        self._positions: dict[str, _Remembered] = {}

    def __len__(self) -> int:
        return len(self._positions)

    def observe(
        self, key: str, figures: PositionFigures, at: datetime, *, saw_opening: bool = False
    ) -> Exposure:
        """Take the figures of now (`at`: our own time, aware) and say how exposed the position is.

        `saw_opening`: all that was open was in sight until now, so what is new was opened just now.
        """
        toward = _dangerous_side(figures)
        distance = distance_to_liquidation(figures.mark_price, figures.liquidation_price, toward)
        known = self._positions.get(key)
        if known is None or known.is_other(figures):
            known = self._positions[key] = _first_sight(
                figures, distance, is_opening=saw_opening and _is_young(figures, at)
            )
        elif known.has_changed(figures):
            known.start_over(distance)
        elif known.reference is None:  # the exchange gave no liquidation price before
            known.reference = _distance_from_entry(figures) or distance
        known.note(figures)
        return known.exposure(figures, distance, toward, at)

    def follow(self, key: str, figures: PositionFigures, at: datetime) -> Exposure:
        """As `observe`, for a known position of which only the prices and what follows from them changed."""
        known = self._positions[key]
        toward = figures.direction
        if figures.margin_mode is _CROSS:
            toward = _dangerous_side(figures)
        distance = distance_to_liquidation(figures.mark_price, figures.liquidation_price, toward)
        if known.reference is None:
            known.reference = _distance_from_entry(figures) or distance
        return known.exposure(figures, distance, toward, at)

    def forget(self, key: str) -> None:
        """The position ended."""
        self._positions.pop(key, None)

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget every position that is not in `keys`."""
        for key in [key for key in self._positions if key not in keys]:
            del self._positions[key]


def _dangerous_side(figures: PositionFigures) -> Direction:
    """The direction whose loss leads to liquidation: the position's own, save for a hedged cross leg.

    All cross legs share one liquidation. Where the net of them points the other way, the liquidation
    price lies on the gaining side of this leg, and a ratio above 1 proves that it was not passed.
    """
    own = figures.direction
    if figures.margin_mode is not _CROSS:
        return own
    mark, liq, ratio = figures.mark_price, figures.liquidation_price, figures.margin_ratio
    if mark is None or liq is None or ratio is None:
        return own
    beyond = mark < liq if own is _LONG else mark > liq
    return _OPPOSITE[own] if beyond and ratio > _ONE else own


def _is_young(figures: PositionFigures, at: datetime) -> bool:
    now = figures.observed_at or at
    return figures.opened_at is not None and (now - figures.opened_at).total_seconds() < YOUNG_S


def _first_sight(figures: PositionFigures, distance: Decimal | None, *, is_opening: bool) -> _Remembered:
    """Young alone is no opening: after a start or a break of the line most of the room may be used up."""
    known = _Remembered(figures)
    if is_opening:
        known.reference = distance
        known.opening_ratio = figures.margin_ratio
        return known
    # Where nothing tells how it began, it is measured from first sight.
    known.reference = _distance_from_entry(figures) or distance
    known.opening_ratio = _estimated_opening_ratio(figures)
    return known


def _distance_from_entry(figures: PositionFigures) -> Decimal | None:
    """The distance the position had at its entry price, if the liquidation price was the same then.

    0 where the liquidation price lies on the gaining side: its margin changed since, entry tells nothing.
    """
    return distance_to_liquidation(figures.entry_price, figures.liquidation_price, figures.direction)


def _estimated_opening_ratio(figures: PositionFigures) -> Decimal | None:
    """Isolated and linear: the ratio grows with margin + profit, which was the margin alone at first."""
    ratio, margin, upl = figures.margin_ratio, figures.margin, figures.unrealised_pnl
    if not figures.linear or figures.margin_mode is not MarginMode.ISOLATED:
        return None
    if ratio is None or margin is None or upl is None or margin <= _ZERO or margin + upl <= _ZERO:
        return None
    return ratio * margin / (margin + upl)


class _Remembered:
    """One position's opening figures and its latest ones."""

    __slots__ = (
        "direction", "entry", "leverage", "margin", "opened_at", "opening_ratio", "pace", "reference", "size",
    )  # fmt: skip

    def __init__(self, figures: PositionFigures) -> None:
        self.opened_at = figures.opened_at
        self.direction = figures.direction
        self.reference: Decimal | None = None
        self.opening_ratio: Decimal | None = None
        self.pace = Pace()
        self.note(figures)

    def note(self, figures: PositionFigures) -> None:
        """What a change is measured against: drift in small steps never adds up to one."""
        self.size = figures.size
        self.leverage = figures.leverage
        self.margin = figures.margin
        self.entry = figures.entry_price

    def is_other(self, figures: PositionFigures) -> bool:
        """The same key, but another position: closed and opened anew, or turned around."""
        if self.direction is not figures.direction:
            return True
        return None not in (self.opened_at, figures.opened_at) and self.opened_at != figures.opened_at

    def has_changed(self, figures: PositionFigures) -> bool:
        """Its owner, or a partial liquidation, changed what it stands on."""
        if self.size != figures.size or self.leverage != figures.leverage:
            return True
        if self.entry != figures.entry_price:
            return True
        before, now = self.margin, figures.margin
        if before == now:
            return False
        if before is None or now is None:
            return True
        return abs(now - before) > MARGIN_DRIFT * abs(before)

    def start_over(self, distance: Decimal | None) -> None:
        """Its room is measured from now on.

        The opening ratio stays: margin taken out, or size added, must not make a low ratio the usual one.
        """
        self.reference = distance

    def exposure(
        self, figures: PositionFigures, distance: Decimal | None, toward: Direction, at: datetime
    ) -> Exposure:
        """What can be said now; takes the mark price for the pace."""
        mark = figures.mark_price
        minutes = None
        if mark is not None and self.pace.follow(at, mark, toward) and distance is not None:
            minutes = self.pace.minutes(float(distance) * float(mark), toward, at.timestamp())
        used, reference = None, self.reference
        if distance is not None and reference is not None and reference > _ZERO:
            used = _ONE - distance / reference if distance < reference else _ZERO
        return Exposure(distance, used, self.opening_ratio, minutes)
