"""Prints lists and pages, and says when they are not all there is. Exit code 1 where rows are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import msgspec
import typer

from alertd.cli.output import FAILED, counted, err, out, print_json
from alertd.cli.toobit.door import Door
from alertd.cli.toobit.tables import Column, lines, plain
from alertd.exchanges.toobit.models import Page, Rows
from alertd.exchanges.toobit.paging import Collected

Item = TypeVar("Item", bound=msgspec.Struct)


async def collect(pages: AsyncIterator[Page[Item]], most: int | None) -> Collected[Item]:
    """All pages, or as many as hold `most` rows; tells how far it is where there are several."""
    found: Collected[Item] = Collected()
    async for page in pages:
        found.add(page)
        read = len(found.items) + len(found.bad)
        if page.is_null:
            found.is_whole = False
        if page.total is not None and page.total > read:
            err().print(f"page {page.number} of {page.pages or '?'}: {read} of {page.total}", markup=False)
        if most is not None and read >= most:
            del found.items[most:]
            return found
    found.end()
    return found


def print_rows(door: Door, rows: Rows[Item], columns: Sequence[Column], thing: str) -> None:
    """A whole list."""
    missing = [f"unreadable {thing}: {bad.reason}" for bad in rows.bad]
    if rows.is_null:
        missing.append("the exchange told no list at all: that need not mean that there is nothing")
    _print(door, rows.items, columns, thing, missing, {})


def print_pages(door: Door, found: Collected[Item], columns: Sequence[Column], thing: str) -> None:
    """What was collected from pages."""
    missing = [f"unreadable {thing}: {bad.reason}" for bad in found.bad]
    if not found.is_whole:
        missing.append("the list changed while it was read, or is not whole: ask again")
    _print(door, found.items, columns, thing, missing, {"total": found.total})


def _print(
    door: Door,
    items: Sequence[Item],
    columns: Sequence[Column],
    thing: str,
    missing: list[str],
    more: dict[str, int | None],
) -> None:
    if door.as_json:
        rows = [plain(item) for item in items]
        print_json({"ok": not missing, "account": door.name, **more, "rows": rows, "missing": missing})
    else:
        for line in lines(columns, items, door.settings.timezone) if items else ():
            out().print(line, markup=False)
        total = more.get("total")
        shown = counted(len(items), thing)
        out().print(f"{shown} of {total}" if total not in (None, len(items)) else shown, markup=False)
        for line in missing:
            err().print(f"warning: {line}", style="yellow", markup=False)
    if missing:
        raise typer.Exit(FAILED)
