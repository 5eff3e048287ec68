"""PURE: what the exchange told, as lines for people and as JSON types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.cells import cell_len

UNKNOWN = "-"


class Column(NamedTuple):
    """A title and the field it shows. `shows`: how, where the field's type does not say it; `untold`: what
    stands there where the exchange told nothing.
    """

    title: str
    field: str
    shows: Callable[[Any], str] | None = None
    untold: str = UNKNOWN


def percent(value: Decimal) -> str:
    """A fraction as percent."""
    return f"{value * 100:.2f} %"


def money(value: Decimal) -> str:
    """Two places, or as many as it takes to show that there is something."""
    return f"{value:.2f}" if not value or abs(value) >= Decimal("0.01") else f"{value:f}"


def signed(value: Decimal) -> str:
    """Money that was won or lost."""
    return f"{'+' if value > 0 else ''}{money(value)}"


def switch(value: bool) -> str:
    """On or off."""
    return "on" if value else "off"


def days(value: int) -> str:
    """Milliseconds as days."""
    return f"{value / 86_400_000:.1f} d"


def lines(columns: Sequence[Column], items: Iterable[msgspec.Struct], zone: ZoneInfo) -> Iterator[str]:
    """A head and one line for each item; numbers to the right."""
    head = [column.title for column in columns]
    cells = [[_cell(one, item, zone) for one in columns] for item in items]
    widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
    for row in [head, *cells]:
        padded = (" " * (width - cell_len(cell)) + cell for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cell(column: Column, item: msgspec.Struct, zone: ZoneInfo) -> str:
    value = getattr(item, column.field)
    return column.untold if value is None else shown(value, zone, column.shows)


def facts(item: msgspec.Struct, zone: ZoneInfo) -> Iterator[str]:
    """`name: value`, a line for each field."""
    for name in item.__struct_fields__:
        yield f"{name}: {shown(getattr(item, name), zone)}"


def shown(value: Any, zone: ZoneInfo, shows: Callable[[Any], str] | None = None) -> str:
    """One value. What is not told is a dash, which is not 0; what could move the cursor is taken out."""
    if value is None:
        return UNKNOWN
    if shows is not None:
        return shows(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    if isinstance(value, date | int):
        return str(value)
    if isinstance(value, tuple | list):
        return ", ".join(shown(one, zone) for one in value) or "none"
    return "".join(char if char.isprintable() else "?" for char in str(value))


def plain(value: Any) -> Any:
    """JSON types: numbers that must stay exact are texts, times ISO 8601."""
    return msgspec.to_builtins(value)
