"""Toobit's values -> the domain's: numbers, times, flags, ids.

The exchange writes the same number as a text here and as a number there: both are read. Missing, null and
`""` are None, never 0. What is neither is a DecodeError that names the field and a clipped value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode

LONGEST_NUMBER = 64
WIDEST_EXPONENT = 40
LONGEST_TEXT = 256
LONGEST_ID = 32
# 2010 to 2100: nobody is told of a time in another century.
EARLIEST_MS = 1_262_304_000_000
LATEST_MS = 4_102_444_800_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIRECTIONS = {0: Direction.SHORT, 1: Direction.LONG}
_MARGIN_MODES = {0: MarginMode.CROSS, 1: MarginMode.ISOLATED}

Value = TypeVar("Value")


def shown(value: object) -> str:
    """A value from outside, short enough for a reason."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def number(value: Any, field: str) -> Decimal | None:
    """A decimal. Raises: DecodeError if it is no finite number of sensible length and size."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        text = str(value)
        if len(text) <= LONGEST_NUMBER and "_" not in text and text.isascii():
            try:
                found = Decimal(text)
            except InvalidOperation:
                pass
            else:
                if found.is_finite() and -WIDEST_EXPONENT <= found.adjusted() <= WIDEST_EXPONENT:
                    return found
    raise DecodeError(f"{field} is no usable number: {shown(value)}")


def whole(value: Any, field: str) -> int | None:
    """A whole number. Raises: DecodeError."""
    found = number(value, field)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise DecodeError(f"{field} is no whole number: {shown(value)}")
    return int(found)


def count(value: Any, field: str) -> int | None:
    """A whole number that is not negative. Raises: DecodeError."""
    found = whole(value, field)
    if found is not None and found < 0:
        raise DecodeError(f"{field} is below 0: {shown(value)}")
    return found


def moment(value: Any, field: str) -> datetime | None:
    """Unix milliseconds; 0 is none. Raises: DecodeError if it is no time between 2010 and 2100."""
    ms = whole(value, field)
    if not ms:
        return None
    if EARLIEST_MS <= ms <= LATEST_MS:
        return _EPOCH + timedelta(milliseconds=ms)
    raise DecodeError(f"{field} is no usable time: {shown(value)}")


def day(value: Any, field: str) -> date | None:
    """`YYYY-MM-DD`. Raises: DecodeError."""
    found = text(value, field)
    if found is None:
        return None
    try:
        return date.fromisoformat(found)
    except ValueError as exc:
        raise DecodeError(f"{field} is no day: {shown(value)}") from exc


def text(value: Any, field: str) -> str | None:
    """A text, clipped nowhere. Raises: DecodeError if it is none, or absurdly long."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST_TEXT:
        raise DecodeError(f"{field} is no usable text: {shown(value)}")
    return str(value)


def name(value: Any, field: str) -> str:
    """A text that must be there. Raises: DecodeError."""
    found = text(value, field)
    if found is None:
        raise DecodeError(f"{field} is missing")
    return found


def identity(value: Any, field: str) -> str:
    """A 64-bit id, as a text of digits: JSON readers elsewhere round such numbers. Raises: DecodeError."""
    found = name(value, field)
    if not (found.isascii() and found.isdigit() and len(found) <= LONGEST_ID):
        raise DecodeError(f"{field} is no id: {shown(value)}")
    return found


def flag(value: Any, field: str) -> bool | None:
    """0 or 1, or a boolean. Raises: DecodeError."""
    if isinstance(value, bool):
        return value
    return chosen(value, {0: False, 1: True}, field)


def chosen(value: Any, choices: Mapping[int, Value], field: str) -> Value | None:
    """What a whole number stands for. Raises: DecodeError if for nothing that is documented."""
    found = whole(value, field)
    if found is None:
        return None
    if found not in choices:
        raise DecodeError(f"{field} is not known: {shown(value)}")
    return choices[found]


def direction(value: Any) -> Direction:
    """`isLong`. Raises: DecodeError, also where it is missing: nothing else tells it."""
    found = chosen(int(value) if isinstance(value, bool) else value, _DIRECTIONS, "isLong")
    if found is None:
        raise DecodeError("isLong is missing")
    return found


def margin_mode(value: Any) -> MarginMode | None:
    """`positionType`: 0 cross, 1 isolated (other fields code it otherwise). Raises: DecodeError."""
    return chosen(value, _MARGIN_MODES, "positionType")


def price(value: Any, field: str) -> Decimal | None:
    """A price; 0 and below mean "unknown". Raises: DecodeError."""
    found = number(value, field)
    return found if found is not None and found > 0 else None
