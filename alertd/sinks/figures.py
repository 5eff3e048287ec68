"""Numbers and texts as a person reads them on a small screen. Pure, the same in every language."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from functools import lru_cache

_LARGEST = 15  # decimal exponents; beyond them a figure is said to be larger, never written out
_SMALLEST = -12
_LONGEST_NAME = 120


@lru_cache(maxsize=1024)  # each sink is told the same figures
def number(value: Decimal) -> str:
    """Thousands separators, at most four decimals (below one: four digits), no exponent.

    >>> number(Decimal("64123.45678"))
    '64,123.4568'
    """
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    size = abs(value)
    if size.adjusted() >= _LARGEST:
        return f"{'< -' if sign else '> '}{Decimal(10) ** _LARGEST:,f}"
    if size.adjusted() < _SMALLEST:
        return f"{'> -' if sign else '< '}{Decimal(1).scaleb(_SMALLEST):f}"
    decimals = 4 if size.adjusted() >= 0 else 3 - size.adjusted()
    return sign + _without_trailing_zeros(f"{_rounded(size, decimals):,f}")


@lru_cache(maxsize=1024)  # a message says its figure in the title, among the facts and beside the rule
def percent(fraction: Decimal) -> str:
    """`fraction` (1 = 100 %) as a percentage without its sign: one decimal, none from 1,000 on.

    >>> percent(Decimal("1.8"))
    '180'
    """
    size = abs(fraction)
    if size == 0 or not _SMALLEST <= size.adjusted() < _LARGEST - 2:
        return number(fraction)
    hundredfold = size.scaleb(2)
    decimals = 0 if hundredfold >= 1000 else 1
    if hundredfold < Decimal("0.1"):
        decimals = 1 - hundredfold.adjusted()
    text = _without_trailing_zeros(f"{_rounded(hundredfold, decimals):,f}")
    return f"-{text}" if fraction < 0 else text


def given(value: Decimal | None) -> Decimal | None:
    """The value where it is a number; NaN and infinity count as not given."""
    return value if value is not None and value.is_finite() else None


@lru_cache(maxsize=4096)  # the same few names stand in every line of a message
def clean(text: str, longest: int = _LONGEST_NAME) -> str:
    """Text from outside on one line, without control and formatting characters, cut where too long."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
    joined = " ".join(text.split())
    return joined if len(joined) <= longest else joined[: longest - 2] + ".."


def width(text: str) -> int:
    """Columns on a screen: a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def clip(text: str, columns: int) -> str:
    """`text`, or as much of it as fits with `..` at the end."""
    if width(text) <= columns:
        return text
    kept = text
    while kept and width(kept) > columns - 2:
        kept = kept[:-1]
    return kept.rstrip() + ".."


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals))


def _without_trailing_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
