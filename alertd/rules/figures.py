"""Numbers as people write them, and the scale each field is counted in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from alertd.domain.leader_events import SHARES

# 1 = 100 %; a figure above 50 is a percentage without its sign.
RATIO_FIELDS = frozenset({"margin_ratio", "opening_margin_ratio"})
# Parts of one; a figure above 1 is a percentage without its sign.
FRACTION_FIELDS = frozenset({"distance_to_liquidation", "buffer_used"})

_HIGHEST_RATIO = Decimal(50)
_LONGEST_TEXT = 28  # the digits that Decimal arithmetic keeps
_PERCENT_SIGNS = ("%", "％")


def has_percent_sign(raw: object) -> bool:
    """Whether somebody wrote a percentage."""
    return isinstance(raw, str) and raw.rstrip().endswith(_PERCENT_SIGNS)


def read_number(raw: object, cure: str = 'write 3.0 or "300%"') -> Decimal:
    """A finite Decimal from an int, Decimal, float (by its text) or text, percent texts divided by 100.

    Raises: ValueError in plain language, with `cure`.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | float | str):
        raise ValueError(f"{raw!r} is not a number; {cure}")
    text = str(raw).strip()
    percent = has_percent_sign(text)
    digits = text[:-1].rstrip() if percent else text
    try:
        if len(digits) > _LONGEST_TEXT:
            raise ValueError
        number = Decimal(digits)
    except (InvalidOperation, ValueError):
        raise ValueError(f'"{text[:_LONGEST_TEXT]}" is not a number; {cure}') from None
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST_TEXT:
        raise ValueError(f'"{text}" is beyond every figure that occurs')
    return number.scaleb(-2) if percent else number


def read_figure(field: str, raw: object) -> Decimal:
    """A number to compare `field` with, checked against the scale of that field.

    Raises: ValueError with the cure.
    """
    number = read_number(raw)
    shown = str(raw).strip()
    if field in RATIO_FIELDS | SHARES and number > _HIGHEST_RATIO:
        raise ValueError(
            f"{shown} is too high for {field}: 3.0 means 300 %; {_cure(raw, number, '300%', '3.0')}"
        )
    if field in FRACTION_FIELDS and number > 1:
        raise ValueError(
            f"{shown} is too high for {field}: 0.05 means 5 %; {_cure(raw, number, '5%', '0.05')}"
        )
    if field not in RATIO_FIELDS | FRACTION_FIELDS | SHARES and has_percent_sign(raw):
        raise ValueError(f"{field} is not counted in percent; write the number without the sign")
    return number


def _cure(raw: object, number: Decimal, percent: str, plain: str) -> str:
    if has_percent_sign(raw) or number > _HIGHEST_RATIO * 100:
        return f'write it like "{percent}" or {plain}'
    return f'write "{number.normalize():f}%" or {number.scaleb(-2).normalize():f}'
