"""Collects and prints what OKX tells in lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from alertd.cli.exchange.printing import print_list
from alertd.cli.exchange.tables import Column
from alertd.cli.okx.door import OkxDoor
from alertd.cli.output import err
from alertd.exchanges.okx.copy_models import Listed, Page

Item = TypeVar("Item", bound=msgspec.Struct)


class Collected(Generic[Item]):
    """Rows of several pages, and why some are missing."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.missing: list[str] = []


async def collect(
    pages: AsyncIterator[tuple[Page, Listed[Item]]],
    thing: str,
    most: int | None,
    wanted: Callable[[Item], bool],
) -> Collected[Item]:
    """All wanted rows, or the first `most`; tells how far it is where there are several pages."""
    found: Collected[Item] = Collected()
    read = 0
    async for page, part in pages:
        found.items += filter(wanted, part.items)
        found.missing += unreadable(part, thing)
        read += len(part.items) + len(part.unreadable)
        if not page.is_whole:
            found.missing.append("the list could not be read to its end")
        if most is not None and len(found.items) >= most:
            del found.items[most:]
            return found
        if not page.is_last:
            err().print(f"page {page.number}: {read} read, more follow", markup=False)
    return found


def unreadable(part: Listed[Item], thing: str) -> list[str]:
    """A sentence for each row that could not be read."""
    return [f"unreadable {thing}: {reason}" for reason in part.unreadable]


def print_listed(door: OkxDoor, part: Listed[Item], columns: Sequence[Column], thing: str) -> None:
    """A whole list."""
    print_list(door, part.items, columns, thing, unreadable(part, thing))


def print_collected(door: OkxDoor, found: Collected[Item], columns: Sequence[Column], thing: str) -> None:
    """What was collected from pages."""
    print_list(door, found.items, columns, thing, found.missing)
