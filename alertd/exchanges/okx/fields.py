"""OKX's texts -> the domain's values: numbers, times, modes, directions.

`""` and an absent field are None, never 0. What is not what the guide documents is a DecodeError that
names the field and a clipped value.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import Protocol

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode

LONGEST_NUMBER = 64
WIDEST_EXPONENT = 40
# 2010 to 2100: OKX is younger, and nobody is told of a time in another century.
EARLIEST_MS = 1_262_304_000_000
LATEST_MS = 4_102_444_800_000
_LONGEST_MS = len(str(LATEST_MS))

_MODES = {"cross": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}
_SIDES = {"long": Direction.LONG, "short": Direction.SHORT}
_LONGEST_IDENTITY = 128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Identified(Protocol):
    """The fields every row about a position has."""

    @property
    def instType(self) -> str | None: ...  # noqa: N802 - the exchange's name
    @property
    def instId(self) -> str | None: ...  # noqa: N802
    @property
    def mgnMode(self) -> str | None: ...  # noqa: N802
    @property
    def posId(self) -> str | None: ...  # noqa: N802
    @property
    def posSide(self) -> str | None: ...  # noqa: N802
    @property
    def posCcy(self) -> str | None: ...  # noqa: N802


def shown(value: object) -> str:
    """A value from outside, short enough for a reason."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def number(text: str | None, field: str) -> Decimal | None:
    """A decimal text. Raises: DecodeError if it is no finite number of sensible length and size."""
    if not text:
        return None
    if len(text) <= LONGEST_NUMBER and "_" not in text:
        try:
            value = Decimal(text)
        except InvalidOperation:
            pass
        else:
            if -WIDEST_EXPONENT <= value.adjusted() <= WIDEST_EXPONENT and value.is_finite():
                return value
    raise DecodeError(f"{field} is no usable number: {shown(text)}")


# What `number` makes of a usual text, in one call; it also gives NaN and infinities, which are to be refused.
# Raises: ArithmeticError for any other text, though `number` may take it.
usual = Context(
    prec=LONGEST_NUMBER, Emin=-WIDEST_EXPONENT, Emax=WIDEST_EXPONENT,
    traps=[Inexact, Overflow, Subnormal, Clamped, InvalidOperation],
).create_decimal  # fmt: skip


def moment(text: str | None, field: str) -> datetime | None:
    """Unix milliseconds. Raises: DecodeError if it is no time between 2010 and 2100."""
    if not text:
        return None
    if len(text) <= _LONGEST_MS and text.isascii():
        try:
            ms = int(text)
        except ValueError:
            ms = 0
        if EARLIEST_MS <= ms <= LATEST_MS:  # all digits: a sign or a blank leaves too few of them
            return _EPOCH + _MILLISECOND * ms
    raise DecodeError(f"{field} is no usable time: {shown(text)}")


def ratio(text: str | None, mmr: str | None = None) -> Decimal | None:
    """A margin ratio, 1 = 100 %. A 0 with no maintenance margin beside it means "not applicable".

    Source: guide, "Account channel": in a currency without cross position the figures are `""` or 0.
    """
    value = number(text, "mgnRatio")
    return None if value is not None and value <= 0 and not number(mmr, "mmr") else value


def margin_mode(text: str | None) -> MarginMode:
    """Raises: DecodeError for anything but cross and isolated."""
    mode = _MODES.get(text or "")
    if mode is None:
        raise DecodeError(f"mgnMode is not known: {shown(text)}")
    return mode


def direction(row: Identified, pos: Decimal | None) -> Direction | None:
    """From posSide, else from posCcy (MARGIN), else from the sign; None if nothing tells it.

    In long/short mode a short's `pos` is positive; a margin position's `pos` is always positive, and its
    currency is the base for a long, the quote for a short. Raises: DecodeError for unknown values.
    """
    side = _SIDES.get(row.posSide or "")
    if side is not None:
        return side
    if row.posSide != "net":
        raise DecodeError(f"posSide is not known: {shown(row.posSide)}")
    if row.instType == "MARGIN" or (row.posCcy and not row.instType):
        return _margin_direction(row)
    if not pos:
        return None
    return Direction.LONG if pos > 0 else Direction.SHORT


def _margin_direction(row: Identified) -> Direction:
    base, _, quote = (row.instId or "").partition("-")
    if row.posCcy and row.posCcy == base:
        return Direction.LONG
    if row.posCcy and row.posCcy == quote:
        return Direction.SHORT
    raise DecodeError(f"posCcy {shown(row.posCcy)} is no side of {shown(row.instId)}")


def identity(row: Identified) -> str:
    """What names a position: posId, or where that is missing the fields that make it one.

    Raises: DecodeError if neither is there.
    """
    key = row.posId
    if not key:
        if not row.instId:
            raise DecodeError("neither posId nor instId")
        key = f"{row.instId}/{row.posSide or ''}/{row.mgnMode or ''}/{row.posCcy or ''}"
    if len(key) > _LONGEST_IDENTITY:
        raise DecodeError(f"identity too long: {shown(key)}")
    return key


def instrument(row: Identified) -> str:
    """The instrument. Raises: DecodeError if it is missing or absurdly long."""
    name = row.instId
    if not name or len(name) > _LONGEST_IDENTITY:
        raise DecodeError(f"instId is missing or too long: {shown(name)}")
    return name


def currency(text: str | None) -> str | None:
    """A currency's name, None if empty. Raises: DecodeError if it is absurdly long."""
    if text and len(text) > _LONGEST_IDENTITY:
        raise DecodeError(f"ccy is too long: {shown(text)}")
    return text or None
