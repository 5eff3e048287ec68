"""What one unit of equity put in at the start is worth now, whatever money came or went since. Pure.

As a fund counts: money that comes buys units at what a unit is worth then, money that goes sells them. So
the value of a unit moves by trading alone, and its fall is the drawdown, also after a deposit.
"""

from __future__ import annotations

from decimal import Context, Decimal

import msgspec
from msgspec.structs import replace

_ONE = Decimal(1)
_WITH_ENOUGH_DIGITS = Context(prec=20).plus


class Units(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`put_in`: all money that came less what went, as last told by the exchange, from any start."""

    value: Decimal = _ONE
    equity: Decimal | None = None
    put_in: Decimal | None = None
    is_certain: bool = True


def followed(
    units: Units | None, equity: Decimal | None, put_in: Decimal | None, *, is_certain: bool
) -> Units:
    """After a look. What it did not learn (None) leaves everything as it was, to be caught up later.

    `is_certain` False: some of what came or went may stand in `equity` alone; once is for ever.
    Without money at work a unit keeps its value: what comes later starts from there.
    """
    before = units or Units()
    is_certain = is_certain and before.is_certain
    if equity is None or put_in is None:
        return replace(before, is_certain=is_certain)
    if before.equity is None or before.put_in is None or before.equity <= 0:
        return replace(before, equity=equity, put_in=put_in, is_certain=is_certain)
    base = before.equity + (put_in - before.put_in)
    if base <= 0:
        return replace(before, equity=equity, put_in=put_in, is_certain=is_certain)
    value = _WITH_ENOUGH_DIGITS(max(before.value * equity / base, Decimal(0)))
    return Units(value=value, equity=equity, put_in=put_in, is_certain=is_certain)
