"""Numbers as Toobit writes them: decimal texts, and "" for what is not known."""

from __future__ import annotations

from decimal import Decimal

Number = Decimal | str | int
"""What the doors accept as a price, size or ratio. No float: 0.1 has no exact one."""


def decimal(value: Number) -> Decimal:
    """Raises: ValueError for what is no finite number, TypeError for what is none of the types."""
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        raise TypeError(f"a number is written as a text or an integer, not as {type(value).__name__}")
    try:
        number = Decimal(value)
    except ArithmeticError as exc:
        raise ValueError(f"{value!r} is not a number") from exc
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return number


def text(value: Decimal | None, places: int = 8) -> str:
    """Without trailing zeros, never an exponent; None is ""."""
    if value is None:
        return ""
    shown = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown
