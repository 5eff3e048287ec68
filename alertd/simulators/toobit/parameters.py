"""Reads what a call was given, as strictly as the exchange is said to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from alertd.simulators.toobit.numbers import decimal
from alertd.simulators.toobit.refusals import Refusal
from alertd.simulators.toobit.rows import Row

Query = Mapping[str, str]
Body = Mapping[str, Any]
_MOST_PLACES = 8


def whole(given: Query, name: str, default: int, least: int = 1, most: int = 2**63 - 1) -> int:
    """Raises: Refusal."""
    text = given.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise Refusal(-1130, name)
    return int(text)


def page_of(rows: Sequence[Row], query: Query) -> Row:
    """One page of them."""
    number, size = whole(query, "page", 1), whole(query, "size", 10, most=100)
    shown = rows[(number - 1) * size : number * size]
    return {"pages": str(-(-len(rows) // size)), "total": str(len(rows)), "list": list(shown)}


def user_id(text: str, name: str) -> str:
    """Raises: Refusal."""
    if not text.isdigit() or not 1 <= int(text) < 2**63:
        raise Refusal(-1130, name)
    return text


def integer(body: Body, name: str, allowed: Sequence[int] | None = None) -> int:
    """A field that must be there. Raises: Refusal."""
    value = body.get(name)
    if value is None or value == "":
        raise Refusal(-1102, name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or (allowed is not None and value not in allowed)
    ):
        raise Refusal(-1130, name)
    return value


def amount(body: Body, name: str, most: Decimal | None = None) -> str:
    """A decimal that must be there, as it was written. Raises: Refusal."""
    value = body.get(name)
    if value is None or value == "":
        raise Refusal(-1102, name)
    try:
        number = decimal(value)
    except (ValueError, TypeError) as exc:
        raise Refusal(-1130, name) from exc
    exponent = number.as_tuple().exponent
    too_fine = isinstance(exponent, int) and -exponent > _MOST_PLACES
    if number < 0 or too_fine or (most is not None and number > most):
        raise Refusal(-1130, name)
    return str(value)
