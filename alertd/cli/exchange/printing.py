"""Prints lists and says when they are not all there is. Exit code 1 where something is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import typer

from alertd.cli.exchange.door import Account, Calls, Door
from alertd.cli.exchange.tables import Column, facts, lines, plain
from alertd.cli.output import FAILED, counted, err, out, print_json


def print_list(
    door: Door[Account, Calls],
    items: Sequence[msgspec.Struct],
    columns: Sequence[Column],
    thing: str,
    missing: Sequence[str],
    more: Mapping[str, int | None] | None = None,
) -> None:
    """`missing`: a sentence for each reason why this is not all. `more`: what else JSON says; people see its
    `total`.
    """
    told = more or {}
    if door.as_json:
        rows = [plain(item) for item in items]
        print_json({"ok": not missing, "account": door.name, **told, "rows": rows, "missing": [*missing]})
    else:
        for line in lines(columns, items, door.settings.timezone) if items else ():
            out().print(line, markup=False)
        total = told.get("total")
        shown = counted(len(items), thing)
        out().print(f"{shown} of {total}" if total not in (None, len(items)) else shown, markup=False)
        for line in missing:
            err().print(f"warning: {line}", style="yellow", markup=False)
    if missing:
        raise typer.Exit(FAILED)


def print_facts(door: Door[Account, Calls], item: msgspec.Struct, name: str) -> None:
    """One thing, a line for each of its fields; in JSON it stands under `name`."""
    if door.as_json:
        print_json({"ok": True, "account": door.name, name: plain(item)})
        return
    for line in facts(item, door.settings.timezone):
        out().print(line, markup=False)
