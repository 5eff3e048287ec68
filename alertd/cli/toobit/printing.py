"""Prints what Toobit tells in lists and in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

import msgspec

from alertd.cli.exchange.printing import print_list
from alertd.cli.exchange.tables import Column
from alertd.cli.output import err
from alertd.cli.toobit.door import ToobitDoor
from alertd.exchanges.toobit.models import Page, Rows
from alertd.exchanges.toobit.paging import Collected, agreed

Item = TypeVar("Item", bound=msgspec.Struct)


async def collect(
    read: Callable[[], AsyncIterator[Page[Item]]], most: int | None, alike: Callable[[Item], object]
) -> Collected[Item]:
    """All pages, or as many as hold `most` rows; tells how far it is where there are several.

    Several are read until two passes in turn show the same; `alike`: what of a row must not differ.
    """
    found = await agreed(read, alike, progress=_tell_progress, most=most)
    if most is not None:
        del found.items[most:]
    return found


def print_rows(door: ToobitDoor, rows: Rows[Item], columns: Sequence[Column], thing: str) -> None:
    """A whole list."""
    missing = [f"unreadable {thing}: {bad.reason}" for bad in rows.bad]
    if rows.is_null:
        missing.append("the exchange told no list at all: that need not mean that there is nothing")
    print_list(door, rows.items, columns, thing, missing)


def print_pages(door: ToobitDoor, found: Collected[Item], columns: Sequence[Column], thing: str) -> None:
    """What was collected from pages."""
    missing = [f"unreadable {thing}: {bad.reason}" for bad in found.bad]
    if not found.is_whole:
        missing.append("the list changed while it was read, or is not whole: ask again")
    print_list(door, found.items, columns, thing, missing, {"total": found.total})


def _tell_progress(page: Page[Item], read: int, turn: int) -> None:
    again = ", read again" if turn > 1 else ""
    if page.total is not None and page.total > read:
        err().print(f"page {page.number} of {page.pages or '?'}{again}: {read} of {page.total}", markup=False)
