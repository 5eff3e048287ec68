"""Which positions of a lead trader are still open on an OKX account. Pure.

Two pages tell it. `current-subpositions` names the trader, but whether a copier gets rows there is not
documented; `account/positions` shows everything that is open, and not whose it is. So what the first named
once is looked for in the second until it is gone there too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from alertd.domain.action import Exposure, LeftPosition
from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction
from alertd.exchanges.okx import fields, push_rows
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.position_rows import Position, read_position

_SWAP = "SWAP"
_USD = "USD"
_ZERO = Decimal(0)

Place = tuple[str, Direction]  # instrument and direction


class Held(NamedTuple):
    """What the account holds in one place, worth `notional` USD."""

    size: Decimal
    notional: Decimal | None


class Shown(NamedTuple):
    """What both pages show, by place. `is_whole` False: a row of the first could not be read."""

    mine: Mapping[Place, Decimal]
    others: Mapping[Place, Decimal]
    held: Mapping[Place, Held]
    is_whole: bool = True


def read_pages(
    subs: Answered[SubPositionRow], account: Answered[push_rows.PositionRow], trader: str
) -> Shown:
    """Raises: DecodeError where a position of the account cannot be read: nothing is told apart then."""
    mine: dict[Place, Decimal] = {}
    others: dict[Place, Decimal] = {}
    is_whole = not subs.bad
    for row in subs.rows:
        try:
            place, size = _sub_position(row)
        except DecodeError:
            is_whole = False
            continue
        wanted = mine if row.uniqueCode == trader else others
        if size:
            wanted[place] = wanted.get(place, _ZERO) + size
    if account.bad:
        raise DecodeError(f"position: {account.bad[0].reason}")
    return Shown(mine, others, _held(account.rows), is_whole)


def left_positions(
    shown: Shown, before: Exposure | None, margin: Decimal | None
) -> tuple[LeftPosition, ...] | None:
    """Those that are open; None: what is the trader's cannot be told apart, or not all could be read.

    `before`: as it was last told. `margin`: what copying the trader uses of it now, None where not told.
    """
    found = [_left(shown, place, size) for place, size in shown.mine.items()]
    known = before.positions if before is not None else None
    for one in known or ():
        if one.direction is not None and (one.instrument, one.direction) not in shown.mine:
            found += _still_held(shown, one, one.direction)
    if found:
        return tuple(found)
    if not shown.is_whole or (margin is not None and margin > 0):
        return None
    if known is None and margin is None and _has_nameless(shown):
        return None
    return ()


def _left(shown: Shown, place: Place, size: Decimal) -> LeftPosition:
    there = shown.held.get(place, Held(_ZERO, None))
    return LeftPosition(
        instrument=place[0],
        direction=place[1],
        size=size,
        notional=_share(there, size),
        currency=_USD,
        beside=max(there.size - size, _ZERO),
    )


def _still_held(shown: Shown, one: LeftPosition, direction: Direction) -> list[LeftPosition]:
    """What the account holds there beyond what was never this trader's."""
    place = (one.instrument, direction)
    there = shown.held.get(place, Held(_ZERO, None))
    beside = max(one.beside or _ZERO, shown.others.get(place, _ZERO))
    size = there.size - beside
    if size <= 0:
        return []
    if one.size is not None:
        size = min(size, one.size)
    return [
        LeftPosition(
            instrument=one.instrument,
            direction=direction,
            size=size,
            notional=_share(there, size),
            currency=_USD,
            beside=one.beside,
        )
    ]


def _has_nameless(shown: Shown) -> bool:
    """Whether the account holds swaps that nobody's name stands on: they may be the trader's."""
    return any(
        held.size > shown.others.get(place, _ZERO)
        for place, held in shown.held.items()
        if place[0].endswith(f"-{_SWAP}")
    )


def _share(there: Held, size: Decimal) -> Decimal | None:
    if there.notional is None or there.size <= 0:
        return None
    return (there.notional * min(size / there.size, Decimal(1))).quantize(Decimal("0.01"))


def _sub_position(row: SubPositionRow) -> tuple[Place, Decimal]:
    """Raises: DecodeError."""
    size = fields.number(row.subPos, "subPos")
    direction = fields.direction(row, size)
    if size is None or (direction is None and size):
        raise DecodeError("subPos is missing")
    return (fields.instrument(row), direction or Direction.LONG), abs(size)


def _held(rows: Iterable[push_rows.PositionRow]) -> dict[Place, Held]:
    """Raises: DecodeError."""
    held: dict[Place, Held] = {}
    for row in rows:
        position = read_position(row)
        if position is not None:
            place = (position.instrument, position.direction)
            held[place] = _added(held.get(place), position)
    return held


def _added(there: Held | None, position: Position) -> Held:
    if there is None:
        return Held(position.size, position.notional_usd)
    if there.notional is None or position.notional_usd is None:
        return Held(there.size + position.size, None)
    return Held(there.size + position.size, there.notional + position.notional_usd)
